"""What was asked of pooled results: how sure they are, and what moderates them."""

from collections.abc import Iterator

from strataforest.figures.labels import REGRESSION_TESTS, in_words, label_of
from strataforest.presets import regression_test
from strataforest.report.methods.made import Made, listed

UNITS = {"domain": "within domains", "overall": "over all continuous outcomes"}


def sensitivity(made: Made) -> str:
    """Return the analyses of how far single effects and trials carry a result."""
    if not _pooled(made):
        return ""
    options = made.options["sensitivity"]
    parts = [
        "Every effect was left out in turn, and deletion diagnostics (studentised residuals, "
        "DFFITS, Cook's distances, covariance ratios, DFBETAS) were computed.",
        *_refit(made, options["drop_most_influential"]),
        *(_subsets(made) if options["gosh"] else []),
        *(["Effects were cumulated by year."] if made.table("cumulative") else []),
        *_subgroups(made),
        *_dependent(made),
    ]
    return " ".join(parts)


def _pooled(made: Made) -> list:
    return [row for row in made.table("pooled") if row["status"] == "pooled"]


def _refit(made: Made, drop: int) -> Iterator[str]:
    if any(row["estimate"] for row in made.table("without_most_influential")):
        fewest = made.options["min_effects"]
        yield (
            f"One refit left out the {drop} effects of the largest Cook's distances, where at "
            f"least {fewest} remained."
        )


def _subsets(made: Made) -> Iterator[str]:
    sampled = {row["subsets"] for row in made.table("gosh") if row["kind"] == "sampled"}
    several = [f"{subsets:,}" for subsets in sorted(map(int, sampled))]
    rest = f", of large groups a random sample of {listed(several, 'or')}," if several else ""
    yield f"All subsets of the effects{rest} were pooled (GOSH)."


def _subgroups(made: Made) -> Iterator[str]:
    rows = [row for row in made.table("subgroup_tests") if row["status"] == "tested"]
    by = [name.replace("_", " ") for name in dict.fromkeys(row["by"] for row in rows)]
    if by:
        yield (
            f"Differences between groups by {listed(by)} were tested by Q between groups, with a "
            "τ² for each and with a common one."
        )


def _dependent(made: Made) -> Iterator[str]:
    if made.table("dependent_effects"):
        yield (
            "Where trials have several effects in a group these were pooled as if independent; "
            "beside that stand cluster-robust (CR2) tests and the correlated-effects model."
        )


def small_study(made: Made) -> str:
    """Return how small-study effects were looked for, or that no group was large enough."""
    if not _pooled(made):
        return ""
    fewest = made.options["small_study"]["min_effects"]
    rows = [row for row in made.table("small_study") if row["status"] == "computed"]
    if not rows:
        return (
            f"Small-study effects were to be tested from {fewest} effects on; no group had so many."
        )
    names = [in_words("tests", name) for name in dict.fromkeys(row["test"] for row in rows)]
    own = next((row["test"] for row in rows if row["preset_default"] == "yes"), "")
    chief = f" ({in_words('tests', own)}, is the preset's own)" if own else ""
    return (
        f"Small-study effects were examined in groups of at least {fewest} effects, by: "
        f"{'; '.join(names)}{chief}."
    )


def regression(made: Made) -> str:
    """Return the meta-regressions that were declared; nothing where there are none."""
    models = {row["model"] for row in made.table("meta_regression_models")}
    declared = [m for m in made.options["meta_regression"] if m["name"] in models]
    if not declared:
        return ""
    told = [_model(made, model) for model in declared]
    preset, permutations = made.preset, made.options["sensitivity"]["permutations"]
    test = regression_test(preset["pooling"]["ci"], preset["regression"]["test"])
    cut = "" if preset["regression"]["truncate_r2"] else ", not cut at 0"
    return (
        f"Moderators were tested by mixed-effects meta-regression: {'; '.join(told)}. Coefficients "
        f"were tested by {REGRESSION_TESTS[test]} and by permutation (all arrangements up to "
        f"10,000, else {permutations:,} of them); R² is the share of τ² explained{cut}."
    )


def _model(made: Made, model: dict) -> str:
    names = [label_of(name) for name in model["moderators"]]
    where = [UNITS[scope] for scope in model["scope"]]
    return f"{listed(names)}{' together' * (len(names) > 1)} ({listed(where)})"


def bias(made: Made) -> str:
    """Return the tool that risk of bias was judged with, where any trial was."""
    judged = made.results.rows("covariates/risk_of_bias.csv")
    is_judged = any(v for row in judged for name, v in row.items() if name != "study_id")
    return f"Risk of bias was judged with {made.tool}." if is_judged and made.tool else ""
