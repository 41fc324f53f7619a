"""The stages of the PRISMA 2020 flow, and what people call them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Stage:
    """One stage: how the diagram words it, other names for it, whether rows may repeat it.

    A stage that may be repeated tells its rows apart by their `reason`: a source of records, or
    why they left.
    """

    label: str
    synonyms: tuple[str, ...] = ()
    several: bool = False


STAGES = {
    "records_identified": Stage(
        "Records identified",
        ("identified", "database_hits", "records_identified_total"),
        several=True,
    ),
    "records_from_databases": Stage(
        "Databases",
        ("databases", "identified_databases", "records_identified_from_databases"),
        several=True,
    ),
    "records_from_registers": Stage(
        "Registers",
        ("registers", "identified_registers", "records_identified_from_registers"),
        several=True,
    ),
    "records_from_other_sources": Stage(
        "Other sources",
        ("other_sources", "other_methods", "records_identified_from_other_sources"),
        several=True,
    ),
    "duplicates_removed": Stage(
        "Duplicate records removed",
        ("duplicates", "duplicate_records_removed", "records_removed_duplicates"),
    ),
    "records_marked_ineligible": Stage(
        "Records marked as ineligible by automation tools",
        ("automation_tools", "ineligible_by_automation", "removed_by_automation"),
    ),
    "records_removed_other": Stage(
        "Records removed for other reasons",
        ("removed_other", "removed_for_other_reasons", "records_removed_for_other_reasons"),
        several=True,
    ),
    "records_after_deduplication": Stage(
        "Records after duplicates removed",
        ("after_deduplication", "records_after_duplicates_removed", "unique_records"),
    ),
    "records_screened": Stage(
        "Records screened",
        ("screened", "titles_and_abstracts_screened", "title_abstract_screened"),
    ),
    "records_excluded": Stage(
        "Records excluded",
        ("excluded_at_screening", "excluded_on_title_and_abstract", "title_abstract_excluded"),
        several=True,
    ),
    "reports_sought": Stage(
        "Reports sought for retrieval",
        ("sought", "reports_sought_for_retrieval", "full_texts_sought"),
    ),
    "reports_not_retrieved": Stage(
        "Reports not retrieved",
        ("not_retrieved", "full_texts_not_retrieved"),
        several=True,
    ),
    "reports_assessed": Stage(
        "Reports assessed for eligibility",
        (
            "assessed",
            "reports_assessed_for_eligibility",
            "full_texts_assessed",
            "full_text_assessed",
        ),
    ),
    "reports_excluded": Stage(
        "Reports excluded",
        ("full_texts_excluded", "full_text_excluded", "excluded_on_full_text"),
        several=True,
    ),
    "studies_included": Stage(
        "Studies included in the review",
        ("included", "included_studies", "studies_included_in_review"),
    ),
    "reports_included": Stage(
        "Reports of included studies",
        ("included_reports", "reports_of_included_studies"),
    ),
    "studies_pooled": Stage(
        "Studies included in the meta-analysis",
        ("studies_in_meta_analysis", "included_in_meta_analysis", "quantitative_synthesis"),
    ),
}
_NAMES = {other: name for name, stage in STAGES.items() for other in (name, *stage.synonyms)}


def stage_named(text: str) -> str:
    """Return the stage that a cell names, whatever its case and the signs between words, or ''."""
    return _NAMES.get(re.sub(r"[\W_]+", "_", text.lower()).strip("_"), "")


@dataclass(frozen=True)
class Count:
    """One row of the flow: how many, and of which source or for which reason."""

    n: int
    reason: str = ""


@dataclass(frozen=True)
class Flow:
    """All counts by stage. The row without reason is a stage's total, the others its parts."""

    counts: Mapping[str, Sequence[Count]]

    def total(self, stage: str) -> int | None:
        """Return a stage's count: its total, else the sum of its parts; None where it has none."""
        counts = self.counts.get(stage, ())
        whole = [count.n for count in counts if not count.reason]
        return whole[0] if whole else sum(c.n for c in counts) if counts else None

    def parts(self, stage: str) -> list[Count]:
        """Return the counts that have a reason, largest first, equal ones by their reason."""
        counts = [count for count in self.counts.get(stage, ()) if count.reason]
        return sorted(counts, key=lambda count: (-count.n, count.reason.casefold(), count.reason))


def flow_of(rows: Sequence[Mapping[str, str]]) -> Flow:
    """Return the flow of rows with `stage`, `n` and `reason`; no known stage, no part of it."""
    counts: dict[str, list[Count]] = {}
    for row in rows:
        name = stage_named(row["stage"])
        if name and row["n"]:
            counts.setdefault(name, []).append(Count(int(row["n"]), row["reason"]))
    return Flow(counts)
