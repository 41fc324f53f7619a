"""The lines of an R script that print our numbers beside metafor's and stop where they differ."""

from collections.abc import Mapping
from typing import Any

from strataforest.exports.text import r_number

TOLERANCE = "1e-6"


def comparison_lines(name: str, rows: Mapping[str, tuple[Any, str, str]]) -> list[str]:
    """Return the lines of the comparison called `name`.

    `rows` holds by name our number, metafor's as R code, and the unit (R code) that a number near 0
    is compared in: they differ where |theirs - ours| > 1e-6 max(|ours|, unit).
    """
    width = max(map(len, rows))
    first = True
    lines = []
    for row, (ours, code, unit) in rows.items():
        names = ("ours = ", "metafor = ", "unit = ") if first else ("", "", "")
        cells = zip(names, (r_number(ours), code, unit), strict=True)
        lines.append(f"  {row:{width}} = c({', '.join(name + cell for name, cell in cells)})")
        first = False
    return [
        f"{name} <- as.data.frame(rbind(",
        *(f"{line}," for line in lines[:-1]),
        f"{lines[-1]}))",
        f'print({name}[c("ours", "metafor")], digits = 10)',
        f"same <- with({name}, is.na(ours) & is.na(metafor) |",
        f"  abs(metafor - ours) <= {TOLERANCE} * pmax(abs(ours), unit))",
        'stopifnot("metafor and strataforest differ" = all(same %in% TRUE))',
    ]
