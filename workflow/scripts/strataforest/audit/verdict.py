"""The outcome of one check of one row, its words made only once they are wanted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from strataforest.audit.entry import Entry
from strataforest.audit.finding import CONSISTENT, CONTRADICTION, Finding
from strataforest.audit.printed import Interval, shown

# How a number is written, where its column's name is not that.
SIGNS = {
    "p_value": "p",
    "i2": "I²",
    "h2": "H²",
    "tau2": "τ²",
    "tau": "τ",
    "q": "Q",
    "q_p": "p of Q",
}
NAMES = SIGNS | {
    "ci_low": "the lower limit",
    "ci_high": "the upper limit",
    "pi_low": "the lower limit of the prediction interval",
    "pi_high": "the upper limit of the prediction interval",
    "se": "the standard error",
    "q_df": "the degrees of freedom of Q",
    "loo_min": "the smallest leave-one-out estimate",
    "loo_max": "the largest leave-one-out estimate",
    "loo_max_change": "the largest change",
    "n_studies": "the number of studies",
    "n_participants": "the number of participants",
}


@dataclass(frozen=True, slots=True)
class Words:
    """What a finding says; see `Finding`."""

    shown: str
    expected: str
    reasoning: str
    question: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a check held, and how to word it: `held` and `failed` give the words.

    `columns` are the numbers that are the matter, where `check` does not say so.
    """

    check: str
    ok: bool
    held: Callable[[], Words]
    failed: Callable[[], Words]
    severity: str = CONTRADICTION
    columns: tuple[str, ...] = ()

    def finding(self, entry: Entry) -> Finding:
        """Return the finding about the row that was checked."""
        words = self.held() if self.ok else self.failed()
        severity = CONSISTENT if self.ok else self.severity
        question = "" if self.ok else words.question
        return entry.finding(
            *(severity, self.check, words.shown, words.expected, words.reasoning, question),
            columns=self.columns,
        )


def name_of(column: str) -> str:
    """Return how a sentence calls the number of a column."""
    return NAMES.get(column, f"the {column.replace('_', ' ')}")


def said(entry: Entry, *columns: str) -> str:
    """Return the row's printed numbers as `se 0.21, p <0.001`, leaving out empty cells."""
    parts, done = [], set()
    for low, high, label in (("ci_low", "ci_high", "CI"), ("pi_low", "pi_high", "PI")):
        if low in columns and high in columns and entry.text(low) and entry.text(high):
            parts.append(f"{label} {entry.text(low)} to {entry.text(high)}")
            done |= {low, high}
    labels = SIGNS | {"q_df": "df of Q", "estimate": entry.measure}
    for name in columns:
        if name not in done and entry.text(name):
            text = f"{labels.get(name, name.replace('_', ' '))} {entry.text(name)}"
            parts.insert(0 if name == "estimate" else len(parts), text)
    return ", ".join(parts)


def span(values: Interval, decimals: int) -> str:
    """Return `0.45`, or `0.44 to 0.46` where both ends print differently."""
    low, high = shown(values.low, decimals), shown(values.high, decimals)
    return low if low == high else f"{low} to {high}"


def p_span(values: Interval) -> str:
    """Return a range of p values as they are printed."""
    low, high = (shown(x, 3) if x >= 0.001 else "<0.001" for x in (values.low, values.high))
    return low if low == high else f"{low} to {high}"


def either(words: Sequence[str]) -> str:
    """Return `a`, `a or b`, or `a, b, or c`."""
    if len(words) < 3:
        return " or ".join(words)
    return f"{', '.join(words[:-1])}, or {words[-1]}"
