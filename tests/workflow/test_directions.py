"""Which sign is good, from the sheet's cell to the figure's labels."""

from conftest import CONFIG

HEADER = (
    "study_id,domain,indicator,higher_is_better,events_treat,n_treat,events_control,n_control\n"
)
ROWS = [
    "Ash2019,binary,responders,{},20,40,10,41",
    "Birch2020,binary,responders,{},25,55,15,52",
    "Cedar2021,binary,responders,{},30,80,20,78",
]
BINARY = {"binary": {"label": "Events", "type": "binary", "measure": "RR"}}


def with_events(review, directions, **more):
    rows = [row.format(way) for row, way in zip(ROWS, directions, strict=True)]
    review.write("events.csv", HEADER + "\n".join(rows) + "\n")
    sheets = {"studies": {"path": "studies.csv"}}
    sheets["outcomes"] = [{"path": "outcomes.csv"}, {"path": "events.csv"}]
    config = {**CONFIG, "sheets": sheets, "domains": CONFIG["domains"] | BINARY}
    review.configure(config | {"strata": {"domain": {"by": ["domain"]}}} | more)
    review.built()
    (row,) = [r for r in review.rows("tables/pooled.csv") if r["stratum"] == "binary"]
    return row


def forest(review):
    return (review.folder / "results/figures/domain/binary/forest.svg").read_text("utf-8")


def test_wanted_events_favour_the_intervention_above_one(review):
    row = with_events(review, ["yes"] * 3)
    assert (row["favourable"], row["display_favourable"]) == ("positive", "above 1")
    assert "← Favours control" in forest(review)
    assert {
        e["higher_is_better"] for e in review.rows("effects/effects.csv") if e["type"] == "binary"
    } == {"yes"}


def test_unwanted_events_favour_the_intervention_below_one(review):
    row = with_events(review, ["no"] * 3)
    assert (row["favourable"], row["display_favourable"]) == ("negative", "below 1")
    assert "← Favours intervention" in forest(review)


def test_events_that_nobody_calls_good_or_bad_favour_no_arm_until_somebody_does(review):
    row = with_events(review, [""] * 3)
    (found,) = [p for p in review.problems() if p["rule"] == "unknown_direction"]
    assert (found["severity"], found["file"], found["cell"]) == ("warning", "events.csv", "C2")
    assert "no result of it is said to favour an arm" in found["problem"]
    assert (row["favourable"], row["display_favourable"]) == ("", "")
    figures = sorted(review.folder.glob("results/figures/domain/binary/*.svg"))
    assert figures
    assert not [f.name for f in figures if "avours" in f.read_text("utf-8")]
    assert "← Fewer with intervention" in forest(review)
    for words in said_of_events(review):
        assert "avour" not in words
    more, risk = said_of_events(review)
    assert "with more events in the intervention" in more
    assert "higher risk in the intervention" in risk
    page = (review.folder / "results/report/index.html").read_text("utf-8")
    assert "← Fewer with intervention" in page

    calls_them_bad = CONFIG["indicators"] | {"responders": {"higher_is_better": False}}
    turned = with_events(review, [""] * 3, indicators=calls_them_bad)
    assert turned == row | {"favourable": "negative", "display_favourable": "below 1"}
    assert "favouring the control" in said_of_events(review)[0]
    (moved,) = review.rows("changes/latest.csv")
    assert (moved["stratum"], moved["crossed"]) == ("binary", "favourable")
    assert "indicators.responders.higher_is_better: empty -> false" in moved["causes"]
    told = (review.folder / "results/changes/latest.txt").read_text("utf-8")
    assert "crossed which way is good" in told
    assert "not known -> below the null" in told
    assert "less than these digits" not in told


def said_of_events(review):
    """Return what is said of the events: the results in words, and the summary of findings."""
    text = (review.folder / "results/report/results_paragraphs.md").read_text("utf-8")
    rows = review.rows("tables/table3_summary_of_findings.csv")
    (found,) = [row["What it says"] for row in rows if row["Outcome"] == "Events"]
    return text.partition("## Events")[2].partition("##")[0], found


def test_ratios_of_opposite_meaning_are_refused(review):
    row = with_events(review, ["yes", "no", "yes"])
    assert row["status"] == "not_estimable"
    assert "wanted and of unwanted events" in row["reason"]


def test_aligned_says_yes_only_where_the_sign_was_turned(review):
    with_events(review, ["yes"] * 3)
    turned = {(e["indicator"], e["aligned"]) for e in review.rows("effects/effects.csv")}
    assert turned == {("hba1c", "yes"), ("fbg", "yes"), ("quiz", "no"), ("responders", "no")}


def test_table_2_says_which_side_is_good(built_review):
    rows = built_review.rows("tables/table2_platform_by_domain.csv")
    good = {row["Favourable"] for row in rows if row["Estimate"] != "NE"}
    assert good == {"above 0"}
