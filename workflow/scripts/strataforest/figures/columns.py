"""The parts every table-with-a-plot shares: label, number and estimate columns, rules, title."""

from collections.abc import Sequence
from dataclasses import dataclass

from strataforest import formatting
from strataforest.figures import layout, style
from strataforest.figures.axis import Interval
from strataforest.figures.canvas import Canvas

HEADER_WIDTH = 1.7
_SPACE = 0.045


@dataclass(frozen=True)
class Estimates:
    """The "0.52 [0.31, 0.73]" column: how its numbers are written and how wide its pieces are."""

    digits: int
    ratio: bool
    pieces: tuple[float, float, float]
    header: tuple[str, ...]

    @property
    def width(self) -> float:
        """Width in inches, header included."""
        return max(self._numbers, layout.widest(self.header, bold=True))

    @property
    def _numbers(self) -> float:
        return sum(self.pieces) + 2 * _SPACE

    def cells(self, row: Interval) -> tuple[str, str, str]:
        """The three texts of a row."""
        return formatting.estimate_cells(*row, digits=self.digits, ratio=self.ratio)

    def draw(
        self,
        canvas: Canvas,
        column: layout.Column,
        y: float,
        row: Interval,
        bold: bool = False,
        colour: str = style.INK,
        show_estimate: bool = True,
    ) -> None:
        """One row's numbers, each piece flush right so that decimals stand under decimals."""
        texts = self.cells(row)
        edge = column.centre + self._numbers / 2
        rights = (edge - self.pieces[2] - self.pieces[1] - 2 * _SPACE, edge - self.pieces[2], edge)
        rights = (rights[0], rights[1] - _SPACE, rights[2])
        for i, (text, right) in enumerate(zip(texts, rights, strict=True)):
            if i or show_estimate:
                look = {"bold": bold, "colour": colour, "role": "number"}
                canvas.text(right, y, text, "right", **look)


@dataclass(frozen=True)
class Counts:
    """The column of one arm: "450", or where events are known "4/450", slashes under slashes.

    `events` hold the slash, and are empty without any known; `total` is the (events, people) of
    the pooled row, empty where they must not be added up; `pieces` the widths of the two.
    """

    header: str
    people: Sequence[str]
    events: Sequence[str]
    total: tuple[str, str]
    pieces: tuple[float, float]

    @property
    def width(self) -> float:
        """Width in inches, header included."""
        return max(sum(self.pieces), layout.text_width(self.header, bold=True))

    def draw(self, canvas: Canvas, column: layout.Column, y: float, row: int | None) -> None:
        """One row's numbers, or with None the totals."""
        if row is None:
            events, people = self.total
        else:
            events, people = self.events[row] if self.events else "", self.people[row]
        right = column.centre + sum(self.pieces) / 2
        look = {"bold": row is None, "role": "number"}
        if people:
            canvas.text(right, y, people, "right", **look)
        if events:
            canvas.text(right - self.pieces[1], y, events, "right", **look)


def counts_column(
    header: str,
    people: Sequence[float | None],
    events: Sequence[float | None],
    show_total: bool = True,
) -> Counts:
    """The column of an arm; without any event known it has people only.

    The total is empty when a study's number of people is unknown, as the sum would mislead, and
    says so when a study's number of events is.
    """
    known = [not formatting.is_missing(n) for n in events]
    people_texts = [formatting.count(n) for n in people]
    event_texts = [f"{formatting.count(n)}/" for n in events] if any(known) else []
    total = ("", "")
    if show_total and not any(formatting.is_missing(n) for n in people):
        all_events = f"{formatting.count(sum(events) if all(known) else None)}/"
        total = (all_events if any(known) else "", formatting.count(sum(people)))
    pieces = (
        number_width((), event_texts, total[:1]),
        number_width((), people_texts, total[1:]),
    )
    return Counts(layout.clean(header), people_texts, event_texts, total, pieces)


def estimates_column(
    measure: str, level: float, rows: Sequence[Interval], bold_rows: Sequence[Interval], ratio: bool
) -> Estimates:
    """The estimate column for these rows; `bold_rows` are the pooled ones. Level as 0.95."""
    spans = [(low, high) for _, low, high in (*rows, *bold_rows)]
    if ratio:
        spans = [tuple(map(formatting.exponential, span)) for span in spans]
    # A ratio near 1 has no first digits to show off: beyond six decimals it stays as it is.
    digits = formatting.decimals_for(spans, most=6 if ratio else 12)
    header = layout.wrap(f"{measure} [{level_text(level)} CI]", HEADER_WIDTH, 3, bold=True)
    bare = Estimates(digits, ratio, (0.0, 0.0, 0.0), header)
    plain = [bare.cells(row) for row in rows]
    bold = [bare.cells(row) for row in bold_rows]
    pieces = tuple(
        max(
            layout.widest(cells[i] for cells in plain),
            layout.widest((cells[i] for cells in bold), bold=True),
        )
        for i in range(3)
    )
    return Estimates(digits, ratio, pieces, header)


def level_text(level: float) -> str:
    """A confidence level of 0.95 as "95%".

    Raises ValueError unless it lies between 0 and 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"a confidence level lies between 0 and 1, not at {level}")
    return formatting.percent(level * 100, 0 if abs(level * 100 - round(level * 100)) < 1e-9 else 1)


def number_width(header: Sequence[str], texts: Sequence[str], bold: Sequence[str] = ()) -> float:
    """Width of a column of numbers under its header, in inches."""
    return max(
        layout.widest(header, bold=True), layout.widest(texts), layout.widest(bold, bold=True)
    )


def number_edge(column: layout.Column, texts: Sequence[str]) -> float:
    """Where numbers end that stand flush right, as a block centred under their header."""
    return column.centre + layout.widest(texts) / 2


def draw_title(canvas: Canvas, title: str, width: float, top: float = style.MARGIN) -> float:
    """The title from `top` at the left, wrapped to the figure's width in inches; the y below it."""
    if not layout.clean(title):
        return top
    y, step = top, layout.line_height(style.TITLE)
    for line in layout.wrap(title, width - 2 * style.MARGIN, 3, style.TITLE, bold=True):
        canvas.text(style.MARGIN, y + step / 2, line, size=style.TITLE, bold=True, role="title")
        y += step
    return y + 0.06


def draw_notes(canvas: Canvas, notes: Sequence[str], y: float, width: float) -> float:
    """Small print, a paragraph each, wrapped to the figure's width in inches; the y below it."""
    step = layout.line_height(style.SMALL)
    for note in notes:
        if not layout.clean(note):
            continue
        for line in layout.wrap(note, width - 2 * style.MARGIN, 6, style.SMALL):
            canvas.text(
                style.MARGIN, y + step / 2, line, size=style.SMALL, colour=style.GREY, role="note"
            )
            y += step
        y += 0.02
    return y


def row_heights(labels: Sequence[Sequence[str]], dense: bool) -> list[float]:
    """Heights in inches of rows with these label lines."""
    single = style.DENSE_ROW if dense else style.ROW
    return [single + (max(len(lines), 1) - 1) * layout.line_height() for lines in labels]


def middles(heights: Sequence[float], top: float) -> list[float]:
    """The y of the middle of each row, the first beginning at `top`."""
    out = []
    for height in heights:
        out.append(top + height / 2)
        top += height
    return out
