"""What a fit file holds of the small-study effects: all tests, and what its funnel plot shows."""

from __future__ import annotations

from dataclasses import asdict

from strataforest.small_study.battery import small_study
from strataforest.small_study.funnel import funnel
from strataforest.small_study.trim_and_fill import trim_and_fill


def small_study_section(yi, vi, estimate: float, **options) -> dict:
    """Return the numbers of a fit file: `rows`, and what a contour-enhanced funnel shows.

    `funnel` holds its lines around `estimate` (the pooled effect) and `filled` the studies that
    trim and fill (L0) adds, both None below the gate. `options` as `small_study`, whose errors it
    raises.
    """
    rows = small_study(yi, vi, **options)
    gated = rows[0].test == "all"
    lines = None if gated else funnel(yi, vi, estimate, level=options.get("level", 0.95))
    return {
        "rows": [asdict(row) for row in rows],
        "funnel": None if gated else asdict(lines),
        "filled": None if gated else _added(yi, vi, options),
    }


def _added(yi, vi, options) -> dict | None:
    """The studies that trim and fill adds; None where it does not apply."""
    chosen = {name: options[name] for name in ("tau2_method", "level") if name in options}
    try:
        fit = trim_and_fill(yi, vi, **chosen)
    except ValueError:  # the row of this test says why
        return None
    return {
        "estimator": "L0",
        "side": fit.side,
        "k0": len(fit.filled_yi),
        "yi": fit.filled_yi,
        "vi": fit.filled_vi,
        **{name: getattr(fit, name) for name in ("estimate", "ci_low", "ci_high")},
    }
