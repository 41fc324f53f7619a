"""metafor, by the exported scripts, gives our numbers under every preset and estimator."""

import csv
import json
import math
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from in_r import COLLECT, fit_of, needs_metafor, run_r, stratum_of, written
from strataforest.effect_sizes import log_odds_ratio, log_risk_ratio, peto_log_odds_ratio
from strataforest.estimation.tau2_estimators import TAU2_ESTIMATORS
from strataforest.pooling import CI_METHODS
from strataforest.presets import PRESETS

pytestmark = needs_metafor

REFERENCE = Path(__file__).parent.parent / "reference"
# Two maxima, Fisher scoring that circles, tiny units, tau2 of 0, k = 2.
EXTREMES = (
    *("ext_bimodal1", "ext_bimodal2", "ext_bimodal4", "ext_slowfisher2", "ext_tiny_scale"),
    *("ext_tau2_zero", "ext_k2"),
)
# Events and people of both arms; a 0, and trial sizes that differ.
TABLES = np.array(
    [[4, 123, 11, 139], [6, 306, 29, 303], [3, 231, 11, 220], [1, 50, 4, 51], [17, 166, 16, 165]],
    float,
).T
RATIOS = {"RR": log_risk_ratio, "OR": log_odds_ratio, "PETO": peto_log_odds_ratio}


def counted(measure):
    """Return a stratum of ratios with its counts; the last trial is a cluster trial."""
    divisor = np.array([1, 1, 1, 1, 1.5])
    a, n1, c, n2 = TABLES / divisor
    yi, vi = RATIOS[measure](a, n1 - a, c, n2 - c)
    names = ("events_treat", "n_treat", "events_control", "n_control")
    people = dict(zip(names, TABLES.tolist(), strict=True))
    total = [sum(arms) for arms in zip(people["n_treat"], people["n_control"], strict=True)]
    design = [None] * 4 + [1.5]
    return stratum_of(yi, vi, measure, **people, n_total=total, design_effect=design)


def extreme(name):
    given = json.loads((REFERENCE / f"{name}.json").read_text(encoding="utf-8"))["analyses"][0]
    return stratum_of(np.array(given["yi"]), np.array(given["vi"]))


def ordinary(k=9, unit=1.0):
    random = np.random.default_rng(20)
    vi = random.uniform(0.01, 0.2, k)
    return stratum_of(unit * (0.4 + random.normal(0, np.sqrt(vi + 0.1))), unit**2 * vi)


def generated_fits():
    """Yield the fits of a small review under all that can be chosen."""
    strata = {"smd": ordinary(), "three": ordinary(3), "mmol": ordinary(unit=1000.0)}
    strata |= {measure.lower(): counted(measure) for measure in RATIOS}
    for name, effects in strata.items():
        for preset in PRESETS:
            stem = preset.replace("-", "_")
            yield fit_of(effects, name, stem, preset)
    for name, effects in {"smd": strata["smd"], "rr": strata["rr"]}.items():
        for tau2, ci in product(TAU2_ESTIMATORS, CI_METHODS):
            yield fit_of(effects, name, f"{tau2.lower()}_{ci}", tau2=tau2, ci=ci)
        yield fit_of(effects, name, "level", level=0.9, prediction="t_k_minus_2", i2="q")
    for name in EXTREMES:
        for tau2 in ("REML", "ML", "PM"):
            yield fit_of(extreme(name), "extreme", f"{name}_{tau2.lower()}", "cochrane", tau2=tau2)


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """The fits by script, and the numbers that metafor gave."""
    fits = list(generated_fits())
    folder = written(tmp_path_factory.mktemp("metafor"), fits)
    (folder / "collect").write_text(COLLECT, encoding="utf-8")
    done = run_r(folder, "collect")
    assert done.returncode == 0, done.stderr
    with (folder / "numbers.csv").open(encoding="utf-8") as file:
        rows = {row["script"]: row for row in csv.DictReader(file)}
    return {f"{fit['analysis']}/{fit['stratum']}.R": fit for fit in fits}, rows


def test_every_script_ran(collected):
    fits, rows = collected
    assert set(rows) == set(fits)
    assert len(rows) > 100


def test_metafor_gives_our_numbers(collected):
    fits, rows = collected
    for name, fit in fits.items():
        row, pooled = rows[name], fit["pooled"]
        unit = {"tau2": float(np.median(fit["studies"]["vi"]))}
        for column in ("estimate", "se", "ci_low", "ci_high", "tau2", "pi_low", "pi_high"):
            allowed = 1e-6 * max(abs(pooled[column]), unit.get(column, pooled["se"]))
            assert math.isclose(float(row[column]), pooled[column], abs_tol=allowed, rel_tol=0), (
                f"{name} {column}: {row[column]} and {pooled[column]}"
            )


def test_the_counts_are_pooled_by_mantel_haenszel_and_peto(tmp_path):
    fits = [fit_of(counted(measure), "counts", measure.lower()) for measure in RATIOS]
    folder = written(tmp_path, fits)
    done = run_r(folder, "all.R")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("the same") == len(fits)
    found = {}
    for measure in RATIOS:
        text = (folder / "counts" / f"{measure.lower()}.R").read_text(encoding="utf-8")
        found[measure] = ["rma.mh(" in text, "rma.peto(" in text]
    assert found == {"RR": [True, False], "OR": [True, True], "PETO": [True, True]}


def test_a_wrong_number_of_mantel_haenszels_stops_r(tmp_path):
    fit = fit_of(counted("RR"), "counts", "rr")
    entry = next(e for e in fit["estimators"] if e["tau2_method"] == "MH")
    entry["estimate"] += 1e-5 * entry["se"]
    done = run_r(written(tmp_path, [fit]) / "counts", "rr.R")
    assert done.returncode != 0
    assert "differ" in done.stderr
