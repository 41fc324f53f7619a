"""Comparing two states: what counts as a change, and which cell is its cause."""

import copy
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strataforest.cell_changes import Cause, changed_cells
from strataforest.changes import compare, crossed_lines
from strataforest.report.causes import MOST_CAUSES, listed, markdown, shared_out
from strataforest.report.changes import change_rows, changes_page, changes_text
from strataforest.results_state import KEPT, is_same

NAMES = ("000001_a", "000002_b")


def stratum(effects, name="glycemic", analysis="domain", status="pooled", **numbers):
    groups = dict(zip(("domain", "platform"), name.split("__"), strict=False))
    filled = dict.fromkeys(KEPT, "0.5") | {"ratio": "", "label": " / ".join(groups.values())}
    filled |= {"status": status, "k": str(len(effects))} | numbers
    names = {"analysis": analysis, "stratum": name, "groups": groups}
    return names | filled | {"effects": effects}


def row(study, number, kind="outcomes", sheet="o.csv", effects=None, **cells):
    key = study if kind == "studies" else f"{study}|glycemic|hba1c|{cells.get('weeks', '')}"
    effects = ([key] if kind == "outcomes" else []) if effects is None else effects
    letters = {name: chr(66 + i) for i, name in enumerate(cells)}
    return {
        **{"kind": kind, "sheet": sheet, "row": str(number), "key": key, "study": study},
        "effects": effects,
        "cells": {"study_id": [f"A{number}", study]}
        | {name: [f"{letters[name]}{number}", value, 1] for name, value in cells.items()},
    }


def state(strata, rows, **options):
    options = {"preset": "stata16", "version": "strataforest 0.1.0"} | options
    rows = copy.deepcopy(rows)
    return {"grouping": ["domain", "platform"], "options": options, "strata": strata, "rows": rows}


IDS = [f"{name}|glycemic|hba1c|" for name in ("Ash", "Birch", "Cedar")]
EFFECTS = {effect: [effect.split("|")[0], "0.5", "0.1"] for effect in IDS}
ROWS = [row(name, i, mean="7.1", sd="1.1") for i, name in enumerate(("Ash", "Birch", "Cedar"), 2)]
BEFORE = state([stratum(EFFECTS)], ROWS)


def after(effects=None, rows=None, options=None, **numbers):
    numbers = {"estimate": "0.4"} | numbers
    return state([stratum(effects or EFFECTS, **numbers)], rows or ROWS, **(options or {}))


def causes(new, old=BEFORE):
    (move,) = compare(old, new).moves
    return [cause.what for cause in move.causes]


def with_cell(number, column, value, rows=ROWS):
    rows = copy.deepcopy(rows)
    rows[number]["cells"][column][1] = value
    return rows


ASH_MOVED = EFFECTS | {IDS[0]: ["Ash", "0.4", "0.1"]}


def test_a_cell_of_a_moved_effect_is_the_cause():
    assert causes(after(ASH_MOVED, with_cell(0, "mean", "7.2"))) == ["mean"]


def test_a_cell_of_another_trial_is_no_cause():
    changes = compare(BEFORE, after(ASH_MOVED, with_cell(1, "mean", "7.2")))
    assert [c.what for c in changes.moves[0].causes] == ["configuration or code"]
    assert [c.what for c in changes.idle] == ["mean"]


def of_events(good, rows=ROWS):
    turned = {} if good is None else {"favourable": good}
    return state([stratum(EFFECTS, estimate="0.4", **turned)], rows)


def test_events_that_become_unwanted_are_a_change_of_direction():
    rows = [row(name, i, higher_is_better="") for i, name in enumerate(("Ash", "Birch"), 2)]
    told = with_cell(1, "higher_is_better", "no", rows)
    changes = compare(of_events("", rows), of_events("negative", told))
    (move,) = changes.moves
    assert (move.change, move.crossed) == ("moved", ("favourable",))
    assert [(cause.what, cause.address) for cause in move.causes] == [("higher_is_better", "B3")]
    for text in (changes_text(changes, NAMES), changes_page(changes, NAMES)):
        assert "not known -" in text
        assert "below the null" in text
    assert not compare(of_events("negative", rows), of_events("negative", told)).moves


def test_a_snapshot_that_does_not_know_which_way_is_good_has_not_turned():
    assert not compare(of_events(None), of_events("negative")).moves
    assert is_same(of_events(None), of_events("negative"))
    assert not is_same(of_events(""), of_events("negative"))


def test_a_cell_that_nothing_was_computed_from_is_no_cause():
    old, new = copy.deepcopy(BEFORE), after(ASH_MOVED, with_cell(0, "mean", "7.2"))
    for side, value in ((old, "8"), (new, "9")):
        side["rows"][0]["cells"]["mean_baseline"] = ["Z2", value]
    changes = compare(old, new)
    assert [c.what for c in changes.moves[0].causes] == ["mean"]
    assert [c.what for c in changes.idle] == ["mean_baseline"]


def test_what_no_cell_explains_is_said_to_be_unexplained():
    assert causes(after()) == ["configuration or code"]
    both = EFFECTS | {i: ["x", "0.4", "0.1"] for i in IDS[:2]}
    both = {i: [i.split("|")[0], *rest] for i, (_, *rest) in both.items()}
    told = causes(after(both, with_cell(0, "mean", "7.2")))
    assert told == ["mean", "configuration or code"]


def test_options_and_version_are_named():
    assert causes(after(options={"preset": "metafor"})) == ["preset"]
    assert causes(after(options={"version": "strataforest 0.2.0"})) == ["version"]
    cell = with_cell(0, "mean", "7.2")
    told = causes(after(ASH_MOVED, cell, {"version": "strataforest 0.2.0"}))
    assert told == ["mean"]
    assert causes(after(ASH_MOVED, cell, {"preset": "metafor"})) == ["mean", "preset"]


def test_an_option_of_another_domain_or_analysis_is_no_cause():
    old = state([stratum(EFFECTS)], ROWS, min_effects="3")
    own = {"min_effects": "3", "domains.glycemic.priority": "fbg", "strata.domain.type": "binary"}
    assert causes(after(options=own), old) == ["domains.glycemic.priority", "strata.domain.type"]
    other = {"min_effects": "3", "domains.knowledge.priority": "x", "strata.platform.type": "y"}
    assert causes(after(options=other), old) == ["configuration or code"]


def test_an_option_that_is_declared_and_left_empty_is_no_change():
    old = state([stratum(EFFECTS)], ROWS, min_effects="3")
    empty = {"min_effects": "3", "domains.glycemic.instruments": ""}
    assert causes(after(options=empty), old) == ["configuration or code"]


def test_platform_is_no_cause_where_nothing_is_grouped_by_it():
    rows = [*ROWS, row("Ash", 2, "studies", "s.csv", primary_platform="Chat", eligible="yes")]
    old = state([stratum(EFFECTS)], rows)
    for column, expected in (
        ("primary_platform", "configuration or code"),
        ("eligible", "eligible"),
    ):
        new = state(
            [stratum({i: EFFECTS[i] for i in IDS[1:]}, estimate="0.4")],
            with_cell(3, column, "x", rows),
        )
        assert expected in causes(new, old)


def test_a_value_does_not_send_an_effect_away():
    rows = [*ROWS, row("Ash", 2, "studies", "s.csv", eligible="yes")]
    old = state([stratum(EFFECTS)], rows)
    changed = with_cell(0, "mean", "7.2", with_cell(3, "eligible", "no", rows))
    new = state([stratum({i: EFFECTS[i] for i in IDS[1:]}, estimate="0.4")], changed)
    assert causes(new, old) == ["eligible", "effect removed"]


def test_a_corrected_key_is_a_cell_and_not_two_rows():
    rows = [row("Ash", 2, weeks="12", mean="7.1", sd="1.1", n="40")]
    changed = [row("Ash", 2, weeks="13", mean="7.1", sd="1.1", n="40")]
    (cell,) = changed_cells(state([], rows), state([], changed))
    assert cell.cause == Cause("weeks", "12", "13", "o.csv", "B2")


def test_a_renamed_trial_is_a_cell_and_not_two_rows():
    (cell,) = changed_cells(
        state([], ROWS), state([], [row("Ashe", 2, mean="7.1", sd="1.1"), *ROWS[1:]])
    )
    assert cell.cause == Cause("study_id", "Ash", "Ashe", "o.csv", "A2")


def test_rows_that_come_and_go_are_told_as_rows():
    elm = row("Elm", 9, mean="5", sd="1")
    for old, new, what in ((ROWS, [*ROWS, elm], "row added"), ([*ROWS, elm], ROWS, "row removed")):
        (cell,) = changed_cells(state([], old), state([], new))
        assert (cell.cause.what, cell.cause.address) == (what, "A9")


def test_a_cell_emptied_keeps_its_address():
    rows = copy.deepcopy(ROWS)
    del rows[0]["cells"]["sd"]
    (cell,) = changed_cells(state([], ROWS), state([], rows))
    assert cell.cause == Cause("sd", "1.1", "", "o.csv", "C2")


@pytest.mark.parametrize(
    ("old", "new", "crossed"),
    [
        ({}, {"estimate": "0.4"}, ()),
        ({}, {"estimate": "-0.4"}, ("sign",)),
        ({}, {"estimate": "0.0"}, ()),
        ({}, {"ci_low": "-0.1"}, ("significance",)),
        ({}, {"ci_low": "-2", "ci_high": "-1", "estimate": "-1.5"}, ("sign",)),
        ({}, {"ci_low": "0.0"}, ("significance",)),
        ({}, {"pi_low": "-0.1"}, ("prediction_interval",)),
        ({}, {"pi_low": "", "pi_high": ""}, ()),
        ({}, {"status": "not_estimable", "estimate": ""}, ("not_estimable",)),
        ({"status": "not_estimable", "estimate": ""}, {}, ("pooled",)),
    ],
)
def test_lines_that_are_crossed(old, new, crossed):
    assert crossed_lines(stratum({}, **old), stratum({}, **new)) == crossed
    if crossed and crossed[0] not in {"pooled", "not_estimable"}:
        assert crossed_lines(stratum({}, **new), stratum({}, **old)) == crossed


def test_of_many_strata_and_causes_the_first_are_shown_and_where_the_others_are():
    names = [f"a{i:02}" for i in range(30)]
    old = state([stratum(EFFECTS, name) for name in names], ROWS)
    moved = with_cell(0, "mean", "7.2", with_cell(0, "sd", "1.2"))
    new = state([stratum(ASH_MOVED, name, estimate="0.4") for name in names], moved)
    changes = compare(old, new)
    lines = changes_text(changes, NAMES, rest="here/latest.csv").splitlines()
    assert sum("(domain/a" in line for line in lines) == 15
    assert sum("because" in line for line in lines) == 30
    assert "... and 15 more strata: here/latest.csv" in lines
    assert "Every cause by itself" not in "".join(lines)
    assert len(change_rows(changes)) == 30
    assert changes_page(changes, NAMES).count("(domain/a") == 30


def test_every_stratum_has_a_cause_and_one_row_does_not_hide_the_others():
    ash = [row("Ash", 35, sheet="Ergebnisse", **dict.fromkeys("abcdef", value)) for value in "12"]
    others = ROWS[1:]
    elm, fir = (row(name, i, weeks="12", mean="5") for i, name in enumerate(("Elm", "Fir"), 50))
    new_effects = {r["key"]: [r["study"], "0.4", "0.1"] for r in (elm, fir)}
    strata = [f"s{i}" for i in range(10)]
    changes = compare(
        state([stratum(EFFECTS, name) for name in strata], [ash[0], *others]),
        state(
            [stratum(ASH_MOVED | new_effects, name, estimate="0.4") for name in strata],
            [ash[1], *others, elm, fir],
        ),
    )
    text = changes_text(changes, NAMES, rest="latest.csv")
    blocks = text.split("\n\n")[1:-1]
    assert len(blocks) == len(strata)
    assert all("  because   6 cells of Ergebnisse row 35: a, b, c, d, e, f" in b for b in blocks)
    for block in (blocks[0], blocks[-1]):
        assert "  because   o.csv!A50 row added: Elm|glycemic|hba1c|12" in block
        assert "  because   o.csv!A51 row added: Fir|glycemic|hba1c|12" in block
    assert "effect added" not in text
    assert text.endswith("Every cause by itself: latest.csv\n")
    assert "effect added: Elm" in change_rows(changes)[0]["causes"]


def test_rows_are_summed_up_where_they_would_not_fit():
    added = [Cause("row added", None, f"T{i}|bmi", "o.csv", f"A{i}") for i in range(3, 12)]
    cells = [Cause(name, "1", "2", "o.csv", f"{name}2") for name in "BCD"]
    assert listed([*cells, *added[:2]])[0] == "o.csv!B2 B: 1 -> 2"
    assert listed([*cells, *added], most=3) == [
        "3 cells of o.csv row 2: B, C, D",
        "9 rows of o.csv added: T3, T4, T5, T6, T7, T8, T9, T10, T11",
    ]


@given(st.lists(st.integers(1, 12), max_size=15), st.integers(15, 40))
def test_no_list_of_causes_is_left_out(lengths, most):
    told = shared_out(lengths, most)
    assert all(1 <= n <= min(length, MOST_CAUSES) for n, length in zip(told, lengths, strict=True))
    assert sum(told) <= most


def test_a_sheet_whose_rows_were_all_replaced_is_one_line():
    others = [row(f"T{i}", i, mean=f"{i}.5", sd=f"{i}.25") for i in range(2, 14)]
    come = {r["key"]: [r["study"], "0.3", "0.1"] for r in others}
    old = state([stratum(EFFECTS), stratum(EFFECTS, "old")], ROWS)
    new = state([stratum(come, estimate="0.4"), stratum(come, "new")], others)
    changes = compare(old, new)
    text = changes_text(changes, NAMES)
    told = "o.csv all rows replaced: 3 -> 12"
    assert f"Changed: {told}" in text.splitlines()
    assert text.count(f"  because   {told}") == len(changes.moves) == 3
    assert not re.search("row (added|removed):|effect (added|removed)", text)
    assert "new  (domain/new), appeared, pooled now: k = 12, 0.50 [0.50 to 0.50]" in text
    assert len(text.splitlines()) < 25
    assert "row removed: Ash" in change_rows(changes)[0]["causes"]


def test_a_sheet_that_keeps_a_row_is_not_replaced():
    others = [ROWS[0], *(row(f"T{i}", i, mean=f"{i}.5", sd="2") for i in range(3, 9))]
    assert compare(BEFORE, after(rows=others)).replaced == ()


# --- properties -----------------------------------------------------------------------------------

VALUES = st.text("0123456789.-", max_size=4)
SHEETS = st.lists(st.tuples(st.sampled_from("ABCD"), VALUES, VALUES), max_size=8).map(
    lambda cells: [row(s, i, mean=m, sd=d) for i, (s, m, d) in enumerate(cells, 2)]
)


@given(SHEETS, st.randoms(use_true_random=False))
def test_moved_rows_are_no_change(rows, random):
    moved = copy.deepcopy(rows)
    random.shuffle(moved)
    for i, entry in enumerate(moved, 50):
        entry["row"] = str(i)
        for cell in entry["cells"].values():
            cell[0] = f"{cell[0][0]}{i}"
    assert changed_cells(state([], rows), state([], moved)) == []
    assert is_same(state([], rows), state([], moved))


@given(SHEETS, SHEETS)
def test_changes_back_are_the_changes_turned_round(one, other):
    there, back = (
        changed_cells(state([], a), state([], b)) for a, b in ((one, other), (other, one))
    )
    assert is_same(state([], one), state([], other)) == (not there)
    assert len(there) == len(back)


def test_an_estimate_has_the_decimals_of_its_interval():
    ends = {"ci_low": "-0.000002", "ci_high": "-0.000001"}
    changes = compare(
        state([stratum(EFFECTS, estimate="-0.0000015", **ends)], ROWS),
        after(estimate="-0.0000016", **ends),
    )
    text = changes_text(changes, NAMES)
    assert "−1.50×10⁻⁶ [−2.00×10⁻⁶ to −1.00×10⁻⁶] -> −1.60×10⁻⁶ [" in text


def test_an_interval_that_only_just_leaves_zero_out_shows_it():
    old = state([stratum(EFFECTS, estimate="0.174", ci_low="-0.0012", ci_high="0.35")], ROWS)
    text = changes_text(
        compare(old, after(estimate="0.18", ci_low="0.0021", ci_high="0.35")), NAMES
    )
    assert "0.17 [−0.001 to 0.35] -> 0.18 [0.002 to 0.35]" in text


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


@given(TEXT, TEXT, TEXT)
def test_no_text_of_a_cell_leaves_its_place(sheet, old, new):
    rows = [row("Ash", 2, sheet=sheet or "o", mean=old)]
    changed = [row("Ash", 2, sheet=sheet or "o", mean=new)]
    changes = compare(state([stratum(EFFECTS)], rows), after(ASH_MOVED, changed))
    page = changes_page(changes, NAMES)
    table = [line for line in page.split("\n") if line.startswith("|")]
    assert [len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in table] == [9] * 3
    assert not re.search(r"<(?!br>)", page)
    text = changes_text(changes, NAMES)
    assert all(c.isprintable() or c == "\n" for c in text)
    (told,) = change_rows(changes)
    assert all(c.isprintable() for c in told["causes"])
    assert len(told["causes"].split(";")) == len(changes.moves[0].causes)


@given(TEXT)
def test_markdown_shows_the_text(text):
    shown = markdown(text).replace("&lt;", "<").replace("&amp;", "&")
    assert re.sub(r"\\(.)", r"\1", shown) == " ".join(
        "".join(c if c.isprintable() else " " for c in text).split()
    )
