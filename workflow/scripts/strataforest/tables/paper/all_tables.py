"""All tables of a paper, in its order."""

from collections.abc import Mapping, Sequence

from strataforest.tables.paper.asymmetry import small_study_effects
from strataforest.tables.paper.characteristics import characteristics
from strataforest.tables.paper.cross import cross_table
from strataforest.tables.paper.findings import summary_of_findings
from strataforest.tables.paper.regressions import meta_regressions
from strataforest.tables.paper.robustness import influence, leave_one_out
from strataforest.tables.paper.words import Review
from strataforest.tables.publication import Publication
from strataforest.tabular import Row


def paper_tables(
    review: Review, findings: str, cross: Mapping[str, Sequence[Row]]
) -> list[Publication]:
    """Return the tables: `findings` names the analysis that Table 3 sums up, `cross` gives the rows
    of each Table 2 by analysis. Without a declared meta-regression there is no Table S3.
    """
    letters = "abcdefghijklmnopqrstuvwxyz" if len(cross) > 1 else ""
    tables = [characteristics(review)]
    for i, (analysis, rows) in enumerate(cross.items()):
        tables.append(cross_table(review, analysis, f"Table 2{letters[i : i + 1]}", rows))
    tables += [summary_of_findings(review, findings), leave_one_out(review), influence(review)]
    tables += [meta_regressions(review)] if review.tables["models"] else []
    return [*tables, small_study_effects(review)]
