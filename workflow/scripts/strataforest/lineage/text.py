"""Lineage as lines of text: trees with their branches, and what a cell touches."""

import re
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path, PurePosixPath

from strataforest.formatting import count, effect_texts, is_missing, percent
from strataforest.lineage.arithmetic import Step
from strataforest.lineage.cell import Cell
from strataforest.lineage.cells import CellTrace, Touch
from strataforest.lineage.expressions import shown
from strataforest.lineage.pooled import Pooled
from strataforest.lineage.tree import EffectNode, StratumNode
from strataforest.models import RATIO_MEASURES
from strataforest.sheets.identity import plain_key

MOST_NAMED = 3
# A cell can hold anything, also what a terminal would obey.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SPACE = re.compile(r"\s+")
Branch = tuple[str, list]


def clean(text: str) -> str:
    """Return text on one line without control characters."""
    return _SPACE.sub(" ", _CONTROL.sub("\ufffd", text)).strip()


def cell_lines(trace: CellTrace, folder: str) -> list[str]:
    """Return what a cell is and everything in the results `folder` it touches, a line per file."""
    where = f"{trace.file}" + (f" [{trace.tab}]" if trace.tab else "") + f" {trace.address}"
    named = f"  {trace.column} = {trace.value or '(empty)'}" if trace.column else ""
    raw = f"  (the sheet's text: {trace.raw!r})" if trace.raw else ""
    lines = [clean(where + named + raw)]
    lines += [f"  {clean(plain_key(line))}" for line in trace.about]
    if not trace.touches:
        return [*lines, "It touches nothing: no output depends on it."]
    lines.append(f"It touches, in {clean(folder)}/:")
    width = max(len(touch.kind) for touch in trace.touches)
    for (kind, _), group in groupby(trace.touches, key=_place):
        lines.append(f"  {kind:<{width}}  {clean(_file_line(list(group)))}")
    return lines


def _place(touch: Touch) -> tuple[str, str]:
    """Return what shares a line: the rows of a file, the formats of a figure."""
    if touch.kind == "figure":
        return touch.kind, str(PurePosixPath(touch.path).with_suffix(""))
    return touch.kind, touch.path


def _file_line(touches: Sequence[Touch]) -> str:
    rows = sorted({touch.row for touch in touches if touch.row})
    words = list(dict.fromkeys(plain_key(touch.what) for touch in touches if touch.what))
    formats = sorted({PurePosixPath(touch.path).suffix[1:] for touch in touches})
    where = touches[0].path
    if len(formats) > 1:
        where = f"{where.rpartition('.')[0]}.{{{','.join(formats)}}}"
    if rows:
        where += (" row " if len(rows) == 1 else " rows ") + _ranges(rows)
    more = f"; and {len(words) - MOST_NAMED} more" if len(words) > MOST_NAMED else ""
    return f"{where}  {'; '.join(words[:MOST_NAMED])}{more}" if words else where


def _ranges(rows: Sequence[int]) -> str:
    """Return row numbers with runs joined: 2-5, 9."""
    parts = []
    for _, run in groupby(enumerate(rows), key=lambda pair: pair[1] - pair[0]):
        numbers = [number for _, number in run]
        parts.append(str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}-{numbers[-1]}")
    return ", ".join(parts)


def lines_of(branch: Branch, first: str = "", rest: str = "") -> list[str]:
    """Return a tree as lines, each line cleaned."""
    head, children = branch
    lines = [first + clean(head)]
    for i, child in enumerate(children):
        is_last = i == len(children) - 1
        lines += lines_of(
            child, rest + ("└─ " if is_last else "├─ "), rest + ("   " if is_last else "│  ")
        )
    return lines


def stratum_branch(node: StratumNode) -> Branch:
    """Return the tree of a stratum as (line, branches below it)."""
    name = f"{node.analysis}/{node.stratum}"
    people = f"k = {node.k}, {count(node.n_participants)} participants"
    if node.omitted:
        name += f" without {plain_key(', '.join(node.omitted))}"
    if node.pooled is None:
        head = f"{name}: not estimable ({node.reason}); {people}"
    else:
        head = f"{name}: {_headline(node)}; {people}"
    children = warned(node.warnings)
    if node.pooled is not None:
        children.append(_pooled(node.pooled))
    children += [effect_branch(effect) for effect in node.effects]
    return head, children


def _headline(node: StratumNode) -> str:
    pooled = node.pooled
    values = {step.symbol: step.value for step in pooled.steps}
    names = ("estimate", "ci_low", "ci_high")
    if node.measure in RATIO_MEASURES:
        names = ("ratio", "ratio_ci_low", "ratio_ci_high")
    estimate, low, high = (values[name] for name in names)
    level = percent(100 * pooled.level).removesuffix("%")
    texts = effect_texts(estimate, low, high, ratio=node.measure in RATIO_MEASURES)
    return f"{node.measure} {texts[0]}, {level}% CI {texts[1]} to {texts[2]}"


def _pooled(pooled: Pooled) -> Branch:
    method = f"{pooled.tau2_method}, interval by {pooled.ci_method}, preset {pooled.preset}"
    weights = sorted(pooled.weights, key=lambda pair: -pair[1])
    named = ", ".join(f"{plain_key(name)} {percent(w, 1)}" for name, w in weights[:MOST_NAMED])
    children = [(_step(step), []) for step in pooled.steps]
    largest = "largest weights: " if len(weights) > MOST_NAMED else "weights: "
    return f"pooled by {method}", [*children, (largest + named, [])]


def effect_branch(node: EffectNode) -> Branch:
    """Return the tree of one effect as (line, branches below it)."""
    weight = "" if is_missing(node.weight) else f", weight {percent(node.weight, 1)}"
    numbers = f"{node.measure} yi = {shown(node.yi)}, vi = {shown(node.vi)}{weight}"
    head = f"{plain_key(node.effect_id)}: {numbers}"
    if node.decision:
        word = node.decision.replace("_", " ")
        head += f"; {word} ({node.rule}: {plain_key(node.reason)})"
    children = warned(node.warnings)
    children.append((f"formula: {node.formula}", []))
    if node.flags:
        children.append((f"flags: {node.flags.replace(';', ', ')}", []))
    steps = [(_step(step), []) for step in node.arithmetic.steps]
    verdict = "yi and vi are those of effects.csv"
    if not node.arithmetic.agrees:
        verdict = f"WARNING {node.arithmetic.problem}"
    children.append(("arithmetic", [*steps, (verdict, [])]))
    if node.cells:
        tab = f" [{node.tab}]" if node.tab else ""
        cells = [(cell_words(cell, node.file), []) for cell in node.cells]
        remarks = [(f"{column}: {text}", []) for column, text in node.remarks]
        children.append((f"cells of {node.file}{tab} row {node.row}", cells + remarks))
    return head, children


def _step(step: Step) -> str:
    parts = [step.symbol, step.formula, step.numbers, shown(step.value)]
    # A formula that is one number, or one name, says nothing twice.
    parts = [part for i, part in enumerate(parts) if part and part not in parts[:i]]
    return " = ".join(parts) + (f"  ({step.why})" if step.why else "")


def warned(warnings: Sequence[str]) -> list[Branch]:
    """Return a branch per warning."""
    return [(f"WARNING {plain_key(text)}", []) for text in warnings]


def cell_words(cell: Cell, file: str) -> str:
    """Return a cell with what it holds; its sheet is named where that is not `file`."""
    if not cell.file:
        return f"config {cell.column}: {cell.value}" + (f"  ({cell.symbol})" if cell.symbol else "")
    where = cell.address or "a constant of the config"
    if cell.file != file:
        where = f"{Path(cell.file).name} {where}"
    symbol = f"  ({cell.symbol})" if cell.symbol and cell.symbol != cell.column else ""
    raw = f"  (the sheet's text today: {cell.raw!r})" if cell.raw else ""
    return f"{where}: {cell.column} = {cell.value}{symbol}{raw}"
