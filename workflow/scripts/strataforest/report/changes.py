"""What moved, as people read it: a table of every number, a page, and the text a run ends with."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from strataforest.cell_changes import Cause
from strataforest.changes import NUMBERS, Changes, Move, count_crossed
from strataforest.claim_changes import ClaimChange
from strataforest.regression_changes import RegressionMove
from strataforest.report import claims, regressions
from strataforest.report.causes import (
    MOST_CAUSES,
    brief,
    exact,
    listed,
    markdown,
    plain,
    shared_out,
    shortly,
    told_within,
)
from strataforest.report.moves import WORDS, move_lines, page_row

COLUMNS = (
    *("analysis", "stratum", "change"),
    *(f"{name}_{side}" for name in NUMBERS for side in ("before", "after")),
    *("crossed", "causes"),
    *claims.COLUMNS,
    *regressions.COLUMNS,
)
Crossing = TypeVar("Crossing", Move, RegressionMove)
FIRST_TIME = "Nothing to compare with yet: these results are the first of this history."
# Of what a terminal and the report show.
MOST_STRATA, MOST_CELLS, MOST_CLAIMS, MOST_REGRESSIONS = 15, 30, 20, 10
MOST_WORDS = 400  # characters of a line on a claim


def change_rows(changes: Changes | None) -> list[dict]:
    """Return a row per claim that changed, per stratum that moved, per regression and its terms.

    The numbers are exactly those of the two tables of each.
    """
    if not changes:
        return []
    rows = [_claim_row(change, changes) for change in changes.claims]
    rows += [
        {name: getattr(move, name) for name in ("analysis", "stratum", "change")}
        | {f"{name}_before": move.before.get(name, "") for name in NUMBERS}
        | {f"{name}_after": move.after.get(name, "") for name in NUMBERS}
        | {"crossed": ";".join(move.crossed), "causes": ";".join(map(exact, move.causes))}
        | dict.fromkeys((*claims.COLUMNS, *regressions.COLUMNS), "")
        for move in changes.moves
    ]
    return [*rows, *regressions.rows_of(changes, COLUMNS)]


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
            + [("because", text) for text in listed(_causes_of(change, changes))],
        )
        for change in changes.claims[:MOST_CLAIMS]
    ]


def _causes_of(change: ClaimChange, changes: Changes) -> list[Cause]:
    return shortly(claims.causes_of(change, changes), changes.replaced)


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


def changes_text(
    changes: Changes | None,
    names: tuple[str, str],
    notes: Iterable[str] = (),
    rest: str = "",
) -> str:
    """Return what moved as plain text; `names` of the two states, None for no earlier one.

    Of many strata and causes it shows the first; `rest` is the file that has them all.
    """
    title = f"What moved, {names[0]} -> {names[1]}" if changes else f"What moved, {names[1]}"
    lines = [title, "-" * len(title), *map(plain, notes)]
    lines += _claim_lines(changes) if changes else []
    lines += _summary(changes)
    if not changes:
        return "\n".join(lines) + "\n"
    lines += _move_lines(changes, rest)
    idle = shortly(changes.idle, changes.replaced)
    if idle:
        lines += ["", f"{_idle(changes)}:"]
        lines += [f"  {text}" for text in listed(idle)]
    return "\n".join(lines) + "\n"


def _move_lines(changes: Changes, rest: str) -> list[str]:
    """Return the strata and then the meta-regressions that moved, each with its first causes."""
    lines = []
    moves = _crossed_first(changes.moves)
    shown, told_in_full = _with_causes(moves[:MOST_STRATA], changes)
    for move, because in shown:
        lines += ["", *move_lines(move)]
        lines += [f"  {'because':<9} {text}" for text in because]
    lines += _left_out(len(moves) - MOST_STRATA, "stratum", "strata", rest)
    regressed = _crossed_first(changes.regressions)
    shown, also_in_full = _with_causes(regressed[:MOST_REGRESSIONS], changes)
    for move, because in shown:
        lines += ["", *regressions.lines_of(move, because)]
    names = ("meta-regression", "meta-regressions")
    lines += _left_out(len(regressed) - MOST_REGRESSIONS, *names, rest)
    if rest and not (told_in_full and also_in_full):
        lines += ["", f"Every cause by itself: {rest}"]
    return lines


def _with_causes(moves: Sequence, changes: Changes) -> tuple[list[tuple], bool]:
    """Return each of what moved with lines on its causes, and whether none is summed up."""
    causes = [shortly(move.causes, changes.replaced) for move in moves]
    told = shared_out([len(told_within(own, MOST_CAUSES)) for own in causes], MOST_CELLS)
    because = [listed(own, most) for own, most in zip(causes, told, strict=True)]
    is_all = all(len(own) <= most for own, most in zip(causes, told, strict=True))
    return list(zip(moves, because, strict=True)), is_all


def _idle(changes: Changes) -> str:
    also = " or a meta-regression" if changes.n_regressions else ""
    return f"Changed without moving a stratum{also}"


def _left_out(n: int, one: str, many: str, rest: str) -> list[str]:
    where = f": {rest}" if rest else "."
    return ["", f"... and {n} more {one if n == 1 else many}{where}"] if n > 0 else []


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
        lines += [page_row(move) for move in _crossed_first(changes.moves)]
        lines += ["", "Numbers as paper-style tables show them; `latest.csv` has them in full,"]
        lines += ["positive = favourable, ratios as logarithms.", ""]
    if changes and changes.regressions:
        lines += ["## Meta-regressions", ""]
        for move in _crossed_first(changes.regressions):
            lines += regressions.page_of(move, listed(shortly(move.causes, changes.replaced)))
    if changes and changes.idle:
        lines += [f"## {_idle(changes)}", ""]
        lines += [f"- {markdown(text)}" for text in listed(changes.idle)] + [""]
    return "\n".join(lines)


def _summary(changes: Changes | None) -> list[str]:
    if changes is None:
        return [FIRST_TIME]
    moved = (
        f"{len(changes.moves) or 'None'} of {_counted(changes.n_strata, 'stratum', 'strata')} moved"
    )
    told = [moved]
    if changes.n_regressions:
        n = _counted(changes.n_regressions, "meta-regression", "meta-regressions")
        told.append(f"{len(changes.regressions) or 'none'} of {n} moved")
    lines = ["; ".join([*told, *_sheet_changes(changes)]) + "."]
    crossed = count_crossed(changes)
    if crossed:
        told = (f"{WORDS[line]} ({n})" for line, n in sorted(crossed.items()))
        lines.append("Crossed: " + ", ".join(told) + ".")
    lines += filter(None, [regressions.summary(changes)])
    return lines + [f"Changed: {brief(cause)}" for cause in (*changes.options, *changes.replaced)]


def _sheet_changes(changes: Changes) -> list[str]:
    n = changes.n_changed
    told = [f"{_counted(n['cell'], 'cell', 'cells')} changed"] if n["cell"] else []
    for what in ("added", "removed"):
        if n[f"row {what}"]:
            told.append(f"{_counted(n[f'row {what}'], 'row', 'rows')} {what}")
    return told or ["no cell changed"]


def _counted(n: int, one: str, many: str) -> str:
    return f"{n} {one if n == 1 else many}"


def _crossed_first(moves: Sequence[Crossing]) -> list[Crossing]:
    return sorted(moves, key=lambda move: not move.crossed)
