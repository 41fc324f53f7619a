"""What moved, as people read it: a table of every number, a page, and the text a run ends with."""

from collections.abc import Iterable, Iterator, Mapping

from strataforest.changes import NUMBERS, Changes, Move, count_crossed
from strataforest.claim_changes import ClaimChange
from strataforest.formatting import effect_texts, interval, percent, significant
from strataforest.report import claims
from strataforest.report.causes import MOST_CHARACTERS, brief, exact, listed, markdown, plain
from strataforest.tabular import number

COLUMNS = (
    *("analysis", "stratum", "change"),
    *(f"{name}_{side}" for name in NUMBERS for side in ("before", "after")),
    *("crossed", "causes"),
    *claims.COLUMNS,
)
WORDS = {
    "favourable": "which way is good",
    "sign": "the sign",
    "significance": "significance",
    "prediction_interval": "the prediction interval's zero",
    "pooled": "pooled now",
    "not_estimable": "not estimable any more",
}
FIRST_TIME = "Nothing to compare with yet: these results are the first of this history."
_GOOD = {"positive": "above the null", "negative": "below the null", "": "not known"}
LABELS = ("k", "estimate", "tau²", "I²", "predicted")
MOST_STRATA, MOST_CLAIMS = 20, 20
MOST_WORDS = 400  # characters of a line on a claim
FEWEST_DIGITS, MOST_DIGITS = 2, 6


def change_rows(changes: Changes | None) -> list[dict]:
    """Return a row per claim that changed, and per stratum that moved.

    The numbers of strata are exactly those of the two pooled tables.
    """
    rows = [_claim_row(change, changes) for change in (changes.claims if changes else ())]
    return rows + [
        {name: getattr(move, name) for name in ("analysis", "stratum", "change")}
        | {f"{name}_before": move.before.get(name, "") for name in NUMBERS}
        | {f"{name}_after": move.after.get(name, "") for name in NUMBERS}
        | {"crossed": ";".join(move.crossed), "causes": ";".join(map(exact, move.causes))}
        | dict.fromkeys(claims.COLUMNS, "")
        for move in (changes.moves if changes else ())
    ]


def _claim_row(change: ClaimChange, changes: Changes) -> dict:
    told = (change.claim, change.where, change.holds, change.before, change.after)
    causes = ";".join(map(exact, claims.causes_of(change, changes)))
    row = dict.fromkeys(COLUMNS, "") | dict(zip(claims.COLUMNS, told, strict=True))
    return row | {"change": f"claim_{change.change}", "causes": causes}


def _told_of_claims(changes: Changes) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what became of each claim, and the lines below it with a label each."""
    return [
        (
            plain(claims.heading(change), MOST_WORDS),
            [(label, plain(text, MOST_WORDS)) for label, text in claims.details(change)]
            + [("because", text) for text in listed(claims.causes_of(change, changes))],
        )
        for change in changes.claims[:MOST_CLAIMS]
    ]


def _claim_lines(changes: Changes) -> list[str]:
    lines = []
    for heading, details in _told_of_claims(changes):
        lines += [heading, *(f"  {label:<9} {text}" for label, text in details), ""]
    more = len(changes.claims) - MOST_CLAIMS
    return lines + ([f"... and {more} more claims.", ""] if more > 0 else [])


def _claim_page(changes: Changes) -> list[str]:
    lines = []
    for heading, details in _told_of_claims(changes):
        lines += [f"**{markdown(heading)}**", ""]
        lines += [*(f"- {label}: {markdown(text)}" for label, text in details), ""]
    more = len(changes.claims) - MOST_CLAIMS
    return lines + ([f"... and {more} more claims.", ""] if more > 0 else [])


def changes_text(changes: Changes | None, names: tuple[str, str], notes: Iterable[str] = ()) -> str:
    """Return what moved as plain text; `names` of the two states, None for no earlier one."""
    title = f"What moved, {names[0]} -> {names[1]}" if changes else f"What moved, {names[1]}"
    lines = [title, "-" * len(title), *map(plain, notes)]
    lines += _claim_lines(changes) if changes else []
    lines += _summary(changes)
    if not changes:
        return "\n".join(lines) + "\n"
    moves = _crossed_first(changes)
    for move in moves[:MOST_STRATA]:
        lines += ["", *_move_lines(move)]
    if len(moves) > MOST_STRATA:
        lines += ["", f"... and {len(moves) - MOST_STRATA} more strata."]
    if changes.idle:
        lines += ["", "Changed without moving a stratum:"]
        lines += [f"  {text}" for text in listed(changes.idle)]
    return "\n".join(lines) + "\n"


def changes_page(changes: Changes | None, names: tuple[str, str], notes: Iterable[str] = ()) -> str:
    """Return what moved as a Markdown page, in which no cell's text can be more than text."""
    lines = ["# What moved", ""]
    if changes:
        lines += [f"From {markdown(names[0])} to {markdown(names[1])}.", ""]
        lines += _claim_page(changes)
    for line in (*map(plain, notes), *_summary(changes)):
        lines += [markdown(line), ""]
    if changes and changes.moves:
        lines += ["| stratum | change | k | estimate | tau² | I² | crossed | because |"]
        lines += ["|---|---|---|---|---|---|---|---|"]
        lines += [_page_row(move) for move in _crossed_first(changes)]
        lines += ["", "Numbers as paper-style tables show them; `latest.csv` has them in full,"]
        lines += ["positive = favourable, ratios as logarithms.", ""]
    if changes and changes.idle:
        lines += ["## Changed without moving a stratum", ""]
        lines += [f"- {markdown(text)}" for text in listed(changes.idle)] + [""]
    return "\n".join(lines)


def _summary(changes: Changes | None) -> list[str]:
    if changes is None:
        return [FIRST_TIME]
    moved = (
        f"{len(changes.moves) or 'None'} of {_counted(changes.n_strata, 'stratum', 'strata')} moved"
    )
    lines = ["; ".join([moved, *_sheet_changes(changes)]) + "."]
    crossed = count_crossed(changes)
    if crossed:
        told = (f"{WORDS[line]} ({n})" for line, n in sorted(crossed.items()))
        lines.append("Crossed: " + ", ".join(told) + ".")
    return lines + [f"Changed: {brief(option)}" for option in changes.options]


def _sheet_changes(changes: Changes) -> list[str]:
    n = changes.n_changed
    told = [f"{_counted(n['cell'], 'cell', 'cells')} changed"] if n["cell"] else []
    for what in ("added", "removed"):
        if n[f"row {what}"]:
            told.append(f"{_counted(n[f'row {what}'], 'row', 'rows')} {what}")
    return told or ["no cell changed"]


def _counted(n: int, one: str, many: str) -> str:
    return f"{n} {one if n == 1 else many}"


def _crossed_first(changes: Changes) -> list[Move]:
    return sorted(changes.moves, key=lambda move: not move.crossed)


def _move_lines(move: Move) -> list[str]:
    head = f"{plain(move.name, MOST_CHARACTERS)}  ({move.analysis}/{move.stratum})"
    crossed = ", ".join(WORDS[line] for line in move.crossed)
    words = {"moved": "", "became_pooled": "", "became_not_estimable": ""}
    parts = [words.get(move.change, move.change), f"crossed {crossed}" if crossed else ""]
    if move.crossed and move.crossed[0] in {"pooled", "not_estimable"}:
        parts[1] = crossed
    head += "".join(f", {part}" for part in parts if part)
    before, after = _shown(move)
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
    return lines + [f"  {'because':<9} {text}" for text in listed(move.causes)]


def _page_row(move: Move) -> str:
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
