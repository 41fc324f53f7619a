"""Whatever the cells hold, the audit ends, with findings in order and fit to print."""

from hypothesis import given, settings
from hypothesis import strategies as st
from strataforest.audit.audit import audit
from strataforest.audit.finding import SEVERITIES, columns, counts, in_order
from strataforest.audit.ours import Ours
from strataforest.presets import PRESETS

GROUPING = ("domain", "platform")
NUMBERS = (
    *("estimate", "se", "ci_low", "ci_high", "statistic", "tau2", "tau", "i2", "h2", "q", "pi_low"),
    *("pi_high", "r2", "loo_min", "loo_max", "loo_max_change", "percent", "p_value", "q_p"),
)
WHOLE = ("k", "n_studies", "n_participants", "q_df", "value", "of")
number = st.sampled_from(
    [
        *("", "0", "0.0", "-0.00", "1", "1.00", "-0.5", "0.5", "2.75", "1e30", "1e-30", "<0.001"),
        *("99.9", "100", "-100", ">0.5", "1000000", "0.49", "0.51", "NE", "—"),
    ]
)
whole = st.sampled_from(["", "0", "1", "2", "3", "10", "200", "100000"])
row = st.fixed_dictionaries(
    {
        "analysis": st.sampled_from(["", "a", "b"]),
        "domain": st.sampled_from(["", "d", "e"]),
        "platform": st.sampled_from(["", "A", "B"]),
        "measure": st.sampled_from(["", "SMD", "RR", "logRR", "MD", "PETO"]),
        "preset": st.sampled_from(["", *PRESETS]),
        "level": st.sampled_from(["", "0.95", "0.9"]),
        "loo_measure": st.sampled_from(["", "RR", "logRR"]),
        "loo_reversal": st.sampled_from(["", "yes", "no"]),
        "positive_favours": st.sampled_from(["", "treat", "control"]),
        "favourable": st.sampled_from(["", "yes", "no"]),
        "quantity": st.sampled_from(
            [
                *("", "records_screened", "reports_assessed", "studies_included", "rob_d1_low"),
                *("rob_overall_high", "rob_", "rob_d9_odd", "else"),
            ]
        ),
        "reason": st.sampled_from(["", "x"]),
        "decimals": st.sampled_from(["", "0", "3"]),
        **dict.fromkeys(NUMBERS, number),
        **dict.fromkeys(WHOLE, whole),
    }
)
POOLED = {"analysis": "a", "stratum": "d", "domain": "d", "platform": "", "measure": "RR"}
OURS = Ours(
    pooled=[POOLED | {"estimate": "0.3", "display_estimate": "1.35", "se": "0", "k": "3"}],
    presets=[POOLED | {"preset": "metafor", "estimate": "0.2", "se": "0.1"}],
    flow=[{"stage": "records_screened", "n": "3", "reason": ""}],
    judgements=[{"study_id": "x", "D1": "low", "overall": ""}],
)


@settings(max_examples=150, deadline=None)
@given(st.lists(row, max_size=6))
def test_any_rows(rows):
    found = audit(rows, GROUPING, {"e": "RR"}, OURS)
    assert found == audit(rows, GROUPING, {"e": "RR"}, OURS)
    assert found == in_order(found)
    assert sum(counts(found).values()) == len(found)
    seen = {f.order for f in found} | {order for f in found for order in f.others}
    assert seen == set(range(len(rows)))
    for finding in found:
        assert tuple(finding.row()) and set(finding.row()) == set(columns(GROUPING))
        assert finding.severity in SEVERITIES
        assert finding.reasoning.endswith(".")
        words = finding.reasoning + finding.expected + finding.question
        assert "nan" not in words, finding
