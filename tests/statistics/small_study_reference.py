"""The figures of tests/reference on small-study effects, as test cases."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parents[1] / "reference"


@dataclass(frozen=True)
class Funnel:
    """One data set and metafor's figures of its funnel."""

    name: str
    yi: np.ndarray
    vi: np.ndarray
    ni: np.ndarray | None
    figures: dict


def _load() -> list[Funnel]:
    cases = []
    for path in sorted((FOLDER / "small_study").glob("*.json")):
        figures = json.loads(path.read_text(encoding="utf-8"))
        ni = figures.get("ni")
        cases.append(
            Funnel(
                name=figures["dataset"],
                yi=np.array(figures["yi"], dtype=float),
                vi=np.array(figures["vi"], dtype=float),
                ni=None if ni is None or None in ni else np.array(ni, dtype=float),
                figures=figures,
            )
        )
    return cases


FUNNELS = _load()
BY_NAME = {case.name: case for case in FUNNELS}


def stored(folder: str) -> dict:
    """The figures that R made for one test module; `program` and the calls are in the file."""
    return json.loads((FOLDER / folder / "figures.json").read_text(encoding="utf-8"))


def label(value) -> str:
    """A readable test id for a data set, or for one row of its figures."""
    if isinstance(value, Funnel):
        return value.name
    if isinstance(value, dict):
        words = ("model", "method", "test", "estimator", "side_asked", "predictor")
        return "-".join(str(value[word]) for word in words if word in value)
    return str(value)
