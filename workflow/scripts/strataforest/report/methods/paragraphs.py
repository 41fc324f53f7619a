"""The methods of a review, paragraph by paragraph, each under its heading."""

import sys
from importlib.metadata import version

from strataforest import __version__
from strataforest.report.methods.choosing import choosing
from strataforest.report.methods.effect_sizes import effect_sizes
from strataforest.report.methods.further import bias, regression, sensitivity, small_study
from strataforest.report.methods.made import Made
from strataforest.report.methods.pooling import pooling

LIBRARIES = {"numpy": "NumPy", "scipy": "SciPy", "snakemake": "Snakemake"}


def software() -> str:
    """Return the versions that the numbers depend on."""
    python = f"Python {sys.version_info.major}.{sys.version_info.minor}"
    parts = [python, *(f"{label} {version(name)}" for name, label in LIBRARIES.items())]
    return f"strataforest {__version__} ({', '.join(parts)})"


def methods_paragraphs(made: Made) -> list[tuple[str, str]]:
    """Return (heading, paragraph) of everything that was done; what was not done has none."""
    registered = f"The review is registered: {made.registration}. " if made.registration else ""
    found = [
        ("Selection of effects", registered + choosing(made)),
        ("Effect sizes", effect_sizes(made)),
        ("Risk of bias", bias(made)),
        ("Pooling", pooling(made)),
        ("Sensitivity analyses", sensitivity(made)),
        ("Small-study effects", small_study(made)),
        ("Meta-regression", regression(made)),
        ("Software", f"Computed with {software()}."),
    ]
    return [(heading, text) for heading, text in found if text]
