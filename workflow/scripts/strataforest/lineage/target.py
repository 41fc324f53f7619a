"""What a name comes to: one thing whose tree is asked for."""

from dataclasses import dataclass

from strataforest.tabular import Row


@dataclass(frozen=True)
class Target:
    """A stratum, a leave-one-out row of it, an effect, a scope of a meta-regression, or a trial.

    `omitted` are the effects that `row` of a leave-one-out table leaves out; `effect_id`, `model`
    (with its `scope`, domain and measure) and `study_id` are empty for a stratum. `note` says that
    the row asked for holds other numbers than the stratum's own.
    """

    analysis: str = ""
    stratum: str = ""
    omitted: tuple[str, ...] = ()
    row: Row | None = None
    effect_id: str = ""
    note: str = ""
    model: str = ""
    scope: tuple[str, str, str] = ("", "", "")
    study_id: str = ""
