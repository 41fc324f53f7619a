"""Which way is good: what sheets and configuration say of an indicator, and what follows from it.

Every word about favouring, in tables, figures, claims and the audit, is decided here. Mean
differences are aligned, so a positive one is good; ratios and risk differences of events stay as
they were measured, and of those nobody may have said whether the event is wanted.
"""

from collections.abc import Iterable, Mapping

from strataforest.models import RATIO_MEASURES

# The column that holds the sign of an effect that is good.
FAVOURABLE = "favourable"
POSITIVE, NEGATIVE, UNKNOWN = "positive", "negative", ""
INTERVENTION, CONTROL = "intervention", "control"
# Of events, as measured.
AS_MEASURED = RATIO_MEASURES | {"RD"}


def direction_of(record: Mapping[str, str], indicators: Mapping[str, Mapping]) -> int:
    """Return 1 where higher is better for an outcome's row, -1 where lower is, 0 if nobody says.

    The sheet's cell comes before the config's `indicators`; where both speak they must agree.
    """
    if record["higher_is_better"]:
        return 1 if record["higher_is_better"] == "yes" else -1
    declared = indicators.get(record["indicator"], {}).get("higher_is_better")
    return {True: 1, False: -1, None: 0}[declared]


def good_sign(effect: Mapping[str, str]) -> str:
    """Return which sign of yi is good for a row of effects.csv; UNKNOWN where nobody says."""
    if effect["type"] == "continuous":
        return POSITIVE
    return {"yes": POSITIVE, "no": NEGATIVE}.get(effect["higher_is_better"], UNKNOWN)


def common_sign(signs: Iterable[str]) -> str:
    """Return the sign that is good for all of several effects, UNKNOWN where that is not known."""
    found = set(signs)
    return found.pop() if len(found) == 1 else UNKNOWN


def are_opposed(signs: Iterable[str]) -> bool:
    """Whether one of these effects is known to be good above the null, and another below it."""
    return {POSITIVE, NEGATIVE} <= set(signs)


def favoured(estimate: float, favourable: str) -> str:
    """Return the arm that an estimate (of a ratio: its logarithm) favours, empty where unknown."""
    if favourable == UNKNOWN:
        return ""
    return INTERVENTION if (estimate > 0) == (favourable == POSITIVE) else CONTROL


def compared(estimate: float) -> str:
    """Return what an estimate of events says whatever is good: more or fewer in which arm."""
    return f"{'more' if estimate > 0 else 'fewer'} events in the intervention"
