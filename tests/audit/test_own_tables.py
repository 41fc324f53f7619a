"""Our own printed tables, read back: the same numbers with the same digits, and their places."""

import csv
import io

from strataforest.audit.ours import Ours, against_ours
from strataforest.audit.own_tables import Printed, own_rows
from strataforest.sheets.columns import VOCABULARY

POOLED = """\
analysis,stratum,domain,platform,type,measure,favourable,label,k,ratio
domain,glycemic,glycemic,,continuous,SMD,positive,"Glycemic control, all",16,
domain,attitude,attitude,,continuous,SMD,positive,Attitudes,1,
domain,complication,complication,,binary,RR,negative,Complications,5,0.28
"""
GLYCEMIC = "Glycemic control, all"
NOTHING = ("NE", "—", "—", "—", "—")
TABLE2 = (
    (
        "Domain",
        "Platform",
        "k",
        "Participants",
        "Measure",
        "Estimate",
        "95% CI",
        "I2 (%)",
        "P",
        "Favourable",
    ),
    (GLYCEMIC, "LINE", "2", "361", "SMD", *NOTHING),
    (
        GLYCEMIC,
        "WeChat",
        "10 (9 trials)",
        "12\u202f255",
        "SMD",
        "−0.95",
        "−1.24 to −0.66",
        "89.3",
        "< 0.001",
        "below 0",
    ),
    (
        "Complications",
        "WeChat",
        "5",
        "1066",
        "RR",
        "0.28",
        "0.16 to 0.48",
        "0.0",
        "0.030",
        "below 1",
    ),
    ("Complications", "=Mail", "0", "0", "—", *NOTHING),
)
TABLE3 = (
    (
        "Outcome",
        "k",
        "Participants",
        "Measure",
        "Effect (95% CI)",
        "95% prediction interval",
        "I2 (%)",
        "tau2",
        "Risk of bias of the trials",
        "What it says",
    ),
    (
        GLYCEMIC,
        "16",
        "2976",
        "SMD",
        "0.68 (0.37 to 1.00)",
        "−0.66 to 2.03",
        "93.6",
        "0.369",
        "16 low",
        "Moderate difference in favour of the intervention; a new trial may find none",
    ),
    ("Attitudes", "1", "90", "SMD", *NOTHING, "k = 1 is below the minimum of 3"),
    (
        "Complications",
        "5",
        "1066",
        "RR",
        "0.28 (0.16 to 0.48)",
        "0.12 to 0.67",
        "0.0",
        "0.000",
        "5 low",
        "72% lower risk, in favour of the intervention",
    ),
)
WHOLE = "Whole domains: Glycemic control, all (k = 16; SMD 0.68, 95% CI 0.37 to 1.00)"
RATIO = "Whole domains: Complications (k = 5; RR 0.28, 95% CI 0.16 to 0.48)"
S1 = (
    ("Stratum", "Left out", "Estimate", "95% CI", "P", "tau2", "I2 (%)", "Change", "Crosses"),
    (WHOLE, "A", "0.70", "0.36 to 1.03", "< 0.001", "0.397", "94.0", "0.01", "—"),
    (
        WHOLE,
        "B",
        "−0.02",
        "−0.30 to 0.26",
        "0.9",
        "0.1",
        "90.0",
        "−0.70",
        "direction, significance",
    ),
    (RATIO, "A", "0.25", "0.14 to 0.45", "< 0.001", "0.000", "0.0", "−0.12", "—"),
    (RATIO, "B", "0.30", "0.16 to 0.55", "< 0.001", "0.000", "0.0", "0.06", "—"),
)


def table(rows):
    headings, *cells = rows
    return [dict(zip(headings, row, strict=True)) for row in cells]


TABLES = {
    "table2_crossed": table(TABLE2),
    "table3_summary_of_findings": table(TABLE3),
    "table_s1_leave_one_out": table(S1),
}
PRINTED = Printed(
    pooled=list(csv.DictReader(io.StringIO(POOLED))),
    analyses={"domain": "Whole domains", "crossed": "Platforms within domains"},
    domains={"glycemic": "Glycemic control, all", "complication": "Complications"},
    cross={"crossed": "platform"},
    findings="domain",
    level=0.95,
)


def filled(row):
    skipped = {"source_file", "source_tab", "source_row", "source_cells", "locator", "source"}
    return {name: text for name, text in row.items() if text and name not in skipped}


def test_a_table_of_platforms_is_read_back():
    rows = own_rows({"table2_crossed": TABLES["table2_crossed"]}, PRINTED)
    assert filled(rows[0]) == {
        "analysis": "crossed",
        "domain": "glycemic",
        "platform": "LINE",
        "k": "2",
        "n_participants": "361",
        "measure": "SMD",
    }
    assert filled(rows[1]) == {
        "analysis": "crossed",
        "domain": "glycemic",
        "platform": "WeChat",
        "k": "10",
        "n_participants": "12255",
        "measure": "SMD",
        "estimate": "-0.95",
        "ci_low": "-1.24",
        "ci_high": "-0.66",
        "i2": "89.3",
        "p_value": "<0.001",
        "positive_favours": "control",
    }
    assert (rows[2]["p_value"], rows[2]["measure"]) == ("0.030", "RR")
    assert (rows[3]["platform"], rows[3]["k"], rows[3]["measure"]) == ("=Mail", "0", "")


def test_every_row_says_where_it_stands():
    row = own_rows(TABLES, PRINTED)[1]
    assert (row["source"], row["locator"]) == ("table2_crossed.csv", "row 3")
    assert (row["source_file"], row["source_row"]) == ("tables/table2_crossed.csv", "3")
    cells = dict(pair.split("=") for pair in row["source_cells"].split(";"))
    assert cells["k"] == "C3"
    assert cells["ci_low"] == cells["ci_high"] == "G3"
    assert list(row) == [
        *(c.name for c in VOCABULARY["published"]),
        *("source_file", "source_tab", "source_row", "source_cells"),
    ]


def test_the_summary_of_findings_is_read_back():
    name = "table3_summary_of_findings"
    glycemic, attitude, complication = own_rows({name: TABLES[name]}, PRINTED)
    assert filled(glycemic) == {
        "analysis": "domain",
        "domain": "glycemic",
        "k": "16",
        "n_participants": "2976",
        "measure": "SMD",
        "estimate": "0.68",
        "ci_low": "0.37",
        "ci_high": "1.00",
        "pi_low": "-0.66",
        "pi_high": "2.03",
        "i2": "93.6",
        "tau2": "0.369",
        "positive_favours": "treat",
        "favourable": "yes",
    }
    assert set(filled(attitude)) == {
        *("analysis", "domain", "k", "n_participants", "measure", "positive_favours")
    }
    assert (complication["positive_favours"], complication["favourable"]) == ("control", "yes")
    assert (complication["estimate"], complication["tau2"]) == ("0.28", "0.000")


def test_leave_one_out_tables_give_their_range():
    name = "table_s1_leave_one_out"
    glycemic, complication = own_rows({name: TABLES[name]}, PRINTED)
    wanted = {"loo_min": "-0.02", "loo_max": "0.70", "loo_max_change": "0.70"}
    wanted |= {"loo_reversal": "yes", "k": "16", "estimate": "0.68", "ci_high": "1.00"}
    assert {name: glycemic[name] for name in wanted} == wanted
    assert glycemic["locator"] == "row 2-3"
    # The change of a ratio stands on another scale than its range.
    wanted = {"loo_min": "0.25", "loo_max": "0.30", "loo_max_change": "", "loo_reversal": "no"}
    assert {name: complication[name] for name in wanted} == wanted


def test_a_level_and_missing_tables():
    at90 = Printed(**(vars(PRINTED) | {"level": 0.9}))
    assert {row["level"] for row in own_rows(TABLES, at90)} == {"0.9"}
    assert own_rows({}, PRINTED) == []
    assert own_rows({}, Printed([], {}, {}, {}, "domain", 0.95)) == []


def test_two_strata_of_one_label_are_not_guessed():
    twice = [*PRINTED.pooled, PRINTED.pooled[0]]
    name = "table3_summary_of_findings"
    rows = own_rows({name: TABLES[name]}, Printed(**(vars(PRINTED) | {"pooled": twice})))
    assert [row["domain"] for row in rows] == ["attitude", "complication"]


def test_a_stated_coding_says_which_sign_of_ours_is_meant():
    """Ours is 0.95, and displayed with its sign turned: as measured, lower is better."""
    ours = {"analysis": "crossed", "stratum": "glycemic__wechat", "domain": "glycemic"}
    ours |= {"platform": "WeChat", "measure": "SMD", "status": "pooled", "k": "10", "se": "0.15"}
    ours |= {"estimate": "0.951", "ci_low": "0.657", "ci_high": "1.245"}
    ours |= {"display_estimate": "-0.951", "display_ci_low": "-1.245", "display_ci_high": "-0.657"}
    here = {"analysis": "crossed", "domain": "glycemic", "platform": "WeChat", "measure": "SMD"}
    turned = {"estimate": "-0.95", "ci_low": "-1.24", "ci_high": "-0.66"}
    aligned = {"estimate": "0.95", "ci_low": "0.66", "ci_high": "1.24"}
    cases = (
        (turned, "control", "consistent"),
        (turned, "", "consistent"),
        (turned, "treat", "difference"),
        (aligned, "treat", "consistent"),
        (aligned, "control", "difference"),
    )
    for numbers, coding, wanted in cases:
        row = here | numbers | {"positive_favours": coding}
        (found,) = against_ours([row], ["domain", "platform"], Ours(pooled=[ours]))
        assert found.severity == wanted, (numbers, coding)
