"""A review with two extractors: both read, compared, and decided upon."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from strataforest.errors import Problem
from strataforest.extraction.compare import Comparison, Discrepancy, compare_sheets, discrepancies
from strataforest.extraction.decisions import RULE, decide, decided_rows
from strataforest.sheets.checks import check_second_extraction
from strataforest.sheets.harmonize import Sheet, read_sheets_of_kind

# What the comparison writes into the folder `extraction` of the results.
LISTS = (
    *("discrepancies.csv", "discrepancies.xlsx", "discrepancies_by_stratum.csv"),
    *("agreement.csv", "second_extraction.csv", "decisions.csv"),
)


@dataclass(frozen=True)
class Extraction:
    """The sheets as decided, by kind; how both compare; the cells that differ, with decisions.

    The problems of the second extraction and of the decisions are among those of the sheets.
    `second` and `decisions` are these sheets as they were read.
    """

    sheets: Mapping[str, Sheet]
    comparisons: tuple[Comparison, ...] = ()
    discrepancies: tuple[Discrepancy, ...] = ()
    second: Mapping[str, Sheet] = field(default_factory=dict)
    decisions: Sheet = field(default_factory=lambda: Sheet("decisions"))


def adjudicate(
    sheets: Mapping[str, Sheet], double: Mapping, named: Collection[str], domains: Mapping
) -> Extraction:
    """Return the first extractor's sheets with what was decided against the second's.

    `double` is the config's `double_extraction`, each sheet a list; `named` are the columns that it
    groups or regresses by. Where any sheet cannot be read nothing is compared or decided.
    """
    second = {k: read_sheets_of_kind(k, double[k], domains) for k in sheets if k in double}
    decided = read_sheets_of_kind("decisions", double.get("decisions", []))
    # Its other columns are those that the workflow wrote: no remark is due on them.
    decided = replace(decided, problems=[p for p in decided.problems if p.severity != "note"])
    others = [*second.values(), decided]
    problems = [problem for sheet in others for problem in sheet.problems]
    problems += check_second_extraction(second, sheets["studies"], domains)
    read = [*sheets.values(), *others]
    if any(problem.severity == "error" for sheet in read for problem in sheet.problems):
        return Extraction(_with_others(sheets, others, problems))
    comparisons = tuple(compare_sheets(sheets[k], second[k], named) for k in second)
    found = [
        one
        for c in comparisons
        for one in discrepancies(c, sheets[c.kind], second[c.kind], double["tolerance"])
    ]
    verdicts = decide(found, comparisons, decided.rows, _decimal(decided, double))
    problems += verdicts.problems
    problems += _undecided(verdicts.discrepancies, double["undecided"])
    rows = {kind: decided_rows(sheet, verdicts.discrepancies) for kind, sheet in sheets.items()}
    found = tuple(verdicts.discrepancies)
    return Extraction(_with_others(rows, others, problems), comparisons, found, second, decided)


def remove_lists(results: Path) -> None:
    """Remove from a results folder the lists of an earlier configuration with two extractors."""
    for name in LISTS:
        (results / "extraction" / name).unlink(missing_ok=True)


def _with_others(
    sheets: Mapping[str, Sheet], others: Collection[Sheet], problems: list[Problem]
) -> dict[str, Sheet]:
    """Return the sheets with what was found in the others, and the tabs in which it was found."""
    outcomes = sheets["outcomes"]
    tops = {place: row for sheet in others for place, row in sheet.heading_rows.items()}
    outcomes = replace(
        outcomes,
        problems=outcomes.problems + problems,
        grids=outcomes.grids + [grid for sheet in others for grid in sheet.grids],
        heading_rows=tops | outcomes.heading_rows,
    )
    return {**sheets, "outcomes": outcomes}


def _decimal(sheet: Sheet, double: Mapping) -> str:
    """Return the decimal sign of the decisions: as declared, else as found in the file."""
    declared = [spec["decimal"] for spec in double.get("decisions", []) if "decimal" in spec]
    found = [grid.decimal for grid in sheet.grids]
    return (declared or found or ["."])[0]


def _undecided(found: Collection[Discrepancy], severity: str) -> Iterator[Problem]:
    """Yield one problem per sheet that counts the cells nobody has decided on."""
    undecided = [one for one in found if not one.decision]
    places = [(one.first_at if one.pair.first else one.second_at)[:2] for one in undecided]
    for (file, tab), n in sorted(Counter(places).items()):
        cells = "1 difference" if n == 1 else f"{n} differences"
        seen = f"{cells} between the extractors not decided; the first one's values are used"
        mend = (
            "fill `decision` in a copy of extraction/discrepancies.xlsx, and name the copy under "
        )
        mend += "double_extraction.decisions"
        level = "error" if severity == "error" else "warning"
        yield Problem(level, file, tab, "", seen, "a decision on each", mend, rule=RULE)
