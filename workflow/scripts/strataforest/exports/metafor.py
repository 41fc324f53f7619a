"""Scripts in R that pool a stratum anew by metafor, and stop where a number is not ours.

Data travel in a csv file beside the script, so nothing that a sheet holds becomes part of R code.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from strataforest.exports.comparison import comparison_lines
from strataforest.exports.metafor_counts import count_lines, count_methods
from strataforest.exports.text import one_line, r_number
from strataforest.models import RATIO_MEASURES

Fit = Mapping[str, Any]

TESTS = {"z": "z", "hksj": "knha", "hksj_adhoc": "adhoc", "hksj_conditional": "z"}
# metafor's predict() takes the distribution of the test.
PREDICTED = {"z": {"z"}, "t_k_minus_1": {"hksj", "hksj_adhoc"}, "t_k_minus_2": set()}
PEOPLE = ("n_treat", "n_control", "n_total")
EVENTS = ("events_treat", "events_control")
SE_FORMS = {
    "ls": "1/n1 + 1/n2 + e^2/(2N)",
    "holkinse": "1/n1 + 1/n2 + d^2/(2(N-2)), for g over N-3.94",
    "ub": "the unbiased form",
    "j_times_d": "J^2 times that of d",
    "bonett": "Bonett's",
}


def data_rows(fit: Fit) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the columns and the rows of a stratum's csv file, numbers in full, in the fit's order.

    Counts and people are those of the sheets; `design_effect` is what a cluster trial's are
    divided by where the stratum has any.
    """
    studies = fit["studies"]
    columns = {"study": studies["study_id"]}
    names = ["effect_id", "yi", "vi", *PEOPLE]
    names += [name for name in EVENTS if name in studies]
    if any(value is not None for value in studies.get("design_effect") or ()):
        names.append("design_effect")
    columns |= {name: studies[name] for name in names}
    rows = [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]
    return list(columns), rows


def script(fit: Fit, label: str) -> str:
    """Return the R script of one stratum, to be run in the folder it stands in."""
    parts = [_heading(fit, label), _pooled(fit), _prediction(fit), _comparison(fit)]
    parts += [count_lines(fit, method) for method in count_methods(fit)]
    return "\n".join("\n".join(part) + "\n" for part in parts if part)


def all_script(strata: Sequence[tuple[str, str]]) -> str:
    """Return the R script that runs those of all strata and prints one table."""
    names = ",\n".join(f'  "{analysis}/{stratum}"' for analysis, stratum in strata)
    return ALL.format(names=f"\n{names}\n" if names else "")


ALL = """\
# Runs the script of every stratum and prints one table. In this folder: Rscript all.R
# Stops at the end when a stratum of metafor's is not strataforest's.
strata <- c({names})

run <- function(name) {{
  place <- new.env()
  failure <- tryCatch({{
    capture.output(source(paste0(name, ".R"), local = place, chdir = TRUE))
    ""
  }}, error = function(e) conditionMessage(e))
  numbers <- place$comparison
  found <- function(row, column) if (is.null(numbers)) NA else numbers[row, column]
  data.frame(
    stratum = name, k = found("k", "ours"),
    estimate = found("estimate", "ours"), metafor = found("estimate", "metafor"),
    tau2 = found("tau2", "ours"), metafor_tau2 = found("tau2", "metafor"),
    result = if (failure == "") "the same" else failure
  )
}}

table <- do.call(rbind, lapply(strata, run))
print(table, digits = 6, row.names = FALSE)
stopifnot("a stratum is not the same" = all(table$result == "the same"))
"""


def _heading(fit: Fit, label: str) -> list[str]:
    model, preset = fit["preset"]["pooling"], fit["preset"]
    lines = [
        f"# {one_line(label)}",
        f"# {fit['analysis']}/{fit['stratum']}: {fit['measure']}, k = {fit['k']}, pooled",
        f"# by {one_line(fit['made_by'])} under the preset {preset['name']}.",
        f"# Run it in this folder: Rscript {fit['stratum']}.R",
        "#",
        f"# yi and vi are those of effects.csv{_effect_form(fit)}.",
    ]
    if fit["measure"] in RATIO_MEASURES:
        lines.append("# Ratios are pooled as natural logarithms: exp(estimate) is the ratio.")
    if len(set(fit["studies"]["study_id"])) < fit["k"]:
        lines.append("# Some trials have several effects, taken as independent here as in")
        lines.append("# pooled.csv; tables/dependent_effects.csv has them by cluster-robust tests.")
    return [*lines, "library(metafor)", "", f"level <- {r_number(model['level'])}", *_reading(fit)]


def _reading(fit: Fit) -> list[str]:
    name = f"{fit['stratum']}.csv"
    return [f'dat <- read.csv("{name}", na.strings = "", encoding = "UTF-8")']


def _effect_form(fit: Fit) -> str:
    model = fit["preset"]["effect_size"]
    if fit["measure"] == "SMD":
        form = SE_FORMS.get(model["se"], model["se"])
        return (
            f" (estimator {model['estimator']}, vi = {form};\n"
            '# escalc(measure = "SMD") takes g with the exact J and vi = 1/n1 + 1/n2 + g^2/(2N))'
        )
    if fit["measure"] in {"MD", "ROM"}:
        return f" ({model['md_sds']} SDs; escalc's default is unequal ones)"
    return ""


def _pooled(fit: Fit) -> list[str]:
    model = fit["preset"]["pooling"]
    lines = [*_about_tau2(model["tau2"])]
    lines += [
        "# The data's own unit, squared: a tolerance means the same in mmol/mol and in %.",
        "unit <- max(median(dat$vi), var(dat$yi))",
        "# Half steps, for whole ones can go round in circles.",
        "control <- list(threshold = 1e-10 * unit, tol = 1e-12 * unit, maxiter = 10000,",
        "                stepadj = 0.5, tau2.max = 1000 * unit)",
        f'fit <- rma(yi, vi, data = dat, method = "{model["tau2"]}",',
        f'           test = "{TESTS[model["ci"]]}", level = 100 * level, control = control)',
    ]
    if model["tau2"] in {"REML", "ML"}:
        start = r_number(fit["pooled"]["tau2"])
        lines += [
            "# A likelihood can have two maxima and a search finds the nearer; the higher counts.",
            f"other <- update(fit, control = c(control, tau2.init = {start}))",
            "if (logLik(other) > logLik(fit)) fit <- other",
        ]
    if model["ci"] == "hksj_conditional":
        lines += [
            "# RevMan's interval: Hartung-Knapp-Sidik-Jonkman where k > 2 and tau^2 > 0, else z.",
            'if (fit$k > 2 && fit$tau2 > 0) fit <- update(fit, test = "knha")',
        ]
    return lines


def _about_tau2(method: str) -> list[str]:
    if method == "EE":
        return ["# A common effect: no tau^2, so metafor's I^2 is from Q too."]
    if method in {"REML", "ML"}:
        return [
            "# metafor's search for tau^2 stops at steps of 1e-5; ours goes on to the last digit."
        ]
    if method in {"PM", "EB"}:
        return [
            "# Paule-Mandel and empirical Bayes solve one equation, metafor by two searches, which",
            "# stop earlier by default and look no further than tau^2 = 100 (PM).",
        ]
    return [f"# {method} has a closed form: the control argument matters to other methods only."]


def _prediction(fit: Fit) -> list[str]:
    model = fit["preset"]["pooling"]
    names = {
        "z": ("the normal", "qnorm((1 + level) / 2)"),
        "t_k_minus_1": ("t with k-1 df", "qt((1 + level) / 2, df = max(fit$k - 1, 1))"),
        "t_k_minus_2": ("t with k-2 df", "qt((1 + level) / 2, df = max(fit$k - 2, 1))"),
    }
    words, expression = names[model["prediction"]]
    same = model["ci"] in PREDICTED[model["prediction"]] and model["tau2"] != "EE"
    if same:
        note = "as predict(fit) has it"
    elif model["tau2"] == "EE":
        note = "predict(fit) gives none for a common effect"
    else:
        note = "predict(fit) takes\n# t with k-1 df under Hartung-Knapp, else the normal"
    return [
        f"# Prediction interval by {words}; {note}.",
        f"half <- {expression} * sqrt(fit$se^2 + fit$tau2)",
        "predicted <- fit$beta[[1]] + c(-1, 1) * half",
        "",
        *_i2(model),
    ]


def _i2(model: Mapping[str, Any]) -> list[str]:
    if model["i2"] == "tau2":
        return ["# I^2 from tau^2 and the typical variance, as metafor has it.", "i2 <- fit$I2"]
    return [
        "# I^2 from Q (Higgins & Thompson 2002); fit$I2 is from tau^2.",
        "i2 <- 100 * max(0, (fit$QE - (fit$k - 1)) / fit$QE)",
    ]


def _comparison(fit: Fit) -> list[str]:
    pooled, spread = fit["pooled"], fit["heterogeneity"]
    ours = {
        "k": (fit["k"], "fit$k", "1"),
        "estimate": (pooled["estimate"], "fit$beta[[1]]", "fit$se"),
        "se": (pooled["se"], "fit$se", "fit$se"),
        "ci_low": (pooled["ci_low"], "fit$ci.lb", "fit$se"),
        "ci_high": (pooled["ci_high"], "fit$ci.ub", "fit$se"),
        "p_value": (pooled["p_value"], "fit$pval", "1"),
        "tau2": (pooled["tau2"], "fit$tau2", "median(dat$vi)"),
        "i2": (spread["i2"], "i2", "1"),
        "q": (spread["q"], "fit$QE", "1"),
        "pi_low": (pooled["pi_low"], "predicted[1]", "fit$se"),
        "pi_high": (pooled["pi_high"], "predicted[2]", "fit$se"),
    }
    return comparison_lines("comparison", ours)
