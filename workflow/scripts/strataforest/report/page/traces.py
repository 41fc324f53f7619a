"""Where each number comes from, as trees of lines that the page unfolds."""

from collections.abc import Iterable

from strataforest.lineage.results import Results
from strataforest.lineage.text import Branch, clean, effect_branch, stratum_branch
from strataforest.lineage.tree import effect_tree, stratum_tree


def traces(results: Results, strata: Iterable[tuple[str, str]]) -> dict:
    """Return the trees of these strata, by `analysis/stratum`, and of every effect, by its id.

    A tree is [line, trees below it]. A stratum names its effects with their weights (in percent);
    their trees stand once, however many strata hold them.
    """
    found = {}
    for analysis, stratum in strata:
        node = stratum_tree(results, analysis, stratum, depth="pooled")
        weights = node.pooled.weights if node.pooled else ()
        found[f"{analysis}/{stratum}"] = {
            "tree": _cleaned(stratum_branch(node)),
            "effects": [name for name, _ in sorted(weights, key=lambda pair: -pair[1])],
        }
    nodes = {name: effect_tree(results, name) for name in results.effects}
    effects = {name: _cleaned(effect_branch(node)) for name, node in nodes.items()}
    return {"strata": found, "effects": effects}


def _cleaned(branch: Branch) -> list:
    line, below = branch
    return [clean(line), [_cleaned(child) for child in below]] if below else [clean(line)]
