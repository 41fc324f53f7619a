"""Draw one stratum: its forest plot, and what asks how far to trust it, in every format."""

import json
import shutil
from pathlib import Path

from strataforest.diagnostics.sections import cumulative_of_fit, gosh_of_fit, gosh_summary
from strataforest.errors import step
from strataforest.figures import of_diagnostics, of_leave_one_out, of_stratum
from strataforest.figures.baujat import baujat_plot
from strataforest.figures.cumulative import cumulative_plot
from strataforest.figures.forest import forest_plot
from strataforest.figures.funnel import funnel_plot
from strataforest.figures.gosh import gosh_plot
from strataforest.figures.influence import influence_plot
from strataforest.figures.judgement_bars import judgement_bars
from strataforest.figures.leave_one_out import leave_one_out_plot
from strataforest.figures.of_risk_of_bias import has_judgements, stratum_bars
from strataforest.figures.presets import presets_plot
from strataforest.figures.save import save
from strataforest.fit_files import fit_in
from strataforest.tabular import write_json


def main(fit, years, risk, about, formats, folder, summary=None):
    """Write the figures of one fit into a folder that is there only once it is complete.

    Snakemake does not notice an unfinished folder behind a checkpoint: after a kill it would stay.
    With a place for their `summary`, all subsets (GOSH) are pooled and drawn too.
    """
    partial = Path(f"{folder}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    for name, figure in figures(fit, years, risk, **about):
        save(figure, partial / name, formats)
    if summary:
        subsets = gosh_of_fit(fit)
        summed = gosh_summary(subsets, fit["pooled"]["estimate"], fit["preset"]["pooling"]["level"])
        data = of_diagnostics.gosh_data(fit, subsets, **about, study=summed["split_index"])
        save(gosh_plot(data), partial / "gosh", formats)
        write_json(summary, summed)
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


def figures(fit, years, risk, title, labels):
    """Yield the name and the figure of everything that a stratum's fit can show.

    `risk` holds the judgements of risk of bias by trial, and the tool they were made with.
    """
    about = (fit, title, labels)
    yield "forest", forest_plot(of_stratum.forest_data(*about, *risk))
    yield "leave_one_out", leave_one_out_plot(of_leave_one_out.leave_one_out_data(*about))
    yield "influence", influence_plot(of_diagnostics.influence_data(*about))
    yield "baujat", baujat_plot(of_diagnostics.baujat_data(*about))
    if fit["small_study"]["funnel"]:
        yield "funnel", funnel_plot(of_diagnostics.funnel_data(*about))
    section = cumulative_of_fit(fit, years)
    yield "cumulative", cumulative_plot(of_diagnostics.cumulative_data(fit, section, *about[1:]))
    yield "presets", presets_plot(of_diagnostics.presets_data(fit, fit["presets"], title))
    if has_judgements(*risk):
        yield "risk_of_bias", judgement_bars(stratum_bars(fit, *risk, title))


if __name__ == "__main__":
    with step(snakemake.log[0]):
        main(
            fit=fit_in(snakemake.input[0], **snakemake.wildcards),
            years=json.loads(snakemake.params.years),
            risk=(json.loads(snakemake.params.judged), snakemake.params.tool),
            about={
                "title": snakemake.params.title,
                "labels": json.loads(snakemake.params.labels),
            },
            formats=snakemake.params.formats,
            folder=snakemake.output.folder,
            summary=snakemake.output.gosh if snakemake.params.gosh else None,
        )
