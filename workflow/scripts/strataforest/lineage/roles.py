"""What a cell of a row of data does, in words, and the outputs that follow from it."""

from collections.abc import Iterator, Sequence

from strataforest.lineage import described, touches
from strataforest.lineage.formulas import arithmetic
from strataforest.lineage.results import SHEETS, Results, place, places
from strataforest.lineage.touches import Touch
from strataforest.risk_of_bias.tools import DOMAINS, OVERALL
from strataforest.sheets.columns import REMARKS, VOCABULARY
from strataforest.sheets.identity import KEY_COLUMNS, cell_addresses
from strataforest.tabular import Row

INDEX_COLUMNS = frozenset(
    {"analysis", "stratum", "domain", "type", "measure", "k", "n_studies", "n_participants"}
    | {"status", "reason", "warning", "favourable"}
)
SIZES = frozenset({"n_treat", "n_control", "n_total"})
CLUSTER = frozenset({"design", "cluster_size", "icc"})
JUDGED = frozenset({*DOMAINS, OVERALL, "study_id"})


def of_row(
    results: Results, kind: str, row: Row, column: str, value: str
) -> tuple[list[str], list[Touch]]:
    """Return what a cell of a row of data does."""
    if not column:
        return ["It stands in a column that holds nothing."], []
    functions = {"outcomes": _of_outcome, "studies": _of_study}
    if kind in functions:
        about, found = functions[kind](results, row, column, value)
    else:
        about, found = _of_other(results, kind, row, column, value)
    record = list(touches.of_row(results, SHEETS[kind], row)) if value else []
    return about, [*record, *found]


def _of_outcome(
    results: Results, row: Row, column: str, value: str
) -> tuple[list[str], list[Touch]]:
    effects = [
        e for e in results.effects.values() if place(row) in places(e) and row in results.rows_of(e)
    ]
    about = [f"Row {row['source_row']}: {row['study_id']}, {row['domain']}, {row['indicator']}."]
    if column in REMARKS or column not in {c.name for c in VOCABULARY["outcomes"]}:
        return [*about, "It only describes; no number depends on it." if value else _empty()], []
    if not effects:
        found = list(touches.of_exclusion(results, row))
        gone = "The row has no effect" + (f": {found[0].what}." if found else ".")
        return [*about, gone, *([] if value else [_empty()])], found
    if not value:
        return [*about, _empty()], []
    found = []
    for effect in effects:
        symbols = _symbols(results, effect, row)
        if column in symbols:
            symbol = f" as {symbols[column]}" if symbols[column] else ""
            about.append(f"It enters the effect {effect['effect_id']}{symbol}.")
        elif column in KEY_COLUMNS:
            about.append(f"It says what the effect {effect['effect_id']} is about.")
        else:
            words = f"does not use it: its route is {effect['route']}."
            about.append(f"The effect {effect['effect_id']} {words}")
            continue
        about += _standing(results, effect["effect_id"])
        below = touches.of_effect(results, effect["effect_id"])
        # A number changes no covariate; what the effect is about (its weeks, its name) does.
        found += [t for t in below if column in KEY_COLUMNS or t.kind != "covariates"]
        found += described.of_models(results, effect["effect_id"])
    randomised = results.studies.get(row["study_id"], {}).get("n_randomised")
    if found and column in SIZES and not randomised:
        # The design regression then takes the trial's largest n.
        found += described.of_design(results, row["study_id"])
    return about, found


def _symbols(results: Results, effect: Row, record: Row) -> dict[str, str]:
    """Return the columns of a record that enter its effect, with their symbols."""
    study = results.studies.get(effect["study_id"], {})
    working = arithmetic(effect, results.rows_of(effect) or record, study)
    own = (e for e in working.inputs if (e.sheet, e.row) == ("outcomes", record["source_row"]))
    symbols = {entry.column: entry.symbol for entry in own}
    by_address = {address: column for column, address in cell_addresses(record).items()}
    for address in effect["source_cells"].split(";"):
        if address in by_address:
            symbols.setdefault(by_address[address], "")
    # The people are counted, and the direction is kept, also where the formula needs neither.
    always = ("n_treat", "n_control", "higher_is_better")
    return symbols | {c: symbols.get(c, "") for c in always if record[c]}


def _standing(results: Results, effect_id: str) -> Iterator[str]:
    decision = results.decisions.get(effect_id)
    if decision is not None and decision["decision"] != "selected":
        yield f"That effect is not selected and enters no stratum: {decision['reason']}."


def _empty() -> str:
    return "It is empty."


def _of_study(results: Results, row: Row, column: str, value: str) -> tuple[list[str], list[Touch]]:
    study_id = row["study_id"]
    ids = [e["effect_id"] for e in results.effects.values() if e["study_id"] == study_id]
    about = [f"The study {study_id}, which has {len(ids)} effects."]
    covariates = list(touches.of_covariates(results, study_id)) if value else []
    covariates += _described(results, study_id, ids, column)
    if value and described.is_printed(results, column):
        covariates += described.of_characteristics(results, study_id)
    analyses = _grouped_by(results, column)
    if column == "study_id":
        about.append("It joins the study to its outcomes.")
        found = [t for effect_id in ids for t in touches.of_effect(results, effect_id)]
    elif column == "eligible" or (column == "eligibility_reason" and row["eligible"] == "no"):
        about.append("It decides whether the trial is in the review; empty means yes.")
        found = [t for effect_id in ids for t in touches.of_choice(results, effect_id)]
    elif analyses or (column == "platforms" and not row["primary_platform"]):
        about.append("It decides in which strata the trial's effects stand.")
        analyses = analyses or _grouped_by(results, "primary_platform")
        found = [t for effect_id in ids for t in touches.of_place(results, effect_id, analyses)]
    elif column in CLUSTER and any(_uses(results, i, column) for i in ids):
        about.append("It enters the design effect of a cluster trial.")
        used = [effect_id for effect_id in ids if _uses(results, effect_id, column)]
        found = [t for effect_id in used for t in touches.of_effect(results, effect_id)]
    else:
        models = sorted({t.what.split(",")[0] for t in covariates if t.kind == "fit"})
        words = f"It is a moderator of {', '.join(models)}" if models else "It describes the trial"
        about.append(f"{words}; no pooled number depends on it.")
        found = []
    if not value:
        about.append(_empty())
    return about, [*found, *covariates]


def _described(results: Results, study_id: str, ids: Sequence[str], column: str) -> list[Touch]:
    """Return what reads a column of the sheet of studies beside the pooled fits."""
    everything = column in {"study_id", "eligible"}
    found = []
    for effect_id in ids:
        found += described.of_models(results, effect_id, "" if everything else column)
    if everything:
        found += described.of_judgement(results, study_id)
    if column in described.DESIGN:
        found += described.of_design(results, study_id)
    if column == "year":
        found += described.of_year(results, study_id)
    return found


def _uses(results: Results, effect_id: str, column: str) -> bool:
    """Whether a study's column enters the arithmetic of an effect."""
    effect = results.effects[effect_id]
    records = results.rows_of(effect)
    working = arithmetic(effect, records or {}, results.studies.get(effect["study_id"], {}))
    if column == "design" and "cluster_not_adjusted" in effect["flags"]:
        return True
    return any((entry.sheet, entry.column) == ("studies", column) for entry in working.inputs)


def _grouped_by(results: Results, column: str) -> set[str]:
    """Return the analyses that group by a column of the studies sheet."""
    name = "platform" if column == "primary_platform" else column
    if name in INDEX_COLUMNS or (column == "platform" and name != column):
        return set()
    return {row["analysis"] for row in results.strata.values() if row.get(name)}


def _of_other(
    results: Results, kind: str, row: Row, column: str, value: str
) -> tuple[list[str], list[Touch]]:
    """Return what a cell of the risk-of-bias sheet or of the flow does."""
    if not value:
        return [_empty()], []
    found = []
    if kind == "flow":
        found += touches.files(results, "covariates", "covariates", "flow.csv")
        found += touches.files(results, "figure", "figures/prisma")
    elif column in JUDGED:
        found += described.of_judgement(results, row["study_id"])
    if kind == "risk_of_bias" and column in {OVERALL, "study_id"}:
        found += touches.of_covariates(results, row["study_id"])
    return ["No pooled number depends on it."], found
