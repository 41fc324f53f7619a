"""The few lines a run ends with: what was pooled, what was not and why, where to look."""

from collections import Counter
from collections.abc import Mapping, Sequence

from strataforest.formatting import fixed, interval

Rows = Sequence[Mapping[str, str]]


def summary_text(
    title: str,
    results: str,
    tables: Mapping[str, Rows],
    labels: Mapping[str, str],
) -> str:
    """Return the summary of a run as plain text.

    `tables` holds pooled, effects, exclusions, decisions, left_out and problems, as read from the
    files of those names; `results` is the folder to point to; `labels` the domains' names.
    """
    lines = [title, "=" * len(title), ""] if title else []
    lines += _effects(tables)
    lines += ["", *_pooled(tables["pooled"], labels)]
    lines += ["", *_problems(tables["problems"], results)]
    lines += [
        "",
        f"Tables    {results}/tables/pooled.csv (every number), leave_one_out/, table2_*.csv",
        f"Figures   {results}/figures/",
        f"Choices   {results}/effects/decisions.csv, exclusions.csv",
    ]
    return "\n".join(lines) + "\n"


def _effects(tables: Mapping[str, Rows]) -> list[str]:
    exclusions = Counter(row["reason_code"] for row in tables["exclusions"])
    why = ", ".join(f"{code} {n}" for code, n in exclusions.most_common())
    n_effects, n_excluded = len(tables["effects"]), len(tables["exclusions"])
    chosen = sum(row["decision"] == "selected" for row in tables["decisions"])
    return [
        f"Rows read          {n_effects + n_excluded}",
        f"  with an effect   {n_effects}",
        f"  without          {n_excluded}" + (f" ({why})" if why else ""),
        f"Effects selected   {chosen} (one per trial and domain)",
    ]


def _pooled(pooled: Rows, labels: Mapping[str, str]) -> list[str]:
    done = [row for row in pooled if row["status"] == "pooled"]
    empty = [row for row in pooled if row["status"] != "pooled"]
    lines = [f"Strata pooled      {len(done)} (not estimable: {len(empty)})"]
    names = {row["stratum"]: _name(row, labels) for row in done}
    width = max(map(len, names.values()), default=0)
    for row in done:
        values = [float(row[f"display_{name}"]) for name in ("estimate", "ci_low", "ci_high")]
        lines.append(
            f"  {names[row['stratum']]:<{width}}  k = {row['k']:>3}  "
            f"{row['measure']} {fixed(values[0], 2):>5}  [{interval(values[1], values[2], 2)}]"
        )
    return lines


def _name(row: Mapping[str, str], labels: Mapping[str, str]) -> str:
    parts = [labels.get(row["domain"], row["domain"]), row["platform"]]
    return " / ".join(part for part in parts if part) or row["stratum"]


def _problems(problems: Rows, results: str) -> list[str]:
    count = Counter(row["severity"] for row in problems)
    warnings, notes = count["warning"], count["note"]
    if not warnings + notes:
        return ["Sheets             no problems"]
    where = f"{results}/harmonized/problems.csv"
    return [f"Sheets             {warnings} warning(s), {notes} note(s): {where}"]
