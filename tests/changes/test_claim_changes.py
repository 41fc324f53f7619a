"""What became of claims between two states, and that what moved says it first."""

import copy
import csv
import hashlib
import io
import json

import pytest
from strataforest.changes import compare
from strataforest.claim_changes import CHANGES
from strataforest.history import add_snapshot, load, snapshot_name
from strataforest.report.changes import COLUMNS, change_rows, changes_page, changes_text
from strataforest.results_state import is_same
from strataforest.tabular import write_rows
from test_compare import ASH_MOVED, BEFORE, NAMES, after, with_cell

OLD_COLUMNS = (
    *("analysis", "stratum", "change", "k_before", "k_after", "estimate_before", "estimate_after"),
    *("ci_low_before", "ci_low_after", "ci_high_before", "ci_high_after", "tau2_before"),
    *("tau2_after", "i2_before", "i2_after", "pi_low_before", "pi_low_after", "pi_high_before"),
    *("pi_high_after", "crossed", "causes"),
)


def claim(statement="It works", status="holds", found="estimate = 0.5", **parts):
    row = {"claim": statement, "where": "domain/glycemic", "holds": "positive", "status": status}
    return row | {"found": found, "cell": "claims.csv!A2"} | parts


def with_claims(state, *claims):
    return copy.deepcopy(state) | {"claims": list(claims)}


def only(old, new):
    (change,) = compare(with_claims(BEFORE, *old), with_claims(BEFORE, *new)).claims
    return change


BROKEN = claim(status="fails", found="estimate = -0.1")
SILENT = claim(status="cannot_be_tested", found="the result has no ratio")


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ([claim()], [BROKEN], "no_longer_holds"),
        ([claim()], [SILENT], "no_longer_testable"),
        ([BROKEN], [claim()], "holds_again"),
        ([SILENT], [claim()], "holds_again"),
        ([BROKEN], [BROKEN], "still_broken"),
        ([SILENT], [BROKEN], "still_broken"),
        ([], [claim()], "new"),
        ([], [BROKEN], "new_and_broken"),
        ([claim()], [], "removed"),
    ],
)
def test_what_became_of_a_claim(old, new, change):
    found = only(old, new)
    assert found.change == change
    assert (found.before, found.after) == tuple(s[0]["found"] if s else "" for s in (old, new))


def test_what_holds_as_before_is_no_news_wherever_it_stands():
    old, new = with_claims(BEFORE, claim()), with_claims(BEFORE, claim(cell="claims.csv!A9"))
    assert compare(old, new).claims == ()
    assert is_same(old, new)
    assert not is_same(old, with_claims(BEFORE, BROKEN))
    assert not is_same(old, BEFORE)
    assert is_same(BEFORE, with_claims(BEFORE))


def test_another_condition_is_another_claim():
    changes = compare(with_claims(BEFORE, claim()), with_claims(BEFORE, claim(holds="negative")))
    assert [change.change for change in changes.claims] == ["new", "removed"]


def test_the_gravest_come_first():
    old = [claim("a"), claim("b", "fails"), claim("c")]
    new = [claim("a"), claim("b"), claim("c", "fails"), claim("d", "fails")]
    found = compare(with_claims(BEFORE, *old), with_claims(BEFORE, *new)).claims
    assert [change.claim for change in found] == ["c", "d", "b"]
    order = [CHANGES.index(change.change) for change in found]
    assert order == sorted(order)


MOVED = with_claims(after(ASH_MOVED, with_cell(0, "mean", "7.2"), estimate="-0.1"), BROKEN)
TOLD = compare(with_claims(BEFORE, claim()), MOVED)


def test_it_is_said_before_the_strata_with_the_cell_behind_it():
    text = changes_text(TOLD, NAMES)
    lines = text.splitlines()
    assert lines[2:7] == [
        "Claim no longer holds: It works",
        "  says      positive in domain/glycemic",
        "  was       estimate = 0.5",
        "  is        estimate = -0.1",
        "  stands in claims.csv!A2",
    ]
    assert lines[7] == "  because   o.csv!B2 mean: 7.1 -> 7.2"
    assert text.index("Claim no longer holds") < text.index("1 of 1 stratum moved")
    page = changes_page(TOLD, NAMES)
    assert page.index("**Claim no longer holds: It works**") < page.index("| stratum |")
    assert "- because: o.csv!B2 mean: 7.1 -> 7.2" in page


def test_a_claim_of_all_strata_has_the_causes_of_those_that_break_it():
    everywhere = claim(where="*", found="in all 1; k = 3")
    broken = everywhere | {
        "status": "fails",
        "found": "it fails in 1 of 1: domain/glycemic (k = 2)",
    }
    rows = with_cell(0, "mean", "7.2")
    told = compare(with_claims(BEFORE, everywhere), with_claims(after(ASH_MOVED, rows), broken))
    assert change_rows(told)[0]["causes"] == "o.csv!B2 mean: 7.1 -> 7.2"
    elsewhere = broken | {"found": "it fails in 1 of 2: domain/knowledge (k = 2)"}
    told = compare(with_claims(BEFORE, everywhere), with_claims(after(ASH_MOVED, rows), elsewhere))
    assert change_rows(told)[0]["causes"] == ""


def test_the_table_keeps_its_columns_and_its_rows_of_strata(tmp_path):
    assert COLUMNS[: len(OLD_COLUMNS)] == OLD_COLUMNS
    first, second = change_rows(TOLD)
    assert (first["change"], first["analysis"], first["stratum"]) == (
        "claim_no_longer_holds",
        "",
        "",
    )
    assert (first["claim"], first["found_after"]) == ("It works", "estimate = -0.1")
    assert (second["analysis"], second["change"], second["claim"]) == ("domain", "moved", "")
    assert second["estimate_after"] == "-0.1"
    write_rows(tmp_path / "latest.csv", COLUMNS, change_rows(TOLD))
    text = (tmp_path / "latest.csv").read_text(encoding="utf-8")
    assert len(list(csv.DictReader(io.StringIO(text)))) == 2


def test_many_claims_and_long_ones_are_cut():
    many = [claim(f"Claim {i} " + "long " * 500, "fails") for i in range(30)]
    told = compare(with_claims(BEFORE), with_claims(BEFORE, *many))
    text = changes_text(told, NAMES)
    assert text.count("New claim, which does not hold") == 20
    assert "... and 10 more claims." in text
    assert max(map(len, text.splitlines())) < 500
    assert len(change_rows(told)) == 30


def test_no_claim_breaks_the_page_or_the_terminal():
    hostile = claim('x | <script>alert("1")</script> `a`\n\x1b[31m [l](http://e.org)', "fails")
    told = compare(with_claims(BEFORE), with_claims(BEFORE, hostile))
    assert "\x1b" not in changes_text(told, NAMES)
    page = changes_page(told, NAMES)
    assert "<script" not in page
    assert "[l](" not in page


def test_snapshots_keep_claims_and_older_ones_are_read(tmp_path):
    state = with_claims(BEFORE, claim(), claim("Another", "fails")) | {"format": 1}
    add_snapshot(tmp_path, snapshot_name(tmp_path, state), state)
    (path,) = tmp_path.iterdir()
    assert load(path) == state
    # As a version without claims wrote it.
    older = BEFORE | {"format": 1}
    text = json.dumps(older, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n"
    name = f"000002_{hashlib.sha256(text.encode()).hexdigest()[:12]}.json"
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert load(tmp_path / name) == older
    changes = compare(load(tmp_path / name), load(path))
    assert [change.change for change in changes.claims] == ["new_and_broken", "new"]
