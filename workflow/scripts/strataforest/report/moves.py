"""One stratum that moved, as text and as a row of a page: the digits that tell both sides apart."""

from collections.abc import Iterator, Mapping

from strataforest.changes import NUMBERS, Move
from strataforest.formatting import effect_texts, interval, percent, significant
from strataforest.report.causes import MOST_CHARACTERS, listed, markdown, plain
from strataforest.tabular import number

WORDS = {
    "favourable": "which way is good",
    "sign": "the sign",
    "significance": "significance",
    "prediction_interval": "the prediction interval's zero",
    "pooled": "pooled now",
    "not_estimable": "not estimable any more",
}
_GOOD = {"positive": "above the null", "negative": "below the null", "": "not known"}
LABELS = ("k", "estimate", "tau²", "I²", "predicted")
FEWEST_DIGITS, MOST_DIGITS = 2, 6


def move_lines(move: Move) -> list[str]:
    """Return one stratum that moved as lines of text, without its causes."""
    head = f"{plain(move.name, MOST_CHARACTERS)}  ({move.analysis}/{move.stratum})"
    crossed = ", ".join(WORDS[line] for line in move.crossed)
    words = {"moved": "", "became_pooled": "", "became_not_estimable": ""}
    parts = [words.get(move.change, move.change), f"crossed {crossed}" if crossed else ""]
    if move.crossed and move.crossed[0] in {"pooled", "not_estimable"}:
        parts[1] = crossed
    head += "".join(f", {part}" for part in parts if part)
    before, after = _shown(move)
    if not (move.before and move.after):
        # One side is enough: a stratum is new, or gone.
        k, effect, *_ = after if move.after else before
        return [f"{head}: k = {k}, {effect}"]
    width = max(map(len, before))
    lines = [head]
    for label, old, new in zip(LABELS, before, after, strict=True):
        if old == new and new:
            lines.append(f"  {label:<9} {new}")
        elif old or new:
            lines.append(f"  {label:<9} {old or 'none':<{width}} -> {new or 'none'}")
    if "favourable" in move.crossed:
        old, new = (_GOOD[side["favourable"]] for side in (move.before, move.after))
        lines.append(f"  {'good is':<9} {old} -> {new}")
    if before == after and any(move.before[name] != move.after[name] for name in NUMBERS):
        lines.append("  moved by less than these digits show")
    return lines


def page_row(move: Move) -> str:
    """Return one stratum that moved as a row of a Markdown table."""
    before, after = _shown(move)
    pairs = [
        new if old == new else f"{old or 'none'} -> {new or 'none'}"
        for old, new in zip(before[:-1], after[:-1], strict=True)
    ]
    cells = [f"{plain(move.name)} ({move.analysis}/{move.stratum})", move.change.replace("_", " ")]
    cells += [*pairs, ", ".join(_crossed(move))]
    because = "<br>".join(markdown(text) for text in listed(move.causes))
    return f"| {' | '.join(map(markdown, cells))} | {because} |"


def _crossed(move: Move) -> Iterator[str]:
    for line in move.crossed:
        if line == "favourable":
            old, new = (_GOOD[side["favourable"]] for side in (move.before, move.after))
            yield f"{WORDS[line]} ({old} -> {new})"
        else:
            yield WORDS[line]


def _shown(move: Move) -> tuple[list[str], list[str]]:
    """Return what LABELS name of both sides, each with the digits that tell the two apart."""
    tables = [
        [_side(side, digits) for side in (move.before, move.after)]
        for digits in range(FEWEST_DIGITS, MOST_DIGITS + 1)
    ]
    chosen = [
        next((table for table in tables if table[0][i] != table[1][i]), tables[0])
        for i in range(len(LABELS))
    ]
    before, after = ([table[side][i] for i, table in enumerate(chosen)] for side in (0, 1))
    return before, after


def _side(side: Mapping[str, str], digits: int) -> list[str]:
    if not side:
        return [""] * len(LABELS)
    if side["status"] != "pooled":
        return [side["k"], "not estimable", "", "", ""]
    names = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")
    is_ratio = bool(side["ratio"])
    if is_ratio:
        names = ("ratio", "ratio_ci_low", "ratio_ci_high", "ratio_pi_low", "ratio_pi_high")
    estimate, low, high, *predicted = (number(side[name]) for name in names)
    estimate, low, high = effect_texts(estimate, low, high, digits, is_ratio)
    tau2, i2 = number(side["tau2"]), number(side["i2"])
    return [
        side["k"],
        f"{estimate} [{low} to {high}]",
        significant(tau2, digits),
        percent(i2, digits - 1),
        interval(*predicted, digits, missing="", ratio=is_ratio),
    ]
