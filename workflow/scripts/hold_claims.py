"""End a run badly, all its results made, where a claim of the manuscript does not hold."""

from strataforest.claims.holding import broken_claims, said
from strataforest.errors import ReviewError, step
from strataforest.tabular import read_rows, write_text


def main(claims, output):
    """Write that all claims hold, or raise with each that does not."""
    rows = read_rows(claims, key="status")
    broken = broken_claims(rows)
    if broken:
        raise ReviewError(broken)
    write_text(output, f"Claims: {said(rows)}\n")


if __name__ == "__main__":
    with step(snakemake.log[0]):
        main(claims=snakemake.input.claims, output=snakemake.output[0])
