"""A review computed again with other cells: exactly what a run on those cells would pool.

Everything goes the way of the data: effects, selection, strata and pooling are computed again by
the code that computes the review, for the trial concerned and the strata that its effects move.
Strata are pooled one by one, not as a padded batch: a padded sum may differ in the last digit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from strataforest.effects.compute import compute_effects
from strataforest.effects.effect_rows import EFFECT_COLUMNS
from strataforest.effects.multi_arm import MultiArm
from strataforest.heterogeneity import prediction_interval
from strataforest.models import Conversions, EffectSizeModel, PoolingModel
from strataforest.pooling import pool
from strataforest.selection import SelectionRule
from strataforest.strata import stratification
from strataforest.strata.grouping import Analysis, Stratum
from strataforest.strata.stratum_effects import effects_of
from strataforest.tabular import Row, as_read

POOLED = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")
Key = tuple[str, str]


@dataclass(frozen=True)
class Method:
    """How records become pooled results: the config's choices.

    `domains` and `indicators` are the config's by name; `analyses` are in its order.
    """

    domains: Mapping[str, Mapping]
    indicators: Mapping[str, Mapping]
    effect_size: EffectSizeModel
    conversions: Conversions
    arms: MultiArm
    selection: SelectionRule
    analyses: Sequence[Analysis]
    min_effects: int
    pooling: PoolingModel


@dataclass(frozen=True)
class State:
    """Effects (of the trial concerned), the selected ones of all trials, the strata by name."""

    effects: list[Row]
    selected: list[dict]
    strata: Mapping[Key, Stratum]


@dataclass
class Review:
    """The records and studies of a review as decided, and what its method makes of them."""

    records: Sequence[Row]
    studies: Sequence[Row]
    method: Method
    _pooled: dict = field(default_factory=dict, repr=False)

    @cached_property
    def base(self) -> State:
        """The review as it stands."""
        return self.state(self.records, self.studies, None)

    def state(self, records: Sequence[Row], studies: Sequence[Row], trial: str | None) -> State:
        """Return what these sheets come to; only `trial` differs from the base, None if all may.

        Raises ReviewError where selection would end in a tie.
        """
        method = self.method
        if method.conversions.borrow_sd:
            trial = None  # every trial may lend its SDs to any other
        own = [row for row in records if trial is None or row["study_id"] == trial]
        found, _ = compute_effects(
            *(own, studies, method.domains, method.indicators),
            *(method.effect_size, method.conversions, method.arms),
        )
        effects = as_read(EFFECT_COLUMNS, found)
        by_id = {row["study_id"]: row for row in studies}
        decisions = stratification.decide(effects, by_id, method.selection)
        selected = stratification.selected_effects(effects, decisions, by_id)
        if trial is not None:
            selected += [e for e in self.base.selected if e["study_id"] != trial]
        types = {name: domain["type"] for name, domain in method.domains.items()}
        strata, _ = stratification.build_strata(
            selected, method.analyses, types, method.min_effects
        )
        return State(effects, selected, {(s.analysis, s.stratum): s for s in strata})

    def pooled(self, stratum: Stratum | None) -> dict[str, str]:
        """Return status, k and pooled numbers of a stratum as text, empty where there are none."""
        k = str(len(stratum.effects) if stratum else 0)
        if stratum is None or stratum.status != "pooled":
            return dict.fromkeys((*POOLED, "se"), "") | {"status": "not_estimable", "k": k}
        rows = effects_of(stratum.effects)
        key = (rows.yi.tobytes(), rows.vi.tobytes())
        if key not in self._pooled:
            self._pooled[key] = _pool(rows.yi, rows.vi, self.method.pooling)
        return self._pooled[key] | {"status": "pooled", "k": k}


def _pool(yi, vi, model: PoolingModel) -> dict[str, str]:
    fitted = pool(yi, vi, tau2_method=model.tau2, ci=model.ci, level=model.level)
    low, high = prediction_interval(
        fitted.estimate, fitted.se, fitted.tau2, fitted.k, model.prediction, model.level
    )
    numbers = {name: getattr(fitted, name)[0] for name in ("estimate", "se", "ci_low", "ci_high")}
    numbers |= {"pi_low": low[0], "pi_high": high[0]}
    return as_read(tuple(numbers), [numbers])[0]
