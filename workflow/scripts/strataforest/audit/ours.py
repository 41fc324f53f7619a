"""Printed numbers against our own results: which would not print so, and the closest preset."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import exp, inf, log, sqrt

from strataforest.audit.entry import LOG_OF, Entry, entries
from strataforest.audit.finding import CONSISTENT, DIFFERENCE, Finding
from strataforest.audit.our_coding import our_coding_findings
from strataforest.audit.our_counts import our_count_findings
from strataforest.audit.own_strata import matching_strata
from strataforest.audit.printed import shown
from strataforest.audit.verdict import SIGNS
from strataforest.directions import AS_MEASURED
from strataforest.models import RATIO_MEASURES
from strataforest.preset_comparison import CONFIGURED
from strataforest.tabular import Row, number

COUNTS = ("k", "n_studies", "n_participants", "q_df")
EFFECTS = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")
OTHERS = ("se", "statistic", "p_value", "tau2", "tau", "i2", "h2", "q", "q_p")
LOO = {"loo_min": "min", "loo_max": "max", "loo_max_change": "max_abs_change"}
MIRRORED = {"ci_low": "ci_high", "pi_low": "pi_high", "loo_min": "loo_max"}
MIRRORED |= {b: a for a, b in MIRRORED.items()}
LABELS = SIGNS | {"ci_low": "lower limit", "ci_high": "upper limit"}


@dataclass(frozen=True)
class Ours:
    """Our results as their tables hold them, each a sequence of rows.

    pooled: tables/pooled.csv; presets: tables/presets.csv; leave_one_out:
    tables/leave_one_out_summary.csv; flow: covariates/flow.csv (stage, n, reason); judgements:
    covariates/risk_of_bias.csv (a row per trial). Those left out are not compared.
    """

    pooled: Sequence[Row] = ()
    presets: Sequence[Row] = ()
    leave_one_out: Sequence[Row] = ()
    flow: Sequence[Row] = ()
    judgements: Sequence[Row] = ()


def against_ours(
    rows: Sequence[Row],
    grouping: Sequence[str],
    ours: Ours,
    measures: Mapping[str, str] | None = None,
) -> list[Finding]:
    """Return what our results say of printed rows: `difference`, or `consistent` where all agree.

    Arguments as those of `audit`. A row is compared with our stratum of the same analysis and
    groups, case and signs between words aside; where the sheet names no analysis, with the only
    stratum of these groups. Printed and ours agree if ours lies where the printed number may have
    come from; ours is taken as displayed: the sign as in the display columns, ratios as ratios.

    The closest preset has the most printed numbers that agree and, among equal ones, the smallest
    gap: the largest distance of an estimate or limit of ours from the printed one, in units of our
    standard error (of ratios on the log scale).
    """
    return [*our_findings(entries(rows, grouping, measures or {}), ours)]


def our_findings(given: Sequence[Entry], ours: Ours) -> Iterator[Finding]:
    """Yield the findings of `against_ours` on entries."""
    strata = matching_strata(given, ours.pooled)
    presets, loo = _by_stratum(ours.presets), _by_stratum(ours.leave_one_out)
    for entry in given:
        stratum = strata.get(entry.order)
        if stratum:
            key = (stratum["analysis"], stratum["stratum"])
            yield from our_coding_findings(entry, stratum)
            yield from _row(entry, stratum, presets.get(key, []), loo.get(key, []))
    yield from our_count_findings(given, ours.flow, ours.judgements)


def _by_stratum(rows: Sequence[Row]) -> dict[tuple[str, str], list[Row]]:
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        found.setdefault((row["analysis"], row["stratum"]), []).append(row)
    return found


@dataclass(frozen=True)
class Scale:
    """How our numbers become those on display: with the sign turned, as ratios, or as they are."""

    is_turned: bool
    is_ratio: bool

    def shown(self, name: str, values: Mapping[str, float]) -> float | None:
        """Return our number of a column as it would be displayed; None where we have none."""
        value = values.get(MIRRORED.get(name, name) if self.is_turned else name)
        if value is None or value != value:
            return None
        if name in EFFECTS or name in ("loo_min", "loo_max", "statistic"):
            value = 0.0 - value if self.is_turned else value
        return exp(value) if name in EFFECTS and self.is_ratio else value


def _row(entry: Entry, stratum: Row, presets: list[Row], loo: list[Row]) -> Iterator[Finding]:
    names = [n for n in (*COUNTS, *EFFECTS, *OTHERS, *LOO) if entry.number(n)]
    if not names:
        return
    measure = stratum.get("measure") or entry.kind
    unlike_kind = LOG_OF.get(measure, measure) != entry.kind
    if unlike_kind and any(n in (*EFFECTS, "se", "tau2", "tau") for n in names):
        reason = f"Ours is {measure} and the printed one {entry.measure}: they are not comparable."
        yield entry.finding(DIFFERENCE, "ours", entry.measure, measure, reason)
        return
    if stratum.get("status") == "not_estimable" and any(n in EFFECTS for n in names):
        why = f"Ours is not estimable: {stratum.get('reason') or 'too few effects'}"
        yield entry.finding(DIFFERENCE, "ours", _printed(entry, names), "NE", why.rstrip(".") + ".")
        return
    scale = _scale(entry, stratum)
    own = _values(stratum) | {n: number(r[c]) for r in loo for n, c in LOO.items()}
    compared = {n: value for n in names if (value := scale.shown(n, own)) is not None}
    if not compared:
        return
    unlike = [n for n, value in compared.items() if not _agrees(entry, n, value)]
    texts = _printed(entry, compared)
    if not unlike:
        reason = "Ours would print the same."
        yield entry.finding(CONSISTENT, "ours", texts, "", reason)
        return
    words = ", ".join(f"{_label(entry, n)} {_as_print(entry, n, compared[n])}" for n in compared)
    named = ", ".join(_label(entry, n) for n in unlike)
    agree = f"{len(compared) - len(unlike)} of the {len(compared)} numbers that both have agree"
    reason = f"Ours differ in {named} ({agree})"
    reason += _other_sign(entry, scale, own, names) or _closest_words(entry, scale, presets)
    yield entry.finding(DIFFERENCE, "ours", texts, f"ours: {words}", f"{reason}.", columns=unlike)


def _other_sign(entry: Entry, scale: Scale, own: Mapping[str, float], names: Sequence[str]) -> str:
    """Say it where a stated coding is all that parts printed mean differences from ours."""
    coding = entry.text("positive_favours")
    if not coding or entry.measure in AS_MEASURED:
        return ""
    other = Scale(not scale.is_turned, scale.is_ratio)
    shown = {n: v for n in names if (v := other.shown(n, own)) is not None}
    if not all(_agrees(entry, n, value) for n, value in shown.items()):
        return ""
    return f": with the sign turned all agree, so the stated coding ({coding}) is not that of ours"


def _scale(entry: Entry, stratum: Row) -> Scale:
    estimate, display = (number(stratum.get(n) or "") for n in ("estimate", "display_estimate"))
    measure = stratum.get("measure") or entry.measure
    is_ratio = measure in RATIO_MEASURES
    # A stated coding says on which side of 0 our aligned effects stand; else they are as displayed.
    coding = entry.text("positive_favours")
    is_turned = coding == "control" if coding else estimate * display < 0
    return Scale(
        is_turned and measure not in AS_MEASURED, is_ratio and entry.measure in RATIO_MEASURES
    )


def _values(row: Row) -> dict[str, float]:
    found = {n: number(row.get(n) or "") for n in (*COUNTS, *EFFECTS, *OTHERS)}
    return found | {"tau": sqrt(found["tau2"]) if found["tau2"] >= 0 else float("nan")}


def _agrees(entry: Entry, name: str, value: float) -> bool:
    if name in COUNTS:
        return entry.whole(name) == value
    if name in LOO and entry.loo_measure in RATIO_MEASURES:
        # Ours are logs; of a difference of ratios nothing is known.
        return name == "loo_max_change" or entry.effect(name).holds(value)
    return entry.number(name).holds(value)


def _gap(entry: Entry, scale: Scale, values: Mapping[str, float]) -> float:
    """Return the largest distance of our effects from the printed ones, in standard errors."""
    gaps = [0.0]
    for name in EFFECTS:
        printed, value = entry.effect(name), scale.shown(name, values)
        if printed and value is not None:
            value = log(value) if scale.is_ratio else value
            gaps.append(max(printed.low - value, value - printed.high, 0.0))
    return max(gaps) / values["se"] if values["se"] > 0 else inf


def closest_preset(
    entry: Entry, scale: Scale, presets: Sequence[Row]
) -> tuple[str, int, int, float] | None:
    """Return the closest preset, how many numbers agree, of how many, and its gap in our SE."""
    found = []
    for order, row in enumerate(presets):
        values = _values(row)
        if values["estimate"] != values["estimate"]:
            continue
        names = [n for n in (*COUNTS, *EFFECTS, *OTHERS) if entry.number(n)]
        ours = {n: v for n in names if row.get(n) and (v := scale.shown(n, values)) is not None}
        agreeing = sum(_agrees(entry, n, value) for n, value in ours.items())
        gap = _gap(entry, scale, values)
        found.append((-agreeing, gap, order, row["preset"], len(ours)))
    if not found:
        return None
    agreeing, gap, _, name, n = min(found)
    return name, -agreeing, n, gap


def _closest_words(entry: Entry, scale: Scale, presets: Sequence[Row]) -> str:
    closest = closest_preset(entry, scale, presets)
    if not closest or not closest[2]:
        return ""
    name, agreeing, n, gap = closest
    name = "our own configuration" if name == CONFIGURED else name
    which = f"{agreeing} of the {n} printed numbers that tables/presets.csv has too"
    return f"; closest is {name}: {which} agree, and effects are at most {gap:.2g} of our SE away"


def _label(entry: Entry, name: str) -> str:
    return entry.measure if name == "estimate" else LABELS.get(name, name.replace("_", " "))


def _printed(entry: Entry, names: Sequence[str] | Mapping[str, float]) -> str:
    return ", ".join(f"{_label(entry, n)} {entry.text(n)}" for n in names)


def _as_print(entry: Entry, name: str, value: float) -> str:
    if name in LOO and entry.loo_measure in RATIO_MEASURES and name != "loo_max_change":
        value = exp(value)
    decimals = entry.decimals(*EFFECTS) if name in EFFECTS else entry.decimals(name)
    if name in ("p_value", "q_p") and value < 0.001:
        return "<0.001"
    return shown(value, 0 if name in COUNTS else decimals)
