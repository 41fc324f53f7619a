"""Which version changed a result stands in the changelog: none changes without a word there."""

import shutil

import pytest
import yaml
from changelog import digest_in, mistakes, sections
from conftest import ROOT
from reference_numbers import PLACE, TABLES, differences, digest, recorded

CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
MEND = """
The numbers of the default review are not those of tests/numbers/default_review. If that is meant:
python tests/numbers/reference_numbers.py results, then say which, by how much and why under Numbers
of CHANGELOG.md's newest version, and put the digest there.
"""


def test_the_default_review_has_the_recorded_numbers(default_review):
    found = differences(default_review.folder / "results")
    assert found == [], MEND + "\n".join(found[:20])
    assert sum(len(recorded(name)) for name in TABLES) > 250


def test_the_changelog_names_the_recorded_numbers():
    version, _, numbers = sections(CHANGELOG)[0]
    assert digest_in(numbers) == digest(), f"CHANGELOG.md, {version}, Numbers: {MEND}"


def test_the_changelog_has_its_form():
    assert mistakes(CHANGELOG) == []


def test_a_changed_number_is_noticed(default_review, tmp_path):
    results = tmp_path / "results"
    for name in TABLES:
        (results / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(default_review.folder / "results" / name, results / name)
    path = results / "tables/pooled.csv"
    text = path.read_text(encoding="utf-8")
    estimate = next(iter(recorded("tables/pooled.csv").values()))["estimate"][:9]
    path.write_text(text.replace(estimate, f"{float(estimate) + 1e-6:.9f}", 1), encoding="utf-8")
    (line,) = differences(results)
    assert line.startswith("tables/pooled.csv ('domain', 'glycemic') estimate: ")
    path.write_text("\n".join(text.splitlines()[:-1]) + "\n", encoding="utf-8")
    assert [line.rpartition(": ")[2] for line in differences(results)] == ["gone"]


def test_the_version_is_the_changelogs_and_dated_as_it_is():
    version, date, _ = sections(CHANGELOG)[0]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert str(citation["version"]) == version
    assert str(citation.get("date-released", "unreleased")) == date


OLD = "## 0.1.0 - 2026-11-30\n\n### Numbers\n\nDefault review: `aaaaaaaaaaaa`. The first version.\n"
TABLE = "| results | by how much | why | command that shows it |\n|---|---|---|---|\n"
ROW = "| tau² | 1e-3 | a bug | `strataforest changes old/results new/results` |\n"


def newer(numbers, heading="## 0.1.1 - unreleased", digest="bbbbbbbbbbbb"):
    return f"{heading}\n\n### Numbers\n\nDefault review: `{digest}`. {numbers}\n\n### New\n\n{OLD}"


@pytest.mark.parametrize(
    ("text", "said"),
    (
        (OLD.replace("### Numbers", "### New"), "no heading Numbers"),
        (OLD.replace("aaaaaaaaaaaa", "new"), "with the digest"),
        (newer(""), "neither entries"),
        (newer("No result differs from those of 0.1.0."), "no entry says which"),
        (newer(f"\n\n{TABLE}{ROW.replace('a bug', '')}"), "not complete"),
        (newer(f"\n\n{TABLE}{ROW.replace('strataforest', 'see')}"), "no command"),
        (newer(f"\n\n{TABLE}{ROW}", heading="## 0.0.9 - unreleased"), "not older"),
        (newer(f"\n\n{TABLE}{ROW}") + newer(f"\n\n{TABLE}{ROW}"), "only the newest"),
    ),
)
def test_a_wrong_changelog_is_noticed(text, said):
    assert any(said in mistake for mistake in mistakes(text))


def test_a_right_one_is_not():
    assert mistakes(newer(f"\n\n{TABLE}{ROW}")) == []
    assert mistakes(newer("No result differs from those of 0.1.0.", digest="a" * 12)) == []


def test_the_record_is_of_the_tables_and_nothing_else():
    files = {str(path.relative_to(PLACE)) for path in PLACE.rglob("*") if path.is_file()}
    assert files == set(TABLES)
