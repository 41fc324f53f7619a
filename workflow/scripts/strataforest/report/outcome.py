"""What one of many reviews came to: a row of words and counts, and its pooled results."""

from collections import Counter
from pathlib import Path

from strataforest.tabular import Row, read_rows

STATUS_COLUMNS = (
    *("review", "status", "effects", "exclusions", "strata", "strata_pooled", "errors", "warnings"),
    "message",
)


def outcome(
    review: str, results: Path, exit_status: int, output: str
) -> tuple[dict[str, str | int], list[str], list[Row]]:
    """Return (status, columns, rows) of a review that was run.

    `results` is its folder, `exit_status` and `output` what its run ended with and printed. One
    that failed has no rows: what stands there is of an earlier run. Its message is the first error.
    """
    status = dict.fromkeys(STATUS_COLUMNS, "") | {"review": review}
    problems = results / "harmonized" / "problems.csv"
    if problems.is_file():
        found = Counter(row["severity"] for row in read_rows(problems))
        status |= {"errors": found["error"], "warnings": found["warning"]}
    if exit_status:
        return status | {"status": "failed", "message": _first_error(output)}, ["review"], []
    pooled = results / "tables" / "pooled.csv"
    if not pooled.is_file():
        # Printed numbers alone, audited: nothing was to be pooled.
        return status | {"status": "done", "strata_pooled": 0}, ["review"], []
    rows = read_rows(pooled, key="stratum")
    status |= {
        "status": "done",
        "effects": len(read_rows(results / "effects" / "effects.csv")),
        "exclusions": len(read_rows(results / "effects" / "exclusions.csv")),
        "strata": len(rows),
        "strata_pooled": sum(row["status"] == "pooled" for row in rows),
    }
    columns = ["review", *(rows[0] if rows else ())]
    return status, columns, [{"review": review} | row for row in rows]


def _first_error(output: str) -> str:
    """Return the first line that says what is wrong, else the last line there is."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    for i, line in enumerate(lines):
        if line.startswith("ERROR"):
            return line.removeprefix("ERROR").strip()
        if "cannot be used:" in line:
            return " ".join(lines[i : i + 2])
    return lines[-1] if lines else "it printed nothing"
