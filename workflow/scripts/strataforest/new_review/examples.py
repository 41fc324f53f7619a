"""Three rows that show how a trial is entered, and say in each that they are to be replaced."""

NOTE = "EXAMPLE, not a trial: replace this row"

_STUDIES = (("EXAMPLE 1", 2021, 12), ("EXAMPLE 2", 2022, 26), ("EXAMPLE 3", 2024, 12))
_OUTCOMES = (
    # n, mean and SD of the intervention arm, then of the control arm; pain from 0 to 10.
    ("EXAMPLE 1", 12, (41, 3.9, 1.8), (40, 4.8, 1.9)),
    ("EXAMPLE 2", 26, (62, 4.2, 2.1), (60, 4.6, 2.0)),
    ("EXAMPLE 3", 12, (35, 3.1, 1.7), (36, 4.4, 1.9)),
)

EXAMPLE_ROWS = {
    "studies": [
        {
            "study_id": name,
            "citation": NOTE,
            "year": year,
            "country": "Nowhere",
            "design": "parallel",
            "eligible": "yes",
            "comparator": "usual care",
            "follow_up_weeks": weeks,
            "n_randomised": sum(arm[0] for arm in arms),
        }
        for (name, year, weeks), (_, _, *arms) in zip(_STUDIES, _OUTCOMES, strict=True)
    ],
    "outcomes": [
        {
            "study_id": name,
            "domain": "pain",
            "indicator": "vas",
            "timepoint_weeks": weeks,
            "metric": "post",
            **dict(zip(("n_treat", "mean_treat", "sd_treat"), treat, strict=True)),
            **dict(zip(("n_control", "mean_control", "sd_control"), control, strict=True)),
            "source": "table 2",
            "locator": "page 5",
            "note": NOTE,
        }
        for name, weeks, treat, control in _OUTCOMES
    ],
}
