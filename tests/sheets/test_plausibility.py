"""Warnings: every odd reading is named, none is repaired."""

import csv
import importlib
import inspect
import pkgutil
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from outcome_rows import MEANS, row
from strataforest.errors import Problem
from strataforest.sheets import oddities, plausibility
from strataforest.sheets.checks import check_review
from strataforest.sheets.columns import VOCABULARY, parse
from strataforest.sheets.harmonize import read_sheets_of_kind

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def default_review():
    """Return the warnings of the default review as (trial, cell, words, rule)."""
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        specs = {kind: s if isinstance(s, list) else [s] for kind, s in config["sheets"].items()}
        sheets = {kind: read_sheets_of_kind(kind, specs[kind]) for kind in ("studies", "outcomes")}
    domains = {name: {"priority": []} | domain for name, domain in config["domains"].items()}
    problems = check_review(sheets, domains, config["indicators"], config["strata"])
    assert [p for p in problems if p.severity == "error"] == []
    trials = {
        (r["source_file"], r["source_row"]): r["study_id"] for s in sheets.values() for r in s.rows
    }
    return [
        (trials[p.file, p.cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")], p.cell, p.problem, p.rule)
        for p in problems
        if p.severity == "warning" and p.cell
    ]


# words of a rule: the trials it flags and in how many rows
FLAGGED = {
    "standard deviations apart": {
        "HighRisk123ND": 3,
        "DRInternet2025": 5,
        "GuoH2019": 2,
        "HuY2017": 1,
    },
    "favours the control arm": {"Leong2022": 1, "Kargarshuroki2024": 1},
    "the means, SDs and n give p =": {"Kargarshuroki2024": 1},
    "depends on the test": {"PanJ2020": 1, "CommunityHC158ND": 1},
    "at baseline": {"Leong2022": 1, "Kargarshuroki2024": 1},
    "cluster randomised and has no icc": {"Alghafri2018": 1},
    "SDs are computed from": {"Alghafri2018": 1},
    "t_stat is -6.293": {"GuoH2019": 1},
    "the same comparison": {"PanY2025": 1},
}


@pytest.mark.parametrize("words", FLAGGED)
def test_the_default_reviews_odd_rows_are_flagged(default_review, words):
    found = {}
    for study, _, problem, _ in default_review:
        if words in problem:
            found[study] = found.get(study, 0) + 1
    assert found == FLAGGED[words]


def test_nothing_else_in_the_default_review_is_flagged(default_review):
    assert [w for w in default_review if not any(words in w[2] for words in FLAGGED)] == []


def test_a_warning_of_the_default_review_stands_at_its_cell(default_review):
    assert ("DRInternet2025", "AF56") in {(study, cell) for study, cell, *_ in default_review}
    path = ROOT / "resources/diabetes_messaging/outcomes_continuous.csv"
    with path.open(encoding="utf-8", newline="") as file:
        sheet = list(csv.reader(file))
    assert sheet[0][31] == "t_stat"  # column AF
    assert sheet[55][31] == "23.296"


def test_every_rule_is_documented():
    modules = [
        importlib.import_module(f"strataforest.sheets.oddities.{module.name}")
        for module in pkgutil.iter_modules(oddities.__path__)
    ]
    rules = {
        name
        for module in [plausibility, *modules]
        for name, function in vars(module).items()
        if inspect.isfunction(function)
        and function.__annotations__.get("return") == Iterator[Problem]
        and function.__module__ == module.__name__
        and name[0] != "_"
    }
    page = (ROOT / "config/README.md").read_text(encoding="utf-8")
    table = page.split("| rule | warns where |")[1].split("\n\n")[0]
    named = set(re.findall("`([a-z_]+)`", " ".join(re.findall(r"^\|([^|]*)", table, re.MULTILINE))))
    assert len(rules) > 25
    assert rules - {"implausible"} <= named


def test_a_warning_carries_the_name_of_its_rule(default_review):
    assert {rule for *_, rule in default_review} >= {"large_effect", "cluster_trials"}
    assert "" not in {rule for *_, rule in default_review}


def test_one_slip_gives_one_warning():
    before = {"sd_baseline_treat": "1.1", "sd_baseline_control": "1.3"}
    odd = row(**MEANS | {"sd_treat": "0.14", "sd_control": "0.16"} | before, p_value="0.02")
    found = list(plausibility.implausible([odd], [], {}))
    assert [p.rule for p in found] == ["unlike_sds"]  # t, p and the effect are odd for it


def test_extremes_do_not_break_a_rule():
    wild = {"n_treat": 100_000_000, "n_control": 2, "mean_treat": "-1e-300", "mean_control": 10**12}
    rows = [
        row(),
        row(**wild, sd_treat="0", sd_control="0", p_value="1e-300"),
        row(**wild, sd_treat="1e-300", sd_control=10**12, p_value=">1.0", t_stat="0"),
        row(n_total=10, n_treat=60, mean_treat=1, mean_control=2, sd_treat=1, sd_control=1),
        row(md="0", md_ci_low="0", md_ci_high="0", p_value="1.0", n_total=2),
        row(md="3", md_ci_low="5", md_ci_high="1", p_value="0.5"),
        row(ratio="1e-09", ratio_ci_low="1e-09", ratio_ci_high="1e-09", p_value="0.5"),
        row(events_treat=10**8, n_treat=10**8, events_control=5 * 10**7, n_control=10**8),
        row(n_treat=2, n_control=2, se_treat="0", se_control="0", mean_treat=1, mean_control=1),
        row(**wild, sd_treat="1e-320", sd_control="1e-320", p_value="1e-320", md="1e-320"),
        row(**wild, sd_treat="1e-320", sd_baseline_treat=10**12, metric="change"),
        row(mean_treat="1e-320", mean_control=10**12, sd_treat=10**12, sd_control="1e-320"),
        row(n_treat=10**8, n_control=10**8, t_stat="1e12", mean_treat="0", mean_control="0"),
    ]
    problems = list(plausibility.implausible(rows, [], {}))
    assert problems
    assert [p for p in problems if "nan" in str(p)] == []


NUMBERS = ("0", "1e-320", "1e-300", "1e12", "1e-05", "0.1", "7.1", "7.10", "1", "3", "100", "-2.5")
WILD = {
    "number": (*NUMBERS, "-1e12", "-1e-320"),
    "non_negative": NUMBERS,
    "positive": NUMBERS,
    "count": ("0", "1", "3", "60", "100000000"),
    "arm_size": ("2", "3", "60", "58", "100000000"),
    "p_value": ("<0.05", ">0.05", "0.5", "1", "1e-300", "1e-320", "<1e-320"),
    "fraction": ("0", "0.5", "1"),
    "year": ("1800", "2019", "2200"),
    "text": ("a", "b", "2019"),
}


def wild_rows(rng, kind, count):
    for number in range(count):
        found = {}
        for column in VOCABULARY[kind]:
            try:
                text = rng.choice(column.choices or WILD[column.kind])
                found[column.name] = parse(column, text) if rng.random() < 0.6 else ""
            except ValueError:
                found[column.name] = ""
        found |= {"study_id": f"T{rng.randint(1, 12)}", "source_row": str(number + 2)}
        if kind == "outcomes":
            found |= {"domain": "glycemic", "indicator": rng.choice(("hba1c", "steps"))}
        yield row() | found


@pytest.mark.filterwarnings("error")
def test_wild_rows_do_not_break_a_rule():
    rng = random.Random(1)
    indicators = {"hba1c": {"higher_is_better": False, "integer_items": 1}, "steps": {}}
    for _ in range(15):
        outcomes = list(wild_rows(rng, "outcomes", 40))
        studies = list(wild_rows(rng, "studies", 12))
        problems = list(plausibility.implausible(outcomes, studies, indicators))
        assert len(problems) > 10
        for problem in problems:
            assert problem.rule and problem.cell and problem.expected and problem.mend, problem
            assert "nan" not in str(problem)
