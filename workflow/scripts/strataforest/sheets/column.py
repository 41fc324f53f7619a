"""What a column of a sheet is, and what is said of a cell that it cannot hold."""

from dataclasses import dataclass


class Unreadable(ValueError):
    """A cell that cannot hold what its column is for: says what is expected, and in `mend` how."""

    def __init__(self, expected: str, mend: str = "") -> None:
        self.mend = mend
        super().__init__(expected)


@dataclass(frozen=True)
class Column:
    """One column: its name, the kind of its cells, the choices of a `choice`, and its meaning."""

    name: str
    kind: str
    meaning: str
    choices: tuple[str, ...] = ()
    required: bool = False
