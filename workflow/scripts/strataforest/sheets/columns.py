"""The vocabulary of the sheets: which columns there are, and what a cell of each may hold."""

import re

from strataforest.errors import nearest
from strataforest.risk_of_bias.tools import DOMAINS, JUDGEMENTS
from strataforest.sheets.column import Column, Unreadable
from strataforest.sheets.printed_cells import NOT_ESTIMABLE, PRINTED, printed_number, printed_p
from strataforest.sheets.published_columns import PUBLISHED

# What people type for "not reported". Text columns keep such a cell only if it is not empty.
# Beyond these, squares and ratios of numbers leave what a computer holds; a p may be far smaller.
MAX_NUMBER, MIN_NUMBER, MIN_P = 1e12, 1e-30, 1e-300
MAX_PEOPLE = 100_000_000
MISSING = frozenset({"", "na", "n/a", "nr", "-", "–", "—", ".", "?"})
# What a spreadsheet shows where a formula failed.
ERRORS = frozenset(
    {"#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"}
)
# float() takes more than a sheet should hold: 1_000, nan, infinity, digits of other scripts.
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)
# 45%: a share, written so.
_PERCENT = re.compile(r"([^%]*[0-9.])\s*%")
_DATE = re.compile(r"\d{4}-\d\d-\d\d.*|\d{1,2}[-. ]?[A-Za-z]{3}([-. ]\d{2,4})?", re.DOTALL)


def _arms(name: str, kind: str, meaning: str) -> tuple[Column, Column]:
    return (
        Column(f"{name}_treat", kind, f"{meaning}, intervention arm"),
        Column(f"{name}_control", kind, f"{meaning}, control arm"),
    )


STUDIES = (
    Column("study_id", "text", "the trial's name, as in the other sheets", required=True),
    Column("citation", "text", "the reference"),
    Column("year", "year", "publication year"),
    Column("country", "text", "country"),
    Column("population", "text", "who was studied"),
    Column("design", "choice", "how it was randomised", ("parallel", "cluster")),
    Column("eligible", "choice", "whether the trial is in the review; empty = yes", ("yes", "no")),
    Column("eligibility_reason", "text", "why it is not"),
    Column("platforms", "text", "all platforms, separated by ;"),
    Column("primary_platform", "text", "the dominant platform; empty = none declared"),
    Column("comparator", "text", "what the control arm received"),
    Column("follow_up_weeks", "non_negative", "length of follow-up in weeks"),
    Column("n_randomised", "count", "people randomised"),
    Column("cluster_size", "positive", "mean cluster size of a cluster trial"),
    Column("icc", "fraction", "intracluster correlation of a cluster trial"),
    Column("doi", "text", "DOI"),
    Column("acknowledged", "text", "why the warnings of this row may stand"),
)

OUTCOMES = (
    Column("study_id", "text", "the trial, as in the studies sheet", required=True),
    Column("domain", "text", "outcome domain, one of the config's", required=True),
    Column("indicator", "text", "what was measured", required=True),
    Column("instrument", "text", "the scale or device"),
    Column("unit", "text", "unit of measurement"),
    Column("higher_is_better", "choice", "direction of the indicator", ("yes", "no")),
    Column("timepoint_weeks", "non_negative", "weeks from baseline to this measurement"),
    Column("metric", "choice", "value after the intervention, or change", ("post", "change")),
    Column("arm_treat", "text", "name of the intervention arm"),
    Column("arm_control", "text", "name of the control arm"),
    *_arms("n", "arm_size", "people analysed"),
    *_arms("mean", "number", "mean"),
    *_arms("sd", "non_negative", "standard deviation"),
    *_arms("se", "non_negative", "standard error of the mean"),
    *_arms("ci_low", "number", "lower 95% confidence limit of the mean"),
    *_arms("ci_high", "number", "upper 95% confidence limit of the mean"),
    *_arms("median", "number", "median"),
    *_arms("q1", "number", "first quartile"),
    *_arms("q3", "number", "third quartile"),
    *_arms("min", "number", "smallest value"),
    *_arms("max", "number", "largest value"),
    *_arms("mean_baseline", "number", "mean at baseline"),
    *_arms("sd_baseline", "non_negative", "standard deviation at baseline"),
    *_arms("events", "count", "people with the event"),
    Column("md", "number", "mean difference, intervention minus control"),
    Column("md_se", "positive", "its standard error"),
    Column("md_ci_low", "number", "its lower 95% confidence limit"),
    Column("md_ci_high", "number", "its upper 95% confidence limit"),
    Column("t_stat", "number", "t statistic; its direction comes from favours or the means"),
    Column("f_stat", "non_negative", "F statistic of the comparison (1 and N-2 df)"),
    Column("p_value", "p_value", "two-sided p, exact (0.03) or a bound (<0.05)"),
    Column("smd", "number", "standardised mean difference as printed"),
    Column("smd_se", "positive", "its standard error"),
    Column("log_ratio", "number", "log of the ratio as printed"),
    Column("log_ratio_se", "positive", "its standard error"),
    Column("ratio", "positive", "risk or odds ratio as printed"),
    Column("ratio_ci_low", "positive", "its lower 95% confidence limit"),
    Column("ratio_ci_high", "positive", "its upper 95% confidence limit"),
    Column("favours", "choice", "direction of a statistic without sign", ("treat", "control")),
    Column("n_total", "arm_size", "people analysed in both arms, when the arms are not known"),
    Column("n_basis", "text", "whether n is randomised, analysed or reported"),
    Column("confidence", "text", "how sure the reading is"),
    Column("source", "text", "where the numbers were read"),
    Column("locator", "text", "place in the source"),
    Column("note", "text", "what the extractor noticed"),
    Column("acknowledged", "text", "why the warnings of this row may stand"),
)

# Those of every tool; `judgements` holds them to the tool that the sheet declares.
RISK_OF_BIAS = (
    Column("study_id", "text", "the trial, as in the studies sheet", required=True),
    *(Column(d, "choice", f"judgement of domain {d[1:]}", JUDGEMENTS) for d in DOMAINS),
    Column("overall", "choice", "overall judgement", JUDGEMENTS),
    Column("basis", "text", "what the judgement rests on"),
    *(Column(f"support_{d}", "text", f"support for the judgement of {d}") for d in DOMAINS),
    Column("acknowledged", "text", "why the warnings of this row may stand"),
)

FLOW = (
    Column("stage", "text", "stage of the PRISMA flow", required=True),
    Column("n", "count", "records, reports or studies at this stage", required=True),
    Column("reason", "text", "why they left, for an exclusion"),
    Column("acknowledged", "text", "why the warnings of this row may stand"),
)

# What a manuscript says of the results, to be tested at every run.
CLAIMS = (
    Column("claim", "text", "the statement, in the team's own words", required=True),
    Column(
        "where", "text", "the result it is about: analysis/stratum, or * for all", required=True
    ),
    Column("holds", "text", "the condition under which it is true", required=True),
    Column("source", "text", "where the manuscript says so"),
    Column("note", "text", "anything else"),
)

# The file in which two extractors' differences are decided: made here, filled in by hand.
DECISIONS = (
    Column("sheet", "text", "studies, outcomes or risk_of_bias", required=True),
    Column("study_id", "text", "the trial", required=True),
    Column("domain", "text", "outcome domain of the row"),
    Column("indicator", "text", "indicator of the row"),
    Column("instrument", "text", "instrument of the row"),
    Column("timepoint_weeks", "text", "time point of the row"),
    Column("metric", "text", "metric of the row"),
    Column("arm_treat", "text", "intervention arm of the row"),
    Column("arm_control", "text", "control arm of the row"),
    Column("column", "text", "our column that differs, or `row`", required=True),
    Column("first_value", "text", "what the first extractor has"),
    Column("second_value", "text", "what the second extractor has"),
    Column("decision", "text", "first, second, or the value that is right"),
    Column("decided_by", "text", "who decided"),
    Column("note", "text", "why"),
)

VOCABULARY = {
    "studies": STUDIES,
    "outcomes": OUTCOMES,
    "risk_of_bias": RISK_OF_BIAS,
    "flow": FLOW,
    "claims": CLAIMS,
    "decisions": DECISIONS,
    "published": PUBLISHED,
}

# Cells that say where a number comes from, not what it is: two rows that differ only here are one.
REMARKS = frozenset({"source", "locator", "note", "confidence", "n_basis", "acknowledged"})


def parse(column: Column, text: str, decimal: str = ".", *, is_share: bool = False) -> str:
    """Return the canonical text of a cell; an empty string when nothing is reported.

    Numbers come back in their shortest form, choices as the column has them, p values as `<0.05` or
    `0.03`; printed ones keep their digits. A number with a percent sign is a fraction (45% is
    0.45), a printed one a percentage; `is_share` marks a spreadsheet's percent cell. Raises
    Unreadable, which says what the cell should hold.
    """
    text = text.strip()
    if column.kind == "text":
        return text
    if text.lower() in MISSING:
        return ""
    if column.kind in PRINTED:
        if text.lower() in NOT_ESTIMABLE:
            return ""
        if column.kind == "printed_p":
            return printed_p(text, decimal)
        return printed_number(text, decimal, is_share=is_share)
    if column.kind == "choice":
        return _choice(column, text)
    if column.kind == "p_value":
        return _p_value(text, decimal)
    value = _number(text, decimal)
    _check_range(column.kind, value)
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _choice(column: Column, text: str) -> str:
    folded = " ".join(text.lower().split())
    folded = {"true": "yes", "false": "no", "y": "yes", "n": "no"}.get(folded, folded)
    known = {choice.lower(): choice for choice in column.choices}
    if folded not in known:
        expected = "one of " + ", ".join(column.choices)
        raise Unreadable(expected, nearest(folded, column.choices))
    return known[folded]


def looks_like_a_number(text: str) -> bool:
    """Whether a text is a number, with a decimal point or comma."""
    return bool(_NUMBER.fullmatch(text.replace(",", ".", 1)))


def _number(text: str, decimal: str, smallest: float = MIN_NUMBER) -> float:
    plain = text.replace("−", "-")
    percent = _PERCENT.fullmatch(plain)
    plain = percent[1].rstrip() if percent else plain
    if decimal == ",":
        if "." in plain:
            raise Unreadable("a number with a decimal comma and no points")
        plain = plain.replace(",", ".")
    elif re.fullmatch(r"[-+]?\d+,\d+", plain):
        raise Unreadable("a number with a decimal point (or `decimal: ','` for this sheet)")
    if not _NUMBER.fullmatch(plain):
        mend = "it looks like a date: was a range such as 1-2 typed?"
        raise Unreadable("a number", mend if _DATE.fullmatch(plain) else "")
    # The shift of the decimal point is exact; a division by 100 may not be.
    is_plain = percent and "e" not in plain.lower()
    value = float(f"{plain}e-2") if is_plain else float(plain) / (100 if percent else 1)
    is_nought = not re.match(r"[-+]?[0.]*[1-9]", plain)
    if abs(value) > MAX_NUMBER or (abs(value) < smallest and not is_nought):
        raise Unreadable("a number of ordinary size")
    return value


def _check_range(kind: str, value: float) -> None:
    if kind in {"non_negative", "count"} and value < 0:
        raise Unreadable("a number that is not negative")
    if kind == "positive" and value <= 0:
        raise Unreadable("a number above 0")
    if kind in {"count", "arm_size", "year"} and not value.is_integer():
        raise Unreadable("a whole number")
    if kind in {"count", "arm_size"} and value > MAX_PEOPLE:
        raise Unreadable(f"at most {MAX_PEOPLE:,} people")
    if kind == "arm_size" and value < 2:
        raise Unreadable("at least 2 people")
    if kind == "fraction" and not 0 <= value <= 1:
        raise Unreadable("a number from 0 to 1")
    if kind == "year" and not 1800 <= value <= 2200:
        raise Unreadable("a year such as 2019")


def _p_value(text: str, decimal: str) -> str:
    match = re.fullmatch(r"[pP]?\s*([<>≤≥=]?)\s*(.+)", text)
    sign, digits = match.groups() if match else ("", text)
    value = _number(digits, decimal, MIN_P)
    if not 0 < value <= 1:
        raise Unreadable("a p value above 0 and up to 1 (for 'p = 0.000' enter the bound, <0.001)")
    sign = {"≤": "<", "≥": ">", "=": ""}.get(sign, sign)
    return f"{sign}{value!r}"
