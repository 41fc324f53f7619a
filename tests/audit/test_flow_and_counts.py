"""The printed flow of records and the counts of judgements."""

import pytest
from strataforest.audit.audit import audit


def counts(text):
    """Return rows of `quantity [reason] value[/of] [percent%]`."""
    rows = []
    for number, line in enumerate(text.strip().splitlines(), start=2):
        quantity, *rest = line.split()
        row = {"quantity": quantity, "source_row": str(number)}
        for word in rest:
            if word.endswith("%"):
                row["percent"] = word
            elif "/" in word:
                row["value"], row["of"] = word.split("/")
            elif word.isdigit():
                row["value"] = word
            else:
                row["reason"] = word
        rows.append(row)
    return rows


def checks(text, *more):
    found = audit([*counts(text), *more], ("domain",))
    return [(f.severity, f.check) for f in found if f.severity in ("contradiction", "question")]


FLOW = "records_screened 200\nrecords_excluded 150\nreports_assessed 50\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (FLOW + "reports_excluded 27\nstudies_included 23", []),
        (FLOW + "reports_excluded 27\nstudies_included 24", [("contradiction", "flow")]),
        # Several reports of a study.
        (FLOW + "reports_excluded 27\nstudies_included 20", [("question", "flow")]),
        (FLOW + "reports_excluded 27\nstudies_included 20\nreports_included 23", []),
        # The exclusions are not printed.
        (FLOW + "studies_included 23", []),
        (FLOW + "studies_included 60", [("contradiction", "flow")]),
        ("records_screened 200\nreports_assessed 50", []),
        ("records_identified 100\nrecords_after_deduplication 120", [("contradiction", "flow")]),
        ("reports_excluded 10\nreports_excluded a 6\nreports_excluded b 4", []),
        ("reports_excluded 10\nreports_excluded a 6\nreports_excluded b 3", [("question", "flow")]),
        (
            "reports_excluded 10\nreports_excluded a 6\nreports_excluded b 5",
            [("contradiction", "flow")],
        ),
        ("records_identified 9\nrecords_from_databases 10", [("contradiction", "flow")]),
        ("records_identified 12\nrecords_from_databases 10", []),
        ("studies_included 20\nstudies_pooled 21", [("contradiction", "flow")]),
        ("studies_included 20\nstudies_included 20", []),
        ("studies_included 20\nstudies_included 21", [("contradiction", "same_number")]),
        ("records_screened 345\nreports_assessed 345", [("question", "screening")]),
        ("records_screened 30\nreports_assessed 30", []),
    ],
)
def test_flow(text, expected):
    assert checks(text) == expected


TRIALS = "studies_included 23\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rob_d1_low 4/23 17.4%", []),
        ("rob_d1_low 4/23 17.3%", [("contradiction", "percent")]),
        ("rob_d1_low 24/23", [("contradiction", "percent")]),
        (TRIALS + "rob_d1_low 4 17.4%\nrob_d1_some_concerns 19", []),
        (TRIALS + "rob_d1_low 4\nrob_d1_some_concerns 20", [("contradiction", "judgements")]),
        (TRIALS + "rob_d1_low 4\nrob_d1_some_concerns 10", []),
        (
            TRIALS + "rob_d1_low 4\nrob_d1_some_concerns 10\nrob_d1_high 8",
            [("question", "judgements")],
        ),
        (TRIALS + "rob_overall_low 5\nrob_d1_low 4\nrob_d2_low 6", [("contradiction", "overall")]),
        (TRIALS + "rob_overall_low 4\nrob_d1_low 4\nrob_d2_low 6", []),
        (TRIALS + "rob_overall_high 2\nrob_d1_high 3", [("contradiction", "overall")]),
        # All 23 trials are low or of some concerns in d1, so none is high.
        (TRIALS + "rob_overall_high 0\nrob_d1_low 4\nrob_d1_some_concerns 19", []),
        # None is low in d1, where 23 have some concerns.
        (TRIALS + "rob_overall_low 1\nrob_d1_some_concerns 23", [("contradiction", "overall")]),
    ],
)
def test_judgements(text, expected):
    assert checks(text) == expected


def test_no_stratum_has_more_studies_than_are_included():
    stratum = {"domain": "d", "k": "30", "n_studies": "24"}
    assert checks(TRIALS, stratum) == [("contradiction", "trials")]
    assert checks(TRIALS, {"domain": "d", "k": "24"}) == [("question", "trials")]
    assert checks(TRIALS, {"domain": "", "k": "24"}) == []


def test_every_count_that_was_used_is_no_row_unchecked():
    text = FLOW + "reports_excluded 27\nreports_excluded a 20\nreports_excluded b 7\n"
    found = audit(counts(text + "studies_included 23"), ("domain",))
    assert "not_checked" not in {f.severity for f in found}
    lone = audit(counts("studies_included 23"), ("domain",))
    assert [f.severity for f in lone] == ["not_checked"]
