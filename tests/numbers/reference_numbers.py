"""The numbers of the default review, as tables beside this file, and their digest.

usage: python tests/numbers/reference_numbers.py results   (records those of a results folder)

Whoever changes one says so under "Numbers" in CHANGELOG.md, where the digest stands.
"""

import csv
import hashlib
import math
import sys
from pathlib import Path

PLACE = Path(__file__).parent / "default_review"
# The tolerance of tests/statistics. What is 0 but for rounding counts as 0.
RELATIVE, ABSOLUTE = 1e-8, 1e-12
# Table: (columns that name a row, columns of numbers).
TABLES = {
    "effects/effects.csv": (("effect_id",), ("yi", "vi")),
    "tables/pooled.csv": (
        ("analysis", "stratum"),
        (
            *("k", "n_participants", "estimate", "se", "df", "p_value", "ci_low", "ci_high"),
            *("tau2", "tau2_ci_low", "tau2_ci_high", "i2", "i2_ci_low", "i2_ci_high", "q", "q_p"),
            *("pi_low", "pi_high"),
        ),
    ),
    "tables/presets.csv": (
        ("analysis", "stratum", "preset"),
        ("estimate", "ci_low", "ci_high", "tau2", "pi_low", "pi_high"),
    ),
    "tables/leave_one_out_summary.csv": (("analysis", "stratum"), ("min", "max")),
    "tables/small_study.csv": (
        ("analysis", "stratum", "test", "predictor"),
        ("estimate", "se", "p_value", "limit_estimate"),
    ),
    "tables/meta_regression_terms.csv": (
        ("model", "scope", "domain", "measure", "term"),
        ("b", "se", "p_value", "permutation_p", "robust_se"),
    ),
}


def numbers_of(results, name):
    """Return the numbers of a table of results by row and column; a cell without one is ''."""
    keys, columns = TABLES[name]
    found = {}
    for row in _rows(Path(results) / name):
        key = tuple(row[column] for column in keys)
        assert key not in found, f"{name} has two rows {key}"
        found[key] = {column: row[column] for column in columns}
    return found


def recorded(name):
    """Return the recorded numbers of a table as `numbers_of` does."""
    return numbers_of(PLACE, name)


def differences(results):
    """Return what differs from the record, one line each: table, row, column, old and new."""
    lines = []
    for name in TABLES:
        old, new = recorded(name), numbers_of(results, name)
        for key in [*old, *(key for key in new if key not in old)]:
            if key not in old or key not in new:
                lines.append(f"{name} {key}: {'gone' if key in old else 'new'}")
                continue
            lines += [
                f"{name} {key} {column}: {value} -> {new[key][column]}"
                for column, value in old[key].items()
                if not is_same(value, new[key][column])
            ]
    return lines


def is_same(old, new):
    """Return whether two cells hold the same number, or both none."""
    if not old or not new:
        return old == new
    return math.isclose(float(old), float(new), rel_tol=RELATIVE, abs_tol=ABSOLUTE)


def digest():
    """Return twelve digits that stand for the recorded tables."""
    found = hashlib.sha256()
    for name in TABLES:
        # Whatever line ends a checkout gives them.
        text = (PLACE / name).read_text(encoding="utf-8")
        found.update(name.encode() + b"\n" + text.encode())
    return found.hexdigest()[:12]


def record(results):
    """Write the numbers of a results folder: 12 digits, more than are compared."""
    for name, (keys, columns) in TABLES.items():
        place = PLACE / name
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([*keys, *columns])
            for key, row in numbers_of(results, name).items():
                writer.writerow([*key, *(f"{float(v):.12g}" if v else "" for v in row.values())])


def _rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    print("\n".join(differences(sys.argv[1])) if PLACE.exists() else "recorded for the first time")
    record(sys.argv[1])
    print(f"digest for CHANGELOG.md: {digest()}")
