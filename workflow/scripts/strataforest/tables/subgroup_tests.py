"""Do subgroups differ? Platforms within a domain, and platforms over all domains."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from strataforest.directions import are_opposed
from strataforest.meta_regression.subgroups import (
    SubgroupTest,
    common_subgroups,
    separate_subgroups,
)

COLUMNS = (
    *("analysis", "within", "by", "measure", "model", "groups", "n_groups", "k", "q_between", "df"),
    *("df2", "p_value", "status", "reason", "warning"),
)
# With more, the test asks nothing that a reader could answer, and its cost grows with their cube.
MOST_GROUPS = 100
Row = Mapping[str, str]


def subgroup_rows(
    index: Sequence[Row], fits: Mapping[tuple[str, str], Mapping], grouping: Mapping[str, Sequence]
) -> Iterator[dict]:
    """Yield two tests per set of subgroups: with a tau2 each, and with a common one.

    `grouping` gives each analysis's columns as the index names them. The last column makes the
    subgroups, the domain before it (if any) the set; an analysis of domains alone has none, for
    domains measure different things. Only pooled strata take part, and at most 100 of them.
    """
    for analysis, columns in grouping.items():
        if columns[-1] == "domain":
            continue
        sets: dict[tuple, list[Row]] = {}
        for row in index:
            if row["analysis"] == analysis:
                sets.setdefault(tuple(row[c] for c in columns[:-1]), []).append(row)
        for parent, own in sets.items():
            names = {"analysis": analysis, "within": "; ".join(parent), "by": columns[-1]}
            pooled = [row for row in own if (analysis, row["stratum"]) in fits]
            members = [(row, fits[analysis, row["stratum"]]) for row in pooled]
            yield from _tests(names, members, columns[-1])


def _tests(names: Mapping, members: Sequence[tuple[Row, Mapping]], column: str) -> Iterator[dict]:
    row = dict.fromkeys(COLUMNS) | names
    row |= {"n_groups": len(members), "k": sum(fit["k"] for _, fit in members)}
    row["groups"] = "; ".join(f"{group[column]} ({fit['k']})" for group, fit in members)
    reason = _refused(members)
    if reason:
        yield row | {"status": "not_estimable", "reason": reason}
        return
    studies = [fit["studies"] for _, fit in members]
    yi, vi = (np.concatenate([part[name] for part in studies]) for name in ("yi", "vi"))
    groups = [group[column] for group, fit in members for _ in range(fit["k"])]
    trials = [trial for part in studies for trial in part["study_id"]]
    model = members[0][1]["preset"]["pooling"]
    options = {name: model[name] for name in ("ci", "level")} | {"tau2_method": model["tau2"]}
    row |= {"measure": members[0][1]["measure"], "status": "tested"}
    if len(set(trials)) < len(trials):
        row["warning"] = "trials with several effects are taken as independent"
    separate = separate_subgroups(yi, vi, groups, **options)
    yield row | {"model": "separate_tau2"} | _result(separate)
    common = common_subgroups(yi, vi, groups, **options)
    yield row | {"model": "common_tau2"} | _result(common)


def _refused(members: Sequence[tuple[Row, Mapping]]) -> str:
    if len(members) < 2:
        return f"{len(members) or 'no'} pooled stratum; a comparison needs two"
    if len(members) > MOST_GROUPS:
        return f"{len(members)} strata; more than {MOST_GROUPS} are not compared with one another"
    if len({fit["measure"] for _, fit in members}) > 1:
        return "the strata are on different scales"
    if are_opposed(fit["favourable"] for _, fit in members):
        return "ratios of wanted and of unwanted events cannot be compared"
    return ""


def _result(test: SubgroupTest) -> dict:
    return {
        "q_between": test.q_between,
        "df": test.q_between_df,
        "df2": None if np.isinf(test.q_between_df2) else test.q_between_df2,
        "p_value": test.q_between_p,
    }
