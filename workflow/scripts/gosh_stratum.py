"""Pool all subsets of one stratum (GOSH): their summary, and their figure in every format."""

from strataforest.warm_start import hand_over

hand_over()  # before the imports that take long


import json
from pathlib import Path

import numpy as np
from strataforest.diagnostics.gosh import gosh
from strataforest.diagnostics.sections import gosh_summary
from strataforest.errors import step
from strataforest.figures.gosh import gosh_plot
from strataforest.figures.of_diagnostics import gosh_data
from strataforest.figures.save import save
from strataforest.fit_files import fit_in
from strataforest.tabular import write_json


def main(fit, title, labels, output):
    """Write the summary and the figures of one fit's subsets."""
    yi, vi = (np.array(fit["studies"][name]) for name in ("yi", "vi"))
    model = fit["preset"]["pooling"]
    subsets = gosh(yi, vi, tau2_method=model["tau2"], ci=model["ci"], i2=model["i2"])
    figures = [Path(path) for path in output.figures]
    plot = gosh_plot(gosh_data(fit, subsets, title, labels))
    save(plot, figures[0].with_suffix(""), [path.suffix[1:] for path in figures])
    summary = gosh_summary(subsets, fit["pooled"]["estimate"], model["level"])
    write_json(output.summary, summary)


if __name__ == "__main__":
    with step(snakemake.log[0]):
        main(
            fit=fit_in(snakemake.input[0], **snakemake.wildcards),
            title=snakemake.params.title,
            labels=json.loads(snakemake.params.labels),
            output=snakemake.output,
        )
