"""Whether a heading is one of ours, misspelt: then its column would go unread without a sign."""

import re
from collections.abc import Iterable

from strataforest.sheets.columns import REMARKS

# Nothing is computed or decided by these, and teams have columns of much the same name.
HARMLESS = REMARKS | {"citation", "country", "population", "comparator", "doi", "basis"}
HARMLESS |= {"eligibility_reason", "unit"}
SHORTEST = 4  # letters of a word that may be misspelt: n and sd, q1 and q3 are words of their own
LONG = 8  # letters of a word in which two may be wrong


def meant(heading: str, known: Iterable[str]) -> str:
    """Return the name of `known` that a heading misspells, or an empty string.

    Both have the same words but for slips: a letter too many, too few, wrong or changed places
    (two in words of 8 letters and more), a word cut short or spelt out, and how words are joined.
    """
    for name in known:
        if name not in HARMLESS and _is_slip(_plain(heading), _plain(name)):
            return name
    return ""


def counterpart(name: str) -> str:
    """Return the column of the other arm: sd_control of sd_treat; empty where there is none."""
    stem, _, arm = name.rpartition("_")
    other = {"treat": "control", "control": "treat"}.get(arm)
    return f"{stem}_{other}" if other else ""


def _plain(heading: str) -> str:
    return re.sub(r"[\W_]+", "_", heading).strip("_").casefold()


def _is_slip(one: str, other: str) -> bool:
    if one.replace("_", "") == other.replace("_", ""):
        return True
    words = list(zip(one.split("_"), other.split("_"), strict=False))
    if one.count("_") != other.count("_"):
        return False
    # A word alone that goes on may well be another word: design and designation.
    return all(_is_same_word(*pair, may_be_cut=len(words) > 1) for pair in words)


def _is_same_word(one: str, other: str, *, may_be_cut: bool) -> bool:
    if one == other:
        return True
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) < SHORTEST or not (one + other).isalpha():
        return False
    if may_be_cut and longer.startswith(shorter):
        return True
    return _slips(one, other) <= (1 if len(shorter) < LONG else 2)


def _slips(one: str, other: str) -> int:
    """Return how many slips turn one word into the other (optimal string alignment distance)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, b in enumerate(other, 1):
            costs = [before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b)]
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                costs.append(last[j - 2] + 1)
            row.append(min(costs))
    return row[-1]
