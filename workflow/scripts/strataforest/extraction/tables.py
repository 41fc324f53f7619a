"""Rows of discrepancies.csv and discrepancies_by_stratum.csv."""

from collections.abc import Iterator, Mapping, Sequence

from strataforest.extraction.consequences import Consequence, StratumChange
from strataforest.extraction.pairs import KEYS
from strataforest.sheets.identity import KEY_COLUMNS

WHAT = ("sheet", *KEY_COLUMNS, "column", "first_value", "second_value")
DECISION = ("decision", "decided_by", "note")
_SIDES = ("first", "second")
_POOLED = tuple(f"{name}_{s}" for s in _SIDES for name in ("estimate", "ci_low", "ci_high"))
_EFFECT = tuple(f"{name}_{side}" for side in _SIDES for name in ("yi", "vi"))
_PLACED = (*_SIDES, "decided", "decision")
_PLACES = tuple(f"{side}_{part}" for side in _PLACED for part in ("file", "tab", "cell"))
DISCREPANCY_COLUMNS = (
    *(*WHAT, *DECISION, "decided_value", "matters", "stratum"),
    *(*_POOLED, "change", "change_in_se", "crossed", "strata_moved"),
    *("effect_id", *_EFFECT, "yi_change", "remark", *_PLACES),
)
STRATUM_COLUMNS = (
    *(*WHAT, "analysis", "stratum", "k_first", "k_second", *_POOLED),
    *("change", "change_in_se", "crossed"),
)


def discrepancy_rows(found: Sequence[Consequence]) -> Iterator[dict]:
    """Yield one row per discrepancy: what differs, what it moves, what was decided.

    The pooled numbers are those of the stratum that moves most (one whose conclusion changes comes
    first); the effect is that of the row, of a study's cell the one of its effects that moves most.
    """
    for one in found:
        cell, largest = one.discrepancy, one.largest
        places = {"first": cell.first_at, "second": cell.second_at}
        places["decided"] = cell.decided_at or ("", "", "")
        places["decision"] = cell.typed_at or ("", "", "")
        moved = _moved(largest) if largest else dict.fromkeys((*_POOLED, "change", "change_in_se"))
        yield {
            **_what(one),
            **{name: getattr(cell, name) for name in DECISION},
            "decided_value": cell.value,
            "matters": one.matters,
            "stratum": f"{largest.analysis}/{largest.stratum}" if largest else "",
            **moved,
            "crossed": ";".join(_crossed(one)),
            "strata_moved": len(one.strata),
            "effect_id": one.first.get("effect_id") or one.second.get("effect_id", ""),
            **_effect(one.first, one.second),
            "remark": "; ".join(filter(None, (cell.remark, one.remark))),
            **{
                f"{side}_{part}": value
                for side, place in places.items()
                for part, value in zip(("file", "tab", "cell"), place, strict=True)
            },
        }


def stratum_rows(found: Sequence[Consequence]) -> Iterator[dict]:
    """Yield one row per discrepancy and stratum whose pooled numbers it moves."""
    for one in found:
        for stratum in one.strata:
            yield {
                **_what(one),
                "analysis": stratum.analysis,
                "stratum": stratum.stratum,
                **{f"k_{side}": getattr(stratum, side)["k"] for side in _SIDES},
                **_moved(stratum),
                "crossed": ";".join(stratum.crossed),
            }


def _what(one: Consequence) -> dict[str, str]:
    cell = one.discrepancy
    key = {name: cell.pair.row[name] for name in KEYS[cell.kind]}
    found = {"sheet": cell.kind, **dict.fromkeys(KEY_COLUMNS, ""), **key, "column": cell.column}
    return found | {"first_value": cell.first, "second_value": cell.second}


def _crossed(one: Consequence) -> list[str]:
    """Return the lines that any stratum crosses, each once."""
    return list(dict.fromkeys(line for stratum in one.strata for line in stratum.crossed))


def _moved(stratum: StratumChange) -> dict[str, str | float]:
    numbers = {
        f"{name}_{side}": getattr(stratum, side)[name]
        for side in _SIDES
        for name in ("estimate", "ci_low", "ci_high")
    }
    return numbers | {"change": stratum.change, "change_in_se": stratum.change_in_se}


def _effect(first: Mapping[str, str], second: Mapping[str, str]) -> dict[str, str | float | None]:
    numbers = {
        f"{name}_{side}": effect.get(name, "")
        for side, effect in (("first", first), ("second", second))
        for name in ("yi", "vi")
    }
    both = numbers["yi_first"] and numbers["yi_second"]
    change = float(numbers["yi_second"]) - float(numbers["yi_first"]) if both else None
    return numbers | {"yi_change": change}
