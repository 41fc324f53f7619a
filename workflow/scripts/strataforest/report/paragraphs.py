"""The results in words, a paragraph per domain: every number is the one that the tables print."""

import re
from collections.abc import Mapping, Sequence

from strataforest.directions import compared, favoured
from strataforest.formatting import count, fixed, p_value, statistic, variance
from strataforest.models import RATIO_MEASURES
from strataforest.tables.paper.words import (
    Review,
    bare_percent,
    effect_of,
    effect_words,
    interval_of,
    values_of,
)
from strataforest.tabular import Row, number

NUMBERS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    *("nineteen", "twenty"),
)
# Cochrane Handbook 10.10.2, whose ranges overlap: from where each word is the better one.
HETEROGENEITY = ((40, "low"), (60, "moderate"), (75, "substantial"))
CONSIDERABLE = "considerable"
ALPHA = 0.1  # for tests of asymmetry: Egger 1997, BMJ 315:629-634
FLAGS = {
    "direction": "the direction",
    "significance": "statistical significance",
    "magnitude": "the magnitude",
    "heterogeneity": "the heterogeneity",
}
# What Markdown could take for markup; a `<` before a number and a `_` inside a name are none.
_MARKUP = re.compile(r"[\\`*\[\]|~&]|<(?=[A-Za-z/!?])|(?<![^\W_])_|_(?![^\W_])|^[#>+-]")
# A full stop after a word or a bracket, never that of a number.
_SENTENCE = re.compile(r"(?<=[a-z)]\.)\s+(?=[A-Z])")
_ESCAPE = re.compile(r"\\([\\`*\[\]|~&<_#>+-])")


def results_paragraphs(
    review: Review, analysis: str, within: Mapping[str, str]
) -> list[tuple[str, str]]:
    """Return (label, paragraph) per stratum of one analysis, also for those not pooled.

    `within` names the analyses of domains by another column, with that column. `review.tables`
    holds pooled, small_study, leave_one_out_summary and subgroup_tests.
    """
    rows = [row for row in review.tables["pooled"] if row["analysis"] == analysis]
    return [(row["label"], _paragraph(review, row, within)) for row in rows]


def _paragraph(review: Review, row: Row, within: Mapping[str, str]) -> str:
    if row["status"] != "pooled":
        if row["k"] == "0":
            return f"No trial gave an effect for {row['label']}."
        gave = "gave an effect" if row["k"] == "1" else "gave effects"
        they = "it was" if row["k"] == "1" else "they were"
        name = row["label"]
        return f"{_trials(row)} {gave} for {name}; {they} not pooled ({row['reason']})."
    parts = [_effect(review, row), _spread(review, row), _robustness(review, row)]
    parts += [_asymmetry(review, row), *(_within(review, row, a, c) for a, c in within.items())]
    if row["warning"]:
        parts.append(f"To be read with care: this stratum {row['warning']}.")
    return " ".join(filter(None, parts))


def _effect(review: Review, row: Row) -> str:
    several = "" if row["k"] == row["n_studies"] else f", {row['k']} effects"
    people = f" ({count(number(row['n_participants']))} participants{several})"
    values = values_of(row, "estimate", "ci_low", "ci_high")
    words = effect_words(values, row["measure"], review.ci)
    return (
        f"{_trials(row)}{people} contributed to {row['label']}: {words}, "
        f"{p_value(number(row['p_value']))}, {_direction(row, values)}."
    )


def _trials(row: Row) -> str:
    n = int(row["n_studies"])
    trials = "trial" if n == 1 else "trials"
    return f"{NUMBERS[n].capitalize()} {trials}" if n < len(NUMBERS) else f"A total of {n} {trials}"


def _direction(row: Row, values: Sequence[float]) -> str:
    estimate, low, high = values
    if low <= 0 <= high:
        return "an interval that includes no difference"
    arm = favoured(estimate, row["favourable"])
    return f"favouring the {arm}" if arm else f"with {compared(estimate)}"


def _spread(review: Review, row: Row) -> str:
    tau2, i2, q, df, q_p = values_of(row, "tau2", "i2", "q", "q_df", "q_p")
    word = next((name for bound, name in HETEROGENEITY if i2 < bound), CONSIDERABLE)
    text = (
        f"Heterogeneity was {word} (τ² = {variance(tau2)}; I² = {bare_percent(i2)}%; "
        f"Q({df:.0f}) = {fixed(q)}, {p_value(q_p)})"
    )
    low, high = values_of(row, "pi_low", "pi_high")
    if low is None:
        return f"{text}; too few effects for a prediction interval."
    includes = "includes" if low <= 0 <= high else "excludes"
    interval = interval_of(low, high, row["measure"])
    level = f"{100 * review.level:g}%"
    return f"{text}; the {level} prediction interval, {interval}, {includes} no difference."


def _robustness(review: Review, row: Row) -> str:
    summary = _own(review.tables["leave_one_out_summary"], row)
    low, high, most = values_of(summary[0], "min", "max", "max_abs_change")
    _, low_text, high_text = effect_of((None, low, high), row["measure"])
    logs = " on the log scale" if row["measure"] in RATIO_MEASURES else ""
    text = (
        f"Leaving out one effect at a time, the estimate stayed between {low_text} and "
        f"{high_text} (largest change {statistic(most)}{logs}, without "
        f"{summary[0]['omitted_study_id']})"
    )
    fit = review.fits[row["analysis"], row["stratum"]]
    crossed: dict[str, list[str]] = {}
    for name, flags in zip(fit["studies"]["study_id"], fit["leave_one_out"]["flags"], strict=True):
        for flag in flags:
            crossed.setdefault(flag, []).append(name)
    if not {"direction", "significance"} & crossed.keys():
        text += "; no omission changed its direction or statistical significance"
    for flag in (flag for flag in FLAGS if flag in crossed):
        text += f"; leaving out {_listed(crossed[flag])} changed {FLAGS[flag]}"
    return f"{text}."


def _listed(names: Sequence[str], most: int = 4) -> str:
    names = list(dict.fromkeys(names))
    if len(names) > most:
        return f"{len(names)} trials, each alone"
    return " or ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _asymmetry(review: Review, row: Row) -> str:
    own = _own(review.tables["small_study"], row)
    test = next(
        (r for r in own if r["preset_default"] == "yes" and r["status"] == "computed"), None
    )
    if test is None:
        reason = next((r["reason"] for r in own if r["reason"]), "")
        return f"Small-study effects were not tested ({reason})." if reason else ""
    p = number(test["p_value"])
    found = "pointed to" if p < ALPHA else "gave no evidence of"
    filled = next((r for r in own if r["test"] == "trim_and_fill_l0" and r["k0"]), None)
    text = f"Egger's test {found} funnel asymmetry ({p_value(p)})"
    if filled is None:
        return f"{text}."
    values = values_of(filled, "limit_estimate", "limit_ci_low", "limit_ci_high")
    if filled["k0"] == "0":
        return f"{text}, and trim and fill added no study."
    studies = "study" if filled["k0"] == "1" else "studies"
    words = effect_words(values, row["measure"], review.ci)
    return f"{text}; with the {filled['k0']} {studies} that trim and fill adds: {words}."


def _within(review: Review, row: Row, analysis: str, column: str) -> str:
    """Return the strata of another analysis that lie within this domain."""
    rows = [
        r
        for r in review.tables["pooled"]
        if r["analysis"] == analysis and r["domain"] == row["domain"] and r["k"] != "0"
    ]
    told = []
    for part in (r for r in rows if r["status"] == "pooled"):
        values = values_of(part, "estimate", "ci_low", "ci_high")
        words = effect_words(values, part["measure"], review.ci)
        told.append(f"{part[column]} (k = {part['k']}), {words}")
    gone = [f"{r[column]} (k = {r['k']})" for r in rows if r["status"] != "pooled"]
    told += [f"not estimable for {', '.join(gone)}"] if gone else []
    told += _difference(review, row, analysis)
    return f"By {column.replace('_', ' ')}: {'; '.join(told)}." if told else ""


def _difference(review: Review, row: Row, analysis: str) -> list[str]:
    """Return the test of whether the strata within a domain differ, where there are several.

    With a tau² for each, as Cochrane reviews print it.
    """
    return [
        f"test for differences: Q({test['df']}) = {fixed(number(test['q_between']))}, "
        f"{p_value(number(test['p_value']))}"
        for test in review.tables["subgroup_tests"]
        if (test["analysis"], test["within"]) == (analysis, row["domain"])
        and (test["model"], test["status"]) == ("separate_tau2", "tested")
        and test["q_between"]
    ]


def _own(rows: Sequence[Row], stratum: Row) -> list[Row]:
    return [
        r
        for r in rows
        if (r["analysis"], r["stratum"]) == (stratum["analysis"], stratum["stratum"])
    ]


def as_markdown(paragraphs: Sequence[tuple[str, str]], title: str, note: str) -> str:
    """Return the paragraphs under headings, as Markdown; `note` stands at the end."""
    blocks = [f"# {_escaped(title)}"]
    for label, text in paragraphs:
        blocks += [f"## {_escaped(label)}", _escaped(text)]
    return "\n\n".join([*blocks, _escaped(note)]) + "\n"


def paragraphs_of(markdown: str) -> list[tuple[str, str]]:
    """Return (heading, paragraph) of what `as_markdown` wrote, as plain text.

    The heading is empty for a paragraph that has none of its own.
    """
    found, heading = [], ""
    for block in filter(None, (block.strip() for block in markdown.split("\n\n"))):
        if block.startswith("#"):
            heading = _ESCAPE.sub(r"\1", block.partition(" ")[2])
        else:
            found.append((heading, _ESCAPE.sub(r"\1", block)))
            heading = ""
    return found


def first_sentence(paragraph: str) -> str:
    """Return a paragraph's first sentence: what was found, before how sure it is."""
    return _SENTENCE.split(paragraph, maxsplit=1)[0]


def _escaped(text: str) -> str:
    """Return text in which Markdown finds no markup: what a sheet holds stays text."""
    return _MARKUP.sub(r"\\\g<0>", " ".join(text.split()))
