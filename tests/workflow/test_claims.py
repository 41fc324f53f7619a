"""What the manuscript claims is held to the results at every run, with real Snakemake."""

import shutil
import subprocess
import sys

import openpyxl
import pytest
import yaml
from conftest import CONFIG, ROOT, Review
from strataforest.cli import main

CLAIMS = """\
note,claim,where,holds,source
,Glycemic control improves,domain/glycemic,positive and significant,Abstract
,No single trial turns the effect on knowledge,domain/knowledge,no loo_reversal,Results
,Every estimate rests on three effects or more,*,k >= 3,Methods
"""
WITH_CLAIMS = CONFIG | {"sheets": CONFIG["sheets"] | {"claims": {"path": "claims.csv"}}}
OF_CLAIMS = {"Testing the claims", "Holding the manuscript to its claims"}
SHOWN = {"Summing up", "Recording what moved", "Building the report"}
# Three trials of one trial's size: the effect on knowledge hangs on Ash2019 and Birch2020.
RIGHT, WRONG = "40,14.1,3.0,41,12.0", "40,4.1,3.0,41,12.0"


@pytest.fixture(scope="module")
def built(built_review, tmp_path_factory):
    """Return a review whose claims hold; tests must not change it."""
    folder = tmp_path_factory.mktemp("claims") / "review"
    shutil.copytree(built_review.folder, folder, symlinks=True)
    review = Review.__new__(Review)
    review.folder = folder
    review.configure(WITH_CLAIMS)
    review.write("claims.csv", CLAIMS)
    run = review.built()
    # Nothing that was there is made again but what shows claims.
    assert set(run.jobs) == OF_CLAIMS | SHOWN
    assert "Claims             3 hold: results/audit/claims.csv" in run.output
    return review


@pytest.fixture
def claimed(built, tmp_path):
    """Return a copy of it, free to change."""
    folder = tmp_path / "review"
    shutil.copytree(built.folder, folder, symlinks=True)
    copy = Review.__new__(Review)
    copy.folder, copy.config = folder, built.config
    return copy


def statuses(review):
    return [row["status"] for row in review.rows("audit/claims.csv")]


def held(review):
    return review.folder / "results/audit/claims_hold.txt"


def test_claims_that_hold_leave_nothing_to_do(built):
    assert statuses(built) == ["holds"] * 3
    assert held(built).read_text(encoding="utf-8") == "Claims: 3 hold\n"
    assert "Nothing to be done" in built.built().output


def test_the_way_from_a_claim_to_its_cells(built, capsys):
    def traced(*words):
        status = main(["trace", *words, "--results", str(built.folder / "results")])
        printed = capsys.readouterr()
        return status, printed.out or printed.err

    _, text = traced("results/audit/claims.csv:2")
    claim, stratum = text.splitlines()[:2]
    assert claim.startswith("The claim 'Glycemic control improves' (positive and significant in d")
    assert stratum.startswith("domain/glycemic: SMD ")
    assert "outcomes.csv row 2" in text
    # A claim of all is about every stratum that is pooled.
    _, text = traced("results/audit/claims.csv:4", "--depth", "pooled")
    pooled = [r for r in built.rows("tables/pooled.csv") if r["status"] == "pooled"]
    heads = [f"{r['analysis']}/{r['stratum']}: " for r in pooled]
    assert [line for line in text.splitlines() if line.startswith(tuple(heads))]
    assert text.count("pooled by") == len(pooled)
    _, text = traced("--cell", "claims.csv!D3")
    assert text.startswith("claims.csv D3 holds = no loo_reversal")
    assert "holds: estimate = " in text
    assert "It is held to domain/knowledge; trace that" in text
    assert "audit/claims.csv row 3" in text
    assert traced("results/audit/claims.csv:9")[0] == 1


def test_a_claim_that_stops_holding_fails_until_it_is_mended(claimed):
    before = claimed.digests()
    claimed.replace("outcomes.csv", RIGHT, WRONG)
    run = claimed.run()
    assert run.status == 1
    assert "Traceback" not in run.output
    # The results are those of the correction, all of them.
    fit = claimed.rows("tables/pooled.csv")[1]
    assert fit["stratum"] == "knowledge"
    omitted = {row["stratum"]: row for row in claimed.rows("tables/leave_one_out_summary.csv")}
    assert float(omitted["knowledge"]["min"]) < 0 < float(omitted["knowledge"]["max"])
    assert statuses(claimed) == ["holds", "fails", "holds"]
    assert not held(claimed).exists()
    assert not (claimed.folder / "results/.kept").exists()
    # The run's end: the summary, what moved, and last the claim with its cell and numbers.
    end = run.output[run.output.index("A small review") :]
    assert "Claims             1 of 3 fails" in end
    statement = "No single trial turns the effect on knowledge"
    assert f"Claim no longer holds: {statement}" in end
    assert "because   outcomes.csv!G10 mean_treat: 14.1 -> 4.1" in end
    (error,) = [line for line in end.splitlines() if line.startswith("ERROR")]
    assert error.startswith(f"ERROR  claims.csv B3: the claim '{statement}' does not hold: ")
    assert "loo_min = -" in error
    assert "correct the manuscript (Results) and this row, or the data" in error
    assert end.index("What moved") < end.index("ERROR")
    assert "All results are complete and up to date" in end
    for name in ("txt", "md"):
        latest = (claimed.folder / f"results/changes/latest.{name}").read_text(encoding="utf-8")
        assert latest.index("Claim no longer holds") < latest.index("strata moved")
    first = claimed.rows("changes/latest.csv")[0]
    assert (first["change"], first["claim"]) == ("claim_no_longer_holds", statement)
    assert first["causes"] == "outcomes.csv!G10 mean_treat: 14.1 -> 4.1"
    page = (claimed.folder / "results/report/index.html").read_text(encoding="utf-8")
    assert f"Claim no longer holds: {statement}" in page
    # Again as loudly, and nothing else is done or told anew.
    broken = claimed.digests()
    again = claimed.run("--keep-going", "--retries", "2")
    assert again.status == 1
    assert again.jobs == ["Holding the manuscript to its claims"]
    assert "Nothing to be done" not in again.output
    assert error in again.output
    assert "Claims             1 of 3 fails" in again.output
    assert "What moved" not in again.output
    assert claimed.digests() == broken
    # Mended, it passes and says so.
    claimed.replace("outcomes.csv", WRONG, RIGHT)
    mended = claimed.built()
    assert f"Claim holds again: {statement}" in mended.output
    assert claimed.digests() == before
    assert "Nothing to be done" in claimed.built().output


def test_a_claim_is_corrected_without_a_fit_or_a_figure(claimed):
    claimed.replace("claims.csv", "positive and significant", "negative")
    run = claimed.run()
    assert run.status == 1
    assert set(run.jobs) == OF_CLAIMS | SHOWN
    assert "New claim, which does not hold: Glycemic control improves" in run.output
    claimed.replace("claims.csv", ",negative,", ",estimate = 0.48 or so,")
    run = claimed.run()
    assert "ERROR  claims.csv D2: holds: '0.48 or so' is no number" in run.output
    assert run.output.rstrip().index("Mend the claims and run again.")
    assert run.jobs == ["Testing the claims"]
    assert claimed.run().jobs == ["Testing the claims"]
    claimed.write("claims.csv", CLAIMS)
    assert "Claim removed" in claimed.built().output
    assert "Nothing to be done" in claimed.built().output


def test_what_claims_are_not_about_does_not_test_them(claimed):
    claimed.configure(claimed.config | {"figures": {"formats": ["png"]}})
    jobs = set(claimed.built().jobs)
    assert any(job.startswith("Drawing") for job in jobs)
    assert jobs.isdisjoint(OF_CLAIMS)


def test_a_stratum_that_a_correction_unpools_or_takes_away(claimed):
    rows = "{x},Chat works,platform_by_domain/glycemic__chat,pooled,\n"
    rows += ",Mail is small,platform_by_domain/glycemic__mail,k = 2 and not pooled,\n"
    claimed.write("claims.csv", CLAIMS + rows)
    claimed.built()
    sheet = (claimed.folder / "studies.csv").read_text(encoding="utf-8")
    moved = sheet.replace("Cedar2021,2021,Chat,Chat", "Cedar2021,2021,Call,Call")
    claimed.write("studies.csv", moved.replace("Mail,Mail", "Call,Call"))
    run = claimed.run()
    assert run.status == 1
    found = [row["found"] for row in claimed.rows("audit/claims.csv")[3:]]
    assert "it is not pooled (k = 2 is below the minimum of 3)" in found[0]
    assert "is not among the results (any more)" in found[1]
    assert run.output.count("Claim no longer holds") == 2


def test_mistakes_of_all_rows_are_told_at_once_and_nothing_is_run_by_them(claimed):
    hostile = [
        "A typo,domain/glycemic,estimat > 0",
        "A stratum,domain/glycemc,positive",
        "A comma,domain/glycemic,\"estimate > 0,5\"",
        "Code,*,__import__('pathlib').Path('owned').touch()",
        f"Long,*,{'k > 1 and ' * 1000}k > 1",
        "{x},{analysis}/{stratum},{wildcards.x} > 1",
        "Nothing,*,",
    ]  # fmt: skip
    before = claimed.digests()
    claimed.write("claims.csv", "claim,where,holds\n" + "\n".join(hostile) + "\n")
    run = claimed.run()
    assert run.status == 1
    assert "Traceback" not in run.output
    end = run.output[max(0, run.output.rindex("ERROR  claims.csv B3") - 2000) :]
    for cell in ("C2", "B3", "C4", "C5", "C6", "B7", "C8"):
        assert f"ERROR  claims.csv {cell}: " in end, cell
    assert "did you mean 'estimate'?" in end
    assert "did you mean 'domain/glycemic'?" in end
    assert "write 0.5" in end
    assert not list(claimed.folder.rglob("owned"))
    assert claimed.digests() == before


def test_an_empty_sheet_and_a_missing_one_are_messages(claimed):
    claimed.write("claims.csv", "claim,where,holds\n")
    assert "the sheet has headings but no rows" in claimed.run().output
    claimed.write("claims.csv", "")
    assert "ERROR  claims.csv: the file is empty" in claimed.run().output
    (claimed.folder / "claims.csv").unlink()
    run = claimed.run()
    assert run.status == 1
    assert "claims.csv: the sheet is not there" in run.output
    # Without claims the review is as before, and nothing of them stays.
    claimed.configure(CONFIG)
    run = claimed.built()
    assert run.output.count("Claim removed") == 3
    assert "Claims  " not in run.output
    assert not list((claimed.folder / "results/audit").iterdir())


def test_claims_in_a_tab_of_a_workbook_under_their_own_headings(claimed):
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    tab = book.create_sheet("Claims")
    tab.append(["What we say", "About", "True if"])
    tab.append(["Glycemic control improves", "domain/glycemic", "estimate < 0"])
    book.save(claimed.folder / "claims.xlsx")
    columns = {"claim": "What we say", "where": "About", "holds": "True if"}
    sheets = CONFIG["sheets"] | {"claims": [{"path": "claims.xlsx", "columns": columns}]}
    claimed.configure(CONFIG | {"sheets": sheets})
    run = claimed.run()
    assert run.status == 1
    assert "ERROR  claims.xlsx [Claims] A2: the claim 'Glycemic control improves'" in run.output


def test_a_review_of_two_effects_has_no_small_study_tests_and_ratios_are_ratios(tmp_path):
    """What there is no number of cannot be tested, which is no less loud."""
    events = "study_id,domain,indicator,n_treat,events_treat,n_control,events_control\n"
    events += "Ash2019,events,falls,40,5,41,10\nBirch2020,events,falls,55,6,52,12\n"
    domains = {"events": {"label": "Events", "type": "binary", "measure": "RR"}}
    indicators = {"falls": {"higher_is_better": False}}
    review = Review(
        tmp_path / "review",
        WITH_CLAIMS
        | {"domains": domains, "indicators": indicators, "min_effects": 2}
        | {"strata": {"domain": {"by": ["domain"]}}},
    )
    review.write("outcomes.csv", events)
    review.write(
        "claims.csv",
        "claim,where,holds\nFewer fall,domain/events,ratio < 1 and loo_ratio_max < 1\n"
        "No asymmetry,domain/events,egger_p_value > 0.05\n"
        "Weeks,meta_regression/weeks/overall/follow_up_weeks,not significant\n",
    )
    assert "claims.csv B4: where: the review has no meta-regression" in review.run().output
    claims = (review.folder / "claims.csv").read_text(encoding="utf-8")
    review.write("claims.csv", claims[: claims.index("Weeks")])
    run = review.run()
    assert run.status == 1
    first, second = review.rows("audit/claims.csv")
    # 5/40 over 10/41 and 6/55 over 12/52: both about one half.
    assert first["status"] == "holds"
    assert 0.4 < float(first["found"].split("ratio = ")[1].split(",")[0]) < 0.6
    assert second["status"] == "cannot_be_tested"
    assert "cannot be tested: the result has no egger_p_value" in run.output
    assert "1 of 2 cannot be tested" in run.output


def test_imported_as_a_module_the_claims_are_held_too(review):
    importer = ROOT / "tests/workflow/importer/Snakefile"
    settings = {"snakefile": str(ROOT / "Snakefile"), "review": WITH_CLAIMS}
    review.write("importer.yaml", yaml.safe_dump(settings))
    review.write("claims.csv", CLAIMS.replace("positive and", "negative and"))
    command = [sys.executable, "-m", "snakemake", "-s", str(importer), "-d", str(review.folder)]
    command += ["--cores", "2", "--workflow-profile", str(ROOT / "profiles/default")]

    def run():
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        return done.returncode, done.stdout + done.stderr

    for _ in range(2):
        status, output = run()
        assert status == 1
        assert "ERROR  claims.csv B2: the claim 'Glycemic control improves' does not" in output
    results = review.folder / "out/review"
    assert (results / "report/index.html").is_file()
    review.write("claims.csv", CLAIMS)
    assert run()[0] == 0
    assert (results / "audit/claims_hold.txt").is_file()
    assert "Nothing to be done" in run()[1]
