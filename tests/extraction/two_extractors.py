"""A small review that two people extracted, read and adjudicated without Snakemake."""

import csv
import io

from conftest import CONFIG, OUTCOMES, STUDIES
from strataforest.extraction.adjudication import adjudicate
from strataforest.sheets.harmonize import read_sheets_of_kind

DOMAINS = CONFIG["domains"]


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def as_text(rows):
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def with_cells(text, *changes):
    """Return a sheet's text with cells replaced; each change is (row number, column, text)."""
    rows = rows_of(text)
    for number, column, value in changes:
        rows[number - 2][column] = value
    return as_text(rows)


class TwoExtractors:
    """Sheets in a folder that is the working directory."""

    def __init__(self, folder):
        self.folder = folder
        self.write("studies.csv", STUDIES)
        self.write("outcomes.csv", OUTCOMES)
        self.double = {"tolerance": 0, "undecided": "first"}
        self.second("outcomes", OUTCOMES)

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")

    def second(self, kind, text):
        self.write(f"second_{kind}.csv", text)
        self.double[kind] = [{"path": f"second_{kind}.csv"}]

    def decide(self, text):
        self.write("decided.csv", text)
        self.double["decisions"] = [{"path": "decided.csv"}]

    def read(self):
        return {
            kind: read_sheets_of_kind(kind, [{"path": f"{kind}.csv"}])
            for kind in ("studies", "outcomes")
        }

    def adjudicate(self, named=()):
        return adjudicate(self.read(), self.double, named, DOMAINS)

    def found(self):
        return list(self.adjudicate().discrepancies)
