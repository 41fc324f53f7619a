"""The tree that answers a question, and the lines that show it."""

from strataforest.formatting import bare_p, count, is_missing
from strataforest.lineage.cell import Cell
from strataforest.lineage.expressions import shown
from strataforest.lineage.regressions import Moderated, RegressionNode, Term, regression_tree
from strataforest.lineage.results import Results
from strataforest.lineage.target import Target
from strataforest.lineage.text import (
    Branch,
    cell_words,
    effect_branch,
    lines_of,
    stratum_branch,
    warned,
)
from strataforest.lineage.tree import EffectNode, StratumNode, effect_tree, stratum_tree
from strataforest.lineage.trials import TrialNode, trial_tree
from strataforest.sheets.identity import plain_key

Node = StratumNode | EffectNode | RegressionNode | TrialNode


def answer(results: Results, target: Target, depth: str) -> tuple[Node, list[str]]:
    """Return the tree of what was asked for, and it as lines of text."""
    if target.effect_id:
        node = effect_tree(results, target.effect_id, depth=depth)
        return node, lines_of(effect_branch(node))
    if target.model:
        node = regression_tree(results, target.model, target.scope, depth)
        return node, lines_of(regression_branch(node))
    if target.study_id:
        node = trial_tree(results, target.study_id)
        return node, lines_of(trial_branch(node))
    node = stratum_tree(
        results,
        target.analysis,
        target.stratum,
        omitted=target.omitted,
        row=target.row,
        depth=depth,
    )
    return node, lines_of(stratum_branch(node))


def regression_branch(node: RegressionNode) -> Branch:
    """Return the tree of one scope of a meta-regression as (line, branches below it)."""
    about = f"{node.domain or node.scope}, {node.measure} on {' and '.join(node.moderators)}"
    head = f"meta_regression/{node.model}: {about}; k = {node.k}"
    if node.status != "fitted":
        head += f"; not estimable ({node.reason})"
    children = warned(node.warnings)
    if node.terms:
        names = ("tau2", "i2", "r2")
        values = [(name, getattr(node, name)) for name in names]
        texts = [f"{name} = {shown(x)}" for name, x in values if not is_missing(x)]
        children.append((f"fitted: {', '.join(texts)}", [(_term(t), []) for t in node.terms]))
    children += [_moderated(each) for each in node.effects]
    for effect_id, missing in node.dropped:
        children.append((f"without {plain_key(effect_id)}: no {', '.join(missing)}", []))
    return head, children


def _term(term: Term) -> str:
    interval = f"{shown(term.ci_low)} to {shown(term.ci_high)}"
    p = bare_p(term.p_value)
    return f"{term.term} = {shown(term.b)} (se {shown(term.se)}, {interval}, P {p})"


def _moderated(each: Moderated) -> Branch:
    head, children = effect_branch(each.effect)
    values = [(f"moderator {_value(cell)}", []) for cell in each.moderators]
    return head, [*values, *children]


def _value(cell: Cell) -> str:
    if cell.file:
        return cell_words(cell, "")
    if not cell.value:
        return f"{cell.column}: no cell"
    return f"{cell.column} = {shown(float(cell.value))}, of the effect's n_total"


def trial_branch(node: TrialNode) -> Branch:
    """Return the tree of a trial as (line, branches below it)."""
    selected = sum(decision == "selected" for _, decision in node.effects)
    effects = "1 effect" if len(node.effects) == 1 else f"{count(len(node.effects))} effects"
    chosen = f"{effects}, {count(selected)} selected"
    tab = f" [{node.tab}]" if node.tab else ""
    children = warned(node.warnings)
    cells = [(cell_words(cell, node.file), []) for cell in node.cells]
    children.append((f"cells of {node.file}{tab} row {node.row}", cells))
    children += [(f"risk of bias {cell_words(cell, '')}", []) for cell in node.judged]
    for effect_id, decision in node.effects:
        words = f": {decision.replace('_', ' ')}" if decision else ""
        children.append((f"effect {plain_key(effect_id)}{words}", []))
    return f"{node.study_id}: {chosen}", children
