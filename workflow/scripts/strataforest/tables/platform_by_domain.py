"""Table 2: domains by a second grouping (platform), paper-ready, NE where nothing was pooled."""

from collections.abc import Mapping, Sequence

from strataforest.formatting import bare_p, count, effect_texts, percent
from strataforest.tabular import number

NOT_KNOWN = "not known"
COLUMNS = (
    *("Domain", "{group}", "k", "Participants", "Measure", "Estimate", "95% CI", "I2 (%)", "P"),
    "Favourable",
)


def table2(
    pooled: Sequence[Mapping], analysis: str, group: str, labels: Mapping[str, str], level: float
) -> tuple[list[str], list[dict]]:
    """Return (columns, rows) of one analysis: a row per domain and group, as a paper prints it.

    Estimates are the display columns, at two decimals or more where the interval is narrow; NE
    stands for not estimable; the last column says which side of the null is good, or that nobody
    gave the direction.
    """
    heading = "Platform" if group == "platform" else group.replace("_", " ").capitalize()
    columns = [column.replace("{group}", heading) for column in COLUMNS]
    columns[6] = f"{level * 100:g}% CI"
    rows = []
    for row in pooled:
        if row["analysis"] != analysis:
            continue
        people = count(number(row["n_participants"]))
        cells = [labels[row["domain"]], row[group], row["k"], people]
        if row["status"] == "pooled":
            effect = (row[f"display_{name}"] for name in ("estimate", "ci_low", "ci_high"))
            estimate, low, high = effect_texts(*effect, ratio=row["ratio"] is not None)
            cells += [row["measure"], estimate, f"{low} to {high}"]
            cells += [
                percent(row["i2"], 1).rstrip("%"),
                bare_p(row["p_value"]),
                row["display_favourable"] or NOT_KNOWN,
            ]
        else:
            cells += [row["measure"] or "—", "NE", "—", "—", "—", "—"]
        rows.append(dict(zip(columns, cells, strict=True)))
    return columns, rows
