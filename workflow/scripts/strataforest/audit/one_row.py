"""All checks of a row alone, read by the formulas that fit it best."""

from dataclasses import dataclass
from math import isnan

from strataforest.audit import plane
from strataforest.audit.centre import centre_verdicts
from strataforest.audit.entry import Entry
from strataforest.audit.finding import Finding
from strataforest.audit.inverse_variance import inverse_variance_verdicts
from strataforest.audit.prediction import prediction_verdicts
from strataforest.audit.printed import Interval
from strataforest.audit.readings import readings
from strataforest.audit.spread import fixed_verdicts, i2_verdicts
from strataforest.audit.verdict import Verdict, Words, said
from strataforest.audit.wald import wald
from strataforest.presets import PRESETS


@dataclass(frozen=True, slots=True)
class Known:
    """Where I² comes from (tau2, q) under a row's preset, and what its numbers leave.

    `se` is the inverse-variance standard error, None where the row may have another one.
    """

    i2: str
    tau2: Interval
    se: Interval | None

    def joined(self, other: "Known") -> "Known":
        """Return what either leaves."""
        se = self.se.hull(other.se) if self.se and other.se else None
        return Known(self.i2, self.tau2.hull(other.tau2), se)


def row_findings(entry: Entry) -> tuple[list[Finding], Known | None]:
    """Return the findings of a row alone, by the reading under which fewest checks fail.

    With them what is known of the row, None where a check of it failed.
    """
    verdicts, known = _best(entry)
    verdicts = [*centre_verdicts(entry), *fixed_verdicts(entry), *verdicts]
    is_sound = all(verdict.ok for verdict in verdicts)
    verdicts += [*_counts(entry), *_r2(entry)]
    return [verdict.finding(entry) for verdict in verdicts], known if is_sound else None


def _best(entry: Entry) -> tuple[list[Verdict], Known | None]:
    best: tuple[list[Verdict], Known | None] = [], None
    fewest = None
    of_ci, of_pi, of_i2 = {}, {}, {}
    for reading in readings(entry):
        # Readings share their parts; a row that fits none tries them all.
        ci = reading.ci, reading.crit
        if ci not in of_ci:
            of_ci[ci] = wald(entry, reading)
        verdicts, left = of_ci[ci]
        if (ci, reading.prediction) not in of_pi:
            of_pi[ci, reading.prediction] = prediction_verdicts(entry, reading, left)
        predicted, tau2 = of_pi[ci, reading.prediction]
        if reading.i2 not in of_i2:
            of_i2[reading.i2] = i2_verdicts(entry, reading)
        of_tau2 = inverse_variance_verdicts(entry, reading, left, tau2)
        verdicts = [*verdicts, *predicted, *of_tau2, *of_i2[reading.i2]]
        se = plane.extent(left, 1) if left and reading.wald else None
        known = Known(reading.i2, tau2, se)
        failed = sum(not verdict.ok for verdict in verdicts)
        if fewest is None or failed < fewest:
            best, fewest = (verdicts, known), failed
        elif not failed:
            best = best[0], best[1].joined(known)
        # Without a preset nobody asks what is known under each of the many readings.
        if not failed and not entry.text("preset"):
            break
    return best


def _counts(entry: Entry) -> list[Verdict]:
    """Return whether k effects can come from so many studies: each gives one or more."""
    k, n = entry.whole("k"), entry.whole("n_studies")
    if k is None or n is None:
        return []

    def words() -> Words:
        verb = "at most" if n <= k else "more than"
        return Words(
            said(entry, "k", "n_studies"),
            f"at most {k} studies",
            f"Every study gives at least one effect, and {n} studies are {verb} the {k} effects.",
            f"Was k at least {n}?",
        )

    return [Verdict("k_of_studies", n <= k, words, words)]


def _r2(entry: Entry) -> list[Verdict]:
    """Return whether R² can be one: at most 100 percent, and below 0 only where nothing cuts it."""
    r2 = entry.number("r2")
    if not r2 or isnan(r2.low):
        return []
    preset = entry.text("preset")
    is_cut = preset in PRESETS and PRESETS[preset].regression.truncate_r2
    ok = r2.low <= 100 and (not is_cut or r2.high >= 0)

    def words() -> Words:
        verb = "lies" if ok else "does not lie"
        reason = f"R² {entry.text('r2')} {verb} where a share can lie."
        return Words(said(entry, "r2"), "at most 100 percent", reason, "Was R² another number?")

    return [Verdict("r2", ok, words, words)]
