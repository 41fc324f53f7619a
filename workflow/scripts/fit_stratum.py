"""Pool one stratum: all its numbers into one JSON file."""

from strataforest.errors import step
from strataforest.fit_of_file import fit_of, model_of
from strataforest.tabular import write_json

if __name__ == "__main__":
    with step(snakemake.log[0]):
        fit = fit_of(
            snakemake.input.effects,
            snakemake.input.by_preset,
            names={n: snakemake.wildcards[n] for n in ("analysis", "stratum")},
            **model_of(snakemake.params),
        )
        write_json(snakemake.output[0], fit)
