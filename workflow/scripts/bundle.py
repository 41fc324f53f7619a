"""Pack the review, its results and the workflow into one archive."""

import json
from pathlib import Path

from strataforest.bundle import results_to_pack, write_bundle
from strataforest.errors import step


def main(sheets, workflow, config, archive):
    """Write the archive of the results it lies below."""
    review = {sheet: Path(sheet) for sheet in sheets}
    review |= results_to_pack(Path(archive).parent.parent)
    write_bundle(archive, workflow, review, config)


if __name__ == "__main__":
    with step(snakemake.log[0]):
        main(
            sheets=snakemake.params.sheets,
            workflow=json.loads(snakemake.params.workflow),
            config=snakemake.params.config,
            archive=snakemake.output[0],
        )
