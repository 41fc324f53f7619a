"""A run ends by saying what moved, which lines it crossed and which cells made it."""

import json
import os
import re
import shutil

import pytest
from conftest import OUTCOMES, STUDIES
from strataforest.changes import NUMBERS
from strataforest.cli import main
from strataforest.history import load

MEAN = "Ash2019,glycemic,hba1c,12,post,40,7.1"
RECORDING = "Recording what moved"


def latest(review):
    """Return the rows of the last report by stratum."""
    return {f"{r['analysis']}/{r['stratum']}": r for r in review.rows("changes/latest.csv")}


def snapshots(review):
    return sorted(path.name for path in (review.folder / "results/history").iterdir())


def pooled(review):
    return {f"{r['analysis']}/{r['stratum']}": r for r in review.rows("tables/pooled.csv")}


def corrected(review, name, old, new):
    """Correct a sheet, run, and return the run with both pooled tables."""
    before = pooled(review)
    review.replace(name, old, new)
    return review.built(), before, pooled(review)


def equals_the_tables(review, before, after):
    """Insist that the report lists the strata whose numbers differ, with those very numbers."""
    told = latest(review)
    none = dict.fromkeys((*NUMBERS, "status"), "")
    moved = {
        name
        for name in before.keys() | after.keys()
        if any(before.get(name, none)[n] != after.get(name, none)[n] for n in NUMBERS)
    }
    assert told.keys() == moved
    for name, row in told.items():
        for number in NUMBERS:
            assert row[f"{number}_before"] == before.get(name, none)[number]
            assert row[f"{number}_after"] == after.get(name, none)[number]
    return told


def test_a_corrected_mean_is_told_with_the_numbers_of_both_tables(copied_review):
    run, before, after = corrected(copied_review, "outcomes.csv", MEAN, MEAN[:-3] + "7.2")
    told = equals_the_tables(copied_review, before, after)
    assert set(told) == {"domain/glycemic", "platform_by_domain/glycemic__chat"}
    for row in told.values():
        assert row["change"] == "moved"
        assert row["causes"] == "outcomes.csv!G2 mean_treat: 7.1 -> 7.2"
    text = run.output[run.output.index("What moved, 000001_") :]
    printed = re.findall(r"estimate  (\S+) \[(\S+) to (\S+)\] -> (\S+) \[(\S+) to (\S+)\]", text)
    assert len(printed) == 2
    for numbers, name in zip(printed, told, strict=True):
        columns = ("estimate", "ci_low", "ci_high")
        exact = [float(side[name][c]) for side in (before, after) for c in columns]
        shown = [float(number.replace("−", "-")) for number in numbers]
        assert shown == [round(number, 2) for number in exact]
    assert text.count("because   outcomes.csv!G2 mean_treat: 7.1 -> 7.2") == 2


def test_the_first_run_has_nothing_to_compare_with(built_review):
    assert len(snapshots(built_review)) == 1
    assert built_review.rows("changes/latest.csv") == []
    text = (built_review.folder / "results/changes/latest.txt").read_text(encoding="utf-8")
    assert "Nothing to compare with yet" in text


def test_a_trial_moves_platform(copied_review):
    cell = ("Cedar2021,2021,Chat,Chat", "Cedar2021,2021,Mail,Mail")
    _, before, after = corrected(copied_review, "studies.csv", *cell)
    told = equals_the_tables(copied_review, before, after)
    left = told["platform_by_domain/glycemic__chat"]
    joined = told["platform_by_domain/glycemic__mail"]
    assert set(told) == {f"platform_by_domain/glycemic__{p}" for p in ("chat", "mail")}
    assert (left["change"], left["crossed"]) == ("became_not_estimable", "not_estimable")
    assert (joined["change"], joined["crossed"]) == ("became_pooled", "pooled")
    moved = "studies.csv!C4 platforms: Chat -> Mail;studies.csv!D4 primary_platform: Chat -> Mail;"
    assert left["causes"] == moved + "effect removed: Cedar2021|glycemic|hba1c||52|post"
    assert joined["causes"] == moved + "effect added: Cedar2021|glycemic|hba1c||52|post"


def test_a_new_platform_appears_and_an_old_one_disappears(copied_review):
    copied_review.write("studies.csv", STUDIES.replace("Mail,Mail", "Call,Call"))
    before = pooled(copied_review)
    copied_review.built()
    told = equals_the_tables(copied_review, before, pooled(copied_review))
    assert told["platform_by_domain/knowledge__mail"]["change"] == "disappeared"
    assert told["platform_by_domain/knowledge__call"]["change"] == "appeared"
    assert told["platform_by_domain/glycemic__call"]["k_before"] == ""
    assert told["platform_by_domain/glycemic__mail"]["k_after"] == ""


def test_a_stratum_is_lost_by_eligibility(copied_review):
    cell = ("Ash2019,2019,Chat,Chat,12,yes,", "Ash2019,2019,Chat,Chat,12,no,not randomised")
    _, before, after = corrected(copied_review, "studies.csv", *cell)
    told = equals_the_tables(copied_review, before, after)
    lost = told["domain/knowledge"]
    assert (lost["change"], lost["estimate_after"]) == ("became_not_estimable", "")
    assert lost["causes"].startswith("studies.csv!F2 eligible: yes -> no;effect removed: Ash2019|")
    assert told["domain/glycemic"]["k_after"] == "5"


def test_sign_significance_and_prediction_interval_are_crossed(copied_review):
    sheet = OUTCOMES
    for old, new in (("41,12.0,3.2", "41,15.9,3.2"), ("52,12.9,3.1", "52,17.0,3.1")):
        sheet = sheet.replace(old, new)
    copied_review.write("outcomes.csv", sheet)
    before = pooled(copied_review)
    run = copied_review.built()
    told = equals_the_tables(copied_review, before, pooled(copied_review))
    assert told["domain/knowledge"]["crossed"] == "sign;significance"
    assert "Crossed: the sign (1), significance (1)." in run.output
    # Three trials that agree nearly exactly: the prediction interval leaves zero as well.
    alike = sheet.replace("41,15.9,3.2", "41,2.0,3.2").replace("52,17.0,3.1", "52,2.0,3.1")
    copied_review.write("outcomes.csv", alike.replace("35,12.9,3.3", "35,1.9,3.3"))
    before = pooled(copied_review)
    copied_review.built()
    told = equals_the_tables(copied_review, before, pooled(copied_review))
    assert "prediction_interval" in told["domain/knowledge"]["crossed"].split(";")


def test_moving_rows_and_remarks_is_no_change(copied_review):
    before = snapshots(copied_review)
    header, *rows = OUTCOMES.splitlines()
    text = "\n".join([header, *reversed(rows), "", ""]).replace("second choice", "another note")
    copied_review.write("outcomes.csv", text + "\n")
    run = copied_review.built()
    assert RECORDING in run.jobs
    assert snapshots(copied_review) == before
    assert "What moved" not in run.output
    # A value corrected after the move has both addresses, and nothing else is said to have changed.
    copied_review.replace("outcomes.csv", MEAN, MEAN[:-3] + "7.2")
    copied_review.built()
    causes = {row["causes"] for row in latest(copied_review).values()}
    assert causes == {"outcomes.csv!G13 (was G2) mean_treat: 7.1 -> 7.2"}


def test_a_run_with_nothing_to_do_adds_no_snapshot(copied_review):
    before = snapshots(copied_review)
    assert "Nothing to be done" in copied_review.built().output
    assert snapshots(copied_review) == before


def test_a_cell_that_moves_nothing_is_told_as_such(copied_review):
    cell = ("40,7.9,1.5", "40,7.8,1.5")
    run, before, after = corrected(copied_review, "outcomes.csv", *cell)
    assert equals_the_tables(copied_review, before, after) == {}
    assert "None of 6 strata moved; 1 cell changed." in run.output
    assert (
        "Changed without moving a stratum:\n  outcomes.csv!G3 mean_treat: 7.9 -> 7.8" in run.output
    )


def test_a_preset_is_named_as_the_cause(copied_review):
    copied_review.configure(copied_review.config | {"preset": "metafor"})
    before = pooled(copied_review)
    copied_review.built()
    told = equals_the_tables(copied_review, before, pooled(copied_review))
    assert {row["causes"] for row in told.values()} == {"preset: stata16 -> metafor"}


def test_correcting_back_and_keeping_the_newest(copied_review):
    copied_review.configure(copied_review.config | {"history": {"keep": 2}})
    first = snapshots(copied_review)[0].split("_")[1]
    _, a, b = corrected(copied_review, "outcomes.csv", MEAN, MEAN[:-3] + "7.2")
    there = latest(copied_review)
    _, _, c = corrected(copied_review, "outcomes.csv", MEAN[:-3] + "7.2", MEAN)
    back = equals_the_tables(copied_review, b, a)
    assert c == a
    assert {r["estimate_before"] for r in back.values()} == {
        r["estimate_after"] for r in there.values()
    }
    kept = snapshots(copied_review)
    assert [name[:7] for name in kept] == ["000002_", "000003_"]
    assert kept[1].split("_")[1] == first


def test_a_run_killed_before_the_snapshot_is_told_by_the_next(copied_review):
    corrected(copied_review, "outcomes.csv", MEAN, MEAN[:-3] + "7.2")
    results = copied_review.folder / "results"
    told = (results / "changes/latest.txt").read_bytes()
    name = snapshots(copied_review)[-1]
    # As the kill leaves it: the report is written, the snapshot is not or half, nothing was shown.
    (results / "history" / name).rename(results / "history" / f"{name}.partial")
    (results / "changes/.shown").unlink()
    run = copied_review.built("-R", "record_changes")
    assert run.output.count("What moved, 000001_") == 1
    assert (results / "changes/latest.txt").read_bytes() == told
    assert snapshots(copied_review)[-1] == name


def test_a_run_killed_after_the_snapshot_is_told_by_the_next(copied_review):
    corrected(copied_review, "outcomes.csv", MEAN, MEAN[:-3] + "7.2")
    results = copied_review.folder / "results"
    told = {p.name: p.read_bytes() for p in (results / "changes").iterdir()}
    taken = snapshots(copied_review)
    shutil.rmtree(results / "changes")
    run = copied_review.built()
    assert run.jobs == ["Building the report", RECORDING]
    assert "What moved, 000001_" in run.output
    assert {p.name: p.read_bytes() for p in (results / "changes").iterdir()} == told
    assert snapshots(copied_review) == taken


def test_a_damaged_snapshot_is_passed_over_and_named(copied_review):
    (path,) = (copied_review.folder / "results/history").iterdir()
    path.write_text(path.read_text(encoding="utf-8")[:200], encoding="utf-8")
    run, _, _ = corrected(copied_review, "outcomes.csv", MEAN, MEAN[:-3] + "7.2")
    assert path.name in run.output
    assert "Nothing to compare with yet" in run.output
    assert len(snapshots(copied_review)) == 2


HOSTILE = 'x | y <script>alert("1")</script> `a` ; 50% [l](http://e.org)\n\x1b[31mred'


def test_no_cell_breaks_the_page_the_table_or_the_terminal(copied_review):
    quoted = '"' + HOSTILE.replace('"', '""') + '"'
    cell = ("Elm2022,2022,Mail,Mail", f"Elm2022,2022,Mail,{quoted}")
    run, before, after = corrected(copied_review, "studies.csv", *cell)
    told = equals_the_tables(copied_review, before, after)
    row = told["platform_by_domain/glycemic__mail"]
    cause = row["causes"].split(";")[0]
    assert cause.startswith("studies.csv!D5 primary_platform: Mail -> x | y <script>")
    assert "%3B 50%25 [l](http://e.org)%0A%1B[31mred" in cause
    page = (copied_review.folder / "results/changes/latest.md").read_text(encoding="utf-8")
    assert "<script" not in page
    table = [line for line in page.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {9}
    assert len(table) == 2 + len(told)
    assert "\x1b" not in run.output[run.output.index("What moved") :]


# --- the command ----------------------------------------------------------------------------------


def test_the_command_compares_snapshots_and_folders(copied_review, built_review, capsys, tmp_path):
    corrected(copied_review, "outcomes.csv", MEAN, MEAN[:-3] + "7.2")
    results = copied_review.folder / "results"
    first, second = sorted((results / "history").iterdir())
    told = (results / "changes/latest.txt").read_text(encoding="utf-8").split("\n", 2)[2]
    exact = (results / "changes/latest.csv").read_bytes()
    old, new = built_review.folder / "results", results
    for pair in ((first, second), (old, new), (first, new), (old, second)):
        table = tmp_path / "moved.csv"
        assert main(["changes", *map(str, pair), "--csv", str(table)]) == 0
        assert capsys.readouterr().out.split("\n", 2)[2] == told
        assert table.read_bytes() == exact
    assert main(["changes", str(second), str(new)]) == 0
    assert "None of 6 strata moved; no cell changed." in capsys.readouterr().out
    assert load(second) == load(new)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("absent.json", None, "cannot be read (No such file or directory)"),
        ("folder", "", "tables/pooled.csv: cannot be read (No such file"),
        ("half.json", '{"format":1,"rows":[{"ce', "cannot be read (damaged)"),
        ("bytes.json", b"\xff\xfe\x00", "cannot be read (damaged)"),
        ("list.json", "[1, 2]", "is no snapshot"),
        ("fit.json", '{"k": 3}', "is no snapshot"),
        ("newer.json", '{"format": 99}', "has the format 99; this version reads 1"),
        ("bare.json", '{"format": 1}', "cannot be read"),
        ("odd.json", '{"format":1,"options":[],"grouping":[],"strata":[],"rows":[]}', "complete"),
        ("worse.json", '{"format":1,"options":{},"grouping":[],"strata":[3],"rows":7}', "damaged"),
    ],
)
def test_what_cannot_be_compared_is_a_message(built_review, tmp_path, capsys, name, content, words):
    path = tmp_path / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif name == "folder":
        path.mkdir()
    elif content is not None:
        path.write_text(content, encoding="utf-8")
    good = str(built_review.folder / "results")
    for pair in ((str(path), good), (good, str(path))):
        assert main(["changes", *pair]) == 1
        error = capsys.readouterr().err
        assert error.startswith("ERROR")
        assert words in error
        assert "expected a snapshot" in error


def test_an_edited_snapshot_and_an_incomplete_folder_are_messages(copied_review, capsys):
    results = copied_review.folder / "results"
    (path,) = (results / "history").iterdir()
    state = json.loads(path.read_text(encoding="utf-8"))
    state["strata"][0]["k"] = "7"
    path.write_text(json.dumps(state), encoding="utf-8")
    assert main(["changes", str(path), str(results)]) == 1
    assert "was changed after it was written" in capsys.readouterr().err
    table = results / "tables/pooled.csv"
    table.write_text("analysis,stratum,type\na,b,c\n", encoding="utf-8")
    assert main(["changes", str(results), str(results)]) == 1
    assert "'status'" in capsys.readouterr().err
    os.truncate(results / "effects/effects.csv", 0)
    assert main(["changes", str(results), str(results)]) == 1
    assert capsys.readouterr().err.startswith("ERROR")


def test_a_table_that_cannot_be_written_is_a_message(built_review, tmp_path, capsys):
    results = str(built_review.folder / "results")
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    assert main(["changes", results, results, "--csv", str(blocked / "moved.csv")]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_an_option_is_named_where_it_can_have_moved_something(copied_review):
    copied_review.configure(copied_review.config | {"min_effects": 2})
    copied_review.built()
    told = latest(copied_review)
    assert told
    assert {row["causes"] for row in told.values()} == {"min_effects: 3 -> 2"}


def test_an_option_that_moves_no_number_runs_no_record(copied_review):
    before = snapshots(copied_review)
    shown = {"figures": {"formats": ["png"]}, "review": {"title": "Another title"}}
    copied_review.configure(copied_review.config | shown)
    assert RECORDING not in copied_review.built().output
    assert snapshots(copied_review) == before
