"""Every number drawn in a figure is that of the full-precision csv or json behind it.

Each drawing's texts are its expected numbers, the ticks of its axes, and words. A number that is
neither expected nor on the line of an axis is one that nobody can account for.
"""

import re
from collections import Counter

import pytest
from printed import (
    ENDS,
    coefficient,
    drawn,
    effect,
    i2,
    json_of,
    number,
    p_cell,
    p_words,
    people,
    squeezed,
    tau2,
    two_decimals,
    value,
)
from strataforest.formatting import count, fixed, percent

NUMBER = re.compile(r"\[?[−]?[\d.\u202f]+(×10\S+)?(%|,|\]|/)?")


@pytest.fixture(scope="module")
def results(default_review):
    return default_review


def strata(results):
    return [row for row in results.rows("tables/pooled.csv") if row["status"] == "pooled"]


def own(results, name, stratum):
    keys = ("analysis", "stratum")
    return [row for row in results.rows(name) if all(row[k] == stratum[k] for k in keys)]


def fit_of(results, stratum):
    place = f"results/fits/{stratum['analysis']}/{stratum['stratum']}.json"
    return json_of(results.folder / place)


def cells(estimate, low, high):
    return [estimate, f"[{low},", f"{high}]"]


def arms(fit, i):
    for arm in ("treat", "control"):
        yield count(fit["studies"][f"n_{arm}"][i])
        if f"events_{arm}" in fit["studies"]:
            yield f"{count(fit['studies'][f'events_{arm}'][i])}/"


def forest(results, stratum):
    fit, effects = fit_of(results, stratum), results.rows("effects/effects.csv")
    rows = {row["effect_id"]: row for row in effects}
    for i, name in enumerate(fit["studies"]["effect_id"]):
        study = {key: fit["studies"][key][i] for key in ("yi", "ci_low", "ci_high")}
        assert float(rows[name]["yi"]) == study["yi"]
        yield from cells(*effect(study, ("yi", "ci_low", "ci_high"), fit["measure"]))
        yield percent(fit["studies"]["weight"][i], 1)
        yield from arms(fit, i)
    yield from [*cells(*effect(stratum)), "100.0%"]
    if value(stratum, "pi_low") is not None:
        _, low, high = effect(stratum, ("pi_low", "pi_low", "pi_high"))
        yield from (f"[{low},", f"{high}]")
    if stratum["k"] == stratum["n_studies"]:
        for arm in ("treat", "control"):
            yield count(sum(fit["studies"][f"n_{arm}"]))
            if f"events_{arm}" in fit["studies"]:
                yield f"{count(sum(fit['studies'][f'events_{arm}']))}/"


def leave_one_out(results, stratum):
    name = f"tables/leave_one_out/LOO_{stratum['analysis']}_{stratum['stratum']}.csv"
    for row in results.rows(name):
        yield from cells(*effect(row, measure=stratum["measure"]))
    yield from cells(*effect(stratum))


def cumulative(results, stratum):
    for row in own(results, "tables/cumulative.csv", stratum):
        yield from [*([row["year"]] if row["year"] else []), row["k"]]
        yield from cells(*effect(row, measure=stratum["measure"]))
        yield from (p_cell(row), i2(row))


def presets(results, stratum):
    for row in own(results, "tables/presets.csv", stratum):
        yield from [*cells(*effect(row)), tau2(row), i2(row), p_cell(row)]


def no_numbers(results, stratum):
    return []


FIGURES = {
    "forest": forest,
    "leave_one_out": leave_one_out,
    "cumulative": cumulative,
    "presets": presets,
    "influence": no_numbers,
    "baujat": no_numbers,
}


def unaccounted(texts, wanted):
    """Numbers that are drawn and not expected, but for those that stand on the line of an axis.

    Only a drawing without any number of its own has an axis of numbers that goes up.
    """
    left = Counter(wanted)
    more = []
    for words, x, y in texts:
        if left[words]:
            left[words] -= 1
        elif NUMBER.fullmatch(words):
            more.append((words, x, y))
    rows, columns = Counter(y for _, _, y in more), Counter(x for _, x, _ in more)
    upright = {x for x, n in columns.items() if n > 1 and not wanted}
    return [words for words, x, y in more if rows[y] < 2 and x not in upright]


@pytest.mark.parametrize("name", FIGURES)
def test_the_numbers_of_a_stratums_figure_are_those_of_its_files(results, name):
    compared = 0
    for stratum in strata(results):
        place = f"{stratum['analysis']}/{stratum['stratum']}"
        texts = drawn(results.folder / f"results/figures/{place}/{name}.svg")
        wanted = list(FIGURES[name](results, stratum))
        missing = Counter(wanted) - Counter(words for words, *_ in texts)
        assert not missing, (place, name)
        assert unaccounted(texts, wanted) == [], (place, name)
        compared += len(wanted)
    print(f"{name}: {compared} numbers")
    assert compared > 200 or FIGURES[name] is no_numbers


def said(path):
    """All texts of a drawing without blanks: its sentences go over several lines."""
    return squeezed("".join(words for words, *_ in drawn(path)))


def test_a_forest_plot_says_the_heterogeneity_of_the_pooled_table(results):
    for row in strata(results):
        words = said(
            results.folder / f"results/figures/{row['analysis']}/{row['stratum']}/forest.svg"
        )
        q = f"Q = {two_decimals(row, 'q')} (df {int(float(row['q_df']))}), {p_words(row, 'q_p')}"
        wanted = [
            f"Heterogeneity: τ² = {tau2(row)}, I² = {i2(row)}, {q}",
            f"Test of the pooled effect: {p_words(row)}.",
            f"Pooled effect (k = {row['k']})",
        ]
        assert [text for text in wanted if squeezed(text) not in words] == []


def test_a_funnel_says_the_tests_of_the_small_study_table(results):
    compared = 0
    for stratum in strata(results):
        place = f"results/figures/{stratum['analysis']}/{stratum['stratum']}/funnel.svg"
        tests = own(results, "tables/small_study.csv", stratum)
        assert (results.folder / place).is_file() == (tests[0]["test"] != "all")
        if tests[0]["test"] == "all":
            continue
        words = said(results.folder / place)
        for row in (r for r in tests if r["test"].startswith("egger") and r["p_value"]):
            name = f"t({count(value(row, 'df'))})" if row["df"] else "z"
            assert squeezed(f"{name} = {number(row, 'statistic')}, {p_words(row)}") in words
            compared += 2
        (filled,) = [row for row in tests if row["test"] == "trim_and_fill_l0"]
        assert f"k0={filled['k0']}" in words
        if filled["k0"] != "0":
            estimate, low, high = effect(filled, [f"limit_{end}" for end in ENDS])
            assert squeezed(f"{estimate} [{low}, {high}]") in words
    assert compared >= 12


def test_a_bubble_plot_says_the_slope_of_the_table_of_terms(results):
    models = {
        (row["model"], row["domain"], row["measure"]): row
        for row in results.rows("tables/meta_regression_models.csv")
        if row["status"] == "fitted"
    }
    compared = 0
    for row in results.rows("tables/meta_regression_terms.csv"):
        if row["term"] == "intercept":
            continue
        place = row["domain"] or f"overall_{row['measure'].lower()}"
        folder = results.folder / f"results/figures/meta_regression/{row['model']}"
        words = said(folder / f"{place}_{row['term']}.svg")
        b, low, high = coefficient(row)
        text = f"Slope {b} [95% CI {low} to {high}], {p_words(row)}"
        permuted = f" (by permutation {p_words(row, 'permutation_p')})"
        model = models[row["model"], row["domain"], row["measure"]]
        text += permuted if row["permutation_p"] else ""
        explained = f"R² {i2(model, 'r2')}; k = {row['k']}" if model["r2"] else "R² undefined"
        assert squeezed(f"{text}; {explained}") in words, (row["model"], place)
        compared += 6
    assert compared > 60


def test_an_overview_draws_the_pooled_table(results):
    for analysis in ("domain", "platform"):
        texts = drawn(results.folder / f"results/figures/overview/{analysis}.svg")
        wanted = []
        for row in results.rows("tables/pooled.csv"):
            if row["analysis"] == analysis:
                wanted += [row["k"], people(row)]
                is_pooled = row["status"] == "pooled"
                wanted += [*cells(*effect(row)), i2(row)] if is_pooled else ["NE"]
        assert not Counter(wanted) - Counter(words for words, *_ in texts)
        assert unaccounted(texts, wanted) == []


def test_subgroups_are_drawn_as_they_are_pooled_and_tested(results):
    folder = results.folder / "results/figures/subgroups/platform_by_domain"
    blocks = [row for row in strata(results) if row["analysis"] == "platform_by_domain"]
    tests = [
        row
        for row in results.rows("tables/subgroup_tests.csv")
        if row["model"] == "separate_tau2" and row["status"] == "tested"
    ]
    assert blocks
    for row in blocks:
        words = said(folder / f"{row['domain']}.svg")
        estimate, low, high = effect(row)
        assert squeezed(f"τ² = {tau2(row)}, I² = {i2(row)}, Q = {two_decimals(row, 'q')}") in words
        assert {estimate, f"[{low},", f"{high}]"} <= {
            text for text, *_ in drawn(folder / f"{row['domain']}.svg")
        }
    for row in tests:
        path = folder / f"{row['within']}.svg"
        if path.is_file():
            assert squeezed(f"Q = {two_decimals(row, 'q_between')}") in said(path)


def test_shares_of_judgements_are_those_of_trials_and_weights(results):
    judged = {row["study_id"]: row for row in results.rows("covariates/risk_of_bias.csv")}
    drawings = {"risk_of_bias/summary": dict.fromkeys(judged, 1.0)}
    for stratum in strata(results):
        studies, weights = fit_of(results, stratum)["studies"], {}
        for name, weight in zip(studies["study_id"], studies["weight"], strict=True):
            weights[name] = weights.get(name, 0.0) + weight
        drawings[f"{stratum['analysis']}/{stratum['stratum']}/risk_of_bias"] = weights
    for name, weights in drawings.items():
        texts = drawn(results.folder / f"results/figures/{name}.svg")
        shown = {words.split(" ")[-1] for words, *_ in texts if re.search(r"\d%$", words)}
        shown -= {f"{tick}%" for tick in (0, 25, 50, 75, 100)}
        wanted = set()
        for column in ("D1", "D2", "D3", "D4", "D5", "overall"):
            sums = Counter()
            for trial, weight in weights.items():
                sums[judged.get(trial, {}).get(column, "")] += weight
            wanted |= {percent(100 * part / sum(weights.values())) for part in sums.values()}
        assert shown <= wanted, name


def test_the_flow_diagram_counts_as_the_sheet_does(results):
    words = said(results.folder / "results/figures/prisma/flow.svg")
    rows = [row for row in results.rows("covariates/flow.csv") if row["n"]]
    assert [row for row in rows if f"(n={count(float(row['n']))})" not in words] == []


def test_a_wrong_digit_is_seen(results):
    """The comparison can fail: a digit planted in a drawing is one that nobody accounts for."""
    stratum = strata(results)[0]
    place = f"{stratum['analysis']}/{stratum['stratum']}/forest.svg"
    texts = drawn(results.folder / f"results/figures/{place}")
    wanted = list(forest(results, stratum))
    estimate = effect(stratum)[0]
    i = next(i for i, (words, *_) in enumerate(texts) if words == estimate)
    texts[i] = (fixed(value(stratum, "estimate") + 0.01), *texts[i][1:])
    missing = Counter(wanted) - Counter(words for words, *_ in texts)
    assert list(missing) == [estimate]
