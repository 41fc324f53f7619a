"""2x2 tables that hold a zero: what is added to their cells, and which tables say nothing."""

import numpy as np

CORRECTIONS = ("only_zero", "all", "treatment_arm", "none")


def corrected_counts(events1, n1, events2, n2, add=0.5, to="only_zero"):
    """Return the cells (a, b, c, d) of 2x2 tables after a continuity correction.

    a, c are people with and b, d people without the event in arm 1 (intervention) and 2. `to`:

    - only_zero: `add` to every cell of tables that hold a 0 (metafor's only0);
    - all: `add` to every cell of every table;
    - treatment_arm: in tables that hold a 0, 2 add n1/(n1+n2) to a and b, 2 add n2/(n1+n2) to c
      and d (Sweeting et al. 2004, Stat Med 23:1351-1375: with add = 0.5 the two sum to 1, and a
      table without any event has a ratio of 1);
    - none: nothing.

    Raises ValueError for another `to`. Source: Cochrane Handbook 6.5, section 10.4.4.1.
    """
    if to not in CORRECTIONS:
        raise ValueError(f"to '{to}': expected one of {', '.join(CORRECTIONS)}")
    a, n1, c, n2 = (np.asarray(x, float) for x in (events1, n1, events2, n2))
    b, d = n1 - a, n2 - c
    zero = (a == 0) | (b == 0) | (c == 0) | (d == 0)
    touched = {"all": True, "none": False}.get(to, zero)
    shares = (n1 / (n1 + n2), n2 / (n1 + n2)) if to == "treatment_arm" else (0.5, 0.5)
    added = [np.where(touched, 2 * add * share, 0.0) for share in shares]
    return a + added[0], b + added[0], c + added[1], d + added[1]


def no_contrast(events1, n1, events2, n2):
    """Return where nobody had the event, or everybody, in both arms (metafor's drop00)."""
    events, people = np.asarray(events1) + events2, np.asarray(n1) + n2
    return (events == 0) | (events == people)
