"""The audit, run: a paper's printed numbers, our own tables, and a review with both."""

import re
import shlex
import shutil
import subprocess
import sys
import zipfile

import pytest
import yaml
from conftest import CONFIG, OUTCOMES, ROOT, STUDIES, Review, Run
from strataforest.cli import main
from strataforest.report.outcome import outcome
from strataforest.tabular import read_rows

READ, AUDIT = "Reading and checking the published numbers", "Auditing printed numbers"
OPEN = ("contradiction", "question", "difference")
EXAMPLE = "resources/seed_paper_published"
PUBLISHED = """\
analysis,domain,measure,k,estimate,ci_low,ci_high,source
domain,glycemic,SMD,6,0.50,0.20,0.80,Table 2
domain,Knowledge,SMD,3,0.60,0.30,0.90,Table 2
"""


def commands(page):
    """Return the shell commands of a page's fenced blocks."""
    blocks = re.findall(r"```bash\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


class Clone:
    """As much of a clone of the repository as a run of an example needs."""

    def __init__(self, folder):
        self.folder = folder
        names = ("Snakefile", "environment.yml", "workflow", "profiles/default", "config")
        for name in (*names, EXAMPLE):
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
            copy(ROOT / name, place)

    def run(self, command):
        words = shlex.split(command)
        assert words[0] == "snakemake"
        done = subprocess.run(
            [sys.executable, "-m", *words],
            capture_output=True,
            text=True,
            cwd=self.folder,
            timeout=300,
            check=False,
        )
        return Run(done.returncode, done.stdout + done.stderr)


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    return Clone(tmp_path_factory.mktemp("clone"))


@pytest.fixture(scope="module")
def command():
    (found,) = commands(ROOT / EXAMPLE / "README.md")
    return found


@pytest.fixture(scope="module")
def example(clone, command):
    """The example, run once by the command that its page gives: the run and the table."""
    run = clone.run(command)
    assert run.status == 0, run.output
    return run, read_rows(clone.folder / "results/seed_paper_published/audit/audit.csv")


SIX = {
    ("contradiction", "LINE", "section 3.3"): ["0.681", "0.451"],
    ("contradiction", "WeChat", "section 3.3"): ["k of at least 11"],
    ("contradiction", "Glycemic control", "section 3.2"): ["coding"],
    ("contradiction", "Diabetes-related complications", "section 3.5"): ["another range"],
    ("question", "Attitudes and self-efficacy", "section 3.2"): ["platform 2", "whole"],
    ("question", "reports assessed", "section 2.4"): ["fewer full texts"],
}


def test_the_papers_six_places_are_found_and_nothing_else(example):
    """Each was seen by hand in the paper before the audit was written."""
    run, rows = example
    found = {
        (r["severity"], r["about"], r["source"]): f"{r['printed']} {r['expected']} {r['question']}"
        for r in rows
        if r["severity"] in OPEN
    }
    assert found.keys() == SIX.keys()
    assert sum(row["severity"] in OPEN for row in rows) == 6
    for key, words in SIX.items():
        assert all(word in found[key] for word in words), found[key]
    held = sum(row["severity"] == "consistent" for row in rows)
    line = "Audit: 4 contradictions, 2 questions, 0 differences; "
    line += f"{held} checks held. See results/seed_paper_published/audit/audit.html"
    assert line in run.output
    assert line in (ROOT / "README.md").read_text(encoding="utf-8")


def test_what_the_paper_has_right_is_confirmed(example):
    rows = [row for row in example[1] if row["severity"] == "consistent"]
    assert not any(row["question"] for row in rows)
    about = {}
    for row in rows:
        about.setdefault(row["check"], []).append(row["about"])
    # 19 of the 20 printed intervals have their estimate in the middle, the ratio's by its log.
    assert len(about["ci_centre"]) == 19
    assert "LINE" not in about["ci_centre"]
    assert "Diabetes-related complications" in about["ci_centre"]
    # 23/23 (100%), 4/23 (17.4%), 19/23 (82.6%), 5/23 (21.7%), 18/23 (78.3%)
    assert len(about["percent"]) == 5
    # 310 + 11 + 1 = 322 and 345 - 322 = 23; 2 + 1 = 3 complications; 1.065 - 0.66 = 0.405 (0.41)
    assert len(about["flow"]) >= 2
    assert "Diabetes-related complications" in about["k_of_strata"]
    three = {"Diabetes knowledge", "Glycemic control", "Health behaviors"}
    assert three <= set(about["loo_change"])
    assert "Diabetes-related complications" not in about["loo_reversal"]


def test_what_was_not_estimable_is_said_not_to_be_checked(example):
    rows = [row for row in example[1] if row["severity"] == "not_checked"]
    assert rows
    assert all(row["reasoning"] for row in rows)


def test_a_second_run_has_nothing_to_do_and_no_target_makes_the_audit_alone(
    example, clone, command
):
    assert "Nothing to be done" in clone.run(command).output
    bare = command.replace(" audit ", " ")
    assert bare != command
    assert "Nothing to be done" in clone.run(bare).output
    assert sorted(p.name for p in (clone.folder / "results").iterdir()) == ["seed_paper_published"]


def test_one_printed_cell_runs_reading_and_audit_again(example, clone, command, tmp_path):
    copy = tmp_path / "clone"
    shutil.copytree(clone.folder, copy)
    other = Clone.__new__(Clone)
    other.folder = copy
    sheet = copy / EXAMPLE / "pooled.csv"
    text = sheet.read_text(encoding="utf-8")
    assert text.count("0.654") == 1
    sheet.write_text(text.replace("0.654", "0.681"), encoding="utf-8")
    run = other.run(command)
    assert run.jobs == [AUDIT, READ]
    line = re.search(r"^Audit: (\d+) contradiction", run.output, flags=re.MULTILINE)
    before = re.search(r"^Audit: (\d+) contradiction", example[0].output, flags=re.MULTILINE)
    # The upper limit that the audit itself proposes.
    assert int(line.group(1)) == int(before.group(1)) - 1


def test_our_own_tables_have_nothing_to_ask_about(tmp_path):
    """The default review's printed tables hold, against each other and against its results."""
    shutil.copytree(ROOT / "resources", tmp_path / "resources")
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
    review = Review(tmp_path, config, sheets=())
    run = review.built("audit")
    rows = review.rows("audit/audit.csv")
    assert [row for row in rows if row["severity"] in OPEN] == []
    assert sum(row["severity"] == "consistent" for row in rows) > 100
    assert "Audit: 0 contradictions, 0 questions, 0 differences;" in run.output
    assert "the tables and figures not yet" not in run.output
    tables = {row["source_file"] for row in rows if row["severity"] == "consistent"}
    assert tables == {
        "tables/table2_platform_by_domain.csv",
        "tables/table3_summary_of_findings.csv",
        "tables/table_s1_leave_one_out.csv",
    }
    # No figure and no report is made for it.
    assert not (tmp_path / "results/figures").exists()
    assert "Nothing to be done" in review.built("audit").output


@pytest.fixture
def printed(tmp_path):
    """A small review that also declares published numbers."""
    config = CONFIG | {"sheets": CONFIG["sheets"] | {"published": {"path": "published.csv"}}}
    sheets = [("studies", STUDIES), ("outcomes", OUTCOMES), ("published", PUBLISHED)]
    return Review(tmp_path / "review", config, sheets)


def traced(review, capsys, *words):
    """Return the lines that the command trace prints of a review."""
    assert main(["trace", *words, "--results", str(review.folder / "results")]) == 0
    return capsys.readouterr().out.splitlines()


def test_a_review_with_published_numbers_audits_them_with_its_own(printed, capsys):
    run = printed.built()
    assert {READ, AUDIT, "Building the report"} <= set(run.jobs)
    rows = printed.rows("audit/audit.csv")
    files = {row["source_file"] for row in rows}
    assert {"published.csv", "tables/table3_summary_of_findings.csv"} <= files
    ours = [row for row in rows if row["source_file"] != "published.csv"]
    assert [row for row in ours if row["severity"] in OPEN] == []
    # The estimate that was published is not what these sheets give.
    differences = [i for i, row in enumerate(rows, 2) if row["severity"] == "difference"]
    # The cells of the numbers that differ, not that of k, which agrees.
    assert {rows[i - 2]["source_cells"] for i in differences} == {"E2;F2;G2", "E3;F3;G3"}
    page = (printed.folder / "results/audit/audit.html").read_text("utf-8")
    assert "published.csv, row 2 (cells E2, F2, G2)" in page

    said, tree, *_ = traced(printed, capsys, "results/harmonized/published.csv:2")
    assert said.startswith("Printed: estimate 0.50,")
    assert tree.startswith("domain/glycemic: SMD ")
    finding, tree, *_ = traced(printed, capsys, f"results/audit/audit.csv:{differences[1]}")
    assert "Ours differ in SMD" in finding
    assert tree.startswith("domain/knowledge: SMD ")
    of_cell = traced(printed, capsys, "--cell", "published.csv!E3")
    assert of_cell[0] == "published.csv E3 estimate = 0.60"
    assert "It is held to domain/knowledge; trace that for the cells behind it." in of_cell[2]
    assert "difference: Ours differ in SMD" in "".join(of_cell)
    # Nothing about the estimate is in question where k is.
    assert "difference" not in "".join(traced(printed, capsys, "--cell", "published.csv!D3"))

    assert "Nothing to be done" in printed.built().output
    printed.replace("published.csv", "0.60", "0.61")
    assert printed.built().jobs == [AUDIT, READ]


def test_without_published_numbers_a_run_makes_no_audit(built_review):
    assert not (built_review.folder / "results/audit").exists()


def test_a_mistake_among_published_numbers_stops_no_analysis(printed):
    printed.replace("published.csv", "0.60", "large")
    run = printed.run()
    assert run.status == 1
    assert "Traceback" not in run.output
    assert "ERROR  published.csv E3: estimate is 'large'" in run.output
    assert (printed.folder / "results/report/index.html").is_file()
    ending = run.output[run.output.rindex("Mend the errors and run again.") :]
    assert "harmonized/published_problems.csv" in ending
    assert "docs/problems.md#unreadable_cell" in run.output
    problems = printed.rows("harmonized/published_problems.csv")
    assert [p["cell"] for p in problems if p["severity"] == "error"] == ["E3"]
    printed.replace("published.csv", "large", "0.60")
    assert printed.built().jobs == [AUDIT, READ]


def test_a_mistake_leaves_the_last_good_audit(printed):
    printed.built("audit")
    before = printed.digests()
    printed.replace("published.csv", "0.60", "large")
    assert printed.run("audit").status == 1
    after = printed.digests()
    del before["harmonized/published_problems.csv"], after["harmonized/published_problems.csv"]
    assert after == before


@pytest.fixture
def alone(tmp_path):
    """Nothing but published numbers: no trials, no domains."""
    config = {"sheets": {"published": {"path": "published.csv"}}}
    return Review(tmp_path / "alone", config, [("published", PUBLISHED)])


def test_published_numbers_may_stand_alone(alone):
    run = alone.built()
    assert run.jobs == [AUDIT, READ]
    assert {row["source_file"] for row in alone.rows("audit/audit.csv")} == {"published.csv"}
    assert alone.run("read_published").status == 0
    # As one of many reviews it is done, and adds no stratum.
    status, _, rows = outcome("alone", alone.folder / "results", 0, "")
    assert (status["status"], status["strata_pooled"], rows) == ("done", 0, [])


def test_alone_they_cannot_be_pooled(alone):
    run = alone.run("tables")
    assert run.status == 1
    assert "Traceback" not in run.output
    assert "snakemake --cores 4 audit" in run.output


@pytest.mark.parametrize(
    ("sheets", "words"),
    [
        ({"flow": {"path": "f.csv"}}, "'domains' is a required property"),
        ({"outcomes": {"path": "o.csv"}}, "'studies' is a required property"),
        ({"publish": {"path": "f.csv"}}, "did you mean 'published'"),
    ],
)
def test_half_a_review_beside_them_is_named(alone, sheets, words):
    alone.configure({"sheets": {"published": {"path": "published.csv"}} | sheets})
    run = alone.run()
    assert run.status == 1
    assert words in run.output
    assert "Traceback" not in run.output


def test_a_missing_sheet_of_published_numbers_is_named(alone):
    (alone.folder / "published.csv").unlink()
    run = alone.run("audit")
    assert run.status == 1
    assert "published.csv" in run.output
    assert "Traceback" not in run.output


def test_an_audit_is_packed_with_its_sheets(alone):
    alone.built("bundle")
    with zipfile.ZipFile(alone.folder / "results/bundle/review.zip") as archive:
        names = archive.namelist()
    assert any(name.endswith("published.csv") and "harmonized" not in name for name in names)
    assert any(name.endswith("audit/audit.html") for name in names)
