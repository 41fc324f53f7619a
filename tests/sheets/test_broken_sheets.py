"""Ways to break a sheet: one clear message each, exit status 1, the last good results untouched."""

import pytest

GOOD = "Birch2020,glycemic,hba1c,26,post,55,6.9,0.9,52,7.4,1.0,,"
BINARY = {"binary": {"label": "Events", "type": "binary", "measure": "RR"}}

# name: (what stands in the row of Birch2020 instead, cell, words of the message)
CELLS = {
    "wrong type": (GOOD.replace("6.9", "six"), "G4", ["mean_treat is 'six'", "a number"]),
    "decimal comma": (GOOD.replace("6.9", '"6,9"'), "G4", ["decimal point"]),
    "unknown study": (GOOD.replace("Birch2020", "Brich2020"), "A4", ["'Birch2020'"]),
    "unknown domain": (GOOD.replace("glycemic", "glycaemic"), "B4", ["'glycemic'"]),
    "negative sd": (GOOD.replace("0.9", "-0.9"), "H4", ["sd_treat is '-0.9'", "not negative"]),
    "n of 1": (GOOD.replace(",55,", ",1,"), "F4", ["n_treat is '1'", "at least 2"]),
    "duplicate row": (GOOD + "\n" + GOOD, "A5", ["repeats row 4"]),
    "p of 0": (GOOD.replace("1.0,,", "1.0,0.000,"), "L4", ["<0.001"]),
    "a choice that is none": (GOOD.replace("post", "after"), "E4", ["post, change"]),
    "an empty key": (GOOD.replace("hba1c", ""), "C4", ["'indicator' is empty"]),
    "an unquoted comma": (GOOD.replace("1.0,,", "1.0,,a note, with a comma"), "N4", ["quotes"]),
    "a formula": (GOOD.replace("6.9", "=6.8+0.1"), "G4", ["a number"]),
}


@pytest.mark.parametrize("name", CELLS)
def test_a_broken_cell(copied_review, name):
    text, cell, words = CELLS[name]
    before = copied_review.digests()
    copied_review.replace("outcomes.csv", GOOD, text)
    expect_one_problem(copied_review, before, "outcomes.csv", cell, words)


def expect_one_problem(review, before, file, cell, words):
    run = review.run()
    assert run.status == 1
    assert "Traceback" not in run.output
    problems = review.problems()
    assert len(problems) == 1, problems
    problem = problems[0]
    assert (problem["severity"], problem["file"], problem["cell"]) == ("error", file, cell)
    said = " ".join(problem.values())
    for word in words:
        assert word in said
    line = f"ERROR  {file} {cell}".strip()
    # Once, as nothing comes after it but where it is explained and how to go on.
    lines = run.output.splitlines()
    places = [i for i, text in enumerate(lines) if text.startswith(line)]
    assert len(places) == 1
    after = lines[places[0] + 1 :]
    # (Notes are counted in between.)
    assert f"Help: docs/problems.md#{problem['rule']}" in after[:3]
    assert after[-2].startswith("Mend the errors and run again. Everything said")
    assert "RuleException" not in run.output
    after = review.digests()
    # What says what is wrong is new; nothing else is.
    assert "harmonized/annotated_sheets.xlsx" in after
    told = {"harmonized/problems.csv", "harmonized/annotated_sheets.xlsx"}
    assert {k: v for k, v in after.items() if k not in told} == {
        k: v for k, v in before.items() if k not in told
    }


def test_events_above_n(copied_review):
    header = "study_id,domain,indicator,events_treat,n_treat,events_control,n_control"
    text = f"{header},higher_is_better\nAsh2019,binary,falls,41,40,3,41,no\n"
    copied_review.write("events.csv", text)
    config = copied_review.config
    sheets = {**config["sheets"], "outcomes": [{"path": "outcomes.csv"}, {"path": "events.csv"}]}
    copied_review.configure(config | {"sheets": sheets, "domains": config["domains"] | BINARY})
    before = copied_review.digests()
    expect_one_problem(copied_review, before, "events.csv", "D2", ["41", "n_treat = 40"])


@pytest.mark.parametrize(
    ("content", "cell", "words"),
    [
        (b"", "", ["empty"]),
        (b"study_id,domain,indicator\n", "A2", ["no rows"]),
        (
            b"study,domain,indicator\nAsh2019,glycemic,hba1c\n",
            "A1",
            ["'study_id' is missing", "'study'"],
        ),
        (b'study_id,domain,indicator\nAsh2019,glycemic,"hba', "A2", ["half-written"]),
        (b"\xff\xfes\x00t", "A1", ["utf-16", "save it as UTF-8"]),
        (b"\x50\x4b\x03\x04\x00\x00\x00", "", ["workbook", "save it again"]),
        (None, "", ["not there"]),
    ],
    ids=["empty", "headings only", "missing column", "half-written", "encoding", "binary", "gone"],
)
def test_a_broken_file(copied_review, content, cell, words):
    before = copied_review.digests()
    path = copied_review.folder / "outcomes.csv"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    expect_one_problem(copied_review, before, "outcomes.csv", cell, words)


def test_all_problems_of_all_sheets_are_reported_at_once(copied_review):
    copied_review.replace("outcomes.csv", "40,7.1,1.1", "40,x,-1")
    copied_review.replace("studies.csv", "Ash2019,2019", "Ash2019,nineteen")
    run = copied_review.run()
    assert run.status == 1
    places = {(row["file"], row["cell"]) for row in copied_review.problems()}
    assert places == {("outcomes.csv", "G2"), ("outcomes.csv", "H2"), ("studies.csv", "B2")}


def test_the_mended_sheet_runs_again(copied_review):
    before = copied_review.digests()
    copied_review.replace("outcomes.csv", "40,7.1,1.1", "40,7.1,oops")
    assert copied_review.run().status == 1
    copied_review.replace("outcomes.csv", "40,7.1,oops", "40,7.1,1.1")
    copied_review.built()
    assert copied_review.digests() == before


def test_a_tie_asks_for_a_rule_and_leaves_the_results(copied_review):
    before = copied_review.digests()
    copied_review.replace(
        "outcomes.csv", "Ash2019,knowledge,quiz,12,post", "Ash2019,knowledge,test,12,post"
    )
    text = (copied_review.folder / "outcomes.csv").read_text(encoding="utf-8")
    row = "Ash2019,knowledge,recall,12,post,40,10,2.0,41,9,2.0,,\n"
    copied_review.write("outcomes.csv", text + row)
    config = copied_review.config
    indicators = config["indicators"] | {n: {"higher_is_better": True} for n in ("test", "recall")}
    copied_review.configure(config | {"indicators": indicators})
    run = copied_review.run()
    assert run.status == 1
    assert "domains.knowledge.priority" in run.output
    assert "recall, test" in run.output
    assert "Traceback" not in run.output
    after = copied_review.digests()
    kept = ("fits/", "strata/", "tables/", "figures/", "effects/decisions.csv")
    assert {k: v for k, v in after.items() if k.startswith(kept)} == {
        k: v for k, v in before.items() if k.startswith(kept)
    }


def test_platforms_that_would_share_a_file_are_named(copied_review):
    copied_review.replace("studies.csv", "Elm2022,2022,Mail,Mail", "Elm2022,2022,Chat!,Chat!")
    run = copied_review.run()
    assert run.status == 1
    assert "'Chat' and 'Chat!' would share" in run.output
