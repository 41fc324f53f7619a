"""Mixed-effects meta-regression, its tests, and what it says of subgroups."""
