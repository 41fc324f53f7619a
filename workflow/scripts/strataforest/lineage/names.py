"""What a user may name: a stratum, a fit, a figure, a row of a table, an effect, a trial."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from unicodedata import normalize

from strataforest.errors import ReviewError
from strataforest.lineage.paper_rows import OTHER_NUMBERS, of_paper, of_subgroups
from strataforest.lineage.regressions import models, of_model_path, of_model_row
from strataforest.lineage.results import BUILD, Results, mistake
from strataforest.lineage.target import Target
from strataforest.sheets.identity import plain_key
from strataforest.tabular import Row

_ROW = re.compile(r"(.+\.csv):([0-9]{1,9})")
# Tables that hold a stratum's own numbers; others hold what another model makes of its effects.
OWN_NUMBERS = frozenset({"pooled.csv", "index.csv", "leave_one_out_summary.csv"})
KINDS = frozenset({"fits", "strata", "covariates", "by_preset", "gosh"})
SUFFIXES = frozenset({".json", ".csv", ".svg", ".pdf", ".png"})
_LEAVE_ONE_OUT = ("leave_one_out", "leave_one_out_by_trial")


def resolve(results: Results, name: str) -> list[Target]:
    """Return what `name` means; several targets only for a figure of several strata.

    Raises ReviewError, naming the nearest known names, for one that is not known.
    """
    effect_id = _effect_id(results, name)
    if effect_id:
        return [Target(effect_id=effect_id)]
    path, row = path_and_row(results, name)
    if row is not None:
        entry = row_of(results, name, path, row)
        compared = of_subgroups(results, entry) if {"within", "groups"} <= set(entry) else []
        return compared or [_table_row(results, name, path, row)]
    parts = tuple(part for part in path.split("/") if part)
    found = _strata_of(results, parts)
    if found:
        return [Target(*key) for key in found]
    found = of_model_path(results, parts)
    if found:
        return found
    trials = [i for i in results.studies if normalize("NFC", i) == normalize("NFC", name)]
    if trials:
        return [Target(study_id=trials[0])]
    if path.endswith(".csv") and _is_result(results, path):
        first = next(iter(results.rows(path)), {})
        if "effect_id" in first or {"analysis", "stratum"} <= set(first):
            expected = f"a row of it, such as {path}:2 (row 1 holds the headings)"
            raise mistake(name, "is a table of several numbers", expected=expected)
    raise _unknown(results, name)


def _effect_id(results: Results, name: str) -> str:
    """Return the effect that a name is the id of, with umlauts encoded or as they are typed."""
    if name in results.effects:
        return name
    # Letters may come composed or in two signs, as a terminal sends them.
    typed = normalize("NFC", plain_key(name))
    own = [i for i in results.effects if normalize("NFC", plain_key(i)) == typed]
    return own[0] if len(own) == 1 else ""


def path_and_row(results: Results, name: str) -> tuple[str, int | None]:
    """Return a name as a path inside the results folder, and the row after its colon."""
    match = _ROW.fullmatch(name)
    text = (match.group(1) if match else name).replace("\\", "/")
    row = int(match.group(2)) if match else None
    if text.startswith("./"):
        text = text[2:]
    folder = results.folder
    for prefix in (folder.as_posix(), folder.resolve().as_posix(), folder.resolve().name):
        if text.startswith(f"{prefix}/"):
            return text[len(prefix) + 1 :].rstrip("/"), row
    return text.rstrip("/"), row


def _is_result(results: Results, path: str) -> bool:
    """Whether a path is that of a file in the results folder."""
    try:
        return ".." not in path.split("/") and (results.folder / path).is_file()
    except (OSError, ValueError):  # too long, or with a character no file name can hold
        return False


def _strata_of(results: Results, parts: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the strata that a path inside the results folder is about."""
    strata = results.strata
    kind, rest = (parts[0], parts[1:]) if parts else ("", ())
    if parts in strata:
        return [parts]
    if kind == "figures" and len(rest) == 2 and rest[0] == "overview":
        analysis = Path(rest[1]).stem
        return [key for key in strata if key[0] == analysis]
    if kind == "figures" and len(rest) in {2, 3} and rest[:2] in strata:
        return [rest[:2]]
    if kind in KINDS and len(rest) == 2:
        key = (rest[0], Path(rest[1]).stem)
        return [key] if key in strata and Path(rest[1]).suffix in SUFFIXES else []
    if kind == "tables" and len(rest) == 2:
        names = {f"{a}_{s}.csv": (a, s) for a, s in strata}
        key = names.get(rest[1].removeprefix("LOO_"))
        return [key] if key else []
    return []


def row_of(results: Results, name: str, path: str, row: int) -> Row:
    """Return a row of a table; `row` as a spreadsheet numbers it.

    Raises ReviewError for a table or a row that is not there.
    """
    if not _is_result(results, path):
        raise _unknown(results, name)
    rows = results.rows(path)
    if not 2 <= row <= len(rows) + 1:
        what = "is the row of headings" if row == 1 else "is not a row of this table"
        expected = f"a row from 2 to {len(rows) + 1}" if rows else "a table with rows"
        raise mistake(name, what, expected=expected)
    return rows[row - 2]


def _table_row(results: Results, name: str, path: str, row: int) -> Target:
    """Return what one row of a table is about; `row` as a spreadsheet numbers it."""
    entry = row_of(results, name, path, row)
    parts = tuple(path.split("/"))
    if parts[0] == "tables" and parts[1] in _LEAVE_ONE_OUT:
        keys = _strata_of(results, parts)
        if keys:
            return Target(*keys[0], _omitted(results, keys[0], parts[1], entry), entry)
    if entry.get("effect_id") in results.effects:
        return Target(effect_id=entry["effect_id"])
    key = (entry.get("analysis", ""), entry.get("stratum", ""))
    if key in results.strata:
        return Target(*key, note="" if parts[-1] in OWN_NUMBERS else OTHER_NUMBERS)
    found = of_paper(results, name, path, row)
    if found:
        return found
    if "model" in entry and "scope" in entry:
        return of_model_row(entry)
    if "reason_code" in entry:
        where = f"{Path(entry['source_file']).name}!A{entry['source_row']}"
        words = f"is a row without effect: {entry['reason']}"
        raise mistake(name, words, f"ask for its cells, as with --cell '{where}'")
    raise mistake(name, "holds no number of a stratum or an effect", _nearest(results, name))


def _omitted(results: Results, key: tuple[str, str], table: str, row: Row) -> tuple[str, ...]:
    """Return the ids of the effects that a leave-one-out row leaves out."""
    if table == _LEAVE_ONE_OUT[0]:
        return (row["omitted_effect_id"],)
    rows = results.rows(f"strata/{key[0]}/{key[1]}.csv")
    return tuple(r["effect_id"] for r in rows if r["study_id"] == row["omitted_study_id"])


def _unknown(results: Results, name: str) -> ReviewError:
    is_result = path_and_row(results, name)[0].split("/")[0] in {"tables", "fits", "figures"}
    problem = "names no stratum, fit, figure, table row, effect or trial of these results"
    missing = f"; if it is not built yet, `{BUILD}` builds it" if is_result else ""
    return mistake(name, problem, _nearest(results, name) + missing)


def _nearest(results: Results, name: str) -> str:
    """Return the known names nearest to a name, else the first ones."""
    known = list(_known(results))
    path = path_and_row(results, name)[0].lower()
    lowered = {candidate.lower(): candidate for candidate in known}
    close = get_close_matches(path, list(lowered), n=3, cutoff=0.5)
    close = close or [c for c in lowered if path and (path in c or c in path)][:3]
    if close:
        return "did you mean " + " or ".join(f"'{lowered[c]}'" for c in close) + "?"
    return "known are " + ", ".join(f"'{candidate}'" for candidate in known[:3]) + ", ..."


def _known(results: Results) -> Iterator[str]:
    for model in models(results):
        yield f"meta_regression/{model}"
    for analysis, stratum in results.strata:
        yield f"{analysis}/{stratum}"
        yield f"fits/{analysis}/{stratum}.json"
        yield f"figures/{analysis}/{stratum}"
        yield f"tables/leave_one_out/LOO_{analysis}_{stratum}.csv"
    yield from ("tables/pooled.csv:2", "tables/leave_one_out_summary.csv:2")
    yield from map(plain_key, results.effects)
    yield from results.studies
