"""Our kernel and its peers behind one interface: a task done n times, its seconds, its numbers.

A program has `name`, `version`, `tasks` (what it can do) and `measure(task, n)`. Tasks:
many (n meta-analyses with all results), leave_one_out, influence, meta_regression (n = 1).
"""

import importlib.metadata
import importlib.util
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "workflow" / "scripts"))

# A task shorter than this is repeated until it is long enough for the clock.
SHORTEST = 0.05


@dataclass(frozen=True)
class Data:
    """One data set per task: yi and vi (B, k) by task, and the moderators (k, 2)."""

    yi: Mapping[str, np.ndarray]
    vi: Mapping[str, np.ndarray]
    moderators: np.ndarray

    def of(self, task: str, rows: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return yi and vi of a task: the first `rows` rows, or its only one as vectors."""
        if rows is None:
            return self.yi[task][0], self.vi[task][0]
        return self.yi[task][:rows], self.vi[task][:rows]


class PythonProgram:
    """A program that runs in this interpreter: a function of n per task."""

    def __init__(self, name: str, version: str, tasks: Mapping[str, Callable]) -> None:
        self.name, self.version, self.tasks = name, version, tasks

    def measure(self, task: str, n: int) -> tuple[float, np.ndarray]:
        """Return the seconds of one pass over the task and the numbers it gave."""
        passes, started = 0, time.perf_counter()
        while True:
            numbers = self.tasks[task](n)
            passes += 1
            seconds = time.perf_counter() - started
            if seconds > SHORTEST:
                return seconds / passes, np.asarray(numbers, dtype=float).ravel()

    def close(self) -> None:
        """Nothing to end."""


class Metafor:
    """One R process that waits for tasks, so that R's start is not timed."""

    name = "metafor"
    tasks = ("many", "leave_one_out", "influence", "meta_regression")

    def __init__(self, folder: Path) -> None:
        command = ["Rscript", "--vanilla", str(HERE / "metafor.R"), str(folder)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        self.version = self._line().removeprefix("metafor ")

    def measure(self, task: str, n: int) -> tuple[float, np.ndarray]:
        """Return the seconds of one pass over the task and the numbers it gave."""
        self._process.stdin.write(f"{task} {n}\n")
        self._process.stdin.flush()
        seconds = float(self._line())
        numbers = self._line().replace("NA", "nan").split()
        return seconds, np.array(numbers, dtype=float)

    def close(self) -> None:
        """End the R process."""
        self._process.stdin.close()
        self._process.wait()

    def _line(self) -> str:
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("metafor.R ended; its message stands above")
        return line.strip()


def ours(data: Data) -> PythonProgram:
    """Return our kernel; a module that is not in the package leaves its task out."""
    from strataforest.heterogeneity import heterogeneity, prediction_interval
    from strataforest.pooling import pool
    from strataforest.sensitivity import leave_one_out

    def many(n: int) -> np.ndarray:
        yi, vi = data.of("many", n)
        fit = pool(yi, vi)
        heterogeneity(yi, vi, fit.tau2)
        prediction_interval(fit.estimate, fit.se, fit.tau2, fit.k)
        return fit.estimate

    tasks = {
        "many": many,
        "leave_one_out": lambda n: leave_one_out(*data.of("leave_one_out")).estimate,
    }
    if _is_there("strataforest.diagnostics.influence"):
        from strataforest.diagnostics.influence import influence

        tasks["influence"] = lambda n: influence(*data.of("influence")).rstudent
    if _is_there("strataforest.meta_regression.mixed_model"):
        from strataforest.meta_regression.mixed_model import fit_meta_regression

        x = np.column_stack([np.ones(len(data.moderators)), data.moderators])
        fit = fit_meta_regression
        tasks["meta_regression"] = lambda n: fit(*data.of("meta_regression"), x).b
    return PythonProgram("strataforest", _version("strataforest"), tasks)


def pymare(data: Data) -> PythonProgram:
    """Return PyMARE: many meta-analyses, and leave-one-out, as its parallel data sets."""
    from pymare import Dataset
    from pymare.estimators import VarianceBasedLikelihoodEstimator

    def fit(yi, vi, x=None):
        # Its data sets are columns; add_intercept adds the column of ones.
        estimator = VarianceBasedLikelihoodEstimator(method="REML")
        return estimator.fit_dataset(Dataset(yi, vi, X=x, add_intercept=True)).summary()

    def many(n: int) -> np.ndarray:
        yi, vi = data.of("many", n)
        result = fit(yi.T, vi.T)
        result.get_re_stats()
        result.get_heterogeneity_stats()
        return result.get_fe_stats()["est"]

    def leave_one_out(n: int) -> np.ndarray:
        yi, vi = data.of("leave_one_out")
        kept = ~np.eye(len(yi), dtype=bool)
        without = [np.stack([part[mask] for mask in kept], axis=1) for part in (yi, vi)]
        result = fit(*without)
        result.get_heterogeneity_stats()
        return result.get_fe_stats()["est"]

    def meta_regression(n: int) -> np.ndarray:
        yi, vi = data.of("meta_regression")
        return fit(yi[:, None], vi[:, None], data.moderators).get_fe_stats()["est"]

    tasks = {"many": many, "leave_one_out": leave_one_out, "meta_regression": meta_regression}
    return PythonProgram("PyMARE", _version("pymare"), tasks)


def pymetaanalysis(data: Data) -> PythonProgram:
    """Return PyMetaAnalysis, imported as meta_analyze."""
    import meta_analyze
    import pandas

    def fit(yi, vi):
        return meta_analyze.meta_analysis(effect=yi, variance=vi, tau2_method="REML")

    def many(n: int) -> list[float]:
        estimates = []
        for yi, vi in zip(*data.of("many", n), strict=True):
            result = fit(yi, vi)
            result.tau2_confidence_interval()
            _ = result.prediction_interval
            estimates.append(result.estimate)
        return estimates

    def leave_one_out(n: int):
        result = fit(*data.of("leave_one_out")).leave_one_out()
        return result.to_dataframe()["estimate"]

    yi, vi = data.of("meta_regression")
    frame = pandas.DataFrame(data.moderators, columns=["x1", "x2"]).assign(yi=yi, vi=vi)

    def meta_regression(n: int):
        fitted = meta_analyze.meta_regression(
            frame, effect="yi", variance="vi", moderators=["x1", "x2"], tau2_method="REML"
        )
        return fitted.coefficients["estimate"]

    tasks = {"many": many, "leave_one_out": leave_one_out, "meta_regression": meta_regression}
    return PythonProgram("PyMetaAnalysis", _version("PyMetaAnalysis"), tasks)


def peers(data: Data, folder: Path) -> list:
    """Return the other programs that are installed."""
    found = []
    if shutil.which("Rscript") and _has_metafor():
        found.append(Metafor(folder))
    if _is_there("pymare"):
        found.append(pymare(data))
    if _is_there("meta_analyze"):
        found.append(pymetaanalysis(data))
    return found


def _has_metafor() -> bool:
    code = "quit(status = !requireNamespace('metafor', quietly = TRUE))"
    return subprocess.run(["Rscript", "--vanilla", "-e", code], check=False).returncode == 0


def _is_there(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "(from the source tree)"
