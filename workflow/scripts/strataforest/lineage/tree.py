"""The tree from a pooled number to its effects and from an effect to its cells."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from strataforest.lineage.arithmetic import Arithmetic
from strataforest.lineage.cell import Cell, cell_of, corrected
from strataforest.lineage.formulas import arithmetic
from strataforest.lineage.pooled import Pooled, pooled_arithmetic
from strataforest.lineage.results import BUILD, Results, places, unusable
from strataforest.provenance import sha256
from strataforest.sheets.columns import REMARKS
from strataforest.sheets.identity import cell_addresses
from strataforest.strata.grouping import people_of
from strataforest.tabular import Row, number


@dataclass(frozen=True)
class EffectNode:
    """One effect: its numbers, the decision on it, its arithmetic, its row's remarks, its cells.

    `weight` is in percent of the pooled effect above it, NaN where there is none. `file`, `tab`
    and `row` say which row of which sheet it is; `remarks` are (column, text); `warnings` name
    cells that hold another number today (below a stratum they stand among its own).
    """

    effect_id: str
    study_id: str
    domain: str
    measure: str
    yi: float
    vi: float
    weight: float
    formula: str
    flags: str
    decision: str
    rule: str
    reason: str
    file: str
    tab: str
    row: str
    arithmetic: Arithmetic
    remarks: tuple[tuple[str, str], ...]
    cells: tuple[Cell, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class StratumNode:
    """One stratum: what the index says of it, its pooled number, its effects, what is suspect.

    `omitted` are the ids of effects that a leave-one-out row leaves out; `pooled` is None for a
    stratum that is not estimable.
    """

    analysis: str
    stratum: str
    measure: str
    k: int
    n_studies: int
    n_participants: int
    status: str
    reason: str
    omitted: tuple[str, ...]
    pooled: Pooled | None
    effects: tuple[EffectNode, ...]
    warnings: tuple[str, ...]


def stratum_tree(
    results: Results,
    analysis: str,
    stratum: str,
    *,
    omitted: Sequence[str] = (),
    row: Row | None = None,
    depth: str = "cells",
) -> StratumNode:
    """Return the tree of a stratum, or of one of its leave-one-out rows.

    `omitted` are the effect ids that `row` of a leave-one-out table leaves out. Raises ReviewError
    where the stratum's fit is not built.
    """
    index = results.strata[analysis, stratum]
    name = f"strata/{analysis}/{stratum}.csv"
    rows = results.rows(name)
    fit = _fit(results, index, rows)
    warnings = list(_stale(results, name, rows, fit))
    kept = [effect for effect in rows if effect["effect_id"] not in omitted]
    pooled = None
    if fit is not None:
        table = _table_row(results, analysis, stratum) if row is None else None
        pooled = pooled_arithmetic(kept, fit, row, table)
        warnings += [f"the numbers disagree: {problem}" for problem in pooled.problems]
    if index.get("warning"):
        warnings.append(index["warning"])
    # Whether the sheets have changed is told also where no cell is shown.
    nodes = _nodes(results, kept, pooled, depth)
    warnings += dict.fromkeys(words for node in nodes for words in node.warnings)
    nodes = () if depth == "pooled" else tuple(replace(node, warnings=()) for node in nodes)
    return StratumNode(
        analysis=analysis,
        stratum=stratum,
        measure=index["measure"],
        k=len(kept),
        n_studies=len({effect["study_id"] for effect in kept}),
        n_participants=round(sum(people_of(_as_effects(results, kept)).values())),
        status=index["status"],
        reason=index["reason"],
        omitted=tuple(omitted),
        pooled=pooled,
        effects=nodes,
        warnings=tuple(warnings),
    )


def _fit(results: Results, index: Row, rows: Sequence[Row]) -> dict | None:
    """Return a stratum's fit, None where it is not estimable."""
    if index["status"] != "pooled":
        return None
    fit = results.fit(index["analysis"], index["stratum"])
    if fit is None or not rows:
        target = results.folder / "fits" / index["analysis"] / f"{index['stratum']}.json"
        raise unusable(str(target), "is not built yet", f"build it with `{BUILD}`")
    return fit


def _nodes(
    results: Results, rows: Sequence[Row], pooled: Pooled | None, depth: str
) -> tuple[EffectNode, ...]:
    weights = dict(pooled.weights) if pooled else {}
    ids = [row["effect_id"] for row in rows if row["effect_id"] in results.effects]
    return tuple(effect_tree(results, i, weight=weights.get(i, math.nan), depth=depth) for i in ids)


def effect_tree(
    results: Results, effect_id: str, *, weight: float = math.nan, depth: str = "cells"
) -> EffectNode:
    """Return the tree of one effect, with its cells at depth `cells`, warnings at any."""
    node = results.once(("effect", effect_id), lambda: _effect_node(results, effect_id))
    shown = {} if depth == "cells" else {"remarks": (), "cells": ()}
    return replace(node, weight=weight, **shown)


def _effect_node(results: Results, effect_id: str) -> EffectNode:
    effect = results.effects[effect_id]
    records, study = results.rows_of(effect), results.studies.get(effect["study_id"], {})
    decision = results.decisions.get(effect_id, {})
    working = arithmetic(effect, records or {}, study)
    known = {place for row in records for place in places(row)}
    is_whole = known.issuperset(places(effect))
    if not is_whole:
        words = "its row is not in harmonized/records.csv: effects.csv is of another run"
        working = replace(working, agrees=False, problem=words)
    cells = tuple(_cells(results, effect, records, study, working)) if is_whole else ()
    return EffectNode(
        **{name: effect[name] for name in ("effect_id", "study_id", "domain", "measure")},
        yi=number(effect["yi"]),
        vi=number(effect["vi"]),
        weight=math.nan,
        formula=effect["formula"],
        flags=effect["flags"],
        **{name: decision.get(name, "") for name in ("decision", "rule", "reason")},
        file=effect["source_file"],
        tab=effect["source_tab"],
        row=effect["source_row"],
        arithmetic=working,
        remarks=tuple(_remarks(records)) if is_whole else (),
        cells=cells,
        warnings=tuple(corrected(cells)),
    )


def _remarks(records: Sequence[Row]) -> Iterator[tuple[str, str]]:
    """Yield the remarks of the rows, each text once."""
    for column in sorted(REMARKS):
        texts = dict.fromkeys(row[column] for row in records if row.get(column))
        yield from ((column, text) for text in texts)


def _cells(
    results: Results, effect: Row, records: Sequence[Row], study: Row, working: Arithmetic
) -> Iterator[Cell]:
    """Yield the cells of the arithmetic, then those that effects.csv names beyond them."""
    rows = {row["source_row"]: row for row in records}
    seen = set()
    for entry in working.inputs:
        row = study if entry.sheet == "studies" else rows.get(entry.row)
        if row is None:
            yield Cell("", "", "", entry.column, entry.symbol, entry.text)
            continue
        if (entry.sheet, entry.row, entry.column) not in seen:
            seen.add((entry.sheet, entry.row, entry.column))
            yield cell_of(results, row, entry.column, entry.symbol)
    columns = {a: (row, c) for row in records for c, a in cell_addresses(row).items()}
    for address in filter(None, effect["source_cells"].split(";")):
        row, column = columns.get(address, ({}, ""))
        if column and ("outcomes", row["source_row"], column) not in seen:
            yield cell_of(results, row, column, "")


def _stale(results: Results, name: str, rows: Sequence[Row], fit: dict | None):
    """Yield what shows that the files of one number are not of one run."""
    path = results.folder / name
    if fit is not None and path.is_file() and fit["inputs"]["effects"] != sha256(path):
        yield f"results are older than the sheet: {name} changed since it was pooled; run `{BUILD}`"
    for row in rows:
        effect = results.effects.get(row["effect_id"])
        if effect is None:
            yield f"{name} holds {row['effect_id']}, which effects.csv does not; run `{BUILD}`"
        elif (effect["yi"], effect["vi"]) != (row["yi"], row["vi"]):
            words = f"other numbers of {row['effect_id']} than effects.csv"
            yield f"{name} holds {words}; run `{BUILD}`"


def _as_effects(results: Results, rows: Sequence[Row]) -> list[Row]:
    """Return the rows of a stratum with the domain and flags that effects.csv holds of them."""
    plain = {"domain": "", "flags": ""}
    return [plain | results.effects.get(row["effect_id"], {}) | row for row in rows]


def _table_row(results: Results, analysis: str, stratum: str) -> Row | None:
    rows = results.rows("tables/pooled.csv")
    key = (analysis, stratum)
    return next((row for row in rows if (row["analysis"], row["stratum"]) == key), None)
