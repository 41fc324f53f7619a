"""The figures of tests/reference as test cases, and how close ours must come."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parents[1] / "reference"
RELATIVE = 1e-8
# metafor's test names and ours.
CI_METHODS = {"z": "z", "knha": "hksj", "adhoc": "hksj_adhoc"}
# Two maxima of the restricted likelihood, of which metafor's iterations stop on the lower: its
# REML figures are wrong there, and reml_global is the reference.
METAFOR_ON_LOWER_MAXIMUM = {"ext_bimodal1", "ext_bimodal2"}


@dataclass(frozen=True)
class Case:
    """One analysis of one data set."""

    name: str
    dataset: str
    yi: np.ndarray
    vi: np.ndarray
    figures: dict

    @property
    def tau2_floor(self) -> float:
        """tau2 is known relative to the sampling variances, not to itself: it may be 0."""
        return float(np.median(self.vi))


def _load() -> list[Case]:
    cases = []
    for path in sorted(FOLDER.glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        for figures in document["analyses"]:
            cases.append(
                Case(
                    name=f"{document['dataset']}-{figures['measure'].replace(' ', '_')}",
                    dataset=document["dataset"],
                    yi=np.array(figures["yi"], dtype=float),
                    vi=np.array(figures["vi"], dtype=float),
                    figures=figures,
                )
            )
    return cases


CASES = _load()
BY_NAME = {case.name: case for case in CASES}
FITS = [
    (case, fit)
    for case in CASES
    for fit in case.figures["fits"]
    if not (case.dataset in METAFOR_ON_LOWER_MAXIMUM and fit["method"] == "REML")
]


def fit_name(value) -> str:
    """A readable test id for a case or a fit."""
    if isinstance(value, Case):
        return value.name
    if isinstance(value, dict):
        return f"{value['method']}-{value['test']}"
    raise TypeError(type(value))


def assert_close(ours, reference, floor: float = 0.0, relative: float = RELATIVE) -> None:
    """Equal (infinities too), or within `relative` of |reference| + floor. NaN always fails."""
    reference = np.array(reference, dtype=float)
    ours = np.asarray(ours, dtype=float).reshape(reference.shape)
    near = np.array(ours == reference)
    finite = np.isfinite(ours) & np.isfinite(reference)
    allowed = relative * (np.abs(reference[finite]) + floor)
    near[finite] |= np.abs(ours[finite] - reference[finite]) <= allowed
    assert near.all(), f"ours {ours[~near]}, reference {reference[~near]}"
