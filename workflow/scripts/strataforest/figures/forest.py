"""The forest plot: every study's effect with its interval, and what they pool to."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from strataforest.figures import columns, layout, style
from strataforest.figures.axis import Axis, draw_axis, draw_directions, make_axis
from strataforest.figures.canvas import Canvas
from strataforest.figures.forest_data import ForestData
from strataforest.figures.forest_groups import draw_groups, stack_rows, subtotal_label
from strataforest.figures.judgements import JudgementBlock, judgement_keys
from strataforest.figures.labels import heterogeneity_words
from strataforest.figures.legend import draw_legend
from strataforest.figures.marks import draw_diamond, draw_interval, draw_square
from strataforest.formatting import is_missing, p_value, percent
from strataforest.risk_of_bias.shares import judged_columns
from strataforest.risk_of_bias.wording import domain_notes

_DENSE_FROM = 40
_LARGEST_SQUARE = 0.78  # of a row's height
_SMALLEST_SQUARE = 0.035  # inches: a study of hardly any weight still has a mark on its line


@dataclass(frozen=True)
class _Plan:
    """Where everything of one forest plot stands."""

    labels: list[tuple[str, ...]]
    heights: list[float]
    label_x: float
    arms: list[tuple[columns.Counts, layout.Column]]
    axis: Axis
    estimates: columns.Estimates
    numbers: layout.Column
    weight: layout.Column | None
    judged: JudgementBlock
    width: float


def forest_plot(data: ForestData) -> Figure:
    """Studies, people per arm, effects with intervals, weights; pooled diamond; prediction bar.

    Where events are known they stand before the people: "4/450". Squares have areas in proportion
    to weights, if not too small to be seen. An interval beyond the axis ends in an arrow. Blocks
    have a heading and a diamond each; judgements of risk of bias stand on the right.
    Sized in inches by its content. Raises ValueError without rows, or for a level or p value that
    is none, or blocks that do not hold every row.
    """
    if not data.rows:
        raise ValueError("a forest plot needs at least one study")
    plan = _plan(data)
    canvas = Canvas()
    top = _draw_header(canvas, data, plan)
    stack = stack_rows(plan.heights, data.groups, top + 0.04, plan.axis)
    _draw_studies(canvas, data, plan, stack.rows)
    draw_groups(canvas, data.groups, stack, plan.axis, plan.estimates, plan.numbers)
    edge = stack.bottom + 0.04
    canvas.line("hairline", style.MARGIN, edge, plan.width - style.MARGIN, edge)
    y = _draw_pooled(canvas, data, plan, top, edge)
    y = draw_axis(canvas, plan.axis, top, y)
    y = draw_directions(canvas, plan.axis, y, data.left_label, data.right_label, plan.width)
    y = _draw_judgement_legend(canvas, data, plan, y)
    y = columns.draw_notes(canvas, _notes(data, plan), y + 0.1, plan.width)
    return canvas.figure(plan.width, y + style.MARGIN, data.title)


def _plan(data: ForestData) -> _Plan:
    labels = [layout.wrap(row.label, style.LABEL_WIDTH) for row in data.rows]
    spans = [(row.estimate, row.ci_low, row.ci_high) for row in data.rows]
    prediction = (data.estimate, data.pi_low, data.pi_high)
    subtotals = [group.pooled for group in data.groups if not is_missing(group.estimate)]
    bold = [data.pooled, *[prediction] * data.has_prediction, *subtotals]
    estimates = columns.estimates_column(data.measure, data.level, spans, bold, data.ratio)
    label_width = max(
        layout.widest(line for lines in labels for line in lines),
        layout.text_width(_pooled_label(data), bold=True),
        layout.widest(map(subtotal_label, data.groups), bold=True),
        layout.text_width(_prediction_label(data)) if data.has_prediction else 0.0,
    )
    arms = _arms(data)
    weights = [percent(row.weight, 1) for row in data.rows]
    weighted = any(not is_missing(row.weight) for row in data.rows)
    weight = [columns.number_width(("Weight",), weights, ("100.0%",))] if weighted else []
    widths = [label_width, *(arm.width for arm in arms), style.PLOT_WIDTH, estimates.width, *weight]
    gaps = [0.0, *[style.GAP, 0.14][: len(arms)], style.GAP, *[style.GAP] * (1 + weighted)]
    placed = layout.place(widths, gaps, style.MARGIN)
    plot = placed[1 + len(arms)]
    trials = [row.judgements for row in data.rows]
    shown = judged_columns(data.tool, trials) if data.tool else []
    judged = JudgementBlock.placed(shown, placed[-1].right + style.GAP)
    right = judged.places[-1].right if shown else placed[-1].right
    return _Plan(
        labels=labels,
        heights=columns.row_heights(labels, len(labels) >= _DENSE_FROM),
        label_x=style.MARGIN,
        arms=list(zip(arms, placed[1:], strict=False)),
        axis=make_axis(spans, data.pooled, plot.left, plot.right, data.ratio, [prediction]),
        estimates=estimates,
        numbers=placed[2 + len(arms)],
        weight=placed[-1] if weighted else None,
        judged=judged,
        width=right + style.MARGIN,
    )


def _arms(data: ForestData) -> list[columns.Counts]:
    """The columns of both arms; none when nobody counted anybody."""
    headers = {"treat": data.treat_header, "control": data.control_header}
    people = {arm: [getattr(row, f"n_{arm}") for row in data.rows] for arm in headers}
    events = {arm: [getattr(row, f"events_{arm}") for row in data.rows] for arm in headers}
    if all(is_missing(n) for counted in (people, events) for ns in counted.values() for n in ns):
        return []
    return [
        columns.counts_column(header, people[arm], events[arm], data.show_totals)
        for arm, header in headers.items()
    ]


def _pooled_label(data: ForestData) -> str:
    return f"Pooled effect (k = {sum(not is_missing(row.estimate) for row in data.rows)})"


def _prediction_label(data: ForestData) -> str:
    return f"{columns.level_text(data.level)} prediction interval"


def _draw_header(canvas: Canvas, data: ForestData, plan: _Plan) -> float:
    """Title and column headings; returns the y of the rule below them."""
    y = columns.draw_title(canvas, data.title, plan.width)
    step = layout.line_height()
    deepest = max(len(plan.estimates.header), 2 if plan.arms or plan.judged.columns else 1)
    lower = y + (deepest - 0.5) * step + 0.03
    upper = lower - step - 0.03
    look = {"bold": True, "role": "header"}
    canvas.text(plan.label_x, lower, "Study", **look)
    for arm, column in plan.arms:
        canvas.text(column.centre, lower, arm.header, "center", **look)
    if plan.arms:
        left, right = plan.arms[0][1].left, plan.arms[-1][1].right
        counted = "Events / N" if plan.arms[0][0].events else "Participants"
        canvas.text((left + right) / 2, upper, counted, "center", **look)
        canvas.line("hairline", left, upper + step / 2 + 0.015, right, upper + step / 2 + 0.015)
    plan.judged.draw_header(canvas, upper, lower)
    middle = lower - (len(plan.estimates.header) - 1) * step / 2
    canvas.lines(plan.numbers.centre, middle, plan.estimates.header, "center", **look)
    if plan.weight:
        canvas.text(plan.weight.right, lower, "Weight", "right", **look)
    rule = lower + step / 2 + 0.03
    canvas.line("rule", style.MARGIN, rule, plan.width - style.MARGIN, rule)
    return rule


def _draw_studies(canvas: Canvas, data: ForestData, plan: _Plan, ys: Sequence[float]) -> None:
    largest = max((row.weight for row in data.rows if not is_missing(row.weight)), default=0.0)
    side = _LARGEST_SQUARE * min(plan.heights)
    for i, (row, y) in enumerate(zip(data.rows, ys, strict=True)):
        canvas.lines(plan.label_x, y, plan.labels[i], role="label")
        for arm, column in plan.arms:
            arm.draw(canvas, column, y, i)
        effect = (row.estimate, row.ci_low, row.ci_high)
        colour = style.GREY if is_missing(row.estimate) else style.INK
        plan.estimates.draw(canvas, plan.numbers, y, effect, colour=colour)
        if plan.weight:
            canvas.text(plan.weight.right, y, percent(row.weight, 1), "right", role="number")
        plan.judged.draw(canvas, row.judgements, y)
        draw_interval(canvas, plan.axis, row.ci_low, row.ci_high, y)
        share = row.weight / largest if largest > 0 and not is_missing(row.weight) else 0.25
        draw_square(
            canvas, plan.axis, row.estimate, y, max(side * math.sqrt(share), _SMALLEST_SQUARE)
        )


def _draw_pooled(canvas: Canvas, data: ForestData, plan: _Plan, top: float, edge: float) -> float:
    """Pooled row and prediction interval below `edge`; the y where the axis goes."""
    y = edge + 0.06 + style.ROW / 2
    canvas.text(plan.label_x, y, _pooled_label(data), bold=True, role="label")
    for arm, column in plan.arms:
        arm.draw(canvas, column, y, None)
    plan.estimates.draw(canvas, plan.numbers, y, data.pooled, bold=True)
    if plan.weight:
        canvas.text(plan.weight.right, y, "100.0%", "right", bold=True, role="number")
    draw_diamond(canvas, plan.axis, data.pooled, y)
    if not is_missing(data.estimate):
        canvas.line("pooled-line", plan.axis.x(data.estimate), top, plan.axis.x(data.estimate), y)
    if data.has_prediction:
        y += style.ROW
        canvas.text(plan.label_x, y, _prediction_label(data), role="label")
        prediction = (data.estimate, data.pi_low, data.pi_high)
        plan.estimates.draw(canvas, plan.numbers, y, prediction, show_estimate=False)
        draw_interval(canvas, plan.axis, data.pi_low, data.pi_high, y, "prediction")
    return y + style.ROW / 2 + 0.05


def _draw_judgement_legend(canvas: Canvas, data: ForestData, plan: _Plan, y: float) -> float:
    """What the signs of the judgements mean; the y below."""
    shown = plan.judged.columns
    if not shown:
        return y
    keys = judgement_keys(data.tool, [row.judgements for row in data.rows], shown)
    return draw_legend(canvas, keys, y + 0.1, plan.width)


def _notes(data: ForestData, plan: _Plan) -> list[str]:
    """Heterogeneity, test and model, risk of bias, and the caller's own note, a line each."""
    words = heterogeneity_words(data.tau2, data.i2, data.q, data.q_df, data.q_p)
    heterogeneity = f"Heterogeneity: {words}" if words else ""
    test = (
        f"Test of the pooled effect: {p_value(data.p_value)}. " if data.p_value is not None else ""
    )
    model = f"Model: {data.model}." if data.model else ""
    judged = plan.judged.columns
    risk = [f"Risk of bias by {note}" for note in domain_notes(data.tool, judged)] if judged else []
    return [heterogeneity, test + model, *risk, data.note]
