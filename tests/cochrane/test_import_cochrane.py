"""Data rows become a review that runs, and their printed effects are ours."""

import csv
import math

import pytest
import yaml
from conftest import Review
from data_rows_of import (
    STUDIES,
    counts,
    example,
    means,
    odds_ratio,
    printed,
    risk_ratio,
    row,
    write,
)
from strataforest.cli import main
from strataforest.cochrane.columns import COLUMNS

MEASURES = ["RR", "OR", "PETO", "RD", "MD", "SMD", "ratio", "O-E ratio"]


def imported(tmp_path, rows, columns=COLUMNS):
    """Import rows; return the folder."""
    folder = tmp_path / "review"
    source = write(tmp_path / "data-rows.csv", rows, columns)
    assert main(["import-cochrane", str(source), str(folder)]) == 0
    return folder


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_each_measure_is_found_by_what_is_printed(tmp_path, capsys):
    folder = imported(tmp_path, example())
    rows = table(folder / "import_check.csv")
    found = {row["domain"]: row["measure"] for row in rows}
    by_number = [found[f"analysis_1_{number}"] for number in range(1, 9)]
    assert by_number == MEASURES
    assert {(row["effect"], row["interval"], row["reason"]) for row in rows} == {("yes", "yes", "")}
    said = capsys.readouterr().out
    assert "24 rows of 8 analyses" in said
    assert "24 of 24 printed effects are equal to ours" in said


def test_the_review_runs_and_its_effects_are_the_printed_ones(tmp_path):
    rows = example()
    folder = imported(tmp_path, rows)
    review = Review.__new__(Review)
    review.folder, review.config = folder, None
    review.built("tables")
    effects = {(e["domain"], e["study_id"]): e for e in review.rows("effects/effects.csv")}
    assert len(effects) == len(rows)
    for one in rows:
        effect = effects[f"analysis_1_{one['Analysis number']}", one["Study"]]
        is_ratio = effect["measure"] in {"RR", "OR", "PETO"}
        names = {"yi": "Mean", "ci_low": "CI start", "ci_high": "CI end"}
        for ours, theirs in names.items():
            value = float(effect[ours])
            value = math.exp(value) if is_ratio else value
            assert math.isclose(value, one[theirs], rel_tol=1e-5, abs_tol=2e-6), (one, ours)
    pooled = review.rows("tables/pooled.csv")
    assert [row["status"] for row in pooled] == ["pooled"] * 8


def test_headings_as_r_writes_them(tmp_path):
    folder = imported(tmp_path, example(), [name.replace(" ", ".") for name in COLUMNS])
    assert len(table(folder / "sheets" / "outcomes.csv")) == 24


def test_a_study_that_stands_twice_is_told_apart_and_subgroups_have_their_strata(tmp_path):
    rows = []
    for subgroup, first in (("Adults", 4), ("Children", 6)):
        for study in STUDIES:
            a = (first, 60, 11, 62)
            rows.append(row(1, study, subgroup, **counts(*a), **printed(*risk_ratio(*a), True)))
    part = (3, 50, 5, 50)
    values = {**counts(*part), **printed(*risk_ratio(*part), True)}
    rows.append(row(2, "Ash 2019", "Late", "SUBGROUP", **values))
    folder = imported(tmp_path, rows)
    outcomes = table(folder / "sheets" / "outcomes.csv")
    assert len({(r["domain"], r["study_id"]) for r in outcomes}) == len(rows)
    assert outcomes[0]["study_id"] == "Ash 2019 [Adults]"
    assert outcomes[-1]["domain"] == "analysis_1_2_late"
    config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    assert config["strata"]["subgroup"] == {"by": ["domain", "subgroup"]}
    studies = table(folder / "sheets" / "studies.csv")
    assert {r["study_id"] for r in studies} == {r["study_id"] for r in outcomes}


def test_why_an_effect_is_not_ours(tmp_path):
    tables = ((4, 60, 11, 62), (6, 80, 9, 78), (3, 45, 8, 44), (5, 50, 9, 50), (2, 30, 4, 30))
    effects = [risk_ratio(*t) for t in tables]
    shown = [printed(*effect, True) for effect in effects]
    shown[1] = printed(-effects[1][0], effects[1][1], True)
    shown[2] = printed(*odds_ratio(*tables[2]), True)
    shown[3]["Mean"] = 3.3
    shown[4] = printed(effects[4][0], effects[4][1] * 2.5758293 / 1.9599640, True)
    rows = [row(1, f"S{i} 2020", **counts(*t), **shown[i]) for i, t in enumerate(tables)]
    found = table(imported(tmp_path, rows) / "import_check.csv")
    assert [r["effect"] for r in found] == ["yes", "no", "no", "no", "yes"]
    assert found[4]["interval"] == "no"
    reasons = [r["reason"] for r in found]
    assert reasons[0] == ""
    assert "turned" in reasons[1]
    assert "the OR of these numbers" in reasons[2]
    assert "no measure gives it" in reasons[3]
    assert "99%" in reasons[4]


# Printed by RevMan: effects with intervals and weights of Cochrane review CD000219.pub5, analyses
# 1.4 and 1.5, and for the risk difference CD000478.pub5, analysis 7.2.
PUBLISHED = (
    (1, (0, 114, 2, 118), (0.206957, 0.010044, 4.264312), 5.857331),
    (1, (1, 144, 7, 147), (0.145833, 0.018171, 1.170415), 12.361452),
    (1, (7, 72, 12, 77), (0.623843, 0.260051, 1.496549), 70.027186),
    (1, (0, 42, 0, 42), ("", "", ""), ""),
    (1, (1, 161, 5, 158), (0.196273, 0.02319, 1.661196), 11.754031),
    (2, (29, 98, 33, 102), (0.914657, 0.60414, 1.384774), 36.091376),
    (2, (13, 161, 29, 158), (0.439923, 0.237539, 0.81474), 30.881348),
    (2, (2, 64, 6, 63), (0.328125, 0.06881, 1.56468), 12.701282),
    (2, (4, 130, 17, 130), (0.235294, 0.08138, 0.68031), 20.325994),
    (3, (0, 38, 0, 39), (0, -0.049316, 0.049316), ""),
    (3, (3, 25, 0, 25), (0.12, -0.021416, 0.261416), ""),
    (3, (1, 8, 1, 8), (0, -0.324099, 0.324099), ""),
    (3, (16, 42, 14, 47), (0.08308, -0.113551, 0.279711), ""),
)


def test_example_cochrane_cd000219(tmp_path):
    rows = []
    for i, (number, cells, values, weight) in enumerate(PUBLISHED):
        shown = dict(zip(("Mean", "CI start", "CI end"), values, strict=True))
        rows.append(row(number, f"Trial {i} 2000", **counts(*cells), **shown, Weight=weight))
    found = table(imported(tmp_path, rows) / "import_check.csv")
    assert [r["measure"] for r in found] == ["RR"] * 9 + ["RD"] * 4
    ratios = [r for r in found if r["measure"] == "RR" and r["printed"]]
    assert {(r["effect"], r["interval"]) for r in ratios} == {("yes", "yes")}
    assert found[0]["weights"] == "inverse variance, a common effect or tau2 of 0"
    assert found[5]["weights"] == "random effects, DL about Mantel-Haenszel"
    assert [r["effect"] for r in found[9:]] == ["no", "no", "yes", "yes"]
    assert "a table with a 0" in found[10]["reason"]


def test_weights_tell_the_model(tmp_path):
    values = (
        (9.0, 2.0, 30, 8.0, 2.0, 30),
        (6.0, 1.0, 60, 7.0, 1.0, 60),
        (5.0, 3.0, 40, 3.0, 3.0, 40),
    )
    effects = [(m1 - m2, s1**2 / n1 + s2**2 / n2) for m1, s1, n1, m2, s2, n2 in values]
    w = [1 / v for _, v in effects]
    mean = sum(a * y for a, (y, _) in zip(w, effects, strict=True)) / sum(w)
    q = sum(a * (y - mean) ** 2 for a, (y, _) in zip(w, effects, strict=True))
    tau2 = (q - 2) / (sum(w) - sum(a**2 for a in w) / sum(w))
    random = [1 / (v + tau2) for _, v in effects]
    rows = []
    for number, weights in ((1, w), (2, random)):
        for i, (cells, (y, v)) in enumerate(zip(values, effects, strict=True)):
            share = round(100 * weights[i] / sum(weights), 6)
            shown = printed(y, math.sqrt(v), weight=share)
            rows.append(row(number, f"T{i} 2001", **means(*cells), **shown))
    folder = imported(tmp_path, rows)
    found = table(folder / "import_check.csv")
    assert found[0]["weights"] == "common effect, inverse variance"
    assert found[3]["weights"] == "random effects, DL"


def test_rows_that_our_sheets_do_not_take_are_listed(tmp_path):
    rows = example()[:3]
    rows.append(row(1, "Elm 2022", **counts(3.5, 20.2, 4, 30)))
    rows.append(row(1, "Fir 2023"))
    folder = imported(tmp_path, rows)
    reasons = [r["reason"] for r in table(folder / "import_check.csv")]
    assert reasons[:3] == [""] * 3
    assert all(reason.startswith("left out") for reason in reasons[3:])
    assert len(table(folder / "sheets" / "outcomes.csv")) == 3


@pytest.mark.parametrize(
    ("column", "value", "cell", "seen"),
    [
        ("Control N", "many", "R3", "Control N is 'many'"),
        ("Study", "", "G3", "Study is empty"),
        ("Experimental cases", 61, "M3", "Experimental cases is 61 of 60 people"),
        ("Experimental SD", -1, "L3", "Experimental SD is -1"),
    ],
)
def test_a_bad_cell_is_named(tmp_path, capsys, column, value, cell, seen):
    rows = example()[:3]
    rows[1] = rows[1] | {"Experimental N": 60, column: value}
    source = write(tmp_path / "data-rows.csv", rows)
    assert main(["import-cochrane", str(source), str(tmp_path / "review")]) == 1
    said = capsys.readouterr().err
    assert f"data-rows.csv {cell}: {seen}" in said
    assert not (tmp_path / "review").exists()


def test_a_file_that_is_none_and_a_folder_that_is_taken(tmp_path, capsys):
    source = write(tmp_path / "data-rows.csv", example())
    other = tmp_path / "other.csv"
    other.write_text("Study,yi\nA,1\n", encoding="utf-8")
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "config.yaml").write_text("mine", encoding="utf-8")
    for arguments, seen in (
        ((source, taken), "is not empty"),
        ((other, tmp_path / "new"), "has no heading 'Analysis number'"),
        ((tmp_path / "absent.csv", tmp_path / "new"), "the sheet is not there"),
    ):
        assert main(["import-cochrane", *map(str, arguments)]) == 1
        assert seen in capsys.readouterr().err
    assert (taken / "config.yaml").read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "new").exists()


def test_analyses_of_like_numbers_stay_apart(tmp_path):
    rows = [example()[0] | {"Analysis number": number} for number in ("1.2", "1 2", "1-2")]
    outcomes = table(imported(tmp_path, rows) / "sheets" / "outcomes.csv")
    assert len({r["domain"] for r in outcomes}) == 3


def test_hostile_names_stay_text(tmp_path):
    rows = example()[:3]
    rows[0] |= {"Study": "=cmd|' /C calc'!A0", "Analysis name": "a: {b}\n# c: 'd'"}
    rows[0] |= {"Analysis number": "../../x"}
    folder = imported(tmp_path, rows)
    config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    assert config["domains"]["analysis_1_x"]["label"].startswith("1.../../x a: {b}")
    text = (folder / "sheets" / "outcomes.csv").read_text(encoding="utf-8")
    assert "'=cmd" in text
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data-rows.csv", "review"]
