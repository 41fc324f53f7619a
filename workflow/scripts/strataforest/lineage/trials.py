"""The tree of a trial: the cells that describe it, and its effects."""

from dataclasses import dataclass

from strataforest.lineage.cell import Cell, cell_of, corrected
from strataforest.lineage.results import SHEETS, Results
from strataforest.risk_of_bias.tools import OVERALL
from strataforest.sheets.identity import cell_addresses


@dataclass(frozen=True)
class TrialNode:
    """One trial: its row of the sheet of studies, its judgement, and (effect_id, decision)s."""

    study_id: str
    file: str
    tab: str
    row: str
    cells: tuple[Cell, ...]
    judged: tuple[Cell, ...]
    effects: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]


def trial_tree(results: Results, study_id: str) -> TrialNode:
    """Return the tree of one trial."""
    study = results.studies[study_id]
    cells = tuple(cell_of(results, study, column) for column in cell_addresses(study))
    rows = [r for r in results.rows(SHEETS["risk_of_bias"]) if r["study_id"] == study_id]
    judged = tuple(cell_of(results, row, OVERALL) for row in rows)
    own = [i for i, effect in results.effects.items() if effect["study_id"] == study_id]
    decided = ((i, results.decisions.get(i, {}).get("decision", "")) for i in own)
    return TrialNode(
        study_id=study_id,
        file=study["source_file"],
        tab=study["source_tab"],
        row=study["source_row"],
        cells=cells,
        judged=judged,
        effects=tuple(decided),
        warnings=tuple(corrected((*cells, *judged), True)),
    )
