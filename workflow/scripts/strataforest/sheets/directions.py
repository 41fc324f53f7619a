"""Whether higher is better: what sheets and configuration say of each indicator."""

from collections.abc import Iterator, Mapping

from strataforest.directions import direction_of
from strataforest.errors import Problem
from strataforest.sheets.addresses import problem_at
from strataforest.sheets.harmonize import Sheet
from strataforest.tabular import Row


def contradicted_direction(row: Row, domains: Mapping, indicators: Mapping) -> Iterator[Problem]:
    """Yield an error where a row contradicts the config, or nobody gives a mean its direction."""
    declared = indicators.get(row["indicator"], {}).get("higher_is_better")
    in_sheet = row["higher_is_better"]
    if declared is not None and in_sheet and declared != (in_sheet == "yes"):
        seen = f"higher_is_better is {in_sheet} for {row['indicator']}"
        expected = f"{'yes' if declared else 'no'}, as the config says"
        words = (seen, expected, "mend the cell or the config")
        yield problem_at(row, "higher_is_better", *words, rule="contradicted_direction")
    is_continuous = domains.get(row["domain"], {}).get("type") == "continuous"
    if is_continuous and row["indicator"] and not direction_of(row, indicators):
        seen = f"the direction of {row['indicator']} is not known"
        mend = "fill higher_is_better here, or under `indicators:` in the config"
        yield problem_at(row, "indicator", seen, "yes or no", mend, rule="unknown_direction")


def unknown_directions(outcomes: Sheet, domains: Mapping, indicators: Mapping) -> Iterator[Problem]:
    """Yield a warning for each indicator of events whose direction nobody gives, at its first row.

    Ratios are pooled as they are; what is said of them then names no arm as the favoured one.
    """
    told = set()
    for row in outcomes.rows:
        name = row["indicator"]
        is_binary = domains.get(row["domain"], {}).get("type") == "binary"
        if not is_binary or not name or name in told:
            continue
        if not direction_of(row, indicators):
            told.add(name)
            seen = f"the direction of {name} is not known: no result of it is said to favour an arm"
            mend = "fill higher_is_better here, or under `indicators:` in the config"
            rule = "unknown_direction"
            words = (seen, "yes or no", mend)
            yield problem_at(row, "indicator", *words, severity="warning", rule=rule)
