"""The seed paper's own numbers: exactly what is wrong with them, and nothing else."""

import pytest
import seed_paper
from strataforest.audit.audit import audit
from strataforest.audit.finding import CONSISTENT, NOT_CHECKED


@pytest.fixture(scope="module")
def findings():
    return audit(seed_paper.rows(), seed_paper.GROUPING)


def test_exactly_what_is_wrong(findings):
    wrong = [f for f in findings if f.severity not in (CONSISTENT, NOT_CHECKED)]
    assert [(f.severity, f.check, f.about) for f in wrong] == [
        ("contradiction", "sign_coding", "glycemic"),
        ("contradiction", "k_of_strata", "WeChat"),
        ("contradiction", "ci_centre", "LINE"),
        ("contradiction", "loo_reversal", "complication"),
        ("question", "stratum_equals_parent", "attitude"),
        ("question", "screening", "full text assessed"),
    ]
    sign, k, centre, reversal, equal, screening = wrong
    for text in ("−0.519", "−0.734", "−0.467"):
        assert text in sign.printed
    assert "11 in glycemic" in k.printed
    assert "8 in behavior" in k.printed
    assert "7 in clinical_other" in k.printed
    assert "0.681 as the upper limit" in centre.expected
    assert "0.451 as the estimate" in centre.expected
    # The digits of 0.247 in the other order.
    assert centre.expected.startswith("0.274 as the lower limit")
    assert "−0.44 to 0.51" in reversal.printed
    assert "k = 1" in equal.reasoning
    assert "345" in screening.printed


def test_every_finding_to_act_on_asks_politely(findings):
    for finding in findings:
        is_open = finding.severity not in (CONSISTENT, NOT_CHECKED)
        assert finding.question.endswith("?") if is_open else finding.question == ""
        assert finding.reasoning.endswith(".")
        assert finding.source_file == "paper.csv"


def held(findings, check):
    return [f for f in findings if (f.severity, f.check) == (CONSISTENT, check)]


def test_what_holds(findings):
    # 6 domains and 6 platforms but LINE, and 8 strata.
    assert len(held(findings, "ci_centre")) == 19
    ratio = next(f for f in held(findings, "ci_centre") if f.about == "complication")
    assert "log scale" in ratio.reasoning
    sums = " ".join(f.reasoning for f in held(findings, "flow"))
    assert "310 + 11 + 1 = 322" in sums
    assert "345 - 322 = 23" in sums
    assert [f.printed for f in held(findings, "percent")] == [
        "23/23 (100 %)",
        "4/23 (17.4 %)",
        "19/23 (82.6 %)",
        "5/23 (21.7 %)",
        "18/23 (78.3 %)",
    ]
    changes = [f.printed.split()[-1] for f in held(findings, "loo_change")]
    assert changes == ["0.41", "0.055", "0.09"]
    assert len(held(findings, "loo_range")) == 6


def test_findings_do_not_depend_on_empty_columns():
    rows = [{n: v for n, v in row.items() if v} | {"nothing": ""} for row in seed_paper.rows()]
    full = [dict.fromkeys(("se", "tau2", "q", "level", "decimals"), "") | row for row in rows]
    assert audit(rows, seed_paper.GROUPING) == audit(full, seed_paper.GROUPING)
