"""Warnings about a trial's own cells: its year, its weeks, its clusters."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from strataforest.errors import Problem
from strataforest.sheets.oddities.warning import warning
from strataforest.tabular import Row

YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
# A measurement may be a little later than planned; a trial is not followed for half its time.
LATER = 1.25
SHARE = 0.5


def year_against_names(studies: Sequence[Row]) -> Iterator[Problem]:
    """A year that the citation does not hold, or that lies two and more off the study_id's."""
    for row in studies:
        cited = YEAR.findall(row["citation"])
        named = YEAR.findall(row["study_id"])
        if not row["year"] or row["year"] in cited:
            continue
        off = [year for year in named if abs(int(year) - int(row["year"])) > 1]
        if cited or off:
            shown = sorted(set(cited or off))
            where = "citation" if cited else "study_id"
            seen = f"year is {row['year']}; {where} names {' and '.join(shown)}"
            yield warning(row, "year", seen, " or ".join(shown), f"check year and {where}")


def weeks_against_follow_up(studies: Sequence[Row], outcomes: Sequence[Row]) -> Iterator[Problem]:
    """A time point beyond a trial's follow-up (by a quarter), or none that reaches half of it."""
    weeks = {row["study_id"]: row["follow_up_weeks"] for row in studies if row["follow_up_weeks"]}
    by_trial: dict[str, list[Row]] = defaultdict(list)
    for row in outcomes:
        if row["timepoint_weeks"] and row["study_id"] in weeks:
            by_trial[row["study_id"]].append(row)
    for study, rows in by_trial.items():
        planned = float(weeks[study])
        latest = max(rows, key=lambda row: float(row["timepoint_weeks"]))
        too_late = [row for row in rows if float(row["timepoint_weeks"]) > LATER * planned + 1]
        for row in too_late:
            yield _odd_weeks(row, weeks[study], f"at most {weeks[study]} weeks")
        if not too_late and float(latest["timepoint_weeks"]) < SHARE * planned:
            yield _odd_weeks(latest, weeks[study], "a last measurement at the end of follow-up")


def _odd_weeks(row: Row, planned: str, expected: str) -> Problem:
    seen = f"timepoint_weeks is {row['timepoint_weeks']}; follow_up_weeks is {planned}"
    return warning(row, "timepoint_weeks", seen, expected, "check both; months for weeks?")


def cluster_trials(studies: Sequence[Row], outcomes: Sequence[Row]) -> Iterator[Problem]:
    """A cluster-randomised trial with outcomes but without icc or cluster size.

    Its n are to be divided by 1 + (cluster_size - 1) icc; without them its precision is overstated.
    """
    with_outcomes = {row["study_id"] for row in outcomes}
    for row in studies:
        missing = [name for name in ("icc", "cluster_size") if not row[name]]
        if row["design"] != "cluster" or not missing or row["study_id"] not in with_outcomes:
            continue
        seen = f"{row['study_id']} is cluster randomised and has no {' and no '.join(missing)}"
        mend = "fill them in, or set conversions.default_icc: else its effects look too precise"
        yield warning(row, "design", seen, "icc and cluster_size", mend)
