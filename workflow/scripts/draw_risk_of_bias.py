"""Draw the risk of bias of all trials: the traffic light and the summary."""

from strataforest.errors import step
from strataforest.figures.judgement_bars import judgement_bars
from strataforest.figures.of_risk_of_bias import judged_trials, review_bars
from strataforest.figures.save import save_as
from strataforest.figures.traffic_light import traffic_light
from strataforest.risk_of_bias.tools import TOOLS
from strataforest.tabular import read_rows


def main(judged, tool, light, summary):
    """Write both figures in the format of each path."""
    rows = read_rows(judged, key="study_id")
    title = "Risk of bias in each trial"
    save_as(traffic_light(title, TOOLS[tool], judged_trials(rows, tool)), light)
    save_as(judgement_bars(review_bars(rows, tool, "Risk of bias across trials")), summary)


if __name__ == "__main__":
    with step(snakemake.log[0]):
        main(
            judged=snakemake.input[0],
            tool=snakemake.params.tool,
            light=snakemake.output.traffic_light,
            summary=snakemake.output.summary,
        )
