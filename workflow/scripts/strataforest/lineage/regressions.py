"""The tree of a meta-regression: its coefficients, its effects, and the moderators' cells."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from strataforest.errors import ReviewError
from strataforest.lineage.cell import Cell, cell_of, corrected
from strataforest.lineage.results import BUILD, SHEETS, Results, unusable
from strataforest.lineage.target import Target
from strataforest.lineage.tree import EffectNode, effect_tree
from strataforest.names import scope_name
from strataforest.risk_of_bias.tools import OVERALL
from strataforest.tabular import Row, number, read_json

SCOPE = ("scope", "domain", "measure")


@dataclass(frozen=True)
class Term:
    """One coefficient with its test."""

    term: str
    b: float
    se: float
    ci_low: float
    ci_high: float
    p_value: float


@dataclass(frozen=True)
class Moderated:
    """One effect of a meta-regression with the cells of its moderators."""

    effect: EffectNode
    moderators: tuple[Cell, ...]


@dataclass(frozen=True)
class RegressionNode:
    """One scope of a meta-regression: all domains of a measure (`domain` is empty), or one domain.

    Numbers and `terms` are empty where it was not fitted; `dropped` are (effect_id, the moderators
    that it lacks).
    """

    model: str
    scope: str
    domain: str
    measure: str
    moderators: tuple[str, ...]
    k: int
    status: str
    reason: str
    tau2: float
    i2: float
    r2: float
    terms: tuple[Term, ...]
    effects: tuple[Moderated, ...]
    dropped: tuple[tuple[str, tuple[str, ...]], ...]
    warnings: tuple[str, ...]


def models(results: Results) -> list[str]:
    """Return the names of the meta-regressions that were fitted."""
    return sorted(path.stem for path in (results.folder / "meta_regression").glob("*.json"))


def of_model_path(results: Results, parts: Sequence[str]) -> list[Target]:
    """Return the scopes of the model that a path is the name, the fit or the figures of."""
    parts = parts[1:] if parts[:1] == ("figures",) else parts
    if len(parts) not in {2, 3} or parts[0] != "meta_regression":
        return []
    model = parts[1].removesuffix(".json")
    if model not in models(results):
        return []
    scopes = _model(results, model)["scopes"]
    found = [(s, scope_name(s)) for s in scopes]
    if len(parts) == 3:
        # One domain's name may begin with another's.
        own = [prefix for _, prefix in found if parts[2].startswith(f"{prefix}_")]
        found = [(s, prefix) for s, prefix in found if prefix == max(own, key=len, default="")]
    return [Target(model=model, scope=tuple(s[name] for name in SCOPE)) for s, _ in found]


def of_model_row(row: Row) -> Target:
    """Return the scope that a row of the tables of models or of terms is about."""
    note = f"This row is the coefficient of {row['term']} in:" if row.get("term") else ""
    return Target(model=row["model"], scope=tuple(row[name] for name in SCOPE), note=note)


def regression_tree(
    results: Results, model: str, scope: tuple[str, str, str], depth: str = "cells"
) -> RegressionNode:
    """Return the tree of one scope of a model. Raises ReviewError where it is not built."""
    file = _model(results, model)
    fits = [fit for fit in file["scopes"] if tuple(fit[name] for name in SCOPE) == scope]
    if not fits:
        raise _not_built(results, model)
    fit, names = fits[0], tuple(file["moderators"])
    numbers = fit.get("model") or {}
    effects = tuple(_effects(results, fit, names, depth))
    warnings = dict.fromkeys(words for each in effects for words in each.effect.warnings)
    warnings |= dict.fromkeys(w for each in effects for w in corrected(each.moderators, True))
    warnings |= dict.fromkeys(_stale(results, fit))
    effects = tuple(replace(e, effect=replace(e.effect, warnings=())) for e in effects)
    return RegressionNode(
        model,
        *scope,
        names,
        fit["k"],
        fit["status"],
        fit["reason"],
        *(_number(numbers.get(name)) for name in ("tau2", "i2", "r2")),
        tuple(_term(term) for term in fit.get("terms", ())),
        () if depth == "pooled" else effects,
        tuple((entry["effect_id"], tuple(entry["missing"])) for entry in fit["dropped"]),
        tuple(warnings),
    )


def _model(results: Results, model: str) -> Mapping[str, Any]:
    path = results.folder / "meta_regression" / f"{model}.json"
    if not path.is_file():
        raise _not_built(results, model)
    return results.once(("model", model), lambda: read_json(path))


def _not_built(results: Results, model: str) -> ReviewError:
    path = results.folder / "meta_regression" / f"{model}.json"
    return unusable(str(path), "is not built as the tables have it", f"build it with `{BUILD}`")


def _number(value: Any) -> float:
    """Return a number of a fit file, which writes infinities as text."""
    return math.nan if value is None else float(value)


def _term(term: Mapping[str, Any]) -> Term:
    names = ("b", "se", "ci_low", "ci_high", "p_value")
    return Term(term["term"], *(_number(term[name]) for name in names))


def _effects(
    results: Results, fit: Mapping, names: Sequence[str], depth: str
) -> Iterator[Moderated]:
    for effect_id in fit.get("effects", {}).get("effect_id", ()):
        if effect_id in results.effects:
            node = effect_tree(results, effect_id, depth=depth)
            cells = (_moderator(results, results.effects[effect_id], name) for name in names)
            yield Moderated(node, tuple(cells))


def _moderator(results: Results, effect: Row, name: str) -> Cell:
    """Return where an effect's moderator stands; no address for what is computed from its row."""
    study = results.studies.get(effect["study_id"], {})
    if name == "ln_n_total" and effect["n_total"]:
        return Cell("", "", "", name, "", repr(math.log(number(effect["n_total"]))))
    if name == "risk_of_bias":
        judged = results.rows(SHEETS["risk_of_bias"])
        own = [row for row in judged if row["study_id"] == effect["study_id"]]
        return cell_of(results, own[0], OVERALL) if own else Cell("", "", "", name, "", "")
    if name in study:
        return cell_of(results, study, name)
    rows = results.rows_of(effect)
    return cell_of(results, rows[0], name) if rows else Cell("", "", "", name, "", "")


def _stale(results: Results, fit: Mapping) -> Iterator[str]:
    """Yield the effects that the model has with other numbers than effects.csv."""
    own = fit.get("effects", {})
    rows = zip(*(own.get(name, ()) for name in ("effect_id", "yi", "vi")), strict=True)
    for effect_id, yi, vi in rows:
        effect = results.effects.get(effect_id)
        if effect is None:
            yield f"the model holds {effect_id}, which effects.csv does not; run `{BUILD}`"
        elif (number(effect["yi"]), number(effect["vi"])) != (yi, vi):
            yield f"the model holds other numbers of {effect_id} than effects.csv; run `{BUILD}`"
