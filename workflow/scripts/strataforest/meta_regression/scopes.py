"""The sets of effects that a meta-regression is fitted in: all together, and each domain."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from strataforest.meta_regression.moderation import Moderated
from strataforest.tabular import Row, number


def scopes_of(
    files: Mapping[str, tuple[list[Row], list[Row]]],
    wanted: Sequence[str],
    domains: Mapping[str, Mapping],
) -> Iterator[tuple[dict, Moderated]]:
    """Yield the names and the effects of each scope that is asked for.

    `files` holds the rows of each domain's stratum file and of its covariates. Scope overall takes
    the continuous domains together, apart by measure (an SMD and a mean difference have no common
    scale); ratios stay out of it, for they are not aligned. `domains` gives each domain's label and
    type, in the config's order.
    """
    found = {}
    for domain, (effects, covariates) in files.items():
        described = {row["effect_id"]: row for row in covariates}
        found[domain] = [described[row["effect_id"]] | row for row in effects]
    ordered = [name for name in domains if name in found]
    if "overall" in wanted:
        together = [
            row for name in ordered if domains[name]["type"] == "continuous" for row in found[name]
        ]
        measures = list(dict.fromkeys(row["measure"] for row in together))
        for measure in measures:
            rows = [row for row in together if row["measure"] == measure]
            yield _scope("overall", "", "All continuous outcomes", measure, rows)
    if "domain" in wanted:
        for name in ordered:
            rows = found[name]
            yield _scope("domain", name, domains[name]["label"], rows[0]["measure"], rows)


def _scope(
    scope: str, domain: str, label: str, measure: str, rows: list[Row]
) -> tuple[dict, Moderated]:
    rows = sorted(rows, key=lambda row: row["effect_id"])
    names = {"scope": scope, "domain": domain, "label": label, "measure": measure}
    yi, vi = (np.array([number(row[column]) for row in rows]) for column in ("yi", "vi"))
    return names, Moderated(rows, yi, vi)
