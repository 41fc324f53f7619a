"""What a snapshot keeps of the meta-regressions: their numbers, and what these were made from."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from strataforest.names import scope_name
from strataforest.tabular import Row, read_rows

# Read as they stand in the two tables, so that what is said later equals what was published.
KEPT = ("model", "domain", "status", "reason", "k", "tau2")
TERM_KEPT = ("term", "b", "ci_low", "ci_high", "p_value")
PARTS = {*KEPT, "scope", "label", "moderators", "references", "strata", "terms"}
TOLD = ("model", "scope", "status", "k", "tau2", "terms")
# What a snapshot of an earlier version lacks.
NAMES = ("models", "moderators")


def regressions_in(results: Path, pooled: Sequence[Row], grouping: Sequence[str]) -> dict:
    """Return the fits of all declared models, and the moderators of each effect they draw on.

    Results of a version without these tables have no such part.
    """
    table = results / "tables" / "meta_regression_models.csv"
    if not table.is_file():
        return {}
    models = read_rows(table)
    terms = read_rows(results / "tables" / "meta_regression_terms.csv") if models else []
    domains = _domains(pooled, grouping)
    names = {name for model in models for name in model["moderators"].split(";")}
    return {
        "models": [_model(model, terms, domains) for model in models],
        "moderators": dict(_moderators(results, domains, names)) if models else {},
    }


def _domains(pooled: Sequence[Row], grouping: Sequence[str]) -> list[Row]:
    """Return the strata that are whole domains, of the first analysis that has such."""
    rows = [
        row
        for row in pooled
        if row["k"] != "0" and [name for name in grouping if row[name]] == ["domain"]
    ]
    return [row for row in rows if row["analysis"] == rows[0]["analysis"]]


def _model(model: Row, terms: Sequence[Row], domains: Sequence[Row]) -> dict:
    """Return one model in one scope."""
    names = ("model", "scope", "domain", "measure")
    own = [term for term in terms if all(term[name] == model[name] for name in names)]
    if model["scope"] == "domain":
        strata = [row for row in domains if row["stratum"] == model["domain"]]
        label = strata[0]["label"] if strata else model["domain"]
    else:
        wanted = ("continuous", model["measure"])
        strata = [row for row in domains if (row["type"], row["measure"]) == wanted]
        label = f"All continuous outcomes, {model['measure']}"
    return {name: model[name] for name in KEPT} | {
        "scope": scope_name(model),
        "label": label,
        "moderators": model["moderators"].split(";"),
        "references": {
            term["term"].split(": ", 1)[0]: term["reference"] for term in own if term["reference"]
        },
        "strata": [[row["analysis"], row["stratum"]] for row in strata],
        "terms": [{name: term[name] for name in TERM_KEPT} for term in own],
    }


def _moderators(
    results: Path, domains: Sequence[Row], names: Collection[str]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each effect with the moderators that the sheets and its own numbers give it."""
    for row in domains:
        place = Path(row["analysis"]) / f"{row['stratum']}.csv"
        effects = {e["effect_id"]: e for e in read_rows(results / "strata" / place)}
        for described in read_rows(results / "covariates" / place):
            known = described | effects.get(described["effect_id"], {})
            values = {"ln_n_total": known.get("n_total", "")} | known
            kept = {name: values[name] for name in sorted(names) if name in values}
            yield described["effect_id"], kept


def essence(state: Mapping) -> list[list]:
    """Return what makes the meta-regressions of a state others: what would be told of them."""
    return sorted([str(model[name]) for name in TOLD] for model in state.get("models", []))
