"""Warnings: every odd reading is named, none is repaired, and rounding is no oddity."""

import csv
from pathlib import Path

import pytest
import yaml
from strataforest.sheets import (
    agreement,
    count_tests,
    implied,
    large_effects,
    plausibility,
    rounding,
)
from strataforest.sheets.checks import check_review
from strataforest.sheets.columns import VOCABULARY
from strataforest.sheets.harmonize import read_sheets_of_kind

ROOT = Path(__file__).parents[2]
MEANS = {"n_treat": 60, "mean_treat": 7.1, "sd_treat": 1.1} | {
    "n_control": 58,
    "mean_control": 7.6,
    "sd_control": 1.2,
}


def row(**cells):
    """Return an outcomes row as the reader leaves it: text, empty where nothing was typed."""
    blank = {column.name: "" for column in VOCABULARY["outcomes"]}
    about = {"study_id": "Ash2019", "domain": "glycemic", "indicator": "hba1c", "metric": "post"}
    source = {"source_file": "s.csv", "source_tab": "", "source_row": "2", "source_cells": ""}
    return blank | about | source | {name: str(value) for name, value in cells.items()}


def trial(**cells):
    blank = {column.name: "" for column in VOCABULARY["studies"]}
    source = {"source_file": "t.csv", "source_tab": "", "source_row": "2", "source_cells": ""}
    return blank | {"study_id": "Ash2019"} | source | cells


def said(problems):
    """Return the words of a rule's only warning, or an empty text where it gave none."""
    problems = list(problems)
    assert len(problems) <= 1, problems
    for problem in problems:
        assert problem.severity == "warning"
        assert problem.file and problem.cell
        assert problem.expected and problem.mend
    return " ".join(f"{p.problem} | {p.expected} | {p.mend}" for p in problems)


# The default review's own sheets.


@pytest.fixture(scope="module")
def default_review():
    """Return the warnings of the default review as (trial, cell, words)."""
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
        (trials[p.file, p.cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")], p.cell, p.problem)
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
    "other trials is": {"GuoH2019": 1},
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
    for study, _, problem in default_review:
        if words in problem:
            found[study] = found.get(study, 0) + 1
    assert found == FLAGGED[words]


def test_nothing_else_in_the_default_review_is_flagged(default_review):
    assert [w for w in default_review if not any(words in w[2] for words in FLAGGED)] == []


def test_a_warning_of_the_default_review_stands_at_its_cell(default_review):
    assert ("DRInternet2025", "AF56") in {(study, cell) for study, cell, _ in default_review}
    path = ROOT / "resources/diabetes_messaging/outcomes_continuous.csv"
    with path.open(encoding="utf-8", newline="") as file:
        sheet = list(csv.reader(file))
    assert sheet[0][31] == "t_stat"  # column AF
    assert sheet[55][31] == "23.296"


# Rounding.


def test_half_a_unit_of_the_last_decimal():
    assert rounding.half_unit("7.1") == pytest.approx(0.05)
    assert rounding.half_unit("7", "7.25") == pytest.approx(0.005)
    assert rounding.half_unit("120") == pytest.approx(0.5)
    assert rounding.half_unit("1e-05") == pytest.approx(5e-6)


def test_ranges():
    two = rounding.Range(-1.0, 2.0)
    assert two.magnitude() == rounding.Range(0.0, 2.0)
    assert rounding.Range(-3.0, -1.0).magnitude() == rounding.Range(1.0, 3.0)
    assert two.minus(two) == rounding.Range(-3.0, 3.0)
    assert two.meets(rounding.Range(2.0, 5.0))
    assert not two.meets(rounding.Range(2.1, 5.0))


# p values against other programs and print.

# R 4.2: chisq.test(correct = FALSE), chisq.test(), fisher.test().
TABLES = {
    (26, 30, 18, 29): (0.0300642475756136, 0.0614544180629376, 0.0390971376745488),
    (2, 79, 8, 79): (0.0499468193858435, 0.102325508543412, 0.0981854822023266),
    (151, 189, 113, 186): (4.90937399925829e-05, 7.92115799578682e-05, 6.80288833508269e-05),
    (0, 10, 5, 12): (0.0202274537085771, 0.0701037986725239, 0.0396445659603554),
    (600, 1000, 500, 900): (0.0500917832170115, 0.0557930190791396, 0.0508374351800906),
    (10, 20, 10, 20): (1.0, 1.0, 1.0),
    (1, 7, 1, 900): (1.66212713367589e-15, 8.86588232012889e-05, 0.0153843907211753),
}


@pytest.mark.parametrize("table", TABLES)
def test_tests_of_counts_are_those_of_r(table):
    assert tuple(count_tests.count_ps(*table).values()) == pytest.approx(TABLES[table], rel=1e-9)


def test_example_fisher1935():
    # The lady tasting tea: 3 of 4 cups told right; one-sided 17/70, two-sided 34/70.
    assert count_tests.fisher_p(3, 4, 1, 4) == pytest.approx(34 / 70, rel=1e-12)


def test_the_order_of_arms_and_outcomes_is_irrelevant_to_p():
    for a, n1, c, n2 in TABLES:
        ps = list(count_tests.count_ps(a, n1, c, n2).values())
        swapped = list(count_tests.count_ps(c, n2, a, n1).values())
        inverse = list(count_tests.count_ps(n1 - a, n1, n2 - c, n2).values())
        assert swapped == pytest.approx(ps, rel=1e-9)
        assert inverse == pytest.approx(ps, rel=1e-9)


def test_an_empty_margin_gives_p_1():
    assert count_tests.count_ps(0, 20, 0, 30) == dict.fromkeys(count_tests.count_ps(1, 2, 1, 2), 1)


def test_t_and_p_of_means_are_those_of_r():
    # R 4.2, t from the definition: Student 4.18789..., Welch 3.03821... with 10.5397... df.
    cells = {"n_treat": 10, "mean_treat": "7.0000001", "sd_treat": "2.0000001"}
    cells |= {"n_control": 30, "mean_control": "5.0000001", "sd_control": "1.0000001"}
    t, dfs = implied.t_of_means(row(**cells))
    assert (t.low, t.high) == pytest.approx((3.03821810125, 4.18789464271), rel=1e-6)
    assert dfs == pytest.approx((38, 10.5397849462), rel=1e-6)
    p = implied.p_range(rounding.Range(3.03821810125, 4.18789464271), *dfs)
    assert p.high == pytest.approx(0.0118079058298, rel=1e-6)
    assert p.low == pytest.approx(0.000161074953822, rel=1e-6)


def test_sds_from_ses_and_intervals():
    cells = {"n_treat": 25, "se_treat": "0.2"}
    assert implied.arm_sd(row(**cells), "treat").high == pytest.approx(5 * 0.25)
    cells = {"n_treat": 25, "ci_low_treat": "6.0001", "ci_high_treat": "6.8256"}
    sd = implied.arm_sd(row(**cells), "treat")
    # t(24) has 2.0639: (6.8256 - 6.0001) 5 / (2 x 2.0639); the normal's 1.96 gives the upper end.
    assert sd.low == pytest.approx(0.99995, abs=5e-4)
    assert sd.high == pytest.approx(1.05297, abs=5e-4)


# Rules on one row: what they flag and what they let pass.


def p_warning(**cells):
    return said(agreement.p_against_numbers(row(**cells)))


def test_a_p_that_the_means_cannot_give():
    words = p_warning(**MEANS, p_value="<0.001")  # t is 2.36, p 0.02
    assert "p_value is <0.001" in words
    assert "the means, SDs and n give p =" in words
    assert p_warning(**MEANS, p_value="0.4")
    assert p_warning(**MEANS, p_value=">0.05") == ""  # 0.6 -/+ 0.1 apart before rounding
    assert p_warning(**MEANS | {"mean_treat": 6.6}, p_value=">0.05")


@pytest.mark.parametrize("p", ["0.02", "0.021", "<0.05", "0.05", "0.01"])
def test_a_p_that_rounding_explains(p):
    assert p_warning(**MEANS, p_value=p) == ""


def test_a_p_of_05_where_the_counts_or_t_give_0496_is_not_odd():
    # t = 1.9845 with 98 df has p = 0.0499...; 1.987 has 0.0497; printed as .05.
    assert implied.two_sided_p(1.988, 98) == pytest.approx(0.0496, abs=5e-5)
    assert p_warning(n_treat=50, n_control=50, t_stat="1.988", p_value="0.05") == ""
    assert p_warning(n_treat=50, n_control=50, t_stat="1.988", p_value="0.0496") == ""
    assert "t_stat and n give p" in p_warning(
        n_treat=50, n_control=50, t_stat="1.988", p_value="0.06"
    )
    assert p_warning(n_treat=50, n_control=50, t_stat="1.988", p_value="<0.01")


def test_a_p_needs_only_one_source_that_fits():
    # An adjusted difference has p = 0.003 where the raw means have 0.02.
    adjusted = {"md": "-0.45", "md_ci_low": "-0.75", "md_ci_high": "-0.15", "p_value": "0.003"}
    assert p_warning(**MEANS, **adjusted) == ""
    assert "md and its interval" in p_warning(**MEANS, **adjusted | {"p_value": "0.3"})


def test_a_p_of_counts_may_be_of_any_usual_test():
    counts = {"events_treat": 26, "n_treat": 30, "events_control": 18, "n_control": 29}
    for p in ("0.03", "0.061", "0.039", "0.045", "<0.05", ">0.05"):
        assert p_warning(**counts, p_value=p) == ""
    words = p_warning(**counts, p_value="0.3")
    assert "0.0391 by Fisher" in words
    assert p_warning(**counts, p_value="<0.01")
    assert p_warning(**counts | {"events_treat": 31}, p_value="0.3") == ""  # an error elsewhere


def test_a_p_of_a_ratio_and_its_interval():
    ratio = {"ratio": "0.62", "ratio_ci_low": "0.45", "ratio_ci_high": "0.85"}
    assert p_warning(**ratio, p_value="0.003") == ""  # z = 2.95
    assert "ratio and its interval" in p_warning(**ratio, p_value="0.2")


def test_a_p_without_other_numbers_says_nothing():
    assert p_warning(n_treat=40, n_control=40, p_value="<0.001") == ""


def test_counts_whose_significance_depends_on_the_test():
    counts = {"events_treat": 2, "n_treat": 79, "events_control": 8, "n_control": 79}
    words = said(agreement.tests_disagree(row(**counts, p_value="<0.05")))
    assert "0.0499 by chi-squared" in words
    assert "0.0982 by Fisher" in words
    assert "p_value is <0.05, that of chi-squared" in words
    assert said(agreement.tests_disagree(row(**counts | {"events_control": 20}))) == ""
    assert said(agreement.tests_disagree(row(**counts | {"events_control": 3}))) == ""


def test_t_against_means():
    def words(**cells):
        return said(agreement.t_against_means(row(**MEANS, **cells)))

    assert words(t_stat="2.36") == ""
    assert words(t_stat="-2.4") == ""  # the sign is another rule's
    assert words(f_stat="5.57") == ""
    assert "give |t| =" in words(t_stat="3.36")
    assert "(root of F)" in words(f_stat="55.7")
    # As standard errors, the SDs give |t| = 0.5 / sqrt(1.1^2 + 1.2^2) = 0.31.
    assert "seem to be standard errors" in words(t_stat="0.31")


def test_p_that_fits_sds_read_as_standard_errors():
    cells = MEANS | {"sd_treat": "0.14", "sd_control": "0.16"}
    assert "not standard errors" in p_warning(**cells, p_value="0.02")


def test_an_sd_against_its_own_se_or_interval():
    def words(**cells):
        return said(agreement.sd_against_interval(row(n_treat=49, **cells)))

    assert words(sd_treat="1.4", se_treat="0.2") == ""
    assert "seems to hold a standard error" in words(sd_treat="0.2", se_treat="0.20")
    assert words(sd_treat="1.4", ci_low_treat="6.6", ci_high_treat="7.4") == ""
    interval = {"ci_low_treat": "6.61", "ci_high_treat": "7.39"}
    assert "seems to hold a standard error" in words(sd_treat="0.2", **interval)
    assert "check the cells" in words(sd_treat="3.1", **interval)


def test_an_estimate_outside_or_off_the_middle_of_its_interval():
    def words(name, low, value, high):
        cells = {name: value, f"{name}_ci_low": low, f"{name}_ci_high": high}
        found = [*agreement.outside_interval(row(**cells)), *agreement.off_centre(row(**cells))]
        return said(found)

    assert words("md", "-2.4", "-1.5", "-0.7") == ""  # rounding
    assert words("md", "18", "757", "1531") == ""  # 2% of the width off
    assert "off the middle" in words("md", "-2.4", "-1.5", "0.7")
    assert "outside its interval" in words("md", "-2.4", "1.5", "-0.7")
    assert words("ratio", "0.5", "1", "2") == ""
    assert words("ratio", "0.03", "0.3", "2.5") == ""  # 0.03 may be 0.035
    assert "log scale" in words("ratio", "0.5", "1.25", "2")
    mean = {"mean_treat": "183.2", "ci_low_treat": "83.3", "ci_high_treat": "283"}
    assert said(agreement.off_centre(row(**mean))) == ""
    assert "mean_treat" in said(agreement.off_centre(row(**mean | {"ci_high_treat": "383"})))


def test_a_mean_difference_against_the_means():
    def words(**cells):
        return said(agreement.md_against_means(row(**MEANS, **cells)))

    assert words(md="-0.5") == ""
    assert words(md="-0.3") == ""  # within two standard errors: adjusted
    assert "the sign of md" in words(md="0.5")
    assert "mean_treat - mean_control is -0.5" in words(md="-5")
    assert words(md="-0.8", md_ci_low="-1.2", md_ci_high="-0.4") == ""
    assert words(md="-0.99", md_se="0.1")
    bare = row(mean_treat="7.1", mean_control="7.6", md="-0.55")
    assert said(agreement.md_against_means(bare)) == ""
    assert said(agreement.md_against_means(bare | {"md": "-0.9"}))


def test_signs():
    def words(better=-1, **cells):
        return said(agreement.contradicted_sign(row(**cells), better))

    up = {"mean_treat": "83.3", "mean_control": "70.4"}
    assert "by the means" in words(**up, t_stat="-6.293")
    assert words(**up, t_stat="6.293") == ""
    down = {"mean_treat": "70.4", "mean_control": "83.3"}
    assert words(**down, t_stat="6.293") == ""  # printed without sign
    assert "smd is 0.4" in words(**down, smd="0.4")
    assert words(**down, smd="-0.4") == ""
    assert words(**down, favours="treat") == ""
    assert "the means favour treat" in words(**down, favours="control")
    assert words(better=1, **down, favours="control") == ""
    assert words(better=0, **down, favours="control") == ""  # direction unknown
    assert "md favour control" in words(
        md="0.4", md_ci_low="0.1", md_ci_high="0.7", favours="treat"
    )
    assert "by favours" in words(better=1, favours="treat", t_stat="-2.1")
    # A difference that rounding may have made has no sign.
    assert words(mean_treat="7.1", mean_control="7.1", smd="-0.04") == ""


def test_effects_too_large_to_believe():
    def words(**cells):
        return said(large_effects.large_effect(row(**cells)))

    arms = {"n_treat": 30, "n_control": 30}
    assert words(**MEANS) == ""
    edge = {"n_treat": 30, "mean_treat": 6, "sd_treat": 1, "mean_control": 8, "sd_control": 1}
    assert words(**edge, n_control=30) == ""  # 2 and no more
    tiny = {"n_treat": 60, "mean_treat": 2.7, "sd_treat": 0.3}
    tiny |= {"n_control": 59, "mean_control": 3.9, "sd_control": 0.3}
    assert "4 standard deviations apart" in words(**tiny)
    assert "put the means 0.52 apart" in words(**tiny)
    assert "6.02 standard deviations" in words(**arms, t_stat="23.296")  # t sqrt(2/30)
    assert "t_stat is 23.296 with 60 people" in words(**arms, t_stat="23.296")
    assert "6.02" in words(n_total=60, t_stat="-23.296")
    assert words(**arms, t_stat="5.57") == ""
    assert words(t_stat="23.296") == ""  # no n
    assert words(**arms, f_stat="81") and words(**arms, f_stat="9") == ""
    assert words(smd="-2.1") and words(smd="1.9") == ""
    assert words(**arms, md="3", md_se="0.3") and words(**arms, md="1", md_se="0.3") == ""
    assert words(**arms, md="3", md_ci_low="2.4", md_ci_high="3.6")
    assert words(**arms, p_value="1e-12") and words(**arms, p_value="0.001") == ""
    assert words(**arms, events_treat=1, events_control=29, p_value="1e-12") == ""
    se = {"n_treat": 25, "mean_treat": "9", "se_treat": "0.2"}
    se |= {"n_control": 25, "mean_control": "5", "se_control": "0.2"}
    assert "4 standard deviations apart, their SDs from se and n" in words(**se)


def test_spreads():
    assert "sd_control is 0" in said(plausibility.zero_spread(row(sd_control="0")))
    assert said(plausibility.zero_spread(row(**MEANS))) == ""
    unlike = plausibility.unlike_sds
    assert "the arms' SDs are 1.1 and 0.15" in said(unlike(row(**MEANS | {"sd_control": "0.15"})))
    assert said(unlike(row(**MEANS, sd_baseline_treat="1.3"))) == ""
    assert "sd_baseline_treat is 0.2" in said(unlike(row(**MEANS, sd_baseline_treat="0.2")))
    assert "sd_baseline_treat is 4" in said(unlike(row(**MEANS, sd_baseline_treat="4")))
    assert said(unlike(row(**MEANS | {"metric": "change"}, sd_baseline_treat="4"))) == ""
    assert said(unlike(row(sd_treat="0", sd_control="0"))) == ""


def test_a_post_difference_that_was_there_at_baseline():
    def words(before_treat, before_control, **cells):
        baseline = {"mean_baseline_treat": before_treat, "mean_baseline_control": before_control}
        return said(plausibility.baseline_imbalance(row(**MEANS | baseline | cells)))

    assert "differ by -0.5 afterwards and by -0.4 at baseline" in words("7.6", "8.0")
    assert words("8.0", "8.0") == ""
    assert words("8.4", "8.0") == ""  # the groups crossed: more arose than is seen
    assert words("7.8", "8.0") == ""  # two fifths
    assert words("7.6", "8.0", mean_treat="7.3") == ""  # t is 1.4: no finding
    assert words("7.6", "8.0", metric="change") == ""
    assert words("", "8.0") == ""


def test_sds_that_depend_on_the_n_taken():
    cells = {"n_treat": 122, "mean_treat": 631.3, "ci_low_treat": 369.4, "ci_high_treat": 893.2}
    rule = plausibility.sd_of_randomised
    assert "computed from ci_low_treat with n_treat" in said(
        rule(row(**cells, n_basis="Randomised"))
    )
    assert said(rule(row(**cells, n_basis="analysed"))) == ""
    assert said(rule(row(**cells | {"sd_treat": 1400}, n_basis="randomised"))) == ""


def test_an_sd_far_below_those_of_other_trials():
    others = [
        row(study_id=f"T{i}", sd_treat=sd, sd_control=sd) for i, sd in enumerate((0.9, 1, 1.2))
    ]
    small = row(study_id="Small", sd_treat="0.3", sd_control="0.3")
    words = said(plausibility.small_sds([*others, small]))
    assert "the SD is 0.3; the median of 3 other trials is 1" in words
    assert said(plausibility.small_sds([*others, small | {"sd_treat": "0.4"}])) == ""
    assert said(plausibility.small_sds([*others, small | {"unit": "mmol/mol"}])) == ""
    assert said(plausibility.small_sds([*others[1:], small])) == ""  # two trials are no norm
    again = [r | {"study_id": "T1"} for r in others]  # three rows of one trial neither
    assert said(plausibility.small_sds([*again, small])) == ""


def test_numbers_that_stand_in_two_rows():
    one, other = row(**MEANS), row(**MEANS, timepoint_weeks="26") | {"source_row": "3"}
    assert "row 2 of s.csv (Ash2019, hba1c)" in said(plausibility.repeated_numbers([one, other]))
    assert said(plausibility.repeated_numbers([one, other | {"sd_treat": "1.3"}])) == ""
    md = {"md": "-0.5", "md_ci_low": "-0.8", "md_ci_high": "-0.2"}
    assert said(plausibility.repeated_numbers([row(**md), row(**md, indicator="fbg")]))


def test_cluster_trials():
    rule, outcomes = plausibility.cluster_trials, [row()]
    words = said(rule([trial(design="cluster", cluster_size="29")], outcomes))
    assert "Ash2019 is cluster randomised and has no icc" in words
    assert "no icc and no cluster_size" in said(rule([trial(design="cluster")], outcomes))
    known = trial(design="cluster", cluster_size="29", icc="0.02")
    assert said(rule([known], outcomes)) == ""
    assert said(rule([trial(design="parallel")], outcomes)) == ""
    assert said(rule([trial(design="cluster")], [])) == ""


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
    ]
    problems = list(plausibility.implausible(rows, [], {}))
    assert problems
    assert [p for p in problems if "nan" in str(p)] == []
