"""Table 1 shows what a team says of its trials, and nothing else is made again for it."""

import json

from conftest import CONFIG, STUDIES
from strataforest.cli import main
from test_corrections import FRONT, READING, changed

TABLE = "tables/table1_characteristics.csv"


def test_columns_of_the_teams_own_are_shown_and_traced(copied_review, capsys):
    sheet = STUDIES.splitlines()
    doses = ["doses", *(f"{3 + i}" for i in range(len(sheet) - 1))]
    own = "\n".join(f"{line},{dose}" for line, dose in zip(sheet, doses, strict=True))
    copied_review.write("studies.csv", own + "\n")
    copied_review.built()
    before = copied_review.digests()
    assert "Doses planned" not in copied_review.rows(TABLE)[0]

    def touched(cell):
        results = str(copied_review.folder / "results")
        assert main(["trace", "--cell", cell, "--json", "--results", results]) == 0
        return {touch["path"] for touch in json.loads(capsys.readouterr().out)["touches"]}

    cell = f"studies.csv!{chr(ord('A') + sheet[0].count(',') + 1)}3"
    assert TABLE not in touched(cell)
    described = {"tables": {"characteristics": {"doses": "Doses planned"}}}
    copied_review.configure(copied_review.config | described)
    jobs = set(copied_review.built().jobs)
    assert jobs >= READING | {"Typesetting the tables of the paper", "Building the report"}
    assert not [job for job in jobs - FRONT if job.startswith(("Pooling", "Drawing"))]
    shown = {row["Trial"]: row["Doses planned"] for row in copied_review.rows(TABLE)}
    described = copied_review.rows("covariates/characteristics.csv")
    assert shown == {row["study_id"]: row["doses"] for row in described}
    assert TABLE in touched(cell)
    assert not [
        path
        for path in changed(before, copied_review.digests())
        if path.startswith(("fits/", "figures/", "effects/", "strata/"))
    ]


def test_a_column_that_no_sheet_has_is_named_before_anything_is_made(review):
    review.configure(CONFIG | {"tables": {"characteristics": {"yeer": "Year"}}})
    run = review.run()
    assert run.status != 0
    assert "tables.characteristics names 'yeer', which the sheet of studies lacks" in run.output
    assert "did you mean 'year'?" in run.output
    assert not (review.folder / "results/effects").exists()
