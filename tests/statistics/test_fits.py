"""The fit of a stratum as a whole: what its sections are told of cluster trials."""

from dataclasses import replace

import numpy as np
import pytest
from strataforest.fits import Sensitivity, fit_stratum
from strataforest.presets import resolve
from strataforest.strata.stratum_effects import StratumEffects

K = 6
RNG = np.random.default_rng(8)
EVENTS = RNG.integers(8, 40, (2, K)).astype(float)
PEOPLE = RNG.integers(80, 160, (2, K)).astype(float)
DESIGN = [None, 1.6, None, None, 2.0, None]
GATE = Sensitivity(small_study_min_effects=3)


def stratum(events, people, design):
    divisor = np.array([value or 1.0 for value in design])
    (a, c), (n1, n2) = events / divisor, people / divisor
    b, d = n1 - a, n2 - c
    return StratumEffects(
        effect_id=[f"e{i}" for i in range(K)],
        study_id=[f"s{i}" for i in range(K)],
        measure="OR",
        favourable="negative",
        yi=np.log(a * d / (b * c)),
        vi=1 / a + 1 / b + 1 / c + 1 / d,
        n_treat=people[0].tolist(),
        n_control=people[1].tolist(),
        n_total=people.sum(axis=0).tolist(),
        design_effect=list(design),
        events_treat=events[0].tolist(),
        events_control=events[1].tolist(),
    )


def fitted(effects):
    return fit_stratum(effects, resolve("metafor"), GATE, {})


def rows_of(fit, *tests):
    rows = {row["test"]: row for row in fit["small_study"]["rows"]}
    return [rows[test] for test in tests]


@pytest.mark.parametrize("test", ["peters", "harbord"])
def test_counts_of_cluster_trials_are_divided_everywhere(test):
    divisor = np.array([value or 1.0 for value in DESIGN])
    clustered = fitted(stratum(EVENTS, PEOPLE, DESIGN))
    divided = fitted(stratum(EVENTS / divisor, PEOPLE / divisor, [None] * K))
    ((ours,), (theirs,)) = (rows_of(fit, test) for fit in (clustered, divided))
    assert ours["status"] == "computed"
    assert ours["estimate"] == pytest.approx(theirs["estimate"], rel=1e-12)
    assert ours["se"] == pytest.approx(theirs["se"], rel=1e-12)
    (raw,) = rows_of(fitted(stratum(EVENTS, PEOPLE, [None] * K)), test)
    assert ours["estimate"] != pytest.approx(raw["estimate"], rel=1e-3)


def test_the_sample_size_variant_of_egger_takes_effective_sizes():
    effects = replace(stratum(EVENTS, PEOPLE, DESIGN), measure="SMD")
    (ours,) = rows_of(fitted(effects), "egger_sample_size")
    (raw,) = rows_of(fitted(replace(effects, design_effect=None)), "egger_sample_size")
    assert ours["estimate"] != pytest.approx(raw["estimate"], rel=1e-3)


def test_a_fit_has_all_its_sections():
    fit = fitted(stratum(EVENTS, PEOPLE, [None] * K))
    assert fit.keys() >= {
        *("studies", "pooled", "heterogeneity", "leave_one_out", "influence", "baujat"),
        *("without_most_influential", "small_study", "dependence", "estimators", "presets"),
    }
    assert fit["dependence"] is None
    assert [row["preset"] for row in fit["presets"]] == ["configured"]
    methods = {row["tau2_method"] for row in fit["estimators"]}
    assert methods >= {"REML", "PM", "MH", "Peto"}
