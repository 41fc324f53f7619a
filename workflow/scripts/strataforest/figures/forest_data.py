"""What a forest plot shows: its rows, their blocks, and what they pool to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from strataforest.formatting import is_missing
from strataforest.risk_of_bias.tools import Tool


@dataclass(frozen=True)
class ForestRow:
    """One study: people per arm, its effect with interval, its weight in percent, its events.

    Any number may be None; a study without an estimate is printed as not estimable. `judgements`
    are those of its risk of bias by the tool's columns.
    """

    label: str
    n_treat: float | None
    n_control: float | None
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    weight: float | None
    events_treat: float | None = None
    events_control: float | None = None
    judgements: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ForestGroup:
    """A block of `size` rows with its pooled effect, and what stands in small print below that.

    Without an estimate, the small print says why.
    """

    label: str
    size: int
    estimate: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    note: str = ""

    @property
    def pooled(self) -> tuple[float | None, float | None, float | None]:
        """The block's pooled estimate with its interval."""
        return self.estimate, self.ci_low, self.ci_high


@dataclass(frozen=True)
class ForestData:
    """A forest plot's content. With `ratio` all effects are logarithms, printed as ratios.

    `i2` is in percent; `level` is the confidence level; whatever is None is left out.
    """

    title: str
    measure: str
    rows: Sequence[ForestRow]
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    pi_low: float | None
    pi_high: float | None
    tau2: float | None
    i2: float | None
    q: float | None
    q_df: float | None
    q_p: float | None
    p_value: float | None
    level: float = 0.95
    model: str = "REML, z"
    left_label: str = "Favours control"
    right_label: str = "Favours intervention"
    ratio: bool = False
    note: str = ""
    treat_header: str = "Intervention"
    control_header: str = "Control"
    # False where the same people stand in several rows: their sum would count them twice.
    show_totals: bool = True
    # With a tool, the rows' judgements of risk of bias stand beside them.
    tool: Tool | None = None
    # Blocks of the rows, in their order; none for a plain list.
    groups: Sequence[ForestGroup] = ()

    @property
    def pooled(self) -> tuple[float | None, float | None, float | None]:
        """The pooled estimate with its interval."""
        return self.estimate, self.ci_low, self.ci_high

    @property
    def has_prediction(self) -> bool:
        """Whether there is a prediction interval to draw."""
        return not is_missing(self.pi_low) and not is_missing(self.pi_high)
