"""Run R scripts, and write those of fits made here."""

import json
import shutil
import subprocess

import pytest
from strataforest.exports.files import write_metafor
from strataforest.fits import Sensitivity, fit_stratum
from strataforest.presets import as_record, resolve
from strataforest.strata.stratum_effects import StratumEffects
from strataforest.tabular import plain


def has_metafor():
    if not shutil.which("Rscript"):
        return False
    command = ["Rscript", "-e", "stopifnot(requireNamespace('metafor'))"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


needs_metafor = pytest.mark.skipif(not has_metafor(), reason="needs R with metafor")

# Sources every script of a folder and writes the numbers that metafor gave.
COLLECT = """
scripts <- list.files(pattern = "[.]R$", recursive = TRUE)
rows <- lapply(setdiff(scripts, "all.R"), function(name) {
  place <- new.env()
  capture.output(source(name, local = place, chdir = TRUE))
  numbers <- place$comparison$metafor
  names(numbers) <- rownames(place$comparison)
  data.frame(script = name, t(numbers))
})
write.csv(do.call(rbind, rows), "numbers.csv", row.names = FALSE)
"""


def run_r(folder, *arguments, **options):
    """Run Rscript in a folder; return the finished process."""
    return subprocess.run(
        ["Rscript", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        **options,
    )


def stratum_of(yi, vi, measure="SMD", names=None, **people):
    """Return the effects of a stratum."""
    k = len(yi)
    names = names or [f"Trial{i}" for i in range(k)]
    absent = dict.fromkeys(("n_treat", "n_control", "n_total"), [None] * k)
    return StratumEffects(
        effect_id=[f"{name}|x" for name in names],
        study_id=list(names),
        measure=measure,
        favourable="positive",
        yi=yi,
        vi=vi,
        **(absent | people),
    )


def fit_of(effects, analysis, stratum, preset="metafor", **pooling):
    """Return a fit as it is read from its file."""
    chosen = resolve(preset, {}, pooling)
    named = {"analysis": analysis, "stratum": stratum, "made_by": "strataforest of the tests"}
    made = named | {"preset": as_record(chosen)}
    numbers = fit_stratum(effects, chosen, Sensitivity(), {})
    return json.loads(json.dumps(plain(made | numbers)))


def written(folder, fits, label="A stratum"):
    """Write the fits' scripts into a folder, and return it."""
    names = {(fit["analysis"], fit["stratum"]): label for fit in fits}
    write_metafor(folder, fits, names)
    return folder
