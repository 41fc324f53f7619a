"""What asks how far to trust a result, in a real run: tables, figures, and what is stale."""

import numpy as np
import pytest
from conftest import CONFIG, Review
from strataforest.diagnostics.gosh import gosh
from strataforest.diagnostics.influence import influence
from strataforest.meta_regression.subgroups import separate_subgroups

POOLED = ("domain/glycemic", "domain/knowledge", "platform_by_domain/glycemic__chat")


@pytest.fixture(scope="module")
def diagnosed(tmp_path_factory):
    sensitivity = {"gosh": True, "drop_most_influential": 2}
    review = Review(tmp_path_factory.mktemp("diagnosed"), CONFIG | {"sensitivity": sensitivity})
    review.built()
    return review


def effects_of(review, stratum):
    rows = review.rows(f"strata/{stratum}.csv")
    return tuple(np.array([float(row[name]) for row in rows]) for name in ("yi", "vi"))


def rows_of(review, table, stratum, **wanted):
    wanted |= dict(zip(("analysis", "stratum"), stratum.split("/"), strict=True))
    rows = review.rows(f"tables/{table}.csv")
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


def test_every_pooled_stratum_has_all_its_figures(diagnosed):
    figures = diagnosed.folder / "results/figures"
    for stratum in POOLED:
        names = {path.stem for path in (figures / stratum).glob("*.svg")}
        # Six effects are too few for a funnel.
        assert names == {
            *("forest", "leave_one_out", "influence", "baujat", "cumulative", "presets", "gosh")
        }
        assert (figures / stratum / "gosh.svg").stat().st_size > 1000


@pytest.mark.parametrize("stratum", POOLED)
def test_the_influence_table_is_the_kernels(diagnosed, stratum):
    rows = diagnosed.rows(f"tables/influence/{stratum.replace('/', '_')}.csv")
    result = influence(*effects_of(diagnosed, stratum))
    for name in ("rstudent", "cook_d", "hat", "tau2_del"):
        ours = [float(row[name]) for row in rows]
        assert ours == pytest.approx(list(getattr(result, name)), rel=1e-10, abs=1e-13)
    assert [row["influential"] for row in rows] == [
        "yes" if flag else "no" for flag in result.influential
    ]


def test_the_refit_without_the_most_influential(diagnosed):
    (six,) = rows_of(diagnosed, "without_most_influential", "domain/glycemic")
    assert (six["k"], six["reason"], six["dropped_study_id"].count(";")) == ("4", "", 1)
    (three,) = rows_of(diagnosed, "without_most_influential", "domain/knowledge")
    assert (three["k"], three["estimate"]) == ("", "")
    assert "fewer than 3 remain" in three["reason"]


def test_small_study_effects_are_gated_with_a_row_that_says_so(diagnosed):
    for stratum in POOLED:
        (row,) = rows_of(diagnosed, "small_study", stratum)
        assert row["status"] == "not_applicable"
        assert "below the 10 studies" in row["reason"]


def test_from_the_gate_on_all_tests_run_and_the_funnel_is_drawn(tmp_path):
    review = Review(tmp_path, CONFIG | {"small_study": {"min_effects": 6}})
    review.built()
    rows = rows_of(review, "small_study", "domain/glycemic")
    assert {row["test"] for row in rows} >= {
        *("egger_re", "egger_classical", "egger_sample_size", "begg", "trim_and_fill_l0"),
        *("pet_peese", "selection_model"),
    }
    assert [row["test"] for row in rows if row["preset_default"] == "yes"] == ["egger_re"]
    figures = review.folder / "results/figures/domain"
    assert (figures / "glycemic/funnel.svg").exists()
    assert not (figures / "knowledge/funnel.svg").exists()


def test_the_presets_table_begins_with_the_numbers_of_the_pooled_table(diagnosed):
    for row in diagnosed.rows("tables/pooled.csv"):
        found = rows_of(diagnosed, "presets", f"{row['analysis']}/{row['stratum']}")
        if row["status"] != "pooled":
            assert found == []
            continue
        names = [entry["preset"] for entry in found]
        assert names == ["configured", "stata16", "stata16-metan", "metafor", "cochrane", "meta8"]
        for name in ("estimate", "se", "ci_low", "tau2", "i2", "pi_high"):
            assert found[0][name] == row[name]
        # The review is configured as Stata computes, so Stata has nothing else to say.
        assert found[1]["differs_in"] == found[1]["decisive"] == ""
        assert found[1]["estimate"] == row["estimate"]


def test_another_preset_gives_what_this_table_said_of_it(diagnosed, tmp_path):
    review = Review(tmp_path, CONFIG | {"preset": "cochrane"})
    review.built()
    for stratum in POOLED:
        (said,) = rows_of(diagnosed, "presets", stratum, preset="cochrane")
        (now,) = rows_of(review, "pooled", stratum)
        for name in ("estimate", "se", "ci_low", "ci_high", "p_value", "tau2", "i2", "pi_low"):
            assert float(now[name]) == pytest.approx(float(said[name]), rel=1e-12)


def test_the_subsets_are_the_kernels(diagnosed):
    (row,) = rows_of(diagnosed, "gosh", "domain/glycemic")
    result = gosh(*effects_of(diagnosed, "domain/glycemic"))
    assert (row["subsets"], row["kind"]) == ("57", "all")  # 2^6 - 1 - 6
    assert float(row["estimate_max"]) == pytest.approx(result.estimate.max(), rel=1e-12)
    assert float(row["estimate_median"]) == pytest.approx(np.median(result.estimate), rel=1e-12)


def test_cumulative_rows_follow_the_years(diagnosed):
    rows = rows_of(diagnosed, "cumulative", "domain/glycemic")
    assert [row["year"] for row in rows] == ["2019", "2020", "2021", "2022", "2023", "2024"]
    assert [row["k"] for row in rows] == list("123456")
    (pooled,) = rows_of(diagnosed, "pooled", "domain/glycemic")
    assert float(rows[-1]["estimate"]) == pytest.approx(float(pooled["estimate"]), rel=1e-12)


def test_platforms_are_compared_where_two_are_pooled(tmp_path):
    review = Review(tmp_path, CONFIG | {"min_effects": 2})
    review.built()
    rows = review.rows("tables/subgroup_tests.csv")
    told = [(r["within"], r["model"], r["status"], r["groups"]) for r in rows]
    groups = "Chat (3); Mail (2)"
    assert told[:2] == [
        ("glycemic", "separate_tau2", "tested", groups),
        ("glycemic", "common_tau2", "tested", groups),
    ]
    assert rows[2]["reason"] == "1 pooled stratum; a comparison needs two"
    chat, mail = (effects_of(review, f"platform_by_domain/glycemic__{p}") for p in ("chat", "mail"))
    yi, vi = (np.concatenate(pair) for pair in zip(chat, mail, strict=True))
    test = separate_subgroups(yi, vi, ["Chat"] * 3 + ["Mail"] * 2)
    assert float(rows[0]["q_between"]) == pytest.approx(test.q_between, rel=1e-10)


def test_a_stratum_that_disappears_takes_its_subsets_with_it(diagnosed):
    results = diagnosed.folder / "results"
    assert (results / "gosh/platform_by_domain/glycemic__chat.json").exists()
    diagnosed.replace("studies.csv", "Cedar2021,2021,Chat,Chat", "Cedar2021,2021,Mail,Mail")
    diagnosed.built()
    assert not (results / "gosh/platform_by_domain/glycemic__chat.json").exists()
    assert not (results / "figures/platform_by_domain/glycemic__chat").exists()
    assert (results / "figures/platform_by_domain/glycemic__mail/gosh.svg").exists()
    assert {row["stratum"] for row in diagnosed.rows("tables/gosh.csv")} == {
        *("glycemic", "knowledge", "glycemic__mail")
    }
    # Subsets that nobody asks for any more would soon be of other data.
    diagnosed.configure(diagnosed.config | {"sensitivity": {"gosh": False}})
    diagnosed.built()
    assert not [p for p in results.rglob("*") if "gosh" in str(p.relative_to(results))]
