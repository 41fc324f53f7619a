"""The few lines a run ends with: what was pooled, what was not and why, where to look."""

from collections import Counter
from collections.abc import Mapping, Sequence

from strataforest.claims.holding import said
from strataforest.directions import AS_MEASURED
from strataforest.formatting import effect_texts
from strataforest.report.rows_read import rows_read

Rows = Sequence[Mapping[str, str]]

MOST_STRATA = 60  # what a terminal shows; a table lists all


def summary_text(title: str, results: str, tables: Mapping[str, Rows]) -> str:
    """Return the summary of a run as plain text.

    `tables` holds pooled, records, effects, exclusions, decisions, left_out, problem_counts and,
    where the review makes any, claims, as read from the files of those names; `results` is the
    folder to point to.
    """
    lines = [title, "=" * len(title), ""] if title else []
    lines += _effects(tables)
    lines += ["", *_pooled(tables["pooled"])]
    lines += ["", *_problems(tables["problem_counts"], results)]
    if "claims" in tables:
        lines.append(f"Claims             {said(tables['claims'])}: {results}/audit/claims.csv")
    lines += [
        "",
        f"Report    {results}/report/index.html",
        f"Tables    {results}/tables/pooled.csv (every number), leave_one_out/, table2_*.csv",
        f"Figures   {results}/figures/",
        f"Choices   {results}/effects/decisions.csv, exclusions.csv; {results}/strata/left_out.csv",
    ]
    return "\n".join(lines) + "\n"


def _effects(tables: Mapping[str, Rows]) -> list[str]:
    exclusions = Counter(row["reason_code"] for row in tables["exclusions"])
    of_effects = [row["flags"] for row in tables["effects"]]
    read = rows_read(len(tables["records"]), of_effects, len(tables["exclusions"]))
    chosen = {r["effect_id"] for r in tables["decisions"] if r["decision"] == "selected"}
    flags = Counter(
        flag.split("=")[0]
        for row in tables["effects"]
        if row["effect_id"] in chosen
        for flag in filter(None, row["flags"].split(";"))
    )
    return [
        f"Rows read          {read.rows}",
        f"  with an effect   {_aside(read.with_effect, read.together)}",
        f"  without          {_aside(read.without, read.excluded_together)}{_listed(exclusions)}",
        f"Effects selected   {len(chosen)} (one per trial and domain)",
        *([f"  flagged          {_listed(flags).strip(' ()')}"] if flags else []),
    ]


def _aside(n: int, words: str) -> str:
    return f"{n}, {words}" if words else str(n)


def _listed(count: Counter) -> str:
    words = ", ".join(f"{name} {n}" for name, n in count.most_common())
    return f" ({words})" if words else ""


def _pooled(pooled: Rows) -> list[str]:
    done = [row for row in pooled if row["status"] == "pooled"]
    lines = [f"Strata pooled      {len(done)} (not estimable: {len(pooled) - len(done)})"]
    shown = done[:MOST_STRATA]
    width = max((len(row["label"]) for row in shown), default=0)
    for row in shown:
        names = ("ratio", "ratio_ci_low", "ratio_ci_high")
        if not row["ratio"]:
            names = ("estimate", "ci_low", "ci_high")
        numbers = (float(row[name]) for name in names)
        estimate, low, high = effect_texts(*numbers, ratio=bool(row["ratio"]))
        lines.append(
            f"  {row['label']:<{width}}  k = {row['k']:>3}  "
            f"{row['measure']} {estimate:>5}  [{low} to {high}]"
        )
    if len(done) > len(shown):
        lines.append(f"  ... and {len(done) - len(shown)} more")
    if any(row["measure"] not in AS_MEASURED for row in done):
        lines.append("  A positive difference favours the intervention, whatever the scale.")
    care = [f"  {row['label']}: {row['warning']}" for row in shown if row["warning"]]
    return [*lines, *(["", "Read with care", *care] if care else [])]


def _problems(counts: Rows, results: str) -> list[str]:
    found = {(row["severity"], row["acknowledged"]): row["n"] for row in counts}
    if not found:
        return ["Sheets             no problems"]
    warnings, notes = (found.get((kind, "no"), "0") for kind in ("warning", "note"))
    let_stand = found.get(("warning", "yes"), "")
    words = f"{warnings} warning(s), {notes} note(s)"
    words += f", {let_stand} warning(s) acknowledged" if let_stand else ""
    return [f"Sheets             {words}: {results}/harmonized/problems.csv"]
