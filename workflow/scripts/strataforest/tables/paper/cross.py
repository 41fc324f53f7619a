"""Table 2 as a paper prints it: the rows of its csv, domains as groups."""

from collections.abc import Sequence

from strataforest.tables.paper.words import Review, abbreviations, filled
from strataforest.tables.publication import Column, Publication, grouped
from strataforest.tabular import Row, number

RIGHT = ("k", "Participants", "Estimate", "I2 (%)", "P")
FAVOURABLE = "Favourable says which side of no effect favours the intervention."


def cross_table(review: Review, analysis: str, number: str, rows: Sequence[Row]) -> Publication:
    """Return Table 2 of one analysis from the rows of tables/table2_<analysis>.csv.

    Domains are its groups; a review without any stratum has no rows.
    """
    headings = list(rows[0]) if rows else ["Domain", "k"]
    columns = tuple(_column(heading, review.ci) for heading in headings[1:])
    groups = grouped([(row[headings[0]], tuple(row.values())[1:]) for row in rows])
    title = f"{review.analyses[analysis]}: pooled effects"
    texts = [*(column.heading for column in columns), *(row.get("Measure", "") for row in rows)]
    own = [row for row in review.tables["pooled"] if row["analysis"] == analysis]
    gone = review.not_estimable(own)
    notes = filled(
        [_turned(review, own), FAVOURABLE, gone, abbreviations(*texts), review.made_by()]
    )
    return Publication(f"table2_{analysis}", number, title, columns, groups, headings[0], notes)


def _turned(review: Review, rows: Sequence[Row]) -> str:
    """Return the note on domains whose estimates have another sign here than where all is aligned.

    `rows` are those of `pooled` of one analysis; an empty text where no domain is shown so.
    """
    done = [row for row in rows if row["status"] == "pooled" and not row["ratio"]]
    turned = {r["domain"] for r in done if number(r["estimate"]) != number(r["display_estimate"])}
    names = " and ".join(label for name, label in review.domains.items() if name in turned)
    if not names:
        return ""
    return (
        f"Estimates for {names} have the sign of what was measured: below 0 where the intervention "
        "group has the lower values."
    )


def _column(heading: str, ci: str) -> Column:
    if heading in RIGHT:
        return Column(heading.replace("I2", "I²"), "right")
    return Column(heading, "centre" if heading == ci else "left")
