"""Declared meta-regressions in a real run: tables, figures, corrections, and mistakes in them."""

import numpy as np
import pytest
from conftest import CONFIG, STUDIES, Review
from strataforest.changes import compare
from strataforest.history import add_snapshot, load, snapshot_name
from strataforest.meta_regression.mixed_model import fit_meta_regression

MODELS = [
    {"name": "weeks", "moderators": ["follow_up_weeks"]},
    {"name": "both", "moderators": ["follow_up_weeks", "ln_n_total"], "scope": ["overall"]},
]
FITTING = {f"Fitting the meta-regression {name}" for name in ("weeks", "both")}
DRAWING = {f"Drawing the meta-regression {name}" for name in ("weeks", "both")}


@pytest.fixture(scope="module")
def moderated(tmp_path_factory):
    review = Review(tmp_path_factory.mktemp("moderated"), CONFIG | {"meta_regression": MODELS})
    review.built()
    return review


def rows_of(review, table, **wanted):
    rows = review.rows(f"tables/meta_regression_{table}.csv")
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


def test_the_tables_hold_what_the_kernel_gives(moderated):
    strata = moderated.rows("strata/domain/glycemic.csv")
    weeks = {
        row["study_id"]: row["follow_up_weeks"] for row in moderated.rows("harmonized/studies.csv")
    }
    yi, vi = (np.array([float(row[name]) for row in strata]) for name in ("yi", "vi"))
    x = np.column_stack([np.ones(6), [float(weeks[row["study_id"]]) for row in strata]])
    fit = fit_meta_regression(yi, vi, x)
    (model,) = rows_of(moderated, "models", model="weeks", domain="glycemic")
    assert (model["k"], model["status"], model["n_dropped"]) == ("6", "fitted", "0")
    assert float(model["tau2"]) == pytest.approx(fit.tau2[0], rel=1e-10, abs=1e-12)
    terms = rows_of(moderated, "terms", model="weeks", domain="glycemic")
    assert [term["term"] for term in terms] == ["intercept", "follow_up_weeks"]
    for j, term in enumerate(terms):
        assert float(term["b"]) == pytest.approx(fit.b[0, j], rel=1e-10)
        assert float(term["se"]) == pytest.approx(fit.se[0, j], rel=1e-10)
    # 6! / (2! 2! 1! ...) orders of the weeks 12 26 52 12 26 12: all are fitted.
    assert (model["permutations"], model["permutations_exact"]) == ("60", "yes")


def test_overall_takes_all_domains_and_says_that_trials_recur(moderated):
    (model,) = rows_of(moderated, "models", model="both", scope="overall")
    assert (model["k"], model["n_studies"]) == ("9", "6")
    assert all(term["robust_se"] for term in rows_of(moderated, "terms", model="both"))


def test_every_fitted_scope_has_its_bubble_plots(moderated):
    folder = moderated.folder / "results/figures/meta_regression"
    found = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.svg"))
    assert found == [
        "both/overall_smd_follow_up_weeks.svg",
        "both/overall_smd_ln_n_total.svg",
        "weeks/glycemic_follow_up_weeks.svg",
        "weeks/knowledge_follow_up_weeks.svg",
        "weeks/overall_smd_follow_up_weeks.svg",
    ]


def test_weeks_change_regressions_and_no_pooled_fit(moderated):
    before = moderated.digests()
    moderated.replace("studies.csv", "Chat,Chat,52", "Chat,Chat,48")
    jobs = set(moderated.built().jobs)
    assert jobs >= FITTING | DRAWING | {"Regressing trial size on follow-up"}
    assert not any(job.startswith("Pooling") for job in jobs)
    after = moderated.digests()
    changed = {name for name in before if before[name] != after.get(name)}
    assert not any(name.startswith(("fits/", "tables/pooled")) for name in changed)
    moderated.replace("studies.csv", "Chat,Chat,48", "Chat,Chat,52")
    moderated.built()


def numbers_of_terms(review):
    """Return b, its interval and p of every term by model, scope as claims call it, and term."""
    return {
        (row["model"], row["domain"] or f"overall_{row['measure'].lower()}", row["term"]): tuple(
            row[name] for name in ("b", "ci_low", "ci_high", "p_value")
        )
        for row in review.rows("tables/meta_regression_terms.csv")
    }


def test_a_corrected_moderator_is_told_with_the_numbers_of_both_tables(moderated):
    before = numbers_of_terms(moderated)
    moderated.replace("studies.csv", "Chat,Chat,52", "Chat,Chat,48")
    run = moderated.built()
    after = numbers_of_terms(moderated)
    rows = moderated.rows("changes/latest.csv")
    terms = {(r["model"], r["scope"], r["term"]): r for r in rows if r["term"]}
    assert terms.keys() == {key for key in before if before[key] != after[key]}
    columns = ("estimate", "ci_low", "ci_high", "p_value")
    for key, row in terms.items():
        assert tuple(row[f"{name}_before"] for name in columns) == before[key]
        assert tuple(row[f"{name}_after"] for name in columns) == after[key]
        assert row["change"] == "term_moved"
    models = [r for r in rows if not r["term"]]
    assert {r["change"] for r in models} == {"model_moved"}
    assert {r["causes"] for r in rows} == {"studies.csv!E4 follow_up_weeks: 52 -> 48"}
    assert "None of 6 strata moved; 3 of 4 meta-regressions moved; 1 cell changed." in run.output
    assert "Meta-regression weeks: Glycemic control  (meta_regression/weeks/gly" in run.output
    assert "because         studies.csv!E4 follow_up_weeks: 52 -> 48" in run.output
    assert "Changed without moving" not in run.output
    assert moderated.built().jobs == []
    moderated.replace("studies.csv", "Chat,Chat,48", "Chat,Chat,52")
    moderated.built()


def test_a_snapshot_without_models_says_nothing_of_them_and_is_completed(moderated):
    history = moderated.folder / "results/history"
    newest = max(history.iterdir())
    state = load(newest)
    old = {name: part for name, part in state.items() if name not in ("models", "moderators")}
    newest.unlink()
    add_snapshot(history, snapshot_name(history, old), old)
    said = (moderated.folder / "results/changes/latest.txt").read_bytes()
    moderated.built("-R", "record_changes")
    assert (moderated.folder / "results/changes/latest.txt").read_bytes() == said
    assert load(max(history.iterdir())) == state
    changes = compare(old, state)
    assert (changes.regressions, changes.n_regressions) == ((), 0)


def test_moving_a_row_and_a_note_fits_nothing(moderated):
    text = (moderated.folder / "outcomes.csv").read_text(encoding="utf-8").splitlines(True)
    moved = "".join([text[0], *reversed(text[1:])]).replace("second choice", "another note")
    moderated.write("outcomes.csv", moved)
    jobs = set(moderated.built().jobs)
    assert jobs == {
        "Reading and checking the extraction sheets",
        "Computing effect sizes",
        "Choosing one effect per trial and domain, and grouping them into strata",
        "Recording what moved",
        "Summing up",
        "Building the report",
    }
    assert moderated.built().jobs == []
    moderated.write("outcomes.csv", "".join(text))
    moderated.built()


def test_a_model_that_is_no_longer_declared_leaves_nothing_behind(moderated):
    moderated.configure(moderated.config | {"meta_regression": MODELS[:1]})
    run = moderated.built()
    (gone,) = {r["causes"] for r in moderated.rows("changes/latest.csv")}
    assert gone == "meta_regression.both: declared -> empty"
    assert "(meta_regression/both/overall_smd), disappeared" in run.output
    results = moderated.folder / "results"
    assert not (results / "meta_regression/both.json").exists()
    assert not (results / "figures/meta_regression/both").exists()
    assert {row["model"] for row in moderated.rows("tables/meta_regression_models.csv")} == {
        "weeks"
    }
    moderated.configure(moderated.config | {"meta_regression": MODELS})
    moderated.built()


def test_the_design_regression_is_that_of_the_trials(moderated):
    rows = moderated.rows("tables/design_regression.csv")
    trials = moderated.rows("covariates/trials.csv")
    weeks = np.array([float(row["follow_up_weeks"]) for row in trials])
    size = np.log([float(row["n"]) for row in trials])
    slope, intercept = np.polyfit(weeks, size, 1)
    assert [row["term"] for row in rows] == ["intercept", "follow_up_weeks"]
    assert float(rows[0]["b"]) == pytest.approx(intercept, rel=1e-9)
    assert float(rows[1]["b"]) == pytest.approx(slope, rel=1e-9)
    # An ineligible trial is no trial of the review.
    assert (rows[0]["k"], "Hazel2024" in {row["study_id"] for row in trials}) == ("6", False)


def test_a_column_that_a_model_uses_is_not_called_unused(tmp_path):
    sheet = STUDIES.replace("study_id,year,", "study_id,dose,year,").splitlines(True)
    rows = [sheet[0], *(line.replace(",", f",{i},", 1) for i, line in enumerate(sheet[1:]))]
    config = CONFIG | {"meta_regression": [{"name": "dose", "moderators": ["dose"]}]}
    for name, models, noted in (("a", config, False), ("b", CONFIG, True)):
        review = Review(tmp_path / name, models)
        review.write("studies.csv", "".join(rows))
        review.built("--until", "stratify")
        notes = [row["problem"] for row in review.rows("harmonized/problems.csv")]
        assert any("'dose' is not a column we use" in note for note in notes) == noted


MISTAKES = {
    "unknown column": (
        {"meta_regression": [{"name": "a", "moderators": ["follow_up_week"]}]},
        "'follow_up_week', which the sheet of studies lacks; expected a column of it, or one that "
        "comes with effects; did you mean 'follow_up_weeks'?",
    ),
    "a level that no trial has": (
        {
            "meta_regression": [
                {
                    "name": "a",
                    "moderators": ["primary_platform"],
                    "references": {"primary_platform": "Chatt"},
                }
            ]
        },
        "no trial has primary_platform 'Chatt'; did you mean 'Chat'?",
    ),
    "a name twice": (
        {"meta_regression": [MODELS[0], MODELS[0]]},
        "the name 'weeks' stands for several models",
    ),
    "a factor that is no moderator": (
        {"meta_regression": [MODELS[0] | {"factors": ["year"]}]},
        "factors names 'year', which is no moderator of it",
    ),
    "no analysis of domains": (
        {"meta_regression": MODELS, "strata": {"all": {"by": ["domain", "primary_platform"]}}},
        "needs an analysis of whole domains",
    ),
    "a name that is a path": (
        {"meta_regression": [{"name": "../a", "moderators": ["year"]}]},
        "the name '../a' may hold only a-z, 0-9 and _",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named(tmp_path, mistake):
    config, words = MISTAKES[mistake]
    run = Review(tmp_path, CONFIG | config).run()
    assert run.status != 0
    assert words in run.output
    assert "Traceback" not in run.output
    # Said while nothing of the last results is replaced yet.
    if mistake in ("unknown column", "a level that no trial has"):
        assert not (tmp_path / "results/effects").exists()
