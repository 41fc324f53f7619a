"""One declared meta-regression in one set of effects: all its numbers as plain values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from strataforest.dependence.cluster_robust import cluster_robust
from strataforest.directions import are_opposed, common_sign
from strataforest.errors import Problem, ReviewError, nearest, unknown_reference
from strataforest.meta_regression.collinearity import variance_inflation
from strataforest.meta_regression.design_matrix import DesignMatrix, design_matrix
from strataforest.meta_regression.mixed_model import MetaRegression, fit_meta_regression
from strataforest.meta_regression.permutation import permutation_test
from strataforest.meta_regression.predictions import moderator_grid, predict
from strataforest.meta_regression.residual_heterogeneity import (
    explained_heterogeneity,
    residual_q_profile,
)
from strataforest.models import PoolingModel, RegressionModel
from strataforest.presets import regression_test

LN_N_TOTAL = "ln_n_total"
# Fewer effects per coefficient than this are a reason for caution (Cochrane Handbook 10.11.5.1).
EFFECTS_PER_MODERATOR = 10
FITTED = ("tau2", "se_tau2", "converged", "i2", "h2", "qe", "qe_df", "qe_p")
OMNIBUS = ("qm", "qm_df", "qm_p")
TERM = ("b", "se", "statistic", "p_value", "ci_low", "ci_high")


@dataclass(frozen=True)
class ModelSpec:
    """A declared model: moderators in the order of its columns; see `design_matrix`."""

    name: str
    moderators: tuple[str, ...]
    factors: tuple[str, ...] = ()
    references: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Moderated:
    """The effects of one scope with their covariates: `rows` hold text, yi and vi are arrays (k,).

    Each row has effect_id, study_id, n_total and the moderators' columns.
    """

    rows: Sequence[Mapping[str, str]]
    yi: np.ndarray
    vi: np.ndarray


def moderators_of(effects: Moderated, names: Sequence[str]) -> dict[str, list]:
    """Return the values of each moderator; ln_n_total is the logarithm of n_total.

    Raises ReviewError where no sheet has a column of that name.
    """
    values = {}
    for name in names:
        if name == LN_N_TOTAL:
            values[name] = [
                math.log(float(row["n_total"])) if row.get("n_total") else None
                for row in effects.rows
            ]
        elif effects.rows and name not in effects.rows[0]:
            filled = [c for c in effects.rows[0] if any(row[c] for row in effects.rows)]
            mend = nearest(name, filled) or "add it to the sheet of studies"
            problem = f"meta_regression: no sheet has a column '{name}'"
            words = ("config", "", "", problem, "", mend)
            raise ReviewError([Problem("error", *words, rule="unknown_column")])
        else:
            values[name] = _numbers_if_all_are([row[name] for row in effects.rows])
    return values


def _numbers_if_all_are(cells: Sequence[str]) -> list:
    try:
        return [float(cell) if cell else None for cell in cells]
    except ValueError:
        return list(cells)


def fit_moderation(
    effects: Moderated,
    spec: ModelSpec,
    pooling: PoolingModel,
    regression: RegressionModel,
    permutations: int = 1000,
) -> dict:
    """Return the fit of one model in one scope, or the reason why there is none.

    Keys: k, n_studies, dropped (effects that lack a moderator, and which), references, favourable
    (the sign that is good), status
    (fitted or not_estimable), reason, note; and where fitted `effects` (yi, vi, x), `model` (tau2,
    i2, qe, qm, R2 and their intervals), `terms` (a row per coefficient, with VIF, permutation and,
    where trials have several effects, cluster-robust CR2 tests), `lines` (a line with its bands
    per numeric moderator) and `levels` (a mean per level of each factor), the other moderators at
    their means. R2 is cut at 0 unless the preset prints it raw.

    Raises ReviewError for a moderator that no sheet has.
    """
    values = moderators_of(effects, spec.moderators)
    design = design_matrix(values, factors=spec.factors, references=_present(values, spec))
    kept = design.kept
    rows = [effects.rows[i] for i in kept]
    signs = [row.get("favourable", "") for row in rows]
    result = {
        "k": len(kept),
        "n_studies": len({row["study_id"] for row in rows}),
        "dropped": _dropped(effects, design),
        "references": design.references,
        "favourable": common_sign(signs),
    }
    reason = design.reason
    if are_opposed(signs):
        reason = "ratios of wanted and of unwanted events have no common direction"
    if reason:
        return result | {"status": "not_estimable", "reason": reason, "note": ""}
    yi, vi = effects.yi[kept], effects.vi[kept]
    test = regression_test(pooling.ci, regression.test)
    options = {"tau2_method": pooling.tau2, "test": test}
    fit = fit_meta_regression(yi, vi, design.x, **options, level=pooling.level)
    studies = [row["study_id"] for row in rows]
    permuted = permutation_test(yi, vi, design.x, **options, samples=permutations)
    return result | {
        "status": "fitted",
        "reason": "",
        "note": "; ".join(_notes(len(kept), design, spec)),
        "effects": {
            "effect_id": [row["effect_id"] for row in rows],
            "study_id": studies,
            "yi": yi,
            "vi": vi,
            "x": design.x,
        },
        "model": _model(yi, vi, design, fit, pooling, regression, permuted) | {"test": test},
        "terms": _terms(yi, vi, design, fit, studies, pooling.level, permuted),
        "lines": [_line(fit, design, name, pooling) for name in _numeric(design)],
        "levels": [_levels(fit, design, name, pooling) for name in design.references],
    }


def _present(values: Mapping[str, list], spec: ModelSpec) -> dict[str, str]:
    """Return the references that occur in this scope: a domain may lack a level of the review."""
    return {
        name: level
        for name, level in (spec.references or {}).items()
        if level in map(str, values[name])
    }


def _dropped(effects: Moderated, design: DesignMatrix) -> list[dict]:
    return [
        {"effect_id": effects.rows[i]["effect_id"], "missing": design.missing[i]}
        for i in design.dropped.tolist()
    ]


def _notes(k: int, design: DesignMatrix, spec: ModelSpec) -> Iterator[str]:
    wanted = EFFECTS_PER_MODERATOR * (design.x.shape[1] - 1)
    if k < wanted:
        yield f"fewer than {wanted} effects: explore, do not conclude"
    for name, level in (spec.references or {}).items():
        if design.references[name] != level:
            used = design.references[name]
            yield f"no effect here has {name} '{level}': '{used}' is the reference"


def check_references(scopes: Sequence[Moderated], spec: ModelSpec) -> None:
    """Raise ReviewError for a reference level that no effect of the review has."""
    problems = []
    for name, level in (spec.references or {}).items():
        known = {row[name] for effects in scopes for row in effects.rows if row.get(name)}
        if known and level not in known:
            problems.append(unknown_reference(spec.name, name, level, known))
    if problems:
        raise ReviewError(problems)


def _model(yi, vi, design, fit: MetaRegression, pooling, regression, permuted) -> dict:
    explained = explained_heterogeneity(yi, vi, design.x, tau2_method=pooling.tau2)
    interval = residual_q_profile(yi, vi, design.x, level=pooling.level)
    values = {name: getattr(fit, name)[0].item() for name in (*FITTED, *OMNIBUS)}
    values |= {name: value[0].item() for name, value in vars(interval).items()}
    r2 = explained.r2 if regression.truncate_r2 else explained.raw
    return values | {
        "tau2_0": explained.tau2_0[0].item(),
        "r2": r2[0].item(),
        "r2_raw": explained.raw[0].item(),
        "tau2_at_boundary": bool(explained.at_boundary[0]),
        "qm_permutation_p": permuted.qm_p,
        "permutations": permuted.permutations,
        "permutations_exact": permuted.exact,
    }


def _terms(yi, vi, design: DesignMatrix, fit: MetaRegression, studies, level, permuted):
    own = variance_inflation(fit, {name: [j] for j, name in enumerate(design.terms) if j})
    whole = variance_inflation(fit, design.columns)
    by_column = {
        column: (own.gvif[column - 1].item(), whole.gvif[i].item(), bool(whole.near_collinear[i]))
        for i, name in enumerate(whole.moderator)
        for column in design.columns[name]
    }
    robust = _robust(yi, vi, design.x, fit, studies, level)
    terms = []
    for j, term in enumerate(design.terms):
        row = {"term": term} | {name: getattr(fit, name)[0, j].item() for name in TERM}
        row["df"] = fit.df[0].item()
        row["vif"], row["gvif"], row["near_collinear"] = by_column.get(j, (None, None, False))
        row["permutation_p"] = permuted.p_value[j].item() if j else None
        row |= {f"robust_{n}": robust[n][j] if robust else None for n in ("se", "df", "p_value")}
        terms.append(row)
    return terms


def _robust(yi, vi, x, fit: MetaRegression, studies: Sequence[str], level: float) -> dict | None:
    """Return the CR2 tests by trial, or None where every trial has one effect (or two trials)."""
    if len(set(studies)) == len(studies) or len(set(studies)) <= x.shape[1]:
        return None
    result = cluster_robust(yi, vi, x, fit.tau2[0], studies, level=level)
    return {name: getattr(result, name)[0].tolist() for name in ("se", "df", "p_value")}


def _numeric(design: DesignMatrix) -> list[str]:
    return [name for name in design.columns if name not in design.references]


def _line(fit: MetaRegression, design: DesignMatrix, name: str, pooling: PoolingModel) -> dict:
    grid, points = moderator_grid(design.x, design.columns[name][0])
    band = predict(fit, points, prediction=pooling.prediction, level=pooling.level)
    return {"moderator": name, "x": grid} | {
        key: getattr(band, key)[0] for key in ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")
    }


def _levels(fit: MetaRegression, design: DesignMatrix, name: str, pooling: PoolingModel) -> dict:
    """Return the mean effect at every level of a factor, and the level of each effect."""
    columns = design.columns[name]
    prefix = f"{name}: "
    labels = [design.references[name], *(design.terms[j].removeprefix(prefix) for j in columns)]
    points = np.tile(design.x.mean(axis=0), (len(labels), 1))
    points[:, columns] = np.eye(len(labels))[:, 1:]
    band = predict(fit, points, level=pooling.level)
    member = np.argmax(np.column_stack([np.full(len(design.x), 0.5), design.x[:, columns]]), axis=1)
    return {
        "moderator": name,
        "levels": labels,
        "of_effect": [labels[i] for i in member],
        **{key: getattr(band, key)[0] for key in ("estimate", "ci_low", "ci_high")},
    }
