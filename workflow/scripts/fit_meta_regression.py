"""Fit one declared meta-regression: over all continuous effects, and in each domain."""

import json
from pathlib import Path

from strataforest.errors import step
from strataforest.meta_regression.moderation import ModelSpec, check_references, fit_moderation
from strataforest.meta_regression.scopes import scopes_of
from strataforest.presets import as_record, resolve
from strataforest.provenance import sha256, version
from strataforest.tabular import read_rows, write_json


def main(strata, covariates, declared, domains, preset, permutations, output):
    """Write one model's fits, a list of scopes."""
    spec = ModelSpec(
        declared["name"],
        tuple(declared["moderators"]),
        tuple(declared["factors"]),
        declared["references"],
    )
    files = {
        Path(effects).stem: (
            read_rows(effects, key="effect_id"),
            read_rows(described, key="effect_id"),
        )
        for effects, described in zip(strata, covariates, strict=True)
    }
    scopes = list(scopes_of(files, declared["scope"], domains))
    check_references([effects for _, effects in scopes], spec)
    fits = [
        names | fit_moderation(effects, spec, preset.pooling, preset.regression, permutations)
        for names, effects in scopes
    ]
    origin = {path: sha256(path) for path in (*strata, *covariates)}
    names = {"name": spec.name, "moderators": spec.moderators, "made_by": version()}
    digests = {"inputs": sorted(origin.values()), "preset": as_record(preset)}
    write_json(output, names | digests | {"scopes": fits})


if __name__ == "__main__":
    with step(snakemake.log[0]):
        main(
            strata=snakemake.input.strata,
            covariates=snakemake.input.covariates,
            declared=json.loads(snakemake.params.declared),
            domains=json.loads(snakemake.params.domains),
            preset=resolve(
                snakemake.params.preset,
                json.loads(snakemake.params.effect_size),
                json.loads(snakemake.params.pooling),
            ),
            permutations=snakemake.params.permutations,
            output=snakemake.output[0],
        )
