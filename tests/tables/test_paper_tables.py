"""The tables of a paper: each prints what the fits and the csv tables hold."""

import math
import re
from dataclasses import replace

import pytest
from strataforest.lineage.described import PRINTED
from strataforest.tables.paper.all_tables import paper_tables
from strataforest.tables.paper.characteristics import COLUMNS
from strataforest.tables.paper.findings import meaning
from strataforest.tables.paper.words import direction_note
from strataforest.tables.publication import flat
from table_examples import LONG, review

# Raudenbush 1985, first effects: enough for tests of asymmetry.
YI = [0.03, 0.12, -0.14, 1.18, 0.26, -0.06, -0.02, -0.32, 0.27, 0.80, 0.54, 0.18]
VI = [0.016, 0.022, 0.028, 0.139, 0.136, 0.011, 0.011, 0.048, 0.027, 0.063, 0.091, 0.050]
NAMES = [f"Trial{i}" for i in range(12)]


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    strata = [
        ("mood", "SMD", YI, VI, NAMES),
        ("harm", "RR", [-0.9, -0.4, -0.7, -1.2], [0.1, 0.2, 0.15, 0.12], NAMES[:4]),
        ("sleep", "SMD", [0.4], [0.03], NAMES[:1]),
    ]
    judged = [(name, "low" if i < 3 else "some concerns") for i, name in enumerate(NAMES)]
    return review(tmp_path_factory.mktemp("review"), strata, judged)


def of(shown, name):
    tables = paper_tables(shown, "domain", {})
    return next(flat(table)[1] for table in tables if table.name == name)


def number(text):
    return float(text.replace("−", "-"))


def test_leave_one_out_prints_the_refits(shown):
    rows = of(shown, "table_s1_leave_one_out")
    assert len(rows) == 12 + 4
    fits = [shown.fits["domain", "mood"]["leave_one_out"]] * 12
    fits += [shown.fits["domain", "harm"]["leave_one_out"]] * 4
    for i, (row, fit) in enumerate(zip(rows, fits, strict=True)):
        at = i if i < 12 else i - 12
        undo = (lambda x: x) if i < 12 else math.exp
        low, high = row["95% CI"].split(" to ")
        for text, name in ((row["Estimate"], "estimate"), (low, "ci_low"), (high, "ci_high")):
            assert number(text) == pytest.approx(undo(fit[name][at]), abs=0.0051)
        assert number(row["I2 (%)"]) == pytest.approx(fit["i2"][at], abs=0.051)
        assert row["Left out"] == NAMES[at]


def test_influence_prints_the_diagnostics(shown):
    rows = of(shown, "table_s2_influence")
    fit = shown.fits["domain", "mood"]["influence"]
    for i, row in enumerate(rows[:12]):
        assert number(row["Cook's distance"]) == pytest.approx(fit["cook_d"][i], abs=0.0051)
        assert number(row["Weight (%)"]) == pytest.approx(fit["weight"][i], abs=0.051)
        assert row["Influential"] == ("yes" if fit["influential"][i] else "no")


def test_the_summary_of_findings_has_a_row_for_what_was_not_pooled_too(shown):
    mood, harm, sleep = of(shown, "table3_summary_of_findings")
    pooled = shown.fits["domain", "mood"]["pooled"]
    found = re.fullmatch(r"(\S+) \((\S+) to (\S+)\)", mood["Effect (95% CI)"]).groups()
    for text, name in zip(found, ("estimate", "ci_low", "ci_high"), strict=True):
        assert number(text) == pytest.approx(pooled[name], abs=0.0051)
    low, high = mood["95% prediction interval"].split(" to ")
    assert number(low) == pytest.approx(pooled["pi_low"], abs=0.0051)
    assert number(high) == pytest.approx(pooled["pi_high"], abs=0.0051)
    assert mood["Risk of bias of the trials"] == "3 low, 9 some concerns"
    ratio = math.exp(shown.fits["domain", "harm"]["pooled"]["estimate"])
    assert harm["Effect (95% CI)"].startswith(f"{ratio:.2f} (")
    assert harm["What it says"].startswith(
        f"{100 * (1 - ratio):.0f}% lower risk, in favour of the i"
    )
    assert sleep["Effect (95% CI)"] == "NE"
    assert sleep["What it says"] == "k = 1 is below the minimum of 3"


def test_a_risk_difference_is_not_said_to_be_turned():
    assert direction_note([{"measure": "SMD"}]).endswith("; ratios are as measured.")
    note = direction_note([{"measure": "SMD"}, {"measure": "RD"}])
    assert note.endswith("; ratios and risk differences are as measured.")


def words(**values):
    row = {"measure": "SMD", "favourable": "positive", "ratio": "", "pi_low": "", "pi_high": ""}
    return meaning(row | {name: str(value) for name, value in values.items()})


def test_meaning_knows_size_direction_and_doubt():
    assert words(estimate=0.3, ci_low=-0.1, ci_high=0.7) == "The interval includes no difference"
    assert words(estimate=0.3, ci_low=0.1, ci_high=0.5) == (
        "Small difference in favour of the intervention"
    )
    assert words(estimate=-0.9, ci_low=-1.2, ci_high=-0.6).startswith(
        "Large difference in favour of the control"
    )
    doubtful = words(estimate=0.6, ci_low=0.3, ci_high=0.9, pi_low=-0.5, pi_high=1.7)
    assert doubtful.endswith("a new trial may find none, or the opposite")
    ratio = {"measure": "OR", "ratio": 2.5, "estimate": 0.916, "ci_low": 0.2, "ci_high": 1.6}
    assert words(**ratio, favourable="negative") == "2.5 times the odds, in favour of the control"
    assert words(**ratio, favourable="") == "2.5 times the odds in the intervention"
    fewer = {"measure": "RD", "estimate": -0.1, "ci_low": -0.2, "ci_high": -0.05}
    assert words(**fewer, favourable="negative") == "Difference in favour of the intervention"
    assert words(**fewer, favourable="") == "Difference: fewer events in the intervention"


def test_small_study_effects_name_those_that_were_too_few(shown):
    tables = {table.name: table for table in paper_tables(shown, "domain", {})}
    table = tables["table_s4_small_study"]
    rows = flat(table)[1]
    section = {r["test"]: r for r in shown.fits["domain", "mood"]["small_study"]["rows"]}
    egger = next(row for row in rows if row["Test"] == "Egger, random effects")
    assert number(egger["Estimate"]) == pytest.approx(section["egger_re"]["estimate"], abs=0.0051)
    assert number(egger["P"]) == pytest.approx(section["egger_re"]["p_value"], abs=0.00051)
    assert {row["Stratum"] for row in rows} == {"Mood (SMD, k = 12)"}
    assert "Not tested, too few effects: Harm (k = 4)." in table.notes


def test_every_table_says_preset_model_and_version(shown):
    for table in paper_tables(shown, "domain", {})[1:]:
        assert (
            table.notes[-1]
            == "Random effects (REML), z interval; stata16 formulas; strataforest 0."
        )


def test_table_2_prints_its_csv_cell_by_cell(shown):
    rows = [
        {"Domain": "Mood", "Platform": "Chat", "k": "3", "Estimate": "0.50", "I2 (%)": "40.0"},
        {"Domain": "Mood", "Platform": LONG, "k": "1", "Estimate": "NE", "I2 (%)": "—"},
        {"Domain": "Harm", "Platform": "Chat", "k": "0", "Estimate": "NE", "I2 (%)": "—"},
    ]
    two = paper_tables(shown, "domain", {"domain": rows})[1]
    assert flat(two) == (list(rows[0]), rows)
    assert [group.heading for group in two.groups] == ["Mood", "Harm"]
    assert two.number == "Table 2"


@pytest.mark.parametrize("k", [1, 3, 12, 60])
def test_any_number_of_trials(tmp_path, k):
    names = [f"{LONG} {i}" for i in range(k)]
    yi, vi = [0.1 * (i % 7) for i in range(k)], [0.02 + 0.01 * (i % 5) for i in range(k)]
    tables = paper_tables(review(tmp_path, [("mood", "SMD", yi, vi, names)]), "domain", {})
    sizes = {table.name: len(flat(table)[1]) for table in tables}
    assert sizes["table1_characteristics"] == k
    assert sizes["table_s1_leave_one_out"] == (k if k >= 3 else 0)
    assert sizes["table3_summary_of_findings"] == 1


def test_a_review_in_which_nothing_is_pooled(tmp_path):
    tables = paper_tables(review(tmp_path, [("mood", "SMD", [0.1], [0.1], ["A"])]), "domain", {})
    (row,) = flat(next(t for t in tables if t.number == "Table 3"))[1]
    assert row["Effect (95% CI)"] == "NE"
    assert [t.notes[-1] for t in tables[1:]] == ["strataforest 0."] * 4


def test_only_domains_that_are_shown_as_measured_are_said_to_be(tmp_path):
    strata = [
        ("mood", "SMD", YI, VI, NAMES),
        ("harm", "RR", [-0.9, -0.4, -0.7], [0.1, 0.2, 0.15], NAMES[:3]),
        ("sleep", "SMD", YI, VI, NAMES),
    ]

    def notes(*flipped):
        rows = [{"Domain": "Mood", "k": "12", "Favourable": "above 0"}]
        made = review(tmp_path, strata, flipped=flipped)
        return " ".join(paper_tables(made, "domain", {"domain": rows})[1].notes)

    assert "Favourable says which side of no effect favours the intervention." in notes()
    assert "measured" not in notes() + notes("harm")  # a ratio is never turned
    assert "Estimates for Mood have the sign of what was measured: below 0 where" in notes("mood")
    assert "Estimates for Mood and Sleep have" in notes("mood", "harm", "sleep")


def test_characteristics_leave_out_what_no_trial_states(shown):
    rows = of(shown, "table1_characteristics")
    assert list(rows[0]) == ["Trial", "Year", "Design", "Outcome domains", "Risk of bias"]
    assert rows[0]["Outcome domains"] == "Mood"
    assert rows[11]["Risk of bias"] == "some concerns"


def test_characteristics_show_columns_of_the_reviews_own(shown):
    trials = [
        {**row, "dose": f"{i}", "age group": "" if i else "adults", "left": "", "doi": "10.1/x"}
        for i, row in enumerate(shown.tables["characteristics"])
    ]
    tables = {**shown.tables, "characteristics": trials}
    described = {"doi": "Design", "dose": "Doses", "year": "Published"}
    described |= {"left": "L", "age group": "A"}
    table = paper_tables(replace(shown, tables=tables, described=described), "domain", {})[0]
    aligned = {column.heading: column.align for column in table.columns}
    # In the order of the config; a heading that is there already is told from it.
    assert list(aligned) == [
        *("Trial", "Published", "Design", "Design (doi)", "Doses", "A"),
        *("Outcome domains", "Risk of bias"),
    ]
    assert [aligned[name] for name in ("Doses", "A", "Design (doi)")] == ["right", "left", "left"]
    _, rows = flat(table)
    assert [row["Doses"] for row in rows] == [str(i) for i in range(12)]
    assert [row["A"] for row in rows] == ["adults"] + ["—"] * 11


def test_lineage_knows_what_table_1_prints():
    assert COLUMNS.keys() | {"eligible", "platforms"} == PRINTED
