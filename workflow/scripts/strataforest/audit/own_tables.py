"""The review's own printed tables, read back as published rows: what we print is audited too."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from strataforest.sheets.addresses import SOURCE_COLUMNS
from strataforest.sheets.columns import VOCABULARY, Column, Unreadable, parse
from strataforest.sheets.grid import cell_name
from strataforest.tabular import Row

KNOWN = {column.name: column for column in VOCABULARY["published"]}
# "0.68 (0.37 to 1.00)" and "−0.66 to 2.03"
_EFFECT = re.compile(r"(?P<estimate>\S+)(?: \((?P<low>\S+) to (?P<high>\S+)\))?")
_INTERVAL = re.compile(r"(?P<low>\S+) to (?P<high>\S+)")


@dataclass(frozen=True)
class Printed:
    """The words that the tables were printed with, and the strata that they are about.

    `pooled` are the rows of pooled.csv, `analyses` and `domains` the labels by name, `cross` the
    second column of each Table 2 by its analysis, `findings` the analysis of Table 3, `level` the
    confidence level (0 to 1).
    """

    pooled: Sequence[Row]
    analyses: Mapping[str, str]
    domains: Mapping[str, str]
    cross: Mapping[str, str]
    findings: str
    level: float

    @property
    def groups(self) -> list[str]:
        """The columns of the strata's grouping values, as the index of strata names them."""
        names = list(self.pooled[0]) if self.pooled else []
        return names[names.index("stratum") + 1 : names.index("type")] if names else []

    def stratum(self, analysis: str, label: str) -> Row | None:
        """Return the pooled row of a stratum by its label, where only one has it."""
        own = [r for r in self.pooled if (r["analysis"], r["label"]) == (analysis, label)]
        return own[0] if len(own) == 1 else None


def own_rows(tables: Mapping[str, Sequence[Row]], printed: Printed) -> list[Row]:
    """Return the rows of the printed tables, by the stem of their file, as published rows.

    Table 2 of every analysis, the summary of findings, and the range of each leave-one-out table.
    A row that prints no number (its stratum was not pooled) keeps its k.
    """
    found: list[Row] = []
    for analysis, group in printed.cross.items():
        name = f"table2_{analysis}"
        found += _rows(name, tables.get(name, ()), printed, _crossed(analysis, group, printed))
    name = "table3_summary_of_findings"
    found += _rows(name, tables.get(name, ()), printed, lambda row: _finding(row, printed))
    return found + list(_ranges(tables.get("table_s1_leave_one_out", ()), printed))


def _rows(name: str, rows: Iterable[Row], printed: Printed, read) -> Iterator[Row]:
    for number, row in enumerate(rows, start=2):
        cells = read(row)
        if cells is not None:
            yield _published(name, list(row), [number], cells, printed)


def _published(
    name: str,
    headings: Sequence[str],
    numbers: Sequence[int],
    cells: Mapping[str, tuple[str, str]],
    printed: Printed,
) -> Row:
    """Return a published row; `cells` are (heading, text) by column, no heading for our words."""
    row = dict.fromkeys([*KNOWN, *printed.groups, *SOURCE_COLUMNS], "")
    addresses = []
    for column, (heading, text) in cells.items():
        row[column] = _value(KNOWN.get(column), text)
        if heading and row[column]:
            place = cell_name(numbers[0] - 1, headings.index(heading))
            addresses.append(f"{column}={place}")
    file = f"{name}.csv"
    rows = f"row {numbers[0]}" + (f"-{numbers[-1]}" if len(numbers) > 1 else "")
    source = (f"tables/{file}", "", str(numbers[0]), ";".join(addresses))
    row |= dict(zip(SOURCE_COLUMNS, source, strict=True))
    level = "" if printed.level == 0.95 else repr(printed.level)
    return row | {"source": file, "locator": rows, "level": level}


def _value(column: Column | None, text: str) -> str:
    """Return a printed cell as a sheet would give it; nothing where it holds no number."""
    if column is None or column.kind in {"text", "choice"}:
        return text
    if column.kind == "count":
        # k of dependent effects is "5 (3 trials)"; thousands are told apart by narrow spaces.
        text = re.sub(r"\D", "", text.partition("(")[0])
    with suppress(Unreadable):
        return parse(column, text)
    return ""


def _crossed(analysis: str, group: str, printed: Printed):
    names = {label: name for name, label in printed.domains.items()}

    def read(row: Row) -> dict[str, tuple[str, str]]:
        headings = list(row)
        domain, second, k, people, measure, estimate, interval, i2, p, favourable = headings
        cells = {
            "analysis": ("", analysis),
            "domain": (domain, names[row[domain]]),
            group: (second, row[second]),
            "k": (k, row[k]),
            "n_participants": (people, row[people]),
            "measure": (measure, row[measure] if row[measure] in printed_measures() else ""),
            "estimate": (estimate, row[estimate]),
            "i2": (i2, row[i2]),
            "p_value": (p, row[p]),
            "positive_favours": ("", _arm(row[favourable])),
        }
        return cells | _limits("ci", interval, row[interval])

    return read


def _finding(row: Row, printed: Printed) -> dict[str, tuple[str, str]] | None:
    headings = list(row)
    outcome, k, people, measure, effect, prediction, i2, tau2, *_, words = headings
    stratum = printed.stratum(printed.findings, row[outcome])
    if stratum is None:
        return None
    found = _EFFECT.fullmatch(row[effect])
    parts = found.groupdict("") if found else {"estimate": "", "low": "", "high": ""}
    cells = _about(stratum, printed) | {
        "k": (k, row[k]),
        "n_participants": (people, row[people]),
        "measure": (measure, row[measure] if row[measure] in printed_measures() else ""),
        "estimate": (effect, parts["estimate"]),
        "ci_low": (effect, parts["low"]),
        "ci_high": (effect, parts["high"]),
        "i2": (i2, row[i2]),
        "tau2": (tau2, row[tau2]),
        "positive_favours": ("", _favours(stratum)),
    }
    if "in favour of the " in row[words]:
        is_good = "in favour of the intervention" in row[words]
        cells["favourable"] = (words, "yes" if is_good else "no")
    return cells | _limits("pi", prediction, row[prediction])


def _ranges(rows: Sequence[Row], printed: Printed) -> Iterator[Row]:
    """Yield a row per stratum of Table S1: the range and the largest change that it prints."""
    many = len(printed.analyses) > 1
    known = {
        (f"{printed.analyses[r['analysis']]}: " if many else "") + r["label"]: r
        for r in printed.pooled
    }
    blocks: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        blocks.setdefault(row["Stratum"], []).append(place)
    for heading, places in blocks.items():
        stratum = known.get(heading.rpartition(" (k = ")[0])
        values = [_number(rows[i]["Estimate"]) for i in places]
        if stratum is None or not all(text for text in values):
            continue
        changes = [_number(rows[i]["Change"]).lstrip("-") for i in places]
        # The change of a ratio is printed on the log scale, its range is not.
        is_known = not stratum["ratio"] and all(changes)
        turns = any("direction" in rows[i]["Crosses"] for i in places)
        cells = _about(stratum, printed) | {
            "k": ("", stratum["k"]),
            "measure": ("", stratum["measure"]),
            "loo_min": ("Estimate", min(values, key=float)),
            "loo_max": ("Estimate", max(values, key=float)),
            "loo_max_change": ("Change", max(changes, key=float) if is_known else ""),
            "loo_reversal": ("Crosses", "yes" if turns else "no"),
            "positive_favours": ("", _favours(stratum)),
        }
        estimate = re.search(r"; \S+ (\S+), \S+ CI (\S+) to (\S+)\)$", heading)
        if estimate:
            texts = zip(("estimate", "ci_low", "ci_high"), estimate.groups(), strict=True)
            cells |= {name: ("Stratum", text) for name, text in texts}
        numbers = [place + 2 for place in places]
        yield _published("table_s1_leave_one_out", list(rows[0]), numbers, cells, printed)


def _about(stratum: Row, printed: Printed) -> dict[str, tuple[str, str]]:
    return {name: ("", stratum[name]) for name in ("analysis", *printed.groups)}


def _limits(name: str, heading: str, text: str) -> dict[str, tuple[str, str]]:
    found = _INTERVAL.fullmatch(text)
    ends = found.group("low", "high") if found else ("", "")
    return {f"{name}_low": (heading, ends[0]), f"{name}_high": (heading, ends[1])}


def _number(text: str) -> str:
    return _value(KNOWN["estimate"], text)


def _arm(side: str) -> str:
    """Return which arm a positive effect favours, of "above 0" or "below 1" for a good result."""
    return {"above": "treat", "below": "control"}.get(side.partition(" ")[0], "")


def _favours(stratum: Row) -> str:
    """Return which arm a positive effect favours in a table on the aligned scale."""
    return {"positive": "treat", "negative": "control"}.get(stratum["favourable"], "")


def printed_measures() -> tuple[str, ...]:
    """Return the measures that a published row may have."""
    return KNOWN["measure"].choices
