"""Rows as the reader leaves them, for tests of the rules on implausible cells."""

from strataforest.sheets.columns import VOCABULARY

MEANS = {"n_treat": 60, "mean_treat": 7.1, "sd_treat": 1.1} | {
    "n_control": 58,
    "mean_control": 7.6,
    "sd_control": 1.2,
}


def row(**cells):
    """Return an outcomes row as the reader leaves it: text, empty where nothing was typed."""
    blank = {column.name: "" for column in VOCABULARY["outcomes"]}
    about = {"study_id": "Ash2019", "domain": "glycemic", "indicator": "hba1c", "metric": "post"}
    source = {"source_file": "s.csv", "source_tab": "", "source_row": "2", "source_cells": ""}
    return blank | about | source | {name: str(value) for name, value in cells.items()}


def trial(**cells):
    blank = {column.name: "" for column in VOCABULARY["studies"]}
    source = {"source_file": "t.csv", "source_tab": "", "source_row": "2", "source_cells": ""}
    return blank | {"study_id": "Ash2019"} | source | cells


def said(problems):
    """Return the words of a rule's only warning, or an empty text where it gave none."""
    problems = list(problems)
    assert len(problems) <= 1, problems
    for problem in problems:
        assert problem.severity == "warning"
        assert problem.file and problem.cell
        assert problem.expected and problem.mend
    return " ".join(f"{p.problem} | {p.expected} | {p.mend}" for p in problems)
