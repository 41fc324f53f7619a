"""Which studies shape the result: deletion diagnostics.

Viechtbauer & Cheung 2010, Res Synth Methods 1:112-125, for a model with one coefficient (p = 1).
Notation: w = 1 / (vi + tau2); mu the pooled effect, se its standard error; s2 the Knapp-Hartung
factor on a squared standard error (1 where the interval is Wald's); (-i) marks what the refit
without study i gives. Its own s2(-i) enters, not that of the full fit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from strataforest.estimation.batches import as_batch
from strataforest.estimation.distributions import chi2_upper_p
from strataforest.heterogeneity import cochran_q
from strataforest.pooling import PooledEffects, pool
from strataforest.sensitivity import one_complete_row, without_each


@dataclass(frozen=True)
class Influence:
    """Entry i is about study i: arrays of shape (k,); the formulas stand at `influence`.

    Residuals and their se are in units of yi, tau2_del in its square, weight in percent, the rest
    are pure numbers; `influential` and `converged` (the search for tau2_del) are boolean.
    """

    rstudent: np.ndarray
    rstudent_resid: np.ndarray
    rstudent_se: np.ndarray
    rstandard: np.ndarray
    rstandard_resid: np.ndarray
    rstandard_se: np.ndarray
    dffits: np.ndarray
    cook_d: np.ndarray
    cov_r: np.ndarray
    tau2_del: np.ndarray
    qe_del: np.ndarray
    hat: np.ndarray
    weight: np.ndarray
    dfbetas: np.ndarray
    influential: np.ndarray
    baujat_x: np.ndarray
    baujat_y: np.ndarray
    converged: np.ndarray


@dataclass(frozen=True)
class _Refits:
    """What the refits without each study (k,) add to their `fits`.

    `shift` = mu - mu(-i); `scale` = s2(-i); `total` and `own` are the weights at tau2(-i) of the
    other studies together and of the study itself.
    """

    fits: PooledEffects
    shift: np.ndarray
    scale: np.ndarray
    total: np.ndarray
    own: np.ndarray
    q: np.ndarray


def influence(yi, vi, *, tau2_method: str = "REML", ci: str = "z") -> Influence:
    """Return every deletion diagnostic of one meta-analysis, from one batch of k refits.

    - rstudent: (yi - mu(-i)) / sqrt(s2(-i) (vi + tau2(-i)) + se(-i)^2)
    - rstandard: (yi - mu) / sqrt((vi + tau2) (1 - hat))
    - hat: w / sum(w); weight: the same in percent
    - dffits: (mu - mu(-i)) / sqrt(s2(-i) hat (vi + tau2(-i)))
    - cook_d: (mu - mu(-i))^2 / se^2; cov_r: se(-i)^2 / se^2
    - dfbetas: (mu - mu(-i)) / sqrt(s2(-i) / sum over all k studies of 1 / (vj + tau2(-i)))
    - tau2_del, qe_del: tau2 and Cochran's Q without the study
    - influential: |dffits| > 3 / sqrt(k-1), or cook_d above the median of chi-squared with 1 df,
      or hat > 3 / k, or |dfbetas| > 1
    - baujat_x: (yi - mu)^2 / (vi + tau2), which for "EE" adds up to Cochran's Q (Baujat et al
      2002, Stat Med 21:2641-2652) and else is the squared Pearson residual, as in metafor;
      baujat_y: (mu - mu(-i))^2 / se(-i)^2

    For k = 2 the refits are single studies, with tau2(-i) = 0 and s2(-i) = 1. Where hksj meets yi
    that are all equal, se, se(-i) or s2(-i) is 0: what is divided by it is +-inf, or NaN for 0 / 0,
    and NaN flags nothing.

    Args:
        yi: effects of one meta-analysis, (k,).
        vi: their sampling variances, (k,).
        tau2_method: as `pool`.
        ci: as `pool`.

    Raises:
        ValueError: yi is not one-dimensional, k = 1, an entry absent; and as `pool`.
    """
    # In the batch's units no digits are lost to a distant zero, and no scale is too small.
    batch = as_batch(*one_complete_row("influence", yi, vi))
    yi, vi, unit = batch.yi[0], batch.vi[0], batch.unit[0]
    full = pool(yi, vi, tau2_method=tau2_method, ci=ci)
    residuals = yi - full.estimate
    refits = _refit_without_each(yi, vi, residuals, tau2_method, ci)
    hat = full.weights[0] / 100
    pure = _pure_numbers(refits, hat, vi, full.se)
    return Influence(
        **_student(refits, residuals, vi, unit),
        **_standard(residuals, vi + full.tau2, unit),
        **pure,
        tau2_del=unit**2 * refits.fits.tau2,
        qe_del=refits.q,
        hat=hat,
        weight=full.weights[0],
        influential=_flags(pure, hat),
        baujat_x=residuals**2 / (vi + full.tau2),
        converged=refits.fits.converged,
    )


def _refit_without_each(yi, vi, residuals, tau2_method: str, ci: str) -> _Refits:
    without_yi, without_vi = without_each(yi, vi)
    fits = pool(without_yi, without_vi, tau2_method=tau2_method, ci=ci)
    # Row i: everybody's weight at tau2(-i). A sum without the study's own weight, not a
    # difference: where that weight is nearly all, the difference has no digits.
    weights = 1 / (vi + fits.tau2[:, None])
    own = weights.diagonal().copy()
    np.fill_diagonal(weights, 0.0)
    total = weights.sum(axis=1)
    return _Refits(
        fits=fits,
        shift=0.0 - (weights * residuals).sum(axis=1) / total,  # never -0.0
        scale=total * fits.se**2,
        total=total,
        own=own,
        q=cochran_q(without_yi, without_vi)[0],
    )


def _student(refits: _Refits, residuals, vi, unit: float) -> dict[str, np.ndarray]:
    resid = residuals + refits.shift
    se = np.sqrt(refits.scale * (vi + refits.fits.tau2) + refits.fits.se**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {"rstudent": resid / se, "rstudent_resid": unit * resid, "rstudent_se": unit * se}


def _standard(residuals, variance, unit: float) -> dict[str, np.ndarray]:
    weights = 1 / variance
    # 1 - hat as the others' share, for the reason given in `_refit_without_each`.
    others = np.where(np.eye(len(weights), dtype=bool), 0.0, weights).sum(axis=1)
    se = np.sqrt(variance * others / weights.sum())
    return {
        "rstandard": residuals / se,
        "rstandard_resid": unit * residuals,
        "rstandard_se": unit * se,
    }


def _pure_numbers(refits: _Refits, hat, vi, se) -> dict[str, np.ndarray]:
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "dffits": refits.shift / np.sqrt(refits.scale * hat * (vi + refits.fits.tau2)),
            "cook_d": (refits.shift / se) ** 2,
            "cov_r": (refits.fits.se / se) ** 2,
            "dfbetas": refits.shift / np.sqrt(refits.scale / (refits.total + refits.own)),
            "baujat_y": (refits.shift / refits.fits.se) ** 2,
        }


def _flags(pure: dict[str, np.ndarray], hat: np.ndarray) -> np.ndarray:
    k = len(hat)
    return (
        (np.abs(pure["dffits"]) > 3 / np.sqrt(k - 1))
        | (chi2_upper_p(pure["cook_d"], 1) < 0.5)
        | (hat > 3 / k)
        | (np.abs(pure["dfbetas"]) > 1)
    )
