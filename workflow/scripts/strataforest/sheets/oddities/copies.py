"""Warnings about numbers that stand in two places: copied rows and arms, a trial entered twice."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from strataforest.errors import Problem
from strataforest.sheets.identity import effect_key
from strataforest.sheets.oddities.implied import ARMS
from strataforest.sheets.oddities.warning import warning
from strataforest.tabular import Row

# Numbers that two rows about different things hardly share by chance.
STRONG = (
    tuple(f"{name}_{arm}" for name in ("mean", "sd") for arm in ARMS),
    ("md", "md_ci_low", "md_ci_high"),
    ("t_stat", "n_treat", "n_control"),
)
# Numbers that two trials may share, unless they also have the same year and people.
WEAK = (
    *((f"mean_{arm}", f"sd_{arm}", f"n_{arm}") for arm in ARMS),
    tuple(f"{name}_{arm}" for name in ("events", "n") for arm in ARMS),
    ("p_value", "n_treat", "n_control"),
)
MIN_DIGITS = 3


def repeated_numbers(rows: Sequence[Row], studies: Sequence[Row]) -> Iterator[Problem]:
    """A row with the numbers of another row about something else.

    The same means and SDs, md and CI, or t (three digits) and n. One warning per pair of trials,
    at the later's first such row; between trials of the same year and n_randomised, the same mean,
    SD and n of one arm, counts or p are enough.
    """
    facts = {row["study_id"]: (row["year"], row["n_randomised"]) for row in studies}
    first: dict[tuple, Row] = {}
    between: dict[tuple[str, str], list[tuple[Row, Row, str]]] = defaultdict(list)
    for row in rows:
        found = _earlier(row, first, facts)
        if not found:
            continue
        other, cell = found
        if other["study_id"] == row["study_id"]:
            yield _copied_row(row, other, cell)
        else:
            between[other["study_id"], row["study_id"]].append((row, other, cell))
    for pairs in between.values():
        row, other, cell = pairs[0]
        if len(pairs) == 1 and _facts(row, facts) != _facts(other, facts):
            yield _copied_row(row, other, cell)
        else:
            yield _same_trial(pairs)


def _facts(row: Row, facts: Mapping[str, tuple]) -> tuple:
    known = facts.get(row["study_id"], ("", ""))
    return known if all(known) else (row["study_id"],)


def _earlier(
    row: Row, first: dict[tuple, Row], facts: Mapping[str, tuple]
) -> tuple[Row, str] | None:
    """Return the first earlier row with these numbers and the cell, and remember this row."""
    found = None
    about = (row["domain"], row["indicator"], *_facts(row, facts))
    keys = [(names, ()) for names in STRONG] + [(names, about) for names in WEAK]
    for names, key in keys:
        if not all(row[name] for name in names) or not _is_telling(row, names):
            continue
        other = first.setdefault((names, key, *(row[name] for name in names)), row)
        if other is row or found or (names in WEAK and other["study_id"] == row["study_id"]):
            continue
        if effect_key(other) != effect_key(row):
            found = other, names[0]
    return found


def _is_telling(row: Row, names: tuple[str, ...]) -> bool:
    """Return whether a t has three digits and a p is exact; means, SDs and counts always tell."""
    if names[0] == "p_value":
        return row["p_value"][0] not in "<>"
    return names[0] != "t_stat" or sum(c.isdigit() for c in row["t_stat"]) >= MIN_DIGITS


def _copied_row(row: Row, other: Row, cell: str) -> Problem:
    seen = f"the numbers are those of row {other['source_row']} of "
    seen += f"{other['source_file']} ({other['study_id']}, {other['indicator']})"
    mend = "check that neither row was copied and left unchanged"
    return warning(row, cell, seen, "numbers of its own", mend)


def _same_trial(pairs: Sequence[tuple[Row, Row, str]]) -> Problem:
    row, other, _ = pairs[0]
    rows = "a row" if len(pairs) == 1 else f"{len(pairs)} rows"
    seen = f"{rows} of {row['study_id']} with the numbers of {other['study_id']}"
    seen += f" (row {other['source_row']} of {other['source_file']})"
    mend = "check that this is not the same trial under another name"
    return warning(row, "study_id", seen, "each trial once", mend)


def like_arms(row: Row) -> Iterator[Problem]:
    """Arms with the same mean and SD to the last digit (five digits or more in both together)."""
    pairs = [(row[f"{name}_treat"], row[f"{name}_control"]) for name in ("mean", "sd")]
    digits = sum(c.isdigit() for treat, _ in pairs for c in treat)
    if all(treat and treat == control for treat, control in pairs) and digits > MIN_DIGITS + 1:
        seen = f"both arms have the mean {pairs[0][0]} and the SD {pairs[1][0]}"
        mend = "check that one arm was not copied to the other"
        yield warning(row, "mean_control", seen, "each arm's own numbers", mend)
