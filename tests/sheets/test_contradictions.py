"""Warnings about numbers of one row that cannot all be right; rounding is no oddity."""

import math

import pytest
from outcome_rows import MEANS, row, said
from strataforest.sheets.oddities import (
    agreement,
    count_tests,
    implied,
    intervals,
    large_effects,
    rounding,
    student,
)

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
    # R 4.2, t from the definition: Student 4.18789..., Welch 3.03821... with 10.5397... df; p by
    # pt() for 10 and 38 degrees of freedom, the whole numbers that hold 10.5 and 38.
    cells = {"n_treat": 10, "mean_treat": "7.0000001", "sd_treat": "2.0000001"}
    cells |= {"n_control": 30, "mean_control": "5.0000001", "sd_control": "1.0000001"}
    t, dfs = implied.t_of_means(row(**cells))
    assert (t.low, t.high) == pytest.approx((3.03821810125, 4.18789464271), rel=1e-6)
    assert dfs == pytest.approx((38, 10.5397849462), rel=1e-6)
    p = implied.p_range(rounding.Range(3.03821810125, 4.18789464271), *dfs)
    assert p.high == pytest.approx(0.0125005383643, rel=1e-9)
    assert p.low == pytest.approx(0.000161074953822, rel=1e-6)


# R 4.2: 2 * pt(-t, df).
P_OF_T = {
    (1.1, 1): 0.469707655623,
    (1.1, 4): 0.333083649548,
    (2.5, 57): 0.0153211371019,
    (4, 100): 0.000121523644301,
    (2.5, 101.3): 0.0140244457896,
    (4, 5000): 6.4257183068e-05,
    (2, math.inf): 0.0455002638964,
}


@pytest.mark.parametrize("t_df", P_OF_T)
def test_p_of_t_is_that_of_r(t_df):
    # Above 100 degrees of freedom an approximation.
    tolerance = 1e-9 if t_df[1] <= 100 else 1e-3
    assert student.two_sided_p(*t_df) == pytest.approx(P_OF_T[t_df], rel=tolerance)
    if t_df[1] <= 100:
        assert student.t_of_p(P_OF_T[t_df], t_df[1]) == pytest.approx(t_df[0], rel=1e-9)


def test_quantiles_of_t_are_those_of_r():
    # R 4.2: qt(0.975, c(1, 9, 58, 1000)).
    for df, q in (
        (1, 12.7062047362),
        (9, 2.2621571628),
        (58, 2.00171748415),
        (1000, 1.96233908083),
    ):
        assert student.quantile_975(df) == pytest.approx(q, rel=1e-5)


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
    assert student.two_sided_p(1.988, 98) == pytest.approx(0.0496, abs=5e-5)
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
    assert said(agreement.tests_disagree(row(**counts))) == ""  # no p: nothing hangs on the test
    printed = counts | {"p_value": "<0.05"}
    assert said(agreement.tests_disagree(row(**printed | {"events_control": 20}))) == ""
    assert said(agreement.tests_disagree(row(**printed | {"events_control": 3}))) == ""


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
        return said(intervals.sd_against_interval(row(n_treat=49, **cells)))

    assert words(sd_treat="1.4", se_treat="0.2") == ""
    assert "seems to hold a standard error" in words(sd_treat="0.2", se_treat="0.20")
    assert words(sd_treat="1.4", ci_low_treat="6.6", ci_high_treat="7.4") == ""
    interval = {"ci_low_treat": "6.61", "ci_high_treat": "7.39"}
    assert "seems to hold a standard error" in words(sd_treat="0.2", **interval)
    assert "check the cells" in words(sd_treat="3.1", **interval)


def test_an_estimate_outside_or_off_the_middle_of_its_interval():
    def words(name, low, value, high):
        cells = {name: value, f"{name}_ci_low": low, f"{name}_ci_high": high}
        found = [*intervals.outside_interval(row(**cells)), *intervals.off_centre(row(**cells))]
        return said(found)

    assert words("md", "-2.4", "-1.5", "-0.7") == ""  # rounding
    assert words("md", "18", "757", "1531") == ""  # 2% of the width off
    assert "off the middle" in words("md", "-2.4", "-1.5", "0.7")
    assert "outside its interval" in words("md", "-2.4", "1.5", "-0.7")
    assert words("ratio", "0.5", "1", "2") == ""
    assert words("ratio", "0.03", "0.3", "2.5") == ""  # 0.03 may be 0.035
    assert "log scale" in words("ratio", "0.5", "1.25", "2")
    mean = {"mean_treat": "183.2", "ci_low_treat": "83.3", "ci_high_treat": "283"}
    assert said(intervals.off_centre(row(**mean))) == ""
    assert "mean_treat" in said(intervals.off_centre(row(**mean | {"ci_high_treat": "383"})))


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
