"""By what trials are grouped or compared: levels misspelt or unknown, words among numbers."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from strataforest.errors import Problem, unknown_reference
from strataforest.sheets.addresses import problem_at
from strataforest.sheets.configured_names import OF_EFFECTS
from strataforest.sheets.harmonize import Sheet
from strataforest.sheets.misspelt import meant
from strataforest.tabular import Row, is_number

# Levels beyond this are no groups, and take long to compare.
MOST_LEVELS = 100
SHOWN = 3


def moderators_in(models: Sequence[Mapping]) -> set[str]:
    """Return the moderators of the declared models."""
    return {name for model in models for name in model["moderators"]}


def level_problems(
    sheets: Mapping[str, Sheet], grouping: Collection[str], models: Sequence[Mapping]
) -> Iterator[Problem]:
    """Yield what is wrong with the values by which trials are grouped or compared.

    `grouping` are the columns that analyses group by; `models` the declared meta-regressions (name,
    moderators, factors, references). What comes with the effects is known later: those references
    are checked by `meta_regression.moderation.check_references`.
    """
    studies = sheets["studies"].rows
    moderators = moderators_in(models) - set(OF_EFFECTS)
    for column in sorted({*grouping, *moderators} - {"domain"}):
        yield from _misspelt(studies, column)
    for model in models:
        for name in sorted(set(model["moderators"]) - set(OF_EFFECTS) - set(model["factors"])):
            yield from _mixed(studies, name)
        for name, level in sorted(model["references"].items()):
            known = {row.get(name, "") for row in studies} - {""}
            if known and level not in known and name not in OF_EFFECTS:
                yield unknown_reference(model["name"], name, level, known)


def _misspelt(rows: Sequence[Row], column: str) -> Iterator[Problem]:
    """Yield a warning for a level of one trial alone that is that of others but for a slip."""
    count = Counter(row[column] for row in rows if row.get(column))
    common = [level for level, n in count.items() if n > 1 and not is_number(level)]
    if len(count) > MOST_LEVELS:
        return
    for row in rows:
        level = row.get(column, "")
        likely = meant(level, common) if count[level] == 1 else ""
        if likely:
            seen = f"'{level}' is the {column} of this trial alone"
            words = (seen, f"one that others have, such as '{likely}'", f"did you mean '{likely}'?")
            yield problem_at(row, column, *words, severity="warning", rule="misspelt_level")


def _mixed(rows: Sequence[Row], column: str) -> Iterator[Problem]:
    """Yield a warning for the words in a moderator of numbers: they make groups of them all."""
    filled = [row for row in rows if row.get(column)]
    words = [row for row in filled if not is_number(row[column])]
    if not words or 2 * len(words) > len(filled):
        return
    n = len(filled) - len(words)
    seen = f"'{words[0][column]}' stands among {n} numbers of the moderator '{column}'"
    if len(words) > 1:
        others = ", ".join(f"'{row[column]}'" for row in words[1 : 1 + SHOWN])
        seen += f", and so do {others}{' ...' if len(words) > 1 + SHOWN else ''}"
    mend = "mend the cell, or name the column under factors: each value is a group of its own now"
    rule = "mixed_moderator"
    yield problem_at(words[0], column, seen, "a number", mend, severity="warning", rule=rule)
