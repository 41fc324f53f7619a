"""Results made by hand that claims are held to: five strata, a meta-regression, a sheet's row."""

from strataforest.claims.places import Known
from strataforest.claims.subjects import stratum_subjects, term_subjects
from strataforest.claims.testing import outcome_of, understood
from strataforest.tables.meta_regression import MODEL_COLUMNS, TERM_COLUMNS
from strataforest.tables.pooled import RESULT_COLUMNS

GLYCEMIC, KNOWLEDGE, EVENTS = "domain/glycemic", "domain/knowledge", "domain/events"
ATTITUDE, CHAT = "domain/attitude", "platform_by_domain/glycemic__chat"
INDEX = ("analysis", "stratum", "k", "n_studies", "n_participants", "status", "reason")


def stratum(name, status="pooled", reason="", **numbers):
    row = dict.fromkeys((*INDEX, *RESULT_COLUMNS), "")
    row |= dict(zip(("analysis", "stratum"), name.split("/"), strict=True))
    row |= {"status": status, "reason": reason, "converged": "yes", "n_studies": "3"}
    row["favourable"] = "positive"
    return row | {key: str(value) for key, value in numbers.items()}


def omissions(name, low, high, change):
    row = dict(zip(("analysis", "stratum"), name.split("/"), strict=True))
    return row | {"min": str(low), "max": str(high), "max_abs_change": str(change)}


def asymmetry(name, test, p_value, preset_default="no"):
    row = dict(zip(("analysis", "stratum"), name.split("/"), strict=True))
    return row | {"test": test, "p_value": p_value, "preset_default": preset_default}


POOLED = [
    stratum(GLYCEMIC, k=12, estimate=0.70027, ci_low=0.393, ci_high=1.007, i2=93.4, p_value=8e-06),
    stratum(KNOWLEDGE, k=3, estimate=-0.02, ci_low=-0.44, ci_high=0.4, i2=0.0, p_value=0.93),
    # ln 0.5 = -0.693: a ratio of one half.
    stratum(EVENTS, k=5, estimate=-0.6931471805599453, ci_low=-1.2, ci_high=-0.2, p_value=0.007)
    | {"ratio": "0.5", "ratio_ci_low": "0.301", "ratio_ci_high": "0.819"},
    stratum(ATTITUDE, "not_estimable", "k = 1 is below the minimum of 3", k=1, converged=""),
    stratum(CHAT, k=4, estimate=0.3, ci_low=0.1, ci_high=0.5, i2=20.5),
]
TABLES = {
    "pooled": POOLED,
    "leave_one_out_summary": [
        omissions("domain/glycemic", 0.64, 0.77, 0.07),
        omissions("domain/knowledge", -0.2, 0.15, 0.18),
        omissions("domain/events", -0.9162907318741551, -0.5108256237659907, 0.2),  # ln 0.4, ln 0.6
    ],
    "small_study": [
        asymmetry("domain/glycemic", "egger_re", "0.2", "yes"),
        asymmetry("domain/glycemic", "egger_classical", "0.01"),
        asymmetry("domain/glycemic", "begg", "0.3"),
        asymmetry("domain/knowledge", "all", ""),
    ],
    "loo_flags": {
        ("domain", "glycemic"): ["", "magnitude", "heterogeneity"],
        ("domain", "knowledge"): ["direction", "magnitude;significance", ""],
    },
}
MODELS = [
    dict.fromkeys(MODEL_COLUMNS, "")
    | {"model": "weeks", "scope": scope, "domain": domain, "measure": "SMD", "r2": "12.5", "k": "9"}
    | {"status": status, "reason": reason, "converged": "yes"}
    for scope, domain, status, reason in (
        ("overall", "", "fitted", ""),
        ("domain", "glycemic", "fitted", ""),
        ("domain", "attitude", "not_estimable", "k = 1: too few"),
    )
]
TERMS = [
    dict.fromkeys(TERM_COLUMNS, "")
    | {"model": "weeks", "scope": scope, "domain": domain, "measure": "SMD", "term": term, "k": "9"}
    | {"b": b, "ci_low": low, "ci_high": high, "near_collinear": "no"}
    for scope, domain, term, b, low, high in (
        ("overall", "", "intercept", "0.6", "0.1", "1.1"),
        ("overall", "", "follow_up_weeks", "0.01", "-0.02", "0.04"),
        ("domain", "glycemic", "intercept", "0.3", "-0.2", "0.8"),
        ("domain", "glycemic", "follow_up_weeks", "0.03", "0.01", "0.05"),
    )
]
KNOWN = Known(
    analyses={"domain": ["domain"], "platform_by_domain": ["domain", "platform"]},
    domains=["glycemic", "knowledge", "events", "attitude"],
    models={"weeks": ["follow_up_weeks"]},
)
STRATA = [f"{row['analysis']}/{row['stratum']}" for row in POOLED]
SUBJECTS = {False: stratum_subjects(TABLES), True: list(term_subjects(MODELS, TERMS))}


def row(where, holds, claim="It is so"):
    cells = "claim=A2;where=B2;holds=C2"
    return {
        **{"claim": claim, "where": where, "holds": holds, "source": "p. 7", "note": ""},
        **{"source_file": "claims.csv", "source_tab": "", "source_row": "2", "source_cells": cells},
    }


def outcome(where, holds, subjects=None, known=KNOWN):
    """Return status and finding of a claim, which must be understood."""
    (claim,), problems = understood([row(where, holds)], known, STRATA)
    assert problems == []
    result = outcome_of(claim, (subjects or SUBJECTS)[claim.place.is_of_terms])
    return result.status, result.found


def problem(where, holds, known=KNOWN):
    """Return the only problem of a claim that is not understood."""
    claims, (found,) = understood([row(where, holds)], known, STRATA)
    assert claims == []
    return found
