"""The PRISMA flow: stages by any of their names, and counts that add up or are named."""

import pytest
from strataforest.flow.arithmetic import mismatches
from strataforest.flow.stages import STAGES, flow_of, stage_named
from strataforest.sheets.flow_counts import flow_problems


def rows(*counts):
    """Rows as a flow sheet has them, each from (stage, n) or (stage, n, reason)."""
    found = []
    for number, (stage, n, *reason) in enumerate(counts, 2):
        cells = f"stage=A{number};n=B{number};reason=C{number}"
        source = {"source_file": "flow.csv", "source_tab": "", "source_row": str(number)}
        found.append(
            {"stage": stage, "n": str(n), "reason": (reason or [""])[0]}
            | source
            | {"source_cells": cells}
        )
    return found


# Counts of the digital-intervention review of eating disorders in the Metapsy collection.
METAPSY = [
    ("Database hits", 2715),
    ("Duplicates removed", 1326),
    ("Records screened", 1389),
    ("records excluded", 1149),
    ("Full text assessed", 240),
    ("Full texts excluded", 58, "Ineligible sample"),
    ("Full texts excluded", 46, "Not an RCT"),
    ("Full texts excluded", 43, "Ineligible intervention"),
    ("Full texts excluded", 40, "Companion paper"),
    ("Full texts excluded", 8, "No relevant control group"),
    ("Full texts excluded", 5, "Adjunctive treatment"),
    ("Full texts excluded", 3, "No relevant outcome"),
    ("Full texts excluded", 1, "Not in English"),
    ("Included", 36),
]


def told(*counts, eligible=None):
    studies = [{"eligible": "yes"}] * eligible if eligible else ()
    return list(flow_problems(rows(*counts), studies))


def test_a_flow_that_adds_up_is_no_problem():
    assert told(*METAPSY, eligible=36) == []


@pytest.mark.parametrize("place", [i for i in range(len(METAPSY)) if i != 0])
def test_every_count_that_is_one_off_is_noticed(place):
    stage, n, *reason = METAPSY[place]
    wrong = [*METAPSY[:place], (stage, n + 1, *reason), *METAPSY[place + 1 :]]
    problems = told(*wrong)
    assert problems
    assert {p.severity for p in problems} == {"warning"}
    assert all(p.file == "flow.csv" and p.cell[0] == "B" for p in problems)
    assert {p.rule for p in problems} == {"flow_arithmetic"}


def test_the_message_names_the_cell_the_counts_and_the_expected_number():
    (problem,) = told(
        ("records_identified", 2715), ("duplicates_removed", 1326), ("screened", 1398)
    )
    assert problem.cell == "B4"
    words = "records_screened is 1398, records_identified is 2715 less duplicates_removed 1326"
    assert problem.problem == words
    assert problem.expected == "1389"


def test_a_stage_nobody_counted_is_suggested():
    (problem,) = told(
        ("screened", 1389), ("assessed", 240), ("reports_excluded", 204), ("included", 36)
    )
    assert problem.mend == "add a row of records_excluded or reports_not_retrieved with n = 1149"


def test_a_total_must_be_the_sum_of_its_reasons_and_sources():
    total = ("reports_excluded", 5)
    parts = [("reports_excluded", 2, "protocol"), ("reports_excluded", 2, "no trial")]
    (problem,) = told(total, *parts)
    assert (problem.cell, problem.expected) == ("B2", "4")
    sources = [("databases", 30, "PubMed"), ("databases", 20, "Embase"), ("registers", 4)]
    assert told(("identified", 54), *sources) == []
    (problem,) = told(("identified", 55), *sources)
    assert (problem.cell, problem.expected) == ("B2", "54")


def test_sources_without_a_total_are_added_up():
    sources = [("databases", 30, "PubMed"), ("databases", 20, "Embase"), ("registers", 4)]
    assert told(*sources, ("duplicates", 14), ("screened", 40)) == []
    (problem,) = told(*sources, ("duplicates", 14), ("screened", 44))
    assert (problem.cell, problem.expected) == ("B6", "40")


def test_what_is_left_after_duplicates_says_how_many_there_were():
    assert told(("identified", 2042), ("after_deduplication", 345), ("screened", 345)) == []
    (problem,) = told(("identified", 345), ("after_deduplication", 2042))
    assert problem.cell == "B3"


def test_several_reports_of_a_study():
    start = [("assessed", 50), ("reports_excluded", 10)]
    assert told(*start, ("studies_included", 30), ("reports_included", 40)) == []
    (problem,) = told(*start, ("studies_included", 30))
    assert problem.mend.endswith("if 30 studies have 40 reports, add reports_included 40")
    more = told(*start, ("studies_included", 41), ("reports_included", 40))
    assert [(p.cell, p.expected) for p in more] == [("B4", "at most 40")]
    pooled = told(("studies_included", 30), ("studies_in_meta_analysis", 31))
    assert [p.cell for p in pooled] == ["B3"]


def test_included_studies_are_the_eligible_trials_of_the_sheet():
    (problem,) = told(("included", 39), eligible=38)
    assert problem.cell == "B2"
    assert problem.problem == "studies_included is 39; the studies sheet has 38 eligible trials"


def test_an_unknown_stage_is_an_error_with_the_nearest_name():
    (problem,) = told(("reports_asessed", 3))
    assert (problem.severity, problem.cell) == ("error", "A2")
    assert problem.mend == "did you mean 'reports_assessed'?"


def test_a_count_that_stands_twice_is_an_error():
    (problem,) = told(("screened", 3), ("Records screened", 3))
    assert (problem.severity, problem.cell) == ("error", "A3")
    (problem,) = told(("reports_excluded", 3, "Protocol"), ("reports_excluded", 2, "protocol"))
    assert "for 'protocol' is already counted in row 2" in problem.problem
    assert told(("reports_excluded", 3, "protocol"), ("reports_excluded", 2, "review")) == []


def test_no_two_stages_share_a_name():
    names = [name for stage, of in STAGES.items() for name in (stage, *of.synonyms)]
    assert len(names) == len(set(names))
    assert all(stage_named(name.replace("_", " ").title()) for name in names)
    assert stage_named("") == stage_named("excluded") == ""


def test_parts_are_the_same_in_any_order_of_rows():
    flow = rows(
        ("reports_excluded", 2, "b"), ("reports_excluded", 9, "c"), ("reports_excluded", 2, "a")
    )
    parts = [
        [c.reason for c in flow_of(order).parts("reports_excluded")] for order in (flow, flow[::-1])
    ]
    assert parts == [["c", "a", "b"]] * 2
    assert list(mismatches(flow_of(flow))) == []
