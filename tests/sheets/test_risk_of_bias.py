"""Judgements are held to their tool: what it knows, and the overall judgement it allows."""

import pytest
from strataforest.risk_of_bias.tools import NO_INFORMATION, TOOLS, allowed_overall
from strataforest.sheets.judgements import judgement_problems

LOW, SOME, HIGH = "low", "some concerns", "high"
MODERATE, SERIOUS, CRITICAL = "moderate", "serious", "critical"
COLUMNS = ("study_id", *(f"D{i}" for i in range(1, 8)), "overall")


def row(*judged, overall="", number=2):
    """A row whose judgements stand in columns B, C, ... and the overall one in I."""
    cells = {f"D{i}": judgement for i, judgement in enumerate(judged, 1)}
    filled = {"study_id": "Ash2019", **cells, "overall": overall}
    places = [f"{name}={'ABCDEFGHI'[i]}{number}" for i, name in enumerate(COLUMNS)]
    source = {"source_file": "bias.csv", "source_tab": "", "source_row": str(number)}
    return dict.fromkeys(COLUMNS, "") | filled | source | {"source_cells": ";".join(places)}


# The published algorithms: RoB 2 (Sterne 2019) and, below, ROBINS-I (Sterne 2016).
@pytest.mark.parametrize(
    ("judged", "allowed"),
    [
        ([LOW] * 5, {LOW}),
        ([LOW, LOW, SOME, LOW, LOW], {SOME}),
        ([SOME, LOW, SOME, LOW, LOW], {SOME, HIGH}),
        ([LOW, HIGH, LOW, LOW, LOW], {HIGH}),
        ([SOME, HIGH, HIGH, SOME, SOME], {HIGH}),
        ([LOW, LOW, LOW, LOW, ""], {LOW, SOME, HIGH}),
        ([LOW, SOME, LOW, LOW, ""], {SOME, HIGH}),
        ([""] * 5, {LOW, SOME, HIGH}),
    ],
)
def test_overall_judgements_that_rob2_allows(judged, allowed):
    assert set(allowed_overall(TOOLS["rob2"], judged)) == allowed


@pytest.mark.parametrize(
    ("judged", "allowed"),
    [
        ([LOW] * 7, {LOW}),
        ([MODERATE] + [LOW] * 6, {MODERATE}),
        ([MODERATE] * 3 + [LOW] * 4, {MODERATE, SERIOUS}),
        ([SERIOUS] + [MODERATE] * 6, {SERIOUS}),
        ([SERIOUS] * 2 + [LOW] * 5, {SERIOUS, CRITICAL}),
        ([CRITICAL] + [LOW] * 6, {CRITICAL}),
        ([NO_INFORMATION] + [LOW] * 6, {NO_INFORMATION, LOW}),
        ([NO_INFORMATION, SERIOUS] + [LOW] * 5, {SERIOUS}),
        ([NO_INFORMATION] * 7, {NO_INFORMATION}),
    ],
)
def test_overall_judgements_that_robins_i_allows(judged, allowed):
    assert set(allowed_overall(TOOLS["robins_i"], judged)) == allowed


def test_the_tool_s_own_overall_judgement_comes_first():
    assert allowed_overall(TOOLS["rob2"], [SOME, SOME, LOW, LOW, LOW])[0] == SOME
    assert allowed_overall(TOOLS["robins_i"], [NO_INFORMATION] + [LOW] * 6)[0] == NO_INFORMATION


def test_an_overall_judgement_against_the_domains_is_warned_at_its_cell():
    rows = [row(LOW, HIGH, LOW, LOW, HIGH, overall=SOME, number=7)]
    (problem,) = judgement_problems(rows, "rob2")
    assert (problem.severity, problem.file, problem.cell) == ("warning", "bias.csv", "I7")
    assert problem.problem == "overall is 'some concerns' while D2, D5 are 'high'"
    assert problem.expected == "'high' by the algorithm of RoB 2"
    assert problem.rule == "overall_risk_of_bias"


def test_worse_than_the_domains_is_warned_too():
    (problem,) = judgement_problems([row(*[LOW] * 5, overall=HIGH)], "rob2")
    assert problem.expected == "'low' by the algorithm of RoB 2"


def test_what_fits_or_is_not_judged_is_no_problem():
    fine = [row(*[SOME] * 5, overall=HIGH), row(*[LOW] * 5), row(overall=HIGH), row(SOME, LOW)]
    assert list(judgement_problems(fine, "rob2")) == []


def test_judgements_and_domains_of_another_tool_are_errors_at_their_cells():
    rows = [row(MODERATE, LOW, "", "", "", LOW, overall=LOW)]
    first, second = judgement_problems(rows, "rob2")
    assert (first.severity, first.cell) == ("error", "B2")
    assert first.expected == "one of low, some concerns, high (RoB 2)"
    assert (second.severity, second.cell) == ("error", "G2")
    assert "RoB 2 has no domain D6" in second.problem
    assert [p.cell for p in judgement_problems([row(SOME, *[LOW] * 6)], "robins_i")] == ["B2"]
    assert list(judgement_problems([row(*[LOW] * 7, overall=LOW)], "robins_i")) == []
