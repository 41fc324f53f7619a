"""Warnings about cells unlike those that they should resemble: in their row, trial and review."""

from outcome_rows import MEANS, row, said, trial
from strataforest.sheets import plausibility
from strataforest.sheets.oddities import (
    copies,
    directions,
    events,
    large_effects,
    levels,
    sizes,
    spreads,
    trial_facts,
)
from strataforest.sheets.oddities.fellows import Fellows


def sd_warning(**cells):
    one = row(**cells)
    return said(spreads.unlike_sds(one, Fellows([one])))


def test_an_sd_of_zero():
    assert "sd_control is 0" in said(plausibility.zero_spread(row(sd_control="0")))
    assert said(plausibility.zero_spread(row(**MEANS))) == ""
    assert sd_warning(sd_treat="0", sd_control="0") == ""


def test_sds_of_one_row():
    words = sd_warning(**MEANS | {"sd_control": "0.15"})
    assert "sd_control is 0.15; sd_treat is 1.1" in words
    assert "standard error: times sqrt(58) it is 1.14" in words
    assert "sd_treat is 11" in sd_warning(**MEANS | {"sd_treat": "11"})
    assert "decimal point" in sd_warning(**MEANS | {"sd_treat": "11"})
    assert sd_warning(**MEANS, sd_baseline_treat="1.3") == ""
    assert "sd_baseline_treat is 0.2" in sd_warning(**MEANS, sd_baseline_treat="0.2")
    assert "sd_baseline_treat is 4" in sd_warning(**MEANS, sd_baseline_treat="4")
    assert sd_warning(**MEANS | {"metric": "change"}, sd_baseline_treat="4") == ""
    both = {"sd_treat": "0.14", "sd_control": "0.16"}
    baseline = {"sd_baseline_treat": "1.1", "sd_baseline_control": "1.3"}
    assert "sd_control is 0.16; at baseline it is 1.2" in sd_warning(**MEANS | both | baseline)


def test_sds_that_differ_for_a_reason():
    few = {"n_treat": 4, "n_control": 4}
    assert sd_warning(**MEANS | {"sd_treat": "0.3"} | few) == ""  # chance: F(3, 3) = 16
    episodes = {"mean_treat": 2, "sd_treat": 1.5, "mean_control": 9, "sd_control": 6}
    assert sd_warning(**MEANS | episodes) == ""  # SDs that grow with the means
    # t = 0.5 / sqrt(1.1^2/60 + 0.2^2/58) = 3.44 says that 0.2 is an SD.
    assert sd_warning(**MEANS | {"sd_control": "0.2"})
    assert sd_warning(**MEANS | {"sd_control": "0.2"}, t_stat="3.44") == ""


def test_the_sd_that_t_or_p_does_not_fit():
    # SDs of 0.8 give t = 2.4 and p = 0.02, SDs of 10 give p = 0.85.
    arms = {"n_treat": 30, "mean_treat": -1.6, "sd_treat": 0.8}
    arms |= {"n_control": 29, "mean_control": -1.1, "sd_control": 10, "metric": "change"}
    assert sd_warning(**arms, p_value="0.026").startswith("sd_control is 10")
    assert sd_warning(**arms, p_value="0.85").startswith("sd_treat is 0.8")


def test_a_post_difference_that_was_there_at_baseline():
    def words(before_treat, before_control, **cells):
        baseline = {"mean_baseline_treat": before_treat, "mean_baseline_control": before_control}
        return said(levels.baseline_imbalance(row(**MEANS | baseline | cells)))

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


def against_others(rule, odd, others):
    return said(rule(odd, Fellows([*others, odd])))


def test_an_sd_far_below_those_of_other_trials():
    others = [
        row(study_id=f"T{i}", sd_treat=sd, sd_control=sd) for i, sd in enumerate((0.9, 1, 1.2))
    ]
    small = row(study_id="Small", sd_treat="0.3", sd_control="0.3")
    words = against_others(spreads.unlike_sds, small, others)
    assert "sd_treat is 0.3 and sd_control is 0.3; the median of 3 other trials is 1" in words
    for odd in ({"sd_treat": "0.45"}, {"unit": "mmol/mol"}, {"metric": "change"}):
        assert against_others(spreads.unlike_sds, small | odd, others) == ""
    assert against_others(spreads.unlike_sds, small, others[1:]) == ""  # two trials are no norm
    again = [r | {"study_id": "T1"} for r in others]  # three rows of one trial neither
    assert against_others(spreads.unlike_sds, small, again) == ""
    # Larger than three trials' may be a wider population; than five trials' hardly.
    large = row(study_id="Large", sd_treat="10", sd_control="10")
    assert against_others(spreads.unlike_sds, large, others) == ""
    more = [r | {"study_id": f"{r['study_id']}b"} for r in others]
    assert "decimal point" in against_others(spreads.unlike_sds, large, others + more)


def test_means_in_another_unit_or_with_another_decimal():
    def trial_of(name, mean, sd="1.2", **cells):
        arms = {"mean_treat": mean, "mean_control": mean, "sd_treat": sd, "sd_control": sd}
        return row(study_id=name, **arms | cells)

    others = [trial_of(f"T{i}", mean) for i, mean in enumerate(("7.1", "8.4", "7.7", "6.4"))]
    rule = levels.unlike_means
    words = against_others(rule, trial_of("Odd", "61", "12"), others)
    assert "the arms' mean is 61; the median of 4 other trials is 7.39" in words
    assert "decimal point" in against_others(rule, trial_of("Odd", "0.74"), others)
    assert "unit" in against_others(rule, trial_of("Odd", "133"), others)
    assert "the sign" in against_others(rule, trial_of("Odd", "-1.1"), others)
    assert against_others(rule, trial_of("Odd", "4.7"), others) == ""
    assert against_others(rule, trial_of("Odd", "61", unit="mmol/mol"), others) == ""
    assert against_others(rule, trial_of("Odd", "-1.1", metric="change"), others) == ""
    # A scale that starts at 0: means near 0 are many times smaller and no slip.
    wide = [trial_of(r["study_id"], r["mean_treat"], "6") for r in others]
    assert against_others(rule, trial_of("Odd", "0.7"), wide) == ""


def test_a_unit_whose_means_are_those_of_another():
    arms = {"mean_treat": 7.1, "mean_control": 7.6, "sd_treat": 1.1, "sd_control": 1.2}
    others = [row(study_id=f"T{i}", **arms, unit="mmol/L") for i in range(3)]
    odd = row(study_id="Odd", **arms, unit="mg/dL")
    words = against_others(levels.unit_of_others, odd, others)
    assert "unit is mg/dL and the mean 7.35; in mmol/L the median of 3 other trials" in words
    real = odd | {"mean_treat": "128", "mean_control": "137"}
    assert against_others(levels.unit_of_others, real, others) == ""
    assert against_others(levels.unit_of_others, odd | {"unit": "mmol/L"}, others) == ""
    assert against_others(levels.unit_of_others, odd, others[1:]) == ""


def test_a_mean_far_from_the_rest_of_its_row():
    def words(**cells):
        one = row(**MEANS | {"mean_baseline_treat": 8, "mean_baseline_control": 8.1} | cells)
        return said(levels.unlike_means(one, Fellows([one])))

    assert words() == ""
    assert "mean_treat is -0.9; mean_control is 7.6" in words(mean_treat="-0.9")
    assert "is a change" in words(mean_treat="-0.9")
    assert words(mean_treat="71").startswith("mean_treat is 71")
    assert words(mean_baseline_control="81").startswith("mean_baseline_control is 81")
    assert words(metric="change", mean_treat="-0.9") == ""


def test_one_mean_many_times_the_other():
    rule = large_effects.shifted_mean
    assert said(rule(row(**MEANS))) == ""
    assert "decimal point of mean_treat" in said(rule(row(**MEANS | {"mean_treat": "71"})))
    assert "decimal point of mean_control" in said(rule(row(**MEANS | {"mean_control": "0.76"})))
    episodes = {"mean_treat": 0.5, "sd_treat": 2, "mean_control": 4, "sd_control": 5}
    assert said(rule(row(**MEANS | episodes))) == ""


def test_baseline_values_typed_as_post():
    rule = levels.baseline_as_post
    before = {"mean_baseline_treat": "7.1", "sd_baseline_treat": "1.1"}
    assert "mean_treat is the baseline mean" in said(rule(row(**MEANS | before)))
    assert said(rule(row(**MEANS | before | {"sd_baseline_treat": "1.3"}))) == ""
    both = before | {"sd_baseline_treat": "", "mean_baseline_control": "7.6"}
    assert "mean_treat and mean_control are the" in said(rule(row(**MEANS | both)))
    assert said(rule(row(**MEANS | before | {"metric": "change"}))) == ""


def test_arms_that_differ_at_baseline():
    def words(**cells):
        before = {"mean_baseline_treat": 7.0, "sd_baseline_treat": 1, "sd_baseline_control": 1}
        return said(levels.unequal_at_baseline(row(**MEANS | before | cells)))

    assert words(mean_baseline_control=7.5) == ""  # 2.7 standard errors
    assert "differ by -0.8 at baseline, 4.34 of its SE" in words(mean_baseline_control=7.8)


def test_values_that_are_called_changes():
    def words(fellows=(), **cells):
        one = row(**MEANS | {"metric": "change"} | cells)
        return [
            (p.problem, p.mend) for p in levels.values_as_changes(one, Fellows([*fellows, one]))
        ]

    assert "check that these are changes" in words()[0][1]
    ses = {"mean_treat": -1.6, "sd_treat": 0.15, "mean_control": -1.1, "sd_control": 0.19}
    assert "SDs are not standard errors" in words(**ses)[0][1]
    assert words(**ses | {"sd_treat": 0.8, "sd_control": 1}) == []
    others = [row(study_id=f"T{i}", **MEANS) for i in range(3)]
    wide = {"sd_treat": 2, "sd_control": 2}
    assert words(**wide) == []  # 3.5 SDs might be a change
    # Beside the values before, these are those after: the change is computed.
    before = {f"{n}_baseline_{arm}": 7 for n in ("mean", "sd") for arm in ("treat", "control")}
    assert words(**before) == []
    assert "post values the median of 3 other trials" in words(others, **wide)[0][0]


def test_people():
    def words(trials=(), others=(), **cells):
        one = row(**MEANS | cells)
        known = sizes.Sizes([*others, one], trials)
        return said(sizes.unlike_sizes(one, known))

    two = [row(**MEANS, timepoint_weeks=weeks) for weeks in (4, 12)]
    assert words(others=two) == ""
    assert "n_treat is 600; in 2 other rows of the trial 60" in words(others=two, n_treat=600)
    assert "n_control is 118" in words(others=two, n_control=118)
    assert words(others=two, n_treat=48) == ""  # people leave
    assert "n_treat is 36" in words(others=two, n_treat=36)
    assert words(others=two[:1], n_treat=36) == ""  # one other row is no norm
    assert words([trial(n_randomised="120")]) == ""
    said_sum = words([trial(n_randomised="120")], n_control=85)
    assert "n_treat + n_control is 145; n_randomised of the studies sheet is 120" in said_sum
    assert "at least half of 300" in words([trial(n_randomised="300")])
    arms = [row(**MEANS, arm_treat=name) for name in ("a", "b")]
    assert words([trial(n_randomised="300")], arms, arm_treat="c") == ""  # more arms than these
    assert "n_total is 150" in words(
        [trial(n_randomised="120")], n_treat="", n_control="", n_total=150
    )
    assert "a digit too many" in words(n_treat=600)
    assert words(n_treat=170) == ""
    # Counts may be of everybody randomised, means of those measured.
    counted = [row(n_treat=100, n_control=98, events_treat=3, events_control=4)]
    assert words(others=counted) == ""
    assert words(others=counted, n_treat=6)


def test_of_two_rows_that_disagree_the_wrong_one_is_named():
    def told(one, other, *trials):
        rows = [row(**MEANS | one), row(**MEANS | other, timepoint_weeks=12)]
        rows[1] |= {"source_row": "3", "source_cells": "n_treat=I3;n_control=M3"}
        known = sizes.Sizes(rows, trials)
        return [said(sizes.unlike_sizes(each, known)) for each in rows]

    right, slip = {"n_treat": 58, "n_control": 57}, {"n_treat": 85, "n_control": 29}
    first, second = told(slip, right, trial(n_randomised="120"))
    assert "n_control is 29; in 1 other row of the trial 57 | about 57" in first
    assert second == ""
    assert told(right, slip)[0] == ""  # the arms of the row are enough
    # Both arms of the first are half as large: the number randomised tells.
    half = {"n_treat": 29, "n_control": 28}
    assert [bool(words) for words in told(half, right, trial(n_randomised="120"))] == [True, False]
    assert [bool(words) for words in told(half, right, trial(n_randomised="60"))] == [False, True]
    # Without it nothing does: one warning names both cells, with the sheet of another one.
    elsewhere = {"source_file": "b.xlsx", "source_tab": "Means"}
    first, second = told(half, right)
    assert "n_treat is 29; in the trial's other row (I3) 58" in first
    assert "nothing tells which is wrong: check this cell and I3" in first
    assert second == ""
    assert "other row (b.xlsx Means I3) 58" in told(half, right | elsewhere)[0]


def test_effects_against_all_others():
    def found(rows, better=-1):
        return [(p.cell, p.problem) for p in directions.against_the_rest(rows, lambda _: better)]

    good = {"mean_treat": 6.9, "mean_control": 7.6}  # t is 3.3
    bad = {"mean_treat": 7.6, "mean_control": 6.9}
    others = [row(study_id=f"T{i}", **MEANS | good) for i in range(4)]
    odd = row(study_id="Odd", **MEANS | bad)
    assert "4 of 4 other trials with hba1c favour the intervention" in found([*others, odd])[0][1]
    assert len(found([*others, odd])) == 1
    assert found([*others[1:], odd]) == []
    assert found([*others, odd], better=0) == []
    assert found([*others, odd | {"mean_control": "7.5"}]) == []  # t is 0.5
    assert found([*others, odd, odd | {"study_id": "Odd2"}]) == []  # two are no slip
    own = [row(**MEANS | good, timepoint_weeks=weeks) for weeks in (4, 12)]
    assert "2 other rows of the trial" in found([*own, row(**MEANS | bad)])[0][1]
    assert found([own[0], row(**MEANS | bad)]) == []
    md = {"md": "0.6", "md_ci_low": "0.2", "md_ci_high": "1.0"}
    assert "favours the control arm" in found([*others, row(study_id="Odd", **md)])[0][1]


def test_counts_of_the_others():
    def words(better=1, **cells):
        return said(events.non_events(row(**cells), better))

    counts = {"events_treat": 79, "n_treat": 84, "events_control": 60, "n_control": 84}
    assert words(**counts) == ""
    turned = counts | {"events_treat": 5}
    # OR = (5/79) / (60/24) = 0.0253; ln 0.0253 sqrt(3)/pi = -2.03.
    assert "events_treat is 5 of 84; the odds ratio of the counts is 0.0253, as 2.03 SDs" in words(
        **turned
    )
    assert "perhaps 79 of 84" in words(**turned)
    assert "events_control" in words(better=-1, **turned)
    kept = {"events_treat": 46, "n_treat": 49, "events_control": 36, "n_control": 49}
    assert words(**kept, p_value="0.006") == ""
    assert "events_control is 13" in words(**kept | {"events_control": 13}, p_value="0.006")
    fewer = kept | {"events_treat": 30, "events_control": 13}
    assert words(**fewer) == ""
    assert words(events_treat=0, n_treat=40, events_control=2, n_control=41) == ""


# Rows and trials.


def test_numbers_that_stand_in_two_rows():
    def words(*rows, trials=()):
        return said(copies.repeated_numbers(rows, trials))

    one, other = row(**MEANS), row(**MEANS, timepoint_weeks="26") | {"source_row": "3"}
    assert "row 2 of s.csv (Ash2019, hba1c)" in words(one, other)
    assert words(one, other | {"sd_treat": "1.3"}) == ""
    md = {"md": "-0.5", "md_ci_low": "-0.8", "md_ci_high": "-0.2"}
    assert words(row(**md), row(**md, indicator="fbg"))
    t = {"t_stat": "5.152", "n_treat": 53, "n_control": 53}
    assert words(row(**t), row(**t, indicator="fbg"))
    assert words(row(**t | {"t_stat": "2.1"}), row(**t | {"t_stat": "2.1"}, indicator="fbg")) == ""


def test_a_trial_entered_twice():
    def words(*rows, trials=()):
        return said(copies.repeated_numbers(rows, trials))

    means = [row(**MEANS), row(**MEANS | {"mean_treat": 7.3}, timepoint_weeks=26)]
    again = [r | {"study_id": "Ash"} for r in means]
    assert "2 rows of Ash with the numbers of Ash2019" in words(*means, *again)
    one_arm = {"n_treat": 89, "mean_treat": 7.82, "sd_treat": 0.43}
    pair = [row(**one_arm), row(study_id="Ash", **one_arm)]
    alike = [trial(study_id=name, year="2019", n_randomised="178") for name in ("Ash2019", "Ash")]
    assert words(*pair) == ""
    assert "same trial under another name" in words(*pair, trials=alike)
    assert words(*pair, trials=[alike[0], alike[1] | {"year": "2020"}]) == ""


def test_an_arm_copied_to_the_other():
    same = {"mean_treat": 7.12, "sd_treat": 1.13, "mean_control": 7.12, "sd_control": 1.13}
    assert "both arms have the mean 7.12" in said(copies.like_arms(row(**same)))
    assert said(copies.like_arms(row(**same | {"sd_control": 1.14}))) == ""
    short = {"mean_treat": 7.1, "sd_treat": 1.1, "mean_control": 7.1, "sd_control": 1.1}
    assert said(copies.like_arms(row(**short))) == ""


def test_years():
    def words(**cells):
        return said(trial_facts.year_against_names([trial(**cells)]))

    assert "citation names 2017 and 2019" in words(
        year="2029", citation="Ash A. J Test 2019;3:1-9 (2017-18)"
    )
    assert words(year="2019", citation="Ash A. J Test 2019;12(2):2001-9") == ""
    assert words(year="2020", citation="") == ""  # in print a year later than the name
    assert "study_id names 2019" in words(year="2009", citation="")
    assert words(year="", citation="2019") == ""
    assert words(study_id="AshND", year="2009", citation="page 1234") == ""


def test_weeks():
    def words(*weeks, planned="26"):
        rows = [row(timepoint_weeks=each) for each in weeks]
        return said(trial_facts.weeks_against_follow_up([trial(follow_up_weeks=planned)], rows))

    assert words(13, 26) == words(28) == words(13) == words(100, planned="") == ""
    assert "timepoint_weeks is 260; follow_up_weeks is 26" in words(13, 260)
    assert "timepoint_weeks is 6; follow_up_weeks is 26" in words(3, 6)


def test_cluster_trials():
    rule, outcomes = trial_facts.cluster_trials, [row()]
    words = said(rule([trial(design="cluster", cluster_size="29")], outcomes))
    assert "Ash2019 is cluster randomised and has no icc" in words
    assert "no icc and no cluster_size" in said(rule([trial(design="cluster")], outcomes))
    known = trial(design="cluster", cluster_size="29", icc="0.02")
    assert said(rule([known], outcomes)) == ""
    assert said(rule([trial(design="parallel")], outcomes)) == ""
    assert said(rule([trial(design="cluster")], [])) == ""
