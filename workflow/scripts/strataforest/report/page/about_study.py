"""What a forest plot's row says about its study where the eye rests on it: people and cells."""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from strataforest.figures.labels import EVENTS
from strataforest.formatting import count, is_missing
from strataforest.tabular import Row

MOST_CELLS = 12


def arm_text(studies: Mapping[str, Sequence], i: int, arm: str) -> str:
    """Return the people of one arm of an effect, `4/450` where its events are known too."""
    people, name = studies[f"n_{arm}"][i], f"events_{arm}"
    if name in studies and studies[name][i] is not None:
        return f"{count(studies[name][i])}/{count(people)}"
    return count(people)


def people_words(studies: Mapping[str, Sequence], i: int) -> str:
    """Return both arms of an effect in words: "n = 89 intervention, 89 control"."""
    with_events = all(name in studies and not is_missing(studies[name][i]) for name in EVENTS)
    arms = [arm_text(studies, i, arm) for arm in ("treat", "control")]
    return f"{'Events/n' if with_events else 'n'} = {arms[0]} intervention, {arms[1]} control"


def cells_words(effect: Row) -> str:
    """Return where an effect stands in the sheets: "outcomes.xlsx [glycemic] C5, D5"."""
    cells = [cell for cell in effect.get("source_cells", "").split(";") if cell]
    more = len(cells) - MOST_CELLS
    shown = ", ".join(cells[:MOST_CELLS]) + (f" and {more} more" if more > 0 else "")
    tab = f"[{effect['source_tab']}]" if effect.get("source_tab") else ""
    name = PurePosixPath(effect.get("source_file", "")).name
    return " ".join(filter(None, (name, tab, shown)))
