"""Write a workbook to extract a review's trials into, made from its configuration."""

import json

from strataforest.errors import step
from strataforest.sheets.template_workbook import write_template

if __name__ == "__main__":
    with step(snakemake.log[0]):
        write_template(
            snakemake.output[0],
            title=snakemake.params.title,
            domains=dict(json.loads(snakemake.params.domains)),
            indicators=json.loads(snakemake.params.indicators),
            tool=snakemake.params.tool,
            named=snakemake.params.named,
        )
