"""Figures of the review's own sheets: made where there is a sheet, gone where there is none."""

import pytest
from conftest import CONFIG, Review

BIAS = """\
study_id,D1,D2,D3,D4,D5,overall,support_D1
Ash2019,low,low,some concerns,low,low,some concerns,sealed envelopes
Birch2020,low,low,low,low,low,low,
Elm2022,high,low,low,low,,high,
Hazel2024,high,high,high,high,high,high,not in the review
"""
FLOW = """\
stage,n,reason
records screened,40,
records_excluded,30,
reports_assessed,10,
reports_excluded,3,not randomised
reports_excluded,1,"protocol, never published"
studies_included,6,
"""
SHEETS = {
    **CONFIG["sheets"],
    "risk_of_bias": {"path": "bias.csv", "tool": "rob2"},
    "flow": {"path": "flow.csv"},
}


@pytest.fixture(scope="module")
def with_sheets(tmp_path_factory):
    """Return a built review with judgements of risk of bias and a flow."""
    review = Review(tmp_path_factory.mktemp("figures") / "review", CONFIG | {"sheets": SHEETS})
    review.write("bias.csv", BIAS)
    review.write("flow.csv", FLOW)
    review.built()
    return review


def drawn(review, name):
    return (review.folder / "results" / "figures" / f"{name}.svg").read_text(encoding="utf-8")


def test_the_figures_show_the_eligible_trials_and_the_counts(with_sheets):
    light = drawn(with_sheets, "risk_of_bias/traffic_light")
    assert all(name in light for name in ("Ash2019", "Elm2022", "Gum2024", "not judged"))
    assert "Hazel2024" not in light
    assert "Share of trials" in drawn(with_sheets, "risk_of_bias/summary")
    flow = drawn(with_sheets, "prisma/flow")
    assert "protocol, never published (n = 1)" in flow
    assert "Reports excluded (n = 4)" in flow


def test_strata_show_the_judgements_of_their_trials(with_sheets):
    assert "Risk of bias by RoB 2" in drawn(with_sheets, "domain/glycemic/forest")
    assert "the weight in the pooled effect" in drawn(with_sheets, "domain/glycemic/risk_of_bias")


def test_support_is_kept(with_sheets):
    rows = with_sheets.rows("harmonized/risk_of_bias.csv")
    assert rows[0]["support_D1"] == "sealed envelopes"


def test_nothing_is_warned_of_a_flow_that_adds_up(with_sheets):
    assert not [
        row for row in with_sheets.rows("harmonized/problems.csv") if row["file"] == "flow.csv"
    ]


def test_without_the_sheets_the_figures_are_gone(with_sheets):
    with_sheets.configure(CONFIG)
    with_sheets.built()
    names = [name for name in with_sheets.digests() if name.startswith("figures/")]
    assert names
    assert not [n for n in names if n.startswith(("figures/prisma", "figures/risk_of_bias"))]
    assert "Risk of bias" not in drawn(with_sheets, "domain/glycemic/forest")
