"""What may be named, and what is said of what is unknown, not built, stale or hostile."""

import json
import subprocess
import sys
import unicodedata

import pytest
from conftest import CONFIG, Review
from strataforest.cli import main


@pytest.fixture
def trace(built_review, capsys):
    """Return a function from arguments to (status, standard output, standard error)."""

    def run(*arguments, results=built_review.folder / "results"):
        status = main(["trace", *arguments, "--results", str(results)])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


BIRCH = "Birch2020,glycemic,hba1c,26,post,55,6.9"
GLYCEMIC = [
    "domain/glycemic",
    "results/fits/domain/glycemic.json",
    "./results/fits/domain/glycemic.json",
    "fits/domain/glycemic.json",
    "results/figures/domain/glycemic",
    "results/figures/domain/glycemic/",
    "results/figures/domain/glycemic/forest.svg",
    "results/strata/domain/glycemic.csv",
    "results/tables/leave_one_out/LOO_domain_glycemic.csv",
    "results/tables/pooled.csv:2",
    "results/tables/leave_one_out_summary.csv:2",
    "results/strata/index.csv:2",
]


@pytest.mark.parametrize("name", GLYCEMIC)
def test_many_names_of_one_stratum(built_review, trace, name):
    status, out, _ = trace(name)
    assert status == 0
    assert out.startswith("domain/glycemic: SMD ")
    assert "outcomes.csv row 2" in out
    absolute = name.removeprefix("./").replace("results/", f"{built_review.folder}/results/", 1)
    assert trace(absolute)[1] == out


def test_a_row_of_table_2(trace, built_review):
    rows = built_review.rows("tables/table2_platform_by_domain.csv")
    for i, row in enumerate(rows, 2):
        _, out, _ = trace(f"results/tables/table2_platform_by_domain.csv:{i}")
        slug = {"Glycemic control": "glycemic", "Knowledge": "knowledge"}[row["Domain"]]
        assert out.startswith(f"platform_by_domain/{slug}__{row['Platform'].lower()}:")


@pytest.mark.parametrize("name", ["effects/effects.csv:3", "effects/decisions.csv:3"])
def test_a_row_of_an_effect(built_review, trace, name):
    path, row = name.split(":")
    effect_id = built_review.rows(path)[int(row) - 2]["effect_id"]
    assert trace(name)[1] == trace(effect_id)[1]
    assert trace(name)[1].startswith(effect_id)


def test_a_leave_one_out_row_leaves_its_effect_out(built_review, trace):
    path = "tables/leave_one_out/LOO_domain_glycemic.csv"
    row = built_review.rows(path)[0]
    _, out, _ = trace(f"results/{path}:2")
    assert f"domain/glycemic without {row['omitted_effect_id']}: " in out
    assert "k = 5" in out
    assert "WARNING the numbers" not in out


def test_an_overview_shows_every_stratum_of_its_analysis(trace):
    _, out, _ = trace("results/figures/overview/domain.svg", "--depth", "pooled")
    heads = [line for line in out.splitlines() if line.startswith("domain/")]
    assert [head.split(":")[0] for head in heads] == ["domain/glycemic", "domain/knowledge"]


def test_depths(trace):
    outs = [trace("domain/glycemic", "--depth", d)[1] for d in ("pooled", "effects", "cells")]
    assert "sum_w" in outs[0] and "sd_pooled" not in outs[0]
    assert "sd_pooled" in outs[1] and "cells of" not in outs[1]
    assert "G2: mean_treat = 7.1 (mean1)" in outs[2]
    assert trace("domain/glycemic")[1] == outs[2]


def test_a_stratum_that_is_not_estimable_shows_its_effects(trace):
    status, out, _ = trace("platform_by_domain/glycemic__mail")
    assert status == 0
    assert "not estimable (k = 2 is below the minimum of 3)" in out
    assert "Elm2022|glycemic|hba1c" in out


def test_the_numbers_of_one_effect_are_those_of_its_row(trace):
    _, out, _ = trace("Ash2019|glycemic|hba1c||12|post")
    for line in (
        "sd_pooled = sqrt(((n1 − 1)·sd1² + (n2 − 1)·sd2²)/(n1 + n2 − 2)) = "
        "sqrt(((40 − 1)·1.1² + (41 − 1)·1.2²)/(40 + 41 − 2)) = 1.1517",
        "d = (mean1 − mean2)/sd_pooled = (7.1 − 7.6)/1.1517 = −0.43413",
        "(lower is better, so the sign is turned: positive is favourable)",
        "config indicators.hba1c.higher_is_better: no",
        "yi and vi are those of effects.csv",
    ):
        assert line in out


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("domain/glycaemic", "did you mean 'domain/glycemic'"),
        ("results/fits/domain/glicemic.json", "did you mean 'fits/domain/glycemic.json'"),
        ("Ash2019|glycemic|hba1|12|post", "did you mean 'Ash2019|glycemic|hba1c||12|post'"),
        ("results/tables/pooled.csv", "a row of it, such as tables/pooled.csv:2"),
        ("results/tables/pooled.csv:1", "is the row of headings; expected a row from 2 to 7"),
        ("results/tables/pooled.csv:99", "expected a row from 2 to 7"),
        ("results/tables/pool.csv:2", "names no stratum"),
        ("results/effects/exclusions.csv:2", "--cell 'outcomes.csv!A13'"),
        ("results/harmonized/records.csv:2", "holds no number"),
        ("../../../etc/passwd", "names no stratum"),
        ("results/../studies.csv:2", "names no stratum"),
        ("", "names no stratum"),
        ("/", "names no stratum"),
        ("\x00", "names no stratum"),
        ("a" * 5000 + ".csv:2", "names no stratum"),
        ("\x1b[2J", "names no stratum"),
    ],
)
def test_an_unknown_name_is_answered(trace, name, words):
    status, out, err = trace(name)
    assert (status, out) == (1, "")
    assert words in err
    assert "Traceback" not in err


def test_results_that_are_not_built_name_the_command(copied_review, trace, tmp_path):
    status, _, err = trace("domain/glycemic", results=tmp_path / "nowhere")
    assert status == 1
    assert "holds no results" in err and "snakemake --cores" in err
    results = copied_review.folder / "results"
    (results / "fits/domain/glycemic.json").unlink()
    status, _, err = trace("domain/glycemic", results=results)
    assert status == 1
    assert "glycemic.json: is not built yet" in err and "snakemake --cores" in err
    (results / "strata/index.csv").unlink()
    assert "index.csv: is not built yet" in trace("domain/glycemic", results=results)[2]


def test_results_of_a_review_nearby_are_named(built_review, trace, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results").mkdir()
    for name in ("my review", "results"):
        (tmp_path / name).mkdir(exist_ok=True)
    (tmp_path / "my review/results").symlink_to(built_review.folder / "results")
    err = trace("domain/glycemic", results="results")[2]
    assert "add --results 'my review/results'" in err
    assert trace("domain/glycemic", results="my review/results")[0] == 0


def test_broken_results_give_a_message(copied_review, trace):
    results = copied_review.folder / "results"
    (results / "fits/domain/glycemic.json").write_text('{"preset": ', encoding="utf-8")
    assert "glycemic.json: the file is damaged" in trace("domain/glycemic", results=results)[2]
    (results / "fits/domain/glycemic.json").write_text("{}", encoding="utf-8")
    status, _, err = trace("domain/glycemic", results=results)
    assert status == 1 and "cannot be followed" in err
    (results / "effects/effects.csv").write_text("effect_id\nx\n", encoding="utf-8")
    assert "made by another version" in trace("domain/knowledge", results=results)[2]
    (results / "effects/effects.csv").write_bytes(b"\xff\xfe\x00")
    assert trace("domain/knowledge", results=results)[0] == 1


def test_a_fit_older_than_its_effects_is_said_to_be(copied_review, trace):
    copied_review.replace("outcomes.csv", BIRCH, BIRCH[:-1] + "8")
    copied_review.built("--until", "stratify")
    _, out, _ = trace("domain/glycemic", results=copied_review.folder / "results")
    assert "WARNING results are older than the sheet: strata/domain/glycemic.csv" in out
    assert "WARNING the numbers disagree: estimate is" in out
    _, out, _ = trace("domain/knowledge", results=copied_review.folder / "results")
    assert "older" not in out


def test_a_sheet_corrected_since_the_run_shows_its_text_of_today(copied_review, trace):
    copied_review.replace("outcomes.csv", BIRCH, BIRCH[:-1] + "8")
    _, out, _ = trace("domain/glycemic", results=copied_review.folder / "results")
    assert "G4: mean_treat = 6.9 (mean1) (the sheet's text today: '6.8')" in out
    assert "WARNING results are older than the sheet: outcomes.csv G4 holds '6.8' today" in out


@pytest.mark.parametrize("name", ["domain/glycemic", "Birch2020|glycemic|hba1c||26|post"])
@pytest.mark.parametrize("depth", ["pooled", "effects", "cells"])
def test_a_sheet_corrected_since_the_run_is_told_at_every_depth(copied_review, trace, name, depth):
    results = copied_review.folder / "results"
    assert "older" not in trace(name, "--depth", depth, results=results)[1]
    copied_review.replace("outcomes.csv", BIRCH, BIRCH[:-1] + "8")
    _, out, _ = trace(name, "--depth", depth, results=results)
    words = "WARNING results are older than the sheet: outcomes.csv G4 holds '6.8' today, not 6.9"
    assert out.count(words) == 1
    (tree,) = json.loads(trace(name, "--depth", depth, "--json", results=results)[1])["trees"]
    assert words.removeprefix("WARNING ") in tree["warnings"]


@pytest.fixture(scope="module")
def umlauts(tmp_path_factory):
    """Return the results of a review of which one trial has an umlaut, and one a marked name."""
    review = Review(tmp_path_factory.mktemp("umlauts") / "review")
    for name in ("studies.csv", "outcomes.csv"):
        text = (review.folder / name).read_text(encoding="utf-8")
        text = text.replace("Birch2020", "Öztürk (2022)").replace("Cedar2021", "50%#C3 Ä")
        review.write(name, text)
    review.built("--until", "tabulate")
    return review.folder / "results"


ID = "%C3%96zt%C3%BCrk (2022)|glycemic|hba1c||26|post"
PLAIN = "Öztürk (2022)|glycemic|hba1c||26|post"


@pytest.mark.parametrize("name", [ID, PLAIN, unicodedata.normalize("NFD", PLAIN)])
def test_an_effect_may_be_named_in_plain_letters_and_is_printed_so(umlauts, trace, name):
    status, out, _ = trace(name, results=umlauts)
    assert status == 0
    assert out.startswith(f"{PLAIN}: SMD yi = ")
    (tree,) = json.loads(trace(name, "--json", results=umlauts)[1])["trees"]
    assert tree["effect_id"] == ID


def test_no_text_has_letters_encoded_and_the_key_s_own_marks_stay(umlauts, trace):
    texts = [trace("domain/glycemic", results=umlauts)[1]]
    texts.append(trace("tables/leave_one_out/LOO_domain_glycemic.csv:2", results=umlauts)[1])
    texts.append(trace("--cell", "outcomes.csv!G4", results=umlauts)[1])
    assert f"domain/glycemic without {PLAIN}: " in texts[1]
    assert f"It enters the effect {PLAIN} as mean1." in texts[2]
    assert "50%25%23C3 Ä|glycemic" in texts[0]
    assert not any("%C3" in text for text in texts)
    _, _, err = trace("Öztürk (2022)|glycemic|hba1|26|post", results=umlauts)
    assert f"did you mean '{PLAIN}'" in err


HOSTILE = "=cmd|'/c calc'!A1; \x1b[2J|%#.../..\\é 微信"


def test_hostile_names_are_followed_and_tamed(review, trace):
    sheet = (review.folder / "outcomes.csv").read_text(encoding="utf-8")
    lines = sheet.replace("second choice", HOSTILE).splitlines()
    quoted = f'"{HOSTILE}"'
    lines = [line.replace("Cedar2021,glycemic,hba1c", f"{quoted},glycemic,hba1c") for line in lines]
    review.write("outcomes.csv", "\n".join(lines) + "\n")
    studies = (review.folder / "studies.csv").read_text(encoding="utf-8")
    review.write("studies.csv", studies.replace("Cedar2021", quoted))
    review.configure(CONFIG)
    review.built("results/tables/pooled.csv")
    results = review.folder / "results"
    status, out, _ = trace("domain/glycemic", results=results)
    assert status == 0
    assert "\x1b" not in out
    assert "WARNING" not in out
    ids = [r["effect_id"].removeprefix("'") for r in review.rows("effects/effects.csv")]
    (own,) = [effect_id for effect_id in ids if "cmd" in effect_id]
    status, out, _ = trace(own, "--json", results=results)
    (tree,) = json.loads(out)["trees"]
    assert tree["study_id"] == HOSTILE
    assert tree["arithmetic"]["agrees"]
    status, out, _ = trace("--cell", "outcomes.csv!M3", results=results)
    assert status == 0 and "\x1b" not in out


def test_the_console_command_on_a_plain_terminal(built_review):
    """No traceback where the terminal knows only ASCII, and a start without heavy libraries."""
    code = (
        "import sys; from strataforest.cli import main; status = main(sys.argv[1:]); "
        "heavy = {'numpy', 'pandas', 'matplotlib', 'scipy'} & set(sys.modules); "
        "print(sorted(heavy)); sys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "trace", "domain/glycemic"],
        cwd=built_review.folder,
        env={"PYTHONIOENCODING": "ascii", "PATH": "", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "[]"


def test_help_names_both_directions(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["trace", "--help"])
    assert stopped.value.code == 0
    out = capsys.readouterr().out
    assert "domain/glycemic" in out and "outcomes.csv!N17" in out


def test_a_row_of_another_model_is_said_to_be_one(trace):
    _, out, _ = trace("results/tables/presets.csv:3", "--depth", "pooled")
    assert out.startswith("This row is of another model")
    _, own, _ = trace("results/tables/pooled.csv:2", "--depth", "pooled")
    assert not own.startswith("This row")
    assert own in out
