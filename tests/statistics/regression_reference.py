"""The meta-regressions of tests/reference/meta_regression as test cases."""

import json
from dataclasses import dataclass

import numpy as np
from metafor_reference import FOLDER


@dataclass(frozen=True)
class Model:
    """One model of one data set: the studies with complete moderators, and metafor's fits."""

    name: str
    yi: np.ndarray
    vi: np.ndarray
    x: np.ndarray
    terms: list
    fits: list

    @property
    def tau2_floor(self) -> float:
        return float(np.median(self.vi))


def documents(topic: str) -> dict[str, dict]:
    """The carried figures of a topic by data set."""
    paths = sorted((FOLDER / topic).glob("*.json"))
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}


def _models() -> list[Model]:
    models = []
    for dataset, document in documents("meta_regression").items():
        for model in document.get("metareg", []):
            rows = np.array(model["index_used"]) - 1
            models.append(
                Model(
                    name=f"{dataset} {model['label']}".replace(" (no intercept)", ""),
                    yi=np.array(document["yi"])[rows],
                    vi=np.array(document["vi"])[rows],
                    x=np.array(model["X_columns"], dtype=float).T,
                    terms=model["coefs"],
                    fits=model["fits"],
                )
            )
    return models


MODELS = {model.name: model for model in _models()}
# metafor 3.8-1 centres yi though there is no intercept to take the centre up: its QE, and every
# tau2 estimated from such residuals, are wrong there (what the test of that name shows).
NO_INTERCEPT = "bcg ~ ablat - 1"
# metafor refuses x2 = x1 + 1e-5 noise; here it is fitted, with a VIF that says so.
REFUSED = "ext_near_singular ~ x1 + x2"
FITS = [
    (model, fit)
    for model in MODELS.values()
    for fit in model.fits
    if model.name not in (NO_INTERCEPT, REFUSED)
]


def case_name(value) -> str:
    """A readable test id."""
    if isinstance(value, Model):
        return value.name
    return f"{value['method']}-{value['test']}" if isinstance(value, dict) else str(value)
