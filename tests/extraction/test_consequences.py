"""What a discrepancy would move is, to the last digit, what a run on the other value gives."""

import copy
import math
import time
from dataclasses import replace

import pytest
from conftest import CONFIG, OUTCOMES, STUDIES
from strataforest.effects.compute import compute_effects
from strataforest.effects.effect_rows import EFFECT_COLUMNS
from strataforest.effects.multi_arm import MultiArm
from strataforest.extraction.consequences import consequences
from strataforest.extraction.tables import (
    DISCREPANCY_COLUMNS,
    STRATUM_COLUMNS,
    discrepancy_rows,
    stratum_rows,
)
from strataforest.extraction.what_if import Method, Review
from strataforest.fits import Sensitivity, fit_stratum
from strataforest.models import Conversions
from strataforest.presets import resolve
from strataforest.strata import stratification
from strataforest.strata.grouping import Analysis
from strataforest.strata.stratum_effects import effects_of
from strataforest.tabular import as_read
from two_extractors import TwoExtractors, with_cells

PRESET = resolve("stata16", {"estimator": "d"})
NUMBERS = ("estimate", "ci_low", "ci_high")
DOMAINS = {n: {"priority": [], "instruments": []} | d for n, d in CONFIG["domains"].items()}
ANALYSES = [Analysis(name, tuple(s["by"])) for name, s in CONFIG["strata"].items()]
SELECTION = {
    "domains": DOMAINS,
    "selection": {
        "order": ["indicator", "instrument", "timepoint", "metric", "directness", "information"],
        "prefer_metric": "post",
    },
    "timepoint": {"min_weeks": None, "max_weeks": None},
    "unlisted_indicators": "last",
}


def method(**conversions):
    return Method(
        domains=DOMAINS,
        indicators=CONFIG["indicators"],
        effect_size=PRESET.effect_size,
        conversions=Conversions(**conversions),
        arms=MultiArm(),
        selection=stratification.selection_rule(SELECTION),
        analyses=ANALYSES,
        min_effects=3,
        pooling=PRESET.pooling,
    )


def whole_run(records, studies, how):
    """Return the pooled numbers of every stratum as the rules of the workflow compute them."""
    found, _ = compute_effects(
        *(records, studies, how.domains, how.indicators),
        *(how.effect_size, how.conversions, how.arms),
    )
    effects = as_read(EFFECT_COLUMNS, found)
    by_id = {row["study_id"]: row for row in studies}
    decisions = stratification.decide(effects, by_id, how.selection)
    chosen = stratification.selected_effects(effects, decisions, by_id)
    types = {name: domain["type"] for name, domain in how.domains.items()}
    strata, _ = stratification.build_strata(chosen, how.analyses, types, how.min_effects)
    pooled = {}
    for stratum in strata:
        numbers = dict.fromkeys(NUMBERS)
        if stratum.status == "pooled":
            fit = fit_stratum(effects_of(stratum.effects), PRESET, Sensitivity(), {})
            numbers = {name: fit["pooled"][name] for name in NUMBERS}
        pooled[stratum.analysis, stratum.stratum] = numbers
    return pooled, {effect["effect_id"]: effect for effect in effects}


@pytest.fixture
def extractors(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return TwoExtractors(tmp_path)


def tried(extractors, how):
    """Return the consequences of all discrepancies, and the sheets as decided."""
    extraction = extractors.adjudicate(named={"primary_platform"})
    sheets = extraction.sheets
    review = Review(sheets["outcomes"].rows, sheets["studies"].rows, how)
    return consequences(review, extraction.discrepancies), sheets


def assert_exact(found, sheets, how):
    """Hold every consequence to a run on the sheets with that one cell really changed."""
    rows = {kind: sheets[kind].rows for kind in ("outcomes", "studies")}
    before, old_effects = whole_run(rows["outcomes"], rows["studies"], how)
    for one in found:
        cell = one.discrepancy
        changed = copy.deepcopy(rows)
        place = cell.first_at[0], str(int("".join(filter(str.isdigit, cell.first_at[2]))))
        (row,) = [r for r in changed[cell.kind] if (r["source_file"], r["source_row"]) == place]
        row[cell.column] = cell.second
        after, new_effects = whole_run(changed["outcomes"], changed["studies"], how)
        moved = {key for key in before if before[key] != after[key]}
        assert {(s.analysis, s.stratum) for s in one.strata} == moved, cell.identity
        for stratum in one.strata:
            key = stratum.analysis, stratum.stratum
            for side, truth in ((stratum.first, before[key]), (stratum.second, after[key])):
                expected = {n: "" if v is None else repr(v) for n, v in truth.items()}
                assert {name: side[name] for name in NUMBERS} == expected
        if cell.kind == "outcomes":
            for side, truth in ((one.first, old_effects), (one.second, new_effects)):
                assert not side or truth[side["effect_id"]] == side


def test_every_kind_of_cell_moves_what_a_run_on_it_would(extractors):
    second = with_cells(
        OUTCOMES,
        *((2, "n_treat", "44"), (2, "sd_control", "1.25"), (3, "mean_treat", "7.0")),
        *((4, "mean_treat", "9.6"), (4, "metric", "change"), (5, "sd_treat", "")),
        *((6, "mean_control", "7.8"), (7, "n_control", "45"), (8, "sd_treat", "0.5")),
        *((9, "mean_treat", "1"), (10, "mean_control", "12.7"), (12, "p_value", "0.04")),
        *((11, "sd_treat", "0.35"), (13, "p_value", "0.049")),
    )
    extractors.second("outcomes", second)
    studies = with_cells(
        STUDIES,
        *((2, "primary_platform", "Mail"), (3, "year", "2021"), (4, "eligible", "no")),
        *((8, "eligible", "yes"), (5, "primary_platform", ""), (6, "follow_up_weeks", "25")),
    )
    extractors.second("studies", studies)
    found, sheets = tried(extractors, method())
    assert len(found) == 20
    assert_exact(found, sheets, method())
    grades = {(o.discrepancy.pair.row["study_id"], o.discrepancy.column): o.matters for o in found}
    # A second choice, a trial that is not eligible, what describes a trial.
    assert grades["Ash2019", "mean_treat"] == "effect"
    assert grades["Hazel2024", "mean_treat"] == "effect"
    assert grades["Birch2020", "year"] == grades["Fir2023", "follow_up_weeks"] == "nothing"
    assert grades["Ash2019", "primary_platform"] == grades["Cedar2021", "eligible"] == "conclusion"


def test_borrowed_sds_move_other_trials_too(extractors):
    text = with_cells(OUTCOMES, (7, "sd_treat", ""), (7, "sd_control", ""))
    extractors.write("outcomes.csv", text)
    extractors.second("outcomes", with_cells(text, (6, "sd_treat", "1.3")))
    how = method(borrow_sd="mean")
    found, sheets = tried(extractors, how)
    assert_exact(found, sheets, how)
    (one,) = found
    moved = next(s for s in one.strata if s.stratum == "glycemic")
    alone = Review(sheets["outcomes"].rows, sheets["studies"].rows, method())
    assert moved.first["k"] != alone.pooled(alone.base.strata["domain", "glycemic"])["k"]


def test_an_intracluster_correlation_moves_all_effects_of_its_trial(extractors):
    header, *rows = STUDIES.splitlines()
    added = ["parallel,,", "cluster,20,0.01", *["parallel,,"] * 5]
    lines = [f"{row},{more}" for row, more in zip(rows, added, strict=True)]
    text = "\n".join([f"{header},design,cluster_size,icc", *lines]) + "\n"
    extractors.write("studies.csv", text)
    extractors.second("studies", text.replace("0.01", "0.1"))
    found, sheets = tried(extractors, method())
    assert_exact(found, sheets, method())
    (one,) = found
    assert {s.stratum for s in one.strata if s.analysis == "domain"} == {"glycemic", "knowledge"}
    assert one.first["study_id"] == "Birch2020"
    assert float(one.second["vi"]) > float(one.first["vi"])


def test_whole_rows_come_and_go(extractors):
    header, *rows = OUTCOMES.splitlines()
    extra = "Gum2024,knowledge,quiz,12,post,28,14,3,27,13,3,,"
    extractors.second("outcomes", "\n".join([header, *rows[:2], *rows[3:], extra]) + "\n")
    found, sheets = tried(extractors, method())
    by_study = {one.discrepancy.pair.row["study_id"]: one for one in found}
    records, studies = sheets["outcomes"].rows, sheets["studies"].rows
    before, _ = whole_run(records, studies, method())
    without, _ = whole_run([r for r in records if r["source_row"] != "4"], studies, method())
    added = by_study["Gum2024"].discrepancy.pair.second
    plus, _ = whole_run([*records, dict.fromkeys(records[0], "") | added], studies, method())
    for study, after in (("Birch2020", without), ("Gum2024", plus)):
        strata = {(s.analysis, s.stratum): s for s in by_study[study].strata}
        assert set(strata) == {key for key in before if before[key] != after[key]}
        for key, stratum in strata.items():
            truth = after[key]["estimate"]
            assert stratum.second["estimate"] == ("" if truth is None else repr(truth))
    gone = next(s for s in by_study["Birch2020"].strata if s.stratum == "glycemic__chat")
    assert gone.crossed == ("not_estimable",)
    assert (gone.first["k"], gone.second["k"]) == ("3", "2")


def test_the_effect_and_the_change_by_hand(extractors):
    extractors.second("outcomes", with_cells(OUTCOMES, (4, "mean_treat", "7.9")))
    (one,), _ = tried(extractors, method())
    pooled_sd = math.sqrt((54 * 0.9**2 + 51 * 1.0**2) / 105)
    assert float(one.first["yi"]) == pytest.approx(0.5 / pooled_sd)
    assert float(one.second["yi"]) == pytest.approx(-0.5 / pooled_sd)
    (row,) = discrepancy_rows([one])
    assert set(row) == set(DISCREPANCY_COLUMNS)
    assert row["yi_change"] == pytest.approx(-1.0 / pooled_sd)
    assert (row["first_cell"], row["second_cell"]) == ("G4", "G4")
    listed = list(stratum_rows([one]))
    assert set(listed[0]) == set(STRATUM_COLUMNS)
    assert {r["stratum"] for r in listed} == {"glycemic", "glycemic__chat"}
    for stratum in one.strata:
        change = float(stratum.second["estimate"]) - float(stratum.first["estimate"])
        assert stratum.change_in_se == change / float(stratum.first["se"])


def test_the_gravest_come_first(extractors):
    second = with_cells(
        OUTCOMES,
        *((3, "mean_treat", "7.0"), (4, "n_treat", "56"), (4, "mean_treat", "9.6")),
        *((6, "mean_treat", "7.1"), (13, "n_control", "61")),
    )
    extractors.second("outcomes", second)
    found, _ = tried(extractors, method())
    assert [(o.discrepancy.column, o.matters) for o in found] == [
        ("mean_treat", "conclusion"),
        ("mean_treat", "pooled"),
        ("n_treat", "pooled"),
        ("mean_treat", "effect"),
        ("n_control", "nothing"),
    ]
    sizes = [abs(one.largest.change_in_se) for one in found[:3]]
    assert sizes == sorted(sizes, reverse=True)


def test_what_cannot_be_tried_says_why_and_comes_first(extractors):
    counts = """\
study_id,domain,indicator,higher_is_better,n_treat,events_treat,n_control,events_control
Ash2019,glycemic,target,yes,60,20,60,10
Birch2020,glycemic,target,yes,30,9,30,7
"""
    extractors.write("outcomes.csv", counts)
    extractors.second("outcomes", counts.replace("60,20", "80,70"))
    found, _ = tried(extractors, method())
    first, second = found
    assert (first.matters, second.matters) == ("unknown", "effect")
    assert "events_treat is 70 of n_treat = 60" in first.remark
    (row, _) = discrepancy_rows(found)
    assert "70 of n_treat = 60" in row["remark"]


def test_a_tie_that_the_second_value_would_make_is_told(extractors):
    text = OUTCOMES + "Ash2019,knowledge,quiz2,12,post,39,14.5,3,41,12,3,,\n"
    extractors.write("outcomes.csv", text)
    extractors.second("outcomes", text.replace("post,39,14.5", "post,40,14.5"))
    indicators = CONFIG["indicators"] | {"quiz2": {"higher_is_better": True}}
    extraction = extractors.adjudicate()
    sheets, how = extraction.sheets, replace(method(), indicators=indicators)
    review = Review(sheets["outcomes"].rows, sheets["studies"].rows, how)
    (one,) = consequences(review, extraction.discrepancies)
    assert one.matters == "unknown"
    assert "no rule tells 2 effects of Ash2019" in one.remark


def test_a_decided_value_is_the_state_that_others_are_tried_on(extractors):
    extractors.second(
        "outcomes", with_cells(OUTCOMES, (4, "mean_treat", "7.9"), (5, "n_treat", "60"))
    )
    before, _ = tried(extractors, method())
    lines = [",".join(DISCREPANCY_COLUMNS)]
    row = next(r for r in discrepancy_rows(before) if r["column"] == "mean_treat")
    row |= {"decision": "second"}
    lines.append(",".join(str("" if row[c] is None else row[c]) for c in DISCREPANCY_COLUMNS))
    extractors.decide("\n".join(lines) + "\n")
    after, sheets = tried(extractors, method())
    one = next(o for o in after if o.discrepancy.column == "mean_treat")
    # The decided cell still says what either value gives; the other stands on the decided one.
    assert [s.first for s in one.strata] == [s.first for s in before[0].strata]
    other = next(o for o in after if o.discrepancy.column == "n_treat")
    now, _ = whole_run(sheets["outcomes"].rows, sheets["studies"].rows, method())
    for stratum in other.strata:
        truth = now[stratum.analysis, stratum.stratum]["estimate"]
        assert stratum.first["estimate"] == repr(truth)


def test_two_hundred_discrepancies_take_seconds(extractors):
    header, first, *_ = OUTCOMES.splitlines()
    trials = [first.replace("Ash2019", f"T{i}") for i in range(40)]
    text = "\n".join([header, *trials]) + "\n"
    studies = [STUDIES.splitlines()[0], *(f"T{i},2020,Chat,Chat,12,yes," for i in range(40))]
    extractors.write("studies.csv", "\n".join(studies) + "\n")
    extractors.write("outcomes.csv", text)
    extractors.second("outcomes", text.replace("40,7.1,1.1,41,7.6,", "42,7.2,1.2,43,7.7,"))
    begun = time.perf_counter()
    found, _ = tried(extractors, method())
    assert len(found) == 200
    # Two seconds on an idle machine.
    assert time.perf_counter() - begun < 20
