"""The files of one finished run that lineage reads, as plain rows."""

import glob
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from strataforest.errors import Problem, ReviewError
from strataforest.fit_files import fit_in, fit_place
from strataforest.sheets.identity import cell_addresses, cell_place
from strataforest.sheets.reading import Grid, read_grids
from strataforest.tabular import Row, read_rows

BUILD = "snakemake --cores 4"
# The file without which a folder holds no results.
BUILT = "effects/effects.csv"
# What each file must hold for lineage; later versions may add columns.
NEEDED = {
    "harmonized/records.csv": ("study_id", "source_file", "source_row", "source_cells"),
    "harmonized/studies.csv": ("study_id", "source_file", "source_row", "source_cells"),
    "effects/effects.csv": ("effect_id", "yi", "vi", "formula", "flags", "route", "correction"),
    "effects/exclusions.csv": ("source_file", "source_row", "reason_code", "reason"),
    "effects/decisions.csv": ("effect_id", "decision", "rule", "reason"),
    "strata/index.csv": ("analysis", "stratum", "status", "reason", "k"),
}
SHEETS = {
    "outcomes": "harmonized/records.csv",
    "studies": "harmonized/studies.csv",
    "risk_of_bias": "harmonized/risk_of_bias.csv",
    "flow": "harmonized/flow.csv",
    "claims": "audit/claims.csv",
    "published": "harmonized/published.csv",
    "second": "extraction/second_extraction.csv",
    "decisions": "extraction/decisions.csv",
}


@dataclass(frozen=True)
class Results:
    """A results folder; each file is read once, when it is first asked for."""

    folder: Path
    _read: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def rows(self, name: str) -> list[Row]:
        """Return the rows of a csv file of the results, or none where it was not made.

        Raises ReviewError for a file that is needed and missing, or that is of another version.
        """
        if name not in self._read:
            path = self.folder / name
            if name in NEEDED and not path.is_file():
                raise unusable(str(path), "is not built yet", f"build it with `{BUILD}`")
            self._read[name] = self._checked(path, name) if path.is_file() else []
        return self._read[name]

    def once(self, key: tuple, made: Callable[[], Any]) -> Any:
        """Return what `made` returns, called the first time that `key` is asked for."""
        if key not in self._read:
            self._read[key] = made()
        return self._read[key]

    def fit(self, analysis: str, stratum: str) -> dict | None:
        """Return the fit of a stratum, or None where there is none.

        Raises ReviewError for a damaged one, as `read_json` does.
        """
        path = fit_place(self.folder, analysis, stratum)
        return fit_in(path, analysis, stratum) if path else None

    def _checked(self, path: Path, name: str) -> list[Row]:
        try:
            rows = read_rows(path)
        except (OSError, ValueError) as error:
            raise unusable(str(path), f"cannot be read ({error})", _again(name)) from None
        missing = [c for c in NEEDED.get(name, ()) if rows and c not in rows[0]]
        if missing:
            words = f"has no column {missing[0]}: it was made by another version"
            raise unusable(str(path), words, _again(name))
        return rows

    @cached_property
    def effects(self) -> dict[str, Row]:
        """The effects by effect_id, in the order of the file."""
        return {row["effect_id"]: row for row in self.rows("effects/effects.csv")}

    @cached_property
    def decisions(self) -> dict[str, Row]:
        """The decisions by effect_id."""
        return {row["effect_id"]: row for row in self.rows("effects/decisions.csv")}

    @cached_property
    def studies(self) -> dict[str, Row]:
        """The studies by study_id."""
        return {row["study_id"]: row for row in self.rows("harmonized/studies.csv")}

    @cached_property
    def strata(self) -> dict[tuple[str, str], Row]:
        """The index of strata by (analysis, stratum)."""
        return {(r["analysis"], r["stratum"]): r for r in self.rows("strata/index.csv")}

    @cached_property
    def records(self) -> dict[tuple[str, str, str], list[Row]]:
        """The outcome records by their address; a row that is read several times has several."""
        found: dict[tuple[str, str, str], list[Row]] = {}
        for row in self.rows("harmonized/records.csv"):
            found.setdefault(place(row), []).append(row)
        return found

    def rows_of(self, effect: Row) -> list[Row]:
        """Return the outcome records that an effect is made of, those that are still there.

        Combined arms come in the order of their names, an effect's own row before those that lend.
        """
        found = []
        for same in (self.records[key] for key in places(effect) if key in self.records):
            about = [row for row in same if is_about(effect, row)]
            found += about if len(same) > 1 else same
        if "arms_combined" in effect["flags"]:
            found.sort(key=lambda row: row["arm_treat"])
        return found

    def grid(self, file: str, tab: str = "") -> Grid | None:
        """Return a raw sheet's cells where the sheet lies beside the results and can be read."""
        return self.once(("grid", file, tab), lambda: self._grid(file, tab))

    def _grid(self, file: str, tab: str) -> Grid | None:
        for folder in (self.folder.resolve().parent, Path.cwd()):
            if (folder / file).is_file():
                try:
                    return read_grids({"path": str(folder / file), "tab": tab or None})[0]
                except ReviewError:
                    return None
        return None

    def raw(self, row: Row, address: str) -> str | None:
        """Return the text of a row's cell in the raw sheet, or None where that is not known.

        The sheet counts only if this row still holds this study: it may have been edited since, or
        have been read with another delimiter.
        """
        file, tab, cell = cell_place(row, address)
        if (file, tab) != (row["source_file"], row["source_tab"]):
            elsewhere = self.grid(file, tab)
            return cell_text(elsewhere, cell) if elsewhere else None
        grid = self.grid(row["source_file"], row["source_tab"])
        key = cell_addresses(row).get("study_id")
        if grid is None or key is None:
            return None
        if cell_text(grid, key) != row["study_id"]:
            return None
        return cell_text(grid, address)


def open_results(folder: str | Path) -> Results:
    """Return the results in `folder`. Raises ReviewError where none are built, and says how."""
    results = Results(Path(folder))
    if not (results.folder / BUILT).is_file():
        near = " or ".join(
            f"--results {shlex.quote(str(place))}" for place in _near(results.folder)
        )
        mend = f"build them with `{BUILD}`, or name their folder with --results"
        mend = f"there are some elsewhere: add {near}" if near else mend
        raise unusable(str(folder), "holds no results", mend)
    for name in NEEDED:
        results.rows(name)
    return results


def _near(folder: Path, most: int = 3) -> list[Path]:
    """Return results of reviews nearby, the newest first: one folder down, or inside."""
    built = [
        *folder.parent.glob(f"*/{glob.escape(folder.name)}/{BUILT}"),
        *folder.glob(f"*/{BUILT}"),
    ]
    built.sort(key=lambda path: (-path.stat().st_mtime, path))
    return [path.parents[1] for path in built[:most]]


def mistake(
    where: str, problem: str, mend: str = "", expected: str = "", rule: str = "unknown_name"
) -> ReviewError:
    """Return the error that tells a user what is wrong with what was asked for."""
    return ReviewError([Problem("error", where, "", "", problem, expected, mend, rule=rule)])


def unusable(where: str, problem: str, mend: str) -> ReviewError:
    """Return the error for results that are not there, or not as this version writes them."""
    return mistake(where, problem, mend, rule="no_results")


def place(row: Row) -> tuple[str, str, str]:
    """Return where a row stands: file, tab, row number (of several rows the first)."""
    return row["source_file"], row["source_tab"], row["source_row"].split(";")[0]


def places(row: Row) -> list[tuple[str, str, str]]:
    """Return where all rows stand that an effect or a record was made of."""
    file, tab = row["source_file"], row["source_tab"]
    return [(file, tab, number) for number in row["source_row"].split(";")]


def is_about(effect: Row, record: Row) -> bool:
    """Whether an effect and a record are about the same measurement."""
    names = ("indicator", "instrument", "timepoint_weeks")
    return all(effect[name] == record[name] for name in names)


def split_address(address: str) -> tuple[int, int]:
    """Return the 0-based (column, row) of an A1 address."""
    letters = address.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = 26 * column + ord(letter) - ord("A") + 1
    return column - 1, int(address[len(letters) :]) - 1


def cell_text(grid: Grid, address: str) -> str | None:
    """Return the text at an A1 address of a sheet, or None outside of it."""
    column, row = split_address(address)
    if row >= len(grid.rows) or column >= len(grid.rows[row]):
        return None
    return grid.rows[row][column].strip()


def _again(name: str) -> str:
    return f"run `{BUILD}` (or `snakemake --cores 4 -F` for everything) to make {name} anew"
