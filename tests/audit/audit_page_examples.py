"""Rows of audit.csv as an audit may give them: few, many, with long and hostile names."""

LONG = "A " + "very long name of a stratum that nobody would think of, " * 5 + "W" * 120
EVIL = "<script>alert(1)</script>"


def finding(severity, number=1, **cells):
    """A row of audit.csv."""
    return {
        "severity": severity,
        "check": "ci_centre",
        "analysis": "platform",
        "about": f"LINE {number}",
        "domain": "",
        "platform": f"LINE {number}",
        "printed": "SMD 0.464, 95% CI 0.247 to 0.654",
        "expected": "" if severity in ("consistent", "not_checked") else "an upper limit of 0.681",
        "reasoning": "The interval's middle is 0.4505, which does not round to 0.464.",
        "question": "Was the upper limit 0.681?" if severity != "consistent" else "",
        "source": "section 3.3",
        "source_file": "published.csv",
        "source_tab": "",
        "source_row": str(number + 1),
        "source_cells": f"F{number + 1};G{number + 1}",
    } | cells


SIX = [
    finding("contradiction", 1),
    finding("contradiction", 2, about=LONG, printed=LONG, source=LONG, source_file=f"{LONG}.xlsx"),
    finding("contradiction", 3, about=EVIL, printed=EVIL, expected=EVIL, question=EVIL)
    | {"reasoning": EVIL, "source": EVIL, "source_tab": EVIL},
    *(finding("question", n) for n in (4, 5)),
    finding("difference", 6),
    *(finding("consistent", n) for n in range(7, 40)),
    *(finding("not_checked", n, reasoning="No k is printed.") for n in range(40, 45)),
]
NONE = [finding("consistent", n) for n in range(12)]
MANY = [
    *(finding("contradiction", n) for n in range(100)),
    *(finding("question", n) for n in range(100, 200)),
    *(finding("difference", n) for n in range(200, 300)),
    *(finding("consistent", n) for n in range(300, 900)),
]
