"""Do-files that pool the strata of an analysis, and fit the meta-regressions, by Stata's meta.

Written for Stata 16 and later and not run: no Stata was at hand. Data are inlined; of every text of
a sheet only letters, digits and signs without a meaning to Stata are kept.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from strataforest.exports.text import stata_names, stata_number, stata_text
from strataforest.models import RATIO_MEASURES

Fit = Mapping[str, Any]

# Paule-Mandel solves the same equation as empirical Bayes, which Stata 16 has.
METHODS = {
    "REML": "random(reml)",
    "ML": "random(mle)",
    "DL": "random(dlaird)",
    "PM": "random(ebayes)",
    "EB": "random(ebayes)",
    "SJ": "random(sjonkman)",
    "HS": "random(hschmidt)",
    "HE": "random(hedges)",
    "EE": "common(invvariance)",
}
HEADING = """\
* {title}
* {made_by}, preset {preset}. For Stata 16 and later (meta).
* NOT RUN: written from Stata's documentation, no Stata was at hand. The line "ours" behind each
* stratum holds strataforest's numbers.
version 16
"""


def analysis_script(fits: Sequence[Fit], labels: Mapping[str, str]) -> str:
    """Return the do-file of one analysis: data, summary, forest plot and tests of each stratum.

    `labels` are the strata's names for readers, by stratum.
    """
    first = fits[0]
    text = _heading(f"Analysis {first['analysis']}: {len(fits)} pooled strata", first)
    return text + "".join(
        "\n" + "\n".join(_stratum(fit, labels.get(fit["stratum"], ""))) + "\n" for fit in fits
    )


def regression_script(model: Mapping[str, Any]) -> str:
    """Return the do-file of one declared meta-regression: data and model of each scope fitted."""
    text = _heading(f"Meta-regression {model['name']}", model)
    for scope in model["scopes"]:
        text += "\n" + "\n".join(_scope(scope, model["preset"]["pooling"])) + "\n"
    return text


def _heading(title: str, made: Mapping[str, Any]) -> str:
    return HEADING.format(
        title=stata_text(title),
        made_by=stata_text(made["made_by"]),
        preset=stata_text(made["preset"]["name"]),
    )


def _stratum(fit: Fit, label: str) -> Iterator[str]:
    model, pooled, studies = fit["preset"]["pooling"], fit["pooled"], fit["studies"]
    sei = (variance**0.5 for variance in studies["vi"])
    yield f"* {stata_text(label)}"
    yield f"* {fit['analysis']}/{fit['stratum']}: {fit['measure']}, k = {fit['k']}"
    yield from _data(studies["study_id"], {"yi": studies["yi"], "sei": sei})
    is_ratio = fit["measure"] in RATIO_MEASURES
    name = f"Log {fit['measure']}" if is_ratio else fit["measure"]
    yield f'meta set yi sei, studylabel(study) eslabel("{name}")'
    yield from _differences(model, pooled)
    method = f"{METHODS[model['tau2']]}{_se(model, pooled)} level({_percent(model)})"
    prediction = "" if model["tau2"] == "EE" else f" predinterval({_percent(model)})"
    yield f"meta summarize, {method}{prediction}"
    numbers = ("estimate", "ci_low", "ci_high", "tau2")
    ours = ", ".join(f"{n} {stata_number(pooled[n])}" for n in numbers)
    i2 = stata_number(fit["heterogeneity"]["i2"])
    yield f'display "ours: {ours}, I2 {i2}"'
    yield f"meta forestplot, {method}{' eform' if is_ratio else ''}"
    if fit["small_study"]["funnel"] is not None:
        classical = fit["preset"]["regression"]["egger"] == "classical"
        yield f"meta bias, egger {'traditional' if classical else METHODS[model['tau2']]}"


def _differences(model: Mapping[str, Any], pooled: Mapping[str, Any]) -> Iterator[str]:
    """Yield comments on what Stata prints otherwise."""
    if model["tau2"] == "PM":
        yield "* Paule-Mandel: Stata 16 has empirical Bayes, which solves the same equation."
    if model["i2"] == "q" and model["tau2"] != "EE":
        yield "* I2: Stata's is from tau2, ours from Q."
    if model["prediction"] != "t_k_minus_2" and model["tau2"] != "EE":
        yield "* Prediction interval: Stata takes t with k-2 df, ours is by another distribution."
    if model["ci"] == "hksj_conditional":
        yield "* Interval: Hartung-Knapp where k > 2 and tau2 > 0, else z, as decided here."


def _se(model: Mapping[str, Any], pooled: Mapping[str, Any]) -> str:
    if pooled["df"] == "Inf":
        return ""
    return " se(khartung, truncated)" if model["ci"] == "hksj_adhoc" else " se(khartung)"


def _percent(model: Mapping[str, Any]) -> str:
    return f"{round(100 * model['level'], 2):g}"


def _data(studies: Sequence[str], columns: Mapping[str, Iterable[float]]) -> Iterator[str]:
    """Yield the lines that enter the studies' names and the columns of numbers."""
    texts = [stata_text(study) or "_" for study in studies]
    # Stata counts bytes.
    width = max(len(text.encode()) for text in texts)
    yield "clear"
    yield f"input str{width} study {' '.join(f'double {name}' for name in columns)}"
    for text, *numbers in zip(texts, *columns.values(), strict=True):
        yield f'"{text}" {" ".join(map(stata_number, numbers))}'
    yield "end"


def _scope(scope: Mapping[str, Any], pooling: Mapping[str, Any]) -> Iterator[str]:
    yield f"* {stata_text(scope['label'])}: {scope['measure']}, k = {scope['k']}"
    if scope["status"] != "fitted":
        yield f"* not fitted: {stata_text(scope['reason'], longest=200)}"
        return
    effects, test = scope["effects"], scope["model"]["test"]
    headings = [row["term"] for row in scope["terms"]][1:]
    names = stata_names(headings)
    for heading in headings:
        yield f"* {names[heading]}: {stata_text(heading, longest=200)}"
    x = zip(*effects["x"], strict=True)
    next(x)  # the intercept
    sei = (variance**0.5 for variance in effects["vi"])
    columns = dict(zip(names.values(), x, strict=True))
    yield from _data(effects["study_id"], {"yi": effects["yi"], "sei": sei, **columns})
    yield "meta set yi sei, studylabel(study)"
    se = {"knha": " se(khartung)", "adhoc": " se(khartung, truncated)"}.get(test, "")
    method = "fixed" if pooling["tau2"] == "EE" else METHODS[pooling["tau2"]]
    yield f"meta regress {' '.join(names.values())}, {method}{se} level({_percent(pooling)})"
    ours = ", ".join(
        f"{names.get(row['term'], '_cons')} {stata_number(row['b'])} ({stata_number(row['se'])})"
        for row in scope["terms"]
    )
    yield f'display "ours: {ours}, tau2 {stata_number(scope["model"]["tau2"])}"'
