"""What the page of the audit shows, as plain lists and dictionaries of finished text."""

from collections.abc import Mapping, Sequence

from strataforest import __version__

# Worst first, each with its section's heading and what stands below it.
SECTIONS = {
    "contradiction": (
        "Cannot be as printed",
        "No unrounded numbers could have been printed so. A slip of the pen is the usual reason; "
        "each card says what would fit, and what to ask.",
    ),
    "question": (
        "Worth a question",
        "These can be right. Something else that is printed makes them worth asking about.",
    ),
    "difference": (
        "Not what our data give",
        "The same stratum, pooled from this review's own sheets, comes to other numbers. The data, "
        "the choice of effects or the formulas may differ.",
    ),
    "consistent": ("Checked and held", "Numbers that fit each other within their rounding."),
    "not_checked": ("Could not be checked", "What was printed is not enough to check these."),
}
CARDS = ("contradiction", "question", "difference")
# What a check is called, where its name in audit.csv is not plain enough.
CHECKS = {
    "ci_order": "Order of estimate and limits",
    "ci_centre": "Estimate in the middle of its interval",
    "se_ci": "Standard error and interval",
    "p_ci": "P and interval",
    "p_se": "P and standard error",
    "p_statistic": "P and statistic",
    "prediction": "Prediction interval",
    "prediction_centre": "Estimate in the middle of the prediction interval",
    "tau2_se": "τ² and standard error",
    "i2_tau2": "I² and τ²",
    "i2_q": "I² and Q",
    "i2_of_strata": "I² of a whole and of its strata",
    "h2_i2": "H² and I²",
    "tau": "τ and τ²",
    "q_df": "Degrees of freedom of Q and k",
    "q_p": "Q and its p",
    "range": "Range that a number can have",
    "k_one": "Heterogeneity of one effect",
    "same_number": "One result in two places",
    "k_of_strata": "k of a whole and of its strata",
    "n_studies_of_strata": "Studies of a whole and of its strata",
    "n_participants_of_strata": "Participants of a whole and of its strata",
    "q_of_strata": "Q of a whole and of its strata",
    "stratum_equals_parent": "A whole that equals one of its strata",
    "sign_coding": "Sign and stated coding",
    "loo_range": "Range with one left out",
    "loo_change": "Largest change with one left out",
    "loo_reversal": "Change of direction with one left out",
    "flow": "Counts of the selection of studies",
    "screening": "Screening of titles and abstracts",
    "percent": "Percentage and count",
    "judgements": "Judgements of one domain of bias",
    "overall": "Overall judgement of bias",
    "ours": "Printed, and what our data give",
    "ours_coding": "Stated coding, and the direction of our data",
    "row": "The row",
}
# From so many cards on, a list of them comes first.
AT_A_GLANCE = 12
# Characters of a text; audit.csv has it whole.
LONGEST = {"about": 120, "source": 160}
LONGEST_OTHER = 400
WORDS = {
    "contradiction": ("contradiction", "contradictions"),
    "question": ("question", "questions"),
    "difference": ("difference", "differences"),
    "consistent": ("check held", "checks held"),
    "not_checked": ("could not be checked", "could not be checked"),
}


def audit_content(
    title: str,
    findings: Sequence[Mapping[str, str]],
    audited: Sequence[tuple[str, int]],
) -> dict:
    """Return the content of the page of an audit.

    `findings` are rows of audit.csv in its order, `audited` the files that were read, each with how
    many rows of it.
    """
    sections = []
    for severity, (heading, lead) in SECTIONS.items():
        numbered = [(i, row) for i, row in enumerate(findings) if row["severity"] == severity]
        own = [_shown(row, i) for i, row in numbered]
        sections.append(
            {
                "id": severity.replace("_", "-"),
                "severity": severity,
                "heading": heading,
                "lead": lead,
                "words": WORDS[severity][len(own) != 1],
                "as_cards": severity in CARDS,
                "expected": "Our data give" if severity == "difference" else "Would fit",
                "findings": own,
            }
        )
    n_open = sum(len(s["findings"]) for s in sections if s["as_cards"])
    return {
        "title": title,
        "version": __version__,
        "audited": list(audited),
        "n_rows": sum(n for _, n in audited),
        "sections": sections,
        "n_open": n_open,
        "at_a_glance": n_open > AT_A_GLANCE,
    }


def in_one_line(findings: Sequence[Mapping[str, str]], path: str) -> str:
    """Return what an audit came to, for the terminal; `path` is the page's."""
    n = {name: sum(row["severity"] == name for row in findings) for name in SECTIONS}
    parts = [f"{n[name]} {WORDS[name][n[name] != 1]}" for name in CARDS]
    held = f"{n['consistent']} {WORDS['consistent'][n['consistent'] != 1]}"
    return f"Audit: {', '.join(parts)}; {held}. See {path}"


def _shown(row: Mapping[str, str], number: int) -> dict[str, str]:
    """Return a finding as the page shows it; `number` makes its address on the page."""
    tab = f" [{row['source_tab']}]" if row["source_tab"] else ""
    rows = str(row["source_row"]).replace(";", ", ")
    place = f"{row['source_file']}{tab}, row{'s' if ',' in rows else ''} {rows}"
    cells = row["source_cells"].replace(";", ", ")
    place += f" (cell{'s' if ',' in cells else ''} {cells})" if cells else ""
    texts = ("about", "printed", "expected", "reasoning", "question", "source")
    is_said = row["source_file"].endswith(row["source"])
    row = row | {
        # What a count is about is our own words; a name is left as its owner writes it.
        "about": row["about"] if row["analysis"] else row["about"][:1].upper() + row["about"][1:],
        # Of our own tables the source is the file, which the address names.
        "source": "" if is_said else row["source"],
        "expected": row["expected"].removeprefix("ours: "),
    }
    shown = {name: _cut(row[name], LONGEST.get(name, LONGEST_OTHER)) for name in texts}
    check = row["check"]
    return shown | {
        "id": f"finding-{number + 1}",
        "check": CHECKS.get(check, check.replace("_", " ").capitalize()),
        "place": _cut(place, LONGEST_OTHER) if row["source_file"] else "",
    }


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
