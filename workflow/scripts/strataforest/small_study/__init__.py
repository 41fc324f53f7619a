"""Small-study effects: regressions, rank test, trim and fill, selection models."""
