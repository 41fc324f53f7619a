"""Tables as papers print them, of real fits, and errors planted into them.

A table is a domain with several platforms and a row for all of them, and the range of its
leave-one-out estimates in a row of its own. Cells that nothing can be held against (numbers of
participants) are not part of it.
"""

import json
from pathlib import Path

import numpy as np
from strataforest.audit.printed import shown
from strataforest.heterogeneity import heterogeneity, prediction_interval
from strataforest.models import RATIO_MEASURES
from strataforest.pooling import pool
from strataforest.presets import PRESETS
from strataforest.sensitivity import leave_one_out

REFERENCE = Path(__file__).parent.parent / "reference"
MEASURES = ("SMD", "MD", "RR")
KINDS = ("digit swap", "wrong k", "one limit moved", "I2 from the wrong Q")
GROUPING = ("domain", "platform")
OPTIONAL = ("q_df", "q_p", "tau2", "pi", "n_studies")
NUMBERS = (
    *(
        "k",
        "n_studies",
        "estimate",
        "ci_low",
        "ci_high",
        "p_value",
        "tau2",
        "i2",
        "q",
        "q_df",
        "q_p",
    ),
    *("pi_low", "pi_high", "loo_min", "loo_max", "loo_max_change"),
)


def table(seed, names_preset=True):
    """Return the rows of one table; every choice follows from the seed."""
    rng = np.random.default_rng(seed)
    preset = PRESETS[list(PRESETS)[seed % len(PRESETS)]]
    measure = MEASURES[seed // len(PRESETS) % len(MEASURES)]
    yi, vi, strata = (_reference if seed % 4 == 0 else _simulated)(rng, measure)
    columns = {name for name in OPTIONAL if rng.random() < 0.7}
    digits = {"p": int(rng.integers(2, 4)), "i2": int(rng.integers(1, 3))}
    rows = []
    for name in ["", *dict.fromkeys(strata)]:
        own = np.array([name in ("", each) for each in strata])
        row = _pooled_row(yi[own], vi[own], preset.pooling, measure, columns, digits)
        rows.append(row | {"platform": name})
    rows.append(_loo_row(yi, vi, preset.pooling, measure))
    about = {"analysis": "by_platform", "domain": "outcome"}
    about |= {"preset": preset.name} if names_preset else {}
    return [row | about for row in rows]


def _simulated(rng, measure):
    n_strata = int(rng.integers(2, 6))
    sizes = rng.integers(3, max(4, 60 // n_strata), n_strata)
    strata = [f"platform {s}" for s, size in enumerate(sizes) for _ in range(size)]
    k = len(strata)
    n = rng.integers(15, 300, k)
    shift = rng.normal(0, 0.4, n_strata)[[int(name.split()[1]) for name in strata]]
    true = rng.normal(0.2, 0.5) + shift + rng.normal(0, rng.choice([0, 0.1, 0.3, 0.8]), k)
    if measure == "RR":
        risk = rng.uniform(0.05, 0.4)
        a = rng.binomial(n, np.clip(risk * np.exp(true), 0.01, 0.95)) + 0.5
        b = rng.binomial(n, risk) + 0.5
        return np.log(a / b), 1 / a - 2 / (n + 1) + 1 / b, strata
    vi = 2 / n + true**2 / (4 * n)
    scale = 10 ** rng.uniform(-0.5, 1.5) if measure == "MD" else 1.0
    return scale * rng.normal(true, np.sqrt(vi)), scale**2 * vi, strata


def _data_sets():
    for path in sorted(REFERENCE.glob("*.json")):
        for analysis in json.loads(path.read_text())["analyses"]:
            yi, vi = (np.array(analysis[name], float) for name in ("yi", "vi"))
            # Ratios of e^9 are beyond print.
            if 6 <= len(yi) <= 60 and np.abs(yi).max() < 9:
                yield path.stem, yi, vi


def _reference(rng, measure):
    sets = list(_data_sets())
    _, yi, vi = sets[int(rng.integers(len(sets)))]
    n_strata = int(rng.integers(2, min(5, len(yi) // 3) + 1))
    labels = np.arange(len(yi)) % n_strata
    rng.shuffle(labels)
    return yi, vi, [f"platform {label}" for label in sorted(labels)]


def _pooled_row(yi, vi, model, measure, columns, digits):
    fit = pool(yi, vi, tau2_method=model.tau2, ci=model.ci, level=model.level)
    spread = heterogeneity(yi, vi, fit.tau2, i2=model.i2, level=model.level)
    low, high = prediction_interval(fit.estimate, fit.se, fit.tau2, fit.k, model.prediction)
    effects = {"estimate": fit.estimate, "ci_low": fit.ci_low, "ci_high": fit.ci_high}
    if "pi" in columns:
        effects |= {"pi_low": low, "pi_high": high}
    scaled = {n: np.exp(v) if measure in RATIO_MEASURES else v for n, v in effects.items()}
    row = {n: shown(float(v[0]), 2) for n, v in scaled.items()}
    row |= {"k": str(len(yi)), "measure": measure, "i2": shown(float(spread.i2[0]), digits["i2"])}
    row |= {"p_value": _p(fit.p_value[0], digits["p"]), "q": shown(float(spread.q[0]), 2)}
    others = {
        "q_df": str(len(yi) - 1),
        "n_studies": str(len(yi)),
        "q_p": _p(spread.q_p[0], digits["p"]),
        "tau2": shown(float(fit.tau2[0]), 2),
    }
    return row | {name: text for name, text in others.items() if name in columns}


def _p(p, decimals):
    return "<0.001" if p < 0.001 else shown(float(p), decimals)


def _loo_row(yi, vi, model, measure):
    loo = leave_one_out(yi, vi, tau2_method=model.tau2, ci=model.ci, i2=model.i2)
    texts = {
        "loo_min": shown(float(loo.estimate.min()), 2),
        "loo_max": shown(float(loo.estimate.max()), 2),
        "loo_max_change": shown(float(np.abs(loo.change).max()), 2),
    }
    scale = {"loo_measure": "logRR"} if measure == "RR" else {}
    turns = "yes" if loo.flag_direction.any() else "no"
    return texts | scale | {"measure": measure, "platform": "", "loo_reversal": turns}


def plant(rows, kind, seed):
    """Return the rows with one error of a kind, and where: (row, column, before, after).

    An error that changes nothing is drawn again; None where there is no other (all Q below df).
    """
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    for _ in range(1000):
        place = _PLANTERS[kind](rows, rng)
        if place and place[2] != place[3]:
            index, column, _, after = place
            return [r | ({column: after} if i == index else {}) for i, r in enumerate(rows)], place
    return None


def _swap(rows, rng):
    cells = [(i, n) for i, row in enumerate(rows) for n in NUMBERS if row.get(n)]
    index, column = cells[int(rng.integers(len(cells)))]
    text = rows[index][column]
    places = [i for i, sign in enumerate(text) if sign.isdigit()]
    if len(places) < 2:
        return None
    at = int(rng.integers(len(places) - 1))
    i, j = places[at : at + 2]
    swapped = text[:i] + text[j] + text[i + 1 : j] + text[i] + text[j + 1 :]
    return index, column, text, swapped


def _pooled_index(rows, rng):
    return int(rng.integers(len(rows) - 1))


def _wrong_k(rows, rng):
    index = _pooled_index(rows, rng)
    k = int(rows[index]["k"]) + int(rng.choice([-2, -1, 1, 2]))
    return index, "k", rows[index]["k"], str(max(k, 2))


def _moved_limit(rows, rng):
    index = _pooled_index(rows, rng)
    row, column = rows[index], ("ci_low", "ci_high")[int(rng.integers(2))]
    values = [float(row[n]) for n in ("ci_low", "ci_high")]
    is_ratio = row["measure"] in RATIO_MEASURES
    if is_ratio and min(values) <= 0:
        return None
    scaled = np.log(values) if is_ratio else np.array(values)
    half = (scaled[1] - scaled[0]) / 2
    moved = scaled[int(column == "ci_high")] + rng.choice([-1, 1]) * rng.uniform(0.2, 1) * half
    return index, column, row[column], shown(float(np.exp(moved) if is_ratio else moved), 2)


def _wrong_q(rows, rng):
    index, other = _pooled_index(rows, rng), _pooled_index(rows, rng)
    q, df = float(rows[other]["q"]), int(rows[index]["k"]) - 1
    text = rows[index]["i2"]
    i2 = 100 * max(0.0, (q - df) / q) if q > 0 else 0.0
    return index, "i2", text, shown(i2, len(text.partition(".")[2]))


_PLANTERS = dict(zip(KINDS, (_swap, _wrong_k, _moved_limit, _wrong_q), strict=True))
