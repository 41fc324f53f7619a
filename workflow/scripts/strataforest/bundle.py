"""One archive with everything a review was made from and came to, that runs again elsewhere."""

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path

from strataforest.tabular import replacing

# What differs from run to run or is the archive itself; the rest must come out byte by byte.
NOT_PACKED = ("history", "changes", "bundle")
# A zip knows no time before this one; a fixed time keeps the archive's bytes those of its content.
EPOCH = (1980, 1, 1, 0, 0, 0)
HOW_TO = """\
# A packed review

`strataforest/` is the workflow, `review/` the sheets, the configuration and the results.
`review/SHA256SUMS` holds the digest of every file of `review/`.

To run it again from nothing and compare (Python 3.11 or newer, in this folder):

    python3 -m venv .venv && . .venv/bin/activate
    pip install -c strataforest/constraints.txt -e strataforest
    rm -r review/results
    snakemake -s strataforest/Snakefile -d review --configfile review/config.yaml --cores 4
    cd review && sha256sum -c SHA256SUMS
"""


def results_to_pack(results: str | Path) -> dict[str, Path]:
    """Return the files of a results folder that a run gives again, by place in the archive."""
    results = Path(results)
    files = sorted(path for path in results.rglob("*") if path.is_file())
    packed = {}
    for path in files:
        parts = path.relative_to(results).parts
        # Hidden are Snakemake's time stamps and what a run keeps aside while it works.
        if parts[0] not in NOT_PACKED and not any(part.startswith(".") for part in parts):
            packed["/".join(("results", *parts))] = path
    return packed


def write_bundle(
    path: str | Path, workflow: Mapping[str, Path], review: Mapping[str, Path], config: str
) -> None:
    """Write the archive: `workflow` and `review` give files by their place, `config` is YAML.

    Entries are sorted and without times, so that the same content gives the same bytes. Raises
    OSError naming the archive where it cannot be written.
    """
    content = {f"review/{name}": file.read_bytes() for name, file in review.items()}
    content["review/config.yaml"] = config.encode("utf-8")
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(content.items())}
    sums = "".join(f"{sha}  {name.removeprefix('review/')}\n" for name, sha in digests.items())
    content["review/SHA256SUMS"] = sums.encode("utf-8")
    content["README.md"] = HOW_TO.encode("utf-8")
    content |= {f"strataforest/{name}": Path(file).read_bytes() for name, file in workflow.items()}
    with replacing(path) as partial, zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(content):
            archive.writestr(zipfile.ZipInfo(name, EPOCH), content[name], zipfile.ZIP_DEFLATED)
