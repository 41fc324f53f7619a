"""τ² and I² of a row against its standard error and k: what holds whatever the trials were."""

from collections.abc import Sequence
from math import inf, isinf

from strataforest.audit import plane
from strataforest.audit.entry import Entry
from strataforest.audit.finding import CONTRADICTION, QUESTION
from strataforest.audit.plane import Polygon
from strataforest.audit.printed import Interval
from strataforest.audit.readings import Reading
from strataforest.audit.verdict import Verdict, Words, said, span


def inverse_variance_verdicts(
    entry: Entry, reading: Reading, left: Sequence[Polygon], tau2: Interval
) -> list[Verdict]:
    """Return the verdicts on tau² and on I² from tau² by what the standard error allows.

    se^2 = 1 / sum(1 / (vi + tau2)). With x = tau2 / se^2, whatever the k sampling variances and
    the estimator of tau²:
    (1) x < k, for 1 / (vi + tau2) < 1 / tau2. And for I² = tau2 / (tau2 + vt), vt the typical
    variance of Higgins & Thompson (2002), with ai = tau2 / vi, A = sum ai, S = sum (ai / A)^2, so
    that x = sum ai / (1 + ai) and I² / (1 - I²) = A (1 - S) / (k - 1):
    (2) I² >= (x - 1) / (k - 1). Let di = 1 / (1 + ai), qi = 1 - ai / A, so that sum di = k - x and
    sum qi = k - 1. A (1 - S) = sum qi / di - (k - 1) >= (k - 1)^2 / sum qi di - (k - 1) by Cauchy's
    inequality, and sum qi di <= k - x.
    (3) I² <= x / k where x <= 1. By Jensen's x >= A / (1 + A S), so A <= x / (1 - x S) and
    A (1 - S) <= x (1 - S) / (1 - x S), which falls with S >= 1/k.
    Both are equalities, or nearly so, where the trials are of one size. Not under Hartung-Knapp,
    whose standard error is another. Of an unknown program it is a question alone: some print tau²
    and I² beside an estimate of the common-effect model, whose se² is 1 / sum(1 / vi).
    """
    k = entry.whole("k")
    if not left or not reading.wald or not k or k < 2 or (isinf(tau2.high) and tau2.low <= 0):
        return []
    se = plane.extent(left, 1)
    least = tau2.low / se.high**2 if se.high > 0 else 0.0
    most = tau2.high / se.low**2 if se.low > 0 else inf
    verdicts = []
    if entry.number("tau2") or entry.number("tau"):
        verdicts.append(_tau2_below(entry, k, se, least < k))
    i2 = entry.number("i2")
    if i2 and reading.i2 == "tau2" and least < k:
        fits = Interval(
            100 * max(0.0, (least - 1) / (k - 1)), 100 * (most / k if most <= 1 else 1.0)
        )
        # Where everything fits, nothing was checked.
        if fits.low > 0 or fits.high < 100:
            verdicts.append(_i2(entry, fits, i2.meets(fits)))
    return verdicts


def _tau2_below(entry: Entry, k: int, se: Interval, ok: bool) -> Verdict:
    def words() -> Words:
        most = span(Interval(k * se.low**2, k * se.high**2), entry.decimals("tau2", "tau") + 1)
        verb = "is below" if ok else "is not below"
        return Words(
            said(entry, "k", "estimate", "ci_low", "ci_high", "se", "tau2", "tau"),
            f"τ² below {most}",
            f"τ² is below k SE² = {most} whatever the trials, and the one printed {verb} it.",
            f"Were τ², k and the interval of the same analysis{_or_common(entry)}?",
        )

    return Verdict("tau2_se", ok, words, words, _severity(entry))


def _i2(entry: Entry, fits: Interval, ok: bool) -> Verdict:
    def words() -> Words:
        values = f"{fits.low:.1f} to {fits.high:.1f}"
        verb = "lies" if ok else "does not lie"
        return Words(
            said(entry, "k", "estimate", "ci_low", "ci_high", "se", "tau2", "tau", "i2"),
            f"I² {values}",
            f"With τ² over SE² and k, I² = τ² / (τ² + typical variance) is {values} whatever the "
            f"trials, and the one printed {verb} there.",
            f"Was I² from {values}, or was τ² another{_or_common(entry)}?",
        )

    return Verdict("i2_tau2", ok, words, words, _severity(entry))


def _severity(entry: Entry) -> str:
    return CONTRADICTION if entry.text("preset") else QUESTION


def _or_common(entry: Entry) -> str:
    return "" if entry.text("preset") else ", or is the estimate that of a common-effect model"
