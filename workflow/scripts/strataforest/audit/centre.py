"""The estimate in its confidence interval: in order, and in the middle of it."""

from functools import lru_cache
from math import inf, isinf

from strataforest.audit.entry import Entry
from strataforest.audit.printed import Interval, shown
from strataforest.audit.verdict import Verdict, Words, either, name_of, said
from strataforest.sheets.oddities.rounding import SLIPS, Range, slip

NAMES = ("ci_low", "estimate", "ci_high")


def centre_verdicts(entry: Entry) -> list[Verdict]:
    """Return the verdicts on a row's interval, which hold under every program's formulas.

    Order: lower <= estimate <= upper, and 0 < ratio. Middle: estimate = (lower + upper) / 2, of a
    ratio on the log scale; a lower limit printed as 0.00 may be any ratio down to 0. Both exact.
    """
    low, estimate, high = (entry.effect(name) for name in NAMES)
    verdicts = []
    if low and high and (estimate or low.low > high.high):
        verdicts.append(_order(entry, low, estimate or Interval(-inf, inf), high))
    if low and high and estimate and verdicts[0].ok:
        # What lies in the middle lies between.
        verdicts.pop()
        middle = Interval((low.low + high.low) / 2, (low.high + high.high) / 2)
        ok = middle.meets(estimate)
        verdicts.append(
            Verdict("ci_centre", ok, lambda: _in_middle(entry), lambda: _off_middle(entry))
        )
    elif not verdicts and (names := _negative_ratios(entry)):
        verdicts.append(_negative(entry, names[0]))
    return verdicts


def middle_of(entry: Entry) -> Interval | None:
    """Return where the estimate may be by its interval and as printed; None where they clash."""
    return _middle(*(entry.effect(name) for name in NAMES))


@lru_cache(maxsize=10_000)
def _middle(low: Interval | None, estimate: Interval | None, high: Interval | None):
    if not low or not high or isinf(high.high) or isinf(high.low) or low.low > high.high:
        return None
    if isinf(low.high):
        return None
    middle = Interval((low.low + high.low) / 2, (low.high + high.high) / 2)
    if estimate is None:
        return None if isinf(middle.low) else middle
    if estimate.high < low.low or estimate.low > high.high:
        return None
    found = middle.cut(estimate)
    return None if found is None or isinf(found.low) else found


def _negative_ratios(entry: Entry) -> list[str]:
    """Return which of the three are printed as ratios and surely are not above 0."""
    if not entry.is_ratio:
        return []
    return [n for n in NAMES if (number := entry.number(n)) is not None and number.high <= 0]


def _negative(entry: Entry, name: str) -> Verdict:
    def words() -> Words:
        scale = f"log{entry.measure}"
        return Words(
            said(entry, "estimate", "ci_low", "ci_high"),
            "a ratio above 0",
            f"A ratio is above 0, and {name_of(name)} is {entry.text(name)}.",
            f"Was {name_of(name)} printed on the log scale ({scale})?",
        )

    return Verdict("ci_order", False, words, words)


def _order(entry: Entry, low: Interval, estimate: Interval, high: Interval) -> Verdict:
    ok = low.low <= estimate.high and estimate.low <= high.high and low.low <= high.high
    if names := _negative_ratios(entry):
        return _negative(entry, names[0])

    def words(verb: str, question: str = "") -> Words:
        return Words(
            said(entry, "estimate", "ci_low", "ci_high"),
            "lower limit, estimate and upper limit in this order",
            f"The estimate {verb} between the limits of its interval.",
            question,
        )

    question = "Were the estimate and the limits of its interval printed as they should be?"
    return Verdict("ci_order", ok, lambda: words("lies"), lambda: words("does not lie", question))


def _in_middle(entry: Entry) -> Words:
    shown_text = said(entry, "estimate", "ci_low", "ci_high")
    scale = " on the log scale" if entry.is_ratio else ""
    return Words(shown_text, "", f"The estimate is the middle of its interval{scale}.")


def fitting(entry: Entry) -> dict[str, Interval]:
    """Return, for each of the three, what it would have to be for the other two to be right.

    lower = 2 estimate - upper, upper = 2 estimate - lower, estimate = (lower + upper) / 2, and the
    likeliest slip of the keyboard first (order of digits before a changed digit), else the limits.
    """
    low, estimate, high = (entry.effect(name) for name in NAMES)
    fits = {
        "ci_high": Interval(2 * estimate.low - low.high, 2 * estimate.high - low.low),
        "ci_low": Interval(2 * estimate.low - high.high, 2 * estimate.high - high.low),
        "estimate": Interval((low.low + high.low) / 2, (low.high + high.high) / 2),
    }
    fits = {n: each for n, each in fits.items() if not isinf(each.low) and not isinf(each.high)}
    fits = {n: each.exp() if entry.is_ratio else each for n, each in fits.items()}
    ranks = {}
    for name, each in fits.items():
        found = slip(_plain(entry, name), Range(each.low, each.high))
        ranks[name] = found[0] if found else len(SLIPS)
    return dict(sorted(fits.items(), key=lambda item: ranks[item[0]]))


def _plain(entry: Entry, name: str) -> str:
    return entry.text(name).replace("−", "-").replace(",", ".").lstrip("<>≤≥=")


def _middle_text(entry: Entry, decimals: int) -> str:
    low, high = (entry.effect(name) for name in ("ci_low", "ci_high"))
    middle = Interval((low.low + high.low) / 2, (low.high + high.high) / 2)
    middle = middle.exp() if entry.is_ratio else middle
    # A lower limit of 0.00 leaves only an upper bound.
    bound = "at most " if isinf(low.low) else ""
    return bound + shown(middle.high if bound else middle.middle, decimals)


def _off_middle(entry: Entry) -> Words:
    decimals = entry.decimals(*NAMES)
    fits = {n: shown(each.middle, decimals) for n, each in fitting(entry).items()}
    middle = _middle_text(entry, decimals)
    words = [f"{value} as {name_of(name)}" for name, value in fits.items()]
    asked = [f"{name_of(name)} {value}" for name, value in fits.items()]
    scale = " on the log scale" if entry.is_ratio else ""
    return Words(
        said(entry, "estimate", "ci_low", "ci_high"),
        either(words),
        f"The middle of the interval{scale} is {middle} and the estimate is printed as "
        f"{entry.text('estimate')}, further away than rounding can explain.",
        f"Was {either(asked)}?",
    )
