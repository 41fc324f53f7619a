"""What all tables of a paper share: how an effect is printed, and the notes that explain it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from strataforest.figures.labels import model_words
from strataforest.formatting import (
    MISSING,
    effect_texts,
    exponential,
    interval,
    percent,
)
from strataforest.models import RATIO_MEASURES
from strataforest.tabular import Row, number

Effect = tuple[float | None, float | None, float | None]  # estimate, both ends of its interval

MEASURES = {
    "SMD": "standardised mean difference",
    "MD": "mean difference",
    "ROM": "logarithm of the ratio of means",
    "RR": "risk ratio",
    "OR": "odds ratio",
    "PETO": "odds ratio by Peto's method",
    "RD": "risk difference",
}
ABBREVIATIONS = {
    "CI": "confidence interval",
    "I²": "share of the variation that is between trials",
    "k": "number of effects",
    "τ²": "variance of the true effects between trials",
}


def direction_note(rows: Sequence[Row]) -> str:
    """Return what the sign of an effect means, for rows of `pooled` of one table."""
    measured = (
        "ratios and risk differences" if any(r["measure"] == "RD" for r in rows) else "ratios"
    )
    return (
        "A positive difference favours the intervention, whatever the scale; "
        f"{measured} are as measured."
    )


@dataclass(frozen=True)
class Review:
    """What the tables are made from: labels in the config's order, csv tables, fits by stratum.

    `level` is the confidence level (0 to 1), `fewest` the effects below which nothing is pooled,
    `version` the library's name and version, `described` the headings of columns of the sheet of
    studies that Table 1 shows besides its own, or by which it calls one of these.
    """

    analyses: Mapping[str, str]
    domains: Mapping[str, str]
    tables: Mapping[str, Sequence[Row]]
    fits: Mapping[tuple[str, str], Mapping]
    level: float
    fewest: int
    version: str
    described: Mapping[str, str] = field(default_factory=dict)

    @property
    def ci(self) -> str:
        """The heading of a confidence interval: "95% CI"."""
        return f"{self.level * 100:g}% CI"

    def label(self, row: Mapping[str, str]) -> str:
        """Return what a stratum is called where those of all analyses stand below each other."""
        analysis = self.analyses.get(row["analysis"], row["analysis"])
        return f"{analysis}: {row['label']}" if len(self.analyses) > 1 else row["label"]

    def not_estimable(self, rows: Sequence[Row]) -> str:
        """Return the note on what NE means, for rows of `pooled`; nothing where all are pooled."""
        reasons = [row["reason"] for row in rows if row["status"] != "pooled"]
        if not reasons:
            return ""
        other = dict.fromkeys(reason for reason in reasons if not reason.startswith("k = "))
        return f"NE, not estimable: {'; '.join([f'fewer than {self.fewest} effects', *other])}."

    def made_by(self) -> str:
        """Return the note on model, preset and version."""
        fit = next(iter(self.fits.values()), None)
        return f"{model_words(fit['preset'])}; {self.version}." if fit else f"{self.version}."


def effect_of(values: Sequence[float | None], measure: str) -> tuple[str, str, str]:
    """Return estimate and interval as printed; those of ratio measures come as logarithms."""
    ratio = measure in RATIO_MEASURES
    shown = [exponential(v) for v in values] if ratio else values
    return effect_texts(*shown, ratio=ratio)


def interval_of(low: float | None, high: float | None, measure: str) -> str:
    """Return an interval as printed, "0.12 to 0.45"; that of a ratio comes as logarithms."""
    ratio = measure in RATIO_MEASURES
    ends = (exponential(low), exponential(high)) if ratio else (low, high)
    return interval(*ends, ratio=ratio)


def effect_words(values: Sequence[float | None], measure: str, ci: str) -> str:
    """Return an effect for running text: "SMD 0.70, 95% CI 0.39 to 1.01"."""
    estimate, low, high = effect_of(values, measure)
    return f"{measure} {estimate}, {ci} {low} to {high}"


def values_of(row: Mapping[str, str], *names: str) -> list[float | None]:
    """Return numbers of a csv row; an empty cell is None."""
    return [number(row[name]) if row[name] else None for name in names]


def bare_percent(x: float | None) -> str:
    """Return a percentage for a column that says so in its heading: "93.4"."""
    return percent(x, 1).rstrip("%")


def unlike_effects(k: str, n_trials: str) -> str:
    """Return k, with the number of trials where some have several effects."""
    return k if k == n_trials else f"{k} ({n_trials} trials)"


def abbreviations(*texts: str) -> str:
    """Return a note that spells out what is short in `texts`: measures and the tables' own.

    An empty text where nothing is.
    """
    words = {word.strip("(),;:%") for text in texts for word in text.split()}
    known = ABBREVIATIONS | MEASURES
    found = [f"{short}, {known[short]}" for short in sorted(known) if short in words]
    return "; ".join(found) + "." if found else ""


def filled(notes: Sequence[str]) -> tuple[str, ...]:
    """Return the notes that say something."""
    return tuple(note for note in notes if note)


def given(text: str) -> str:
    """Return a text of the sheets, or a dash where the sheet has none."""
    return text.strip() or MISSING
