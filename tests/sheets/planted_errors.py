"""Forty mistakes as extractors make them, each typed into a clean copy of the default review.

Drawn by a seeded generator, kind by kind, before any rule was written or tuned, and not changed
since. The kinds in the proportions that audits of extraction report (Gotzsche 2007 and Kadlec
2023: standard errors for standard deviations, wrong people, signs; Jones 2005, Mathes 2017 and
Xu 2022: numbers mistyped, numbers of another arm, time point or outcome), rows and slips by
chance. `missed` says of those that stay silent why.
"""

from dataclasses import dataclass, field

CONTINUOUS, BINARY, STUDIES = "outcomes_continuous", "outcomes_binary", "studies"

# The shipped sheets hold rows that are odd as published. The clean copy leaves these out.
ODD_ROWS = {
    CONTINUOUS: {
        **dict.fromkeys(range(11, 18), "HighRisk123ND: effects of 3 to 4 SDs, as if SEs were SDs"),
        **dict.fromkeys(range(54, 61), "DRInternet2025: t up to 23.3 with 60 people"),
        35: "Leong2022: a post difference that was there at baseline",
        83: "Kargarshuroki2024: a post difference that was there at baseline",
        85: "Kargarshuroki2024: p < 0.001 cannot belong to the post means",
        89: "Alghafri2018: SDs from an interval by the n randomised",
    },
    BINARY: {
        2: "PanJ2020: significant by one test and not by another",
        3: "CommunityHC158ND: significant by one test and not by another",
    },
    STUDIES: {},
}


@dataclass(frozen=True)
class Planted:
    """A mistake: the sheet, its row, what was typed by column, and the columns that count.

    `cells` is empty where every altered cell counts. `copied` says that the trial of `row` is
    entered again, in both sheets, under the name typed; `missed` why no warning comes.
    """

    kind: str
    sheet: str
    row: int
    typed: dict[str, str] = field(default_factory=dict)
    cells: tuple[str, ...] = ()
    copied: bool = False
    missed: str = ""


SDS = ("sd_treat", "sd_control")
BOTH = ("mean_treat", "sd_treat", "mean_control", "sd_control")


def sds(treat, control):
    return dict(zip(SDS, (treat, control), strict=True))


def arms(*values):
    return dict(zip(BOTH, values, strict=True))


PLANTED = (
    Planted("SE for SD, both arms", CONTINUOUS, 9, sds("0.14", "0.12")),
    Planted("SE for SD, both arms", CONTINUOUS, 30, sds("0.03", "0.04")),
    Planted("SE for SD, both arms", CONTINUOUS, 72, sds("1.21", "1.15")),
    Planted("SE for SD, both arms", CONTINUOUS, 88, sds("0.08", "0.08")),
    Planted("SE for SD, both arms", CONTINUOUS, 8, sds("0.15", "0.19")),
    Planted("SE for SD, one arm", CONTINUOUS, 24, {"sd_control": "0.08"}),
    Planted("SE for SD, one arm", CONTINUOUS, 84, {"sd_control": "0.47"}),
    Planted("decimal shift of a mean", CONTINUOUS, 77, {"mean_treat": "37.8"}),
    Planted("decimal shift of a mean", CONTINUOUS, 50, {"mean_treat": "127"}),
    Planted("decimal shift of an SD", CONTINUOUS, 28, {"sd_treat": "0.042"}),
    Planted("decimal shift of an SD", CONTINUOUS, 8, {"sd_control": "10"}),
    Planted("decimal shift of an SD", CONTINUOUS, 50, {"sd_control": "0.17"}),
    Planted("decimal shift of a limit", CONTINUOUS, 68, {"md_ci_high": "-0.117"}),
    Planted("decimal shift of a difference", CONTINUOUS, 41, {"md": "0.06"}),
    Planted("a zero too many in n", CONTINUOUS, 7, {"n_control": "4500"}),
    Planted("n of both arms in one", CONTINUOUS, 27, {"n_control": "168"}),
    Planted("digits of n in the wrong order", CONTINUOUS, 28, {"n_treat": "48"}),
    Planted("n of another trial", CONTINUOUS, 91, {"n_treat": "40", "n_control": "40"}),
    Planted("mg/dL under mmol/L", CONTINUOUS, 24, arms("105.1", "17.6", "115.6", "13.3")),
    Planted("mmol/mol under %", CONTINUOUS, 2, arms("61", "18.6", "67", "19.7")),
    Planted("wrong unit named", CONTINUOUS, 38, {"unit": "mmol/L"}, ("unit", *BOTH)),
    Planted("sign of a difference lost", CONTINUOUS, 70, {"md": "0.08"}),
    Planted(
        "sign of a change lost",
        CONTINUOUS,
        103,
        {"mean_treat": "0.27"},
        missed="no SD, n or CI, and small either way",
    ),
    Planted("favours the wrong arm", CONTINUOUS, 27, {"favours": "control"}),
    Planted("arms swapped", CONTINUOUS, 7, arms("11.3", "3.7", "9.2", "3.3")),
    Planted("arms swapped", CONTINUOUS, 36, arms("8.4", "0.8", "8.0", "1.1")),
    Planted(
        "events of the arms swapped",
        BINARY,
        13,
        {"events_treat": "8", "events_control": "3"},
        missed="no p, and either order is plausible",
    ),
    Planted("baseline as post", CONTINUOUS, 88, arms("6.0", "0.26", "6.0", "0.37")),
    Planted("change as post, one arm", CONTINUOUS, 87, {"mean_treat": "-1.59"}),
    Planted(
        "a digit of a limit",
        CONTINUOUS,
        42,
        {"md_ci_high": "1.07"},
        missed="md stays in the middle",
    ),
    Planted("a digit of t", CONTINUOUS, 27, {"t_stat": "8.83"}),
    Planted("a zero of p lost", CONTINUOUS, 48, {"p_value": "0.03"}),
    Planted("non-events for events", BINARY, 12, {"events_treat": "5"}),
    Planted(
        "non-events for events",
        BINARY,
        16,
        {"events_treat": "30"},
        missed="no p, and either is plausible",
    ),
    Planted("percent for events", BINARY, 8, {"events_treat": "2.1", "events_control": "9.1"}),
    Planted("trial entered twice", CONTINUOUS, 81, {"study_id": "Chen2025"}, copied=True),
    Planted("numbers of the row above", CONTINUOUS, 7, arms("7.8", "1.6", "8.6", "1.5")),
    Planted("percent for a fraction", STUDIES, 36, {"icc": "5"}),
    Planted("a digit of the year", STUDIES, 13, {"year": "2029"}),
    Planted("months for weeks", CONTINUOUS, 50, {"timepoint_weeks": "6"}),
)
