"""Say what moved since the newest snapshot, then take one of the results as they are now."""

import json
from pathlib import Path

from strataforest import history
from strataforest.changes import compare
from strataforest.errors import step
from strataforest.report.changes import COLUMNS, change_rows, changes_page, changes_text
from strataforest.results_state import is_same, state_of
from strataforest.tabular import write_json, write_rows, write_text


def main(results, keep, options, claims, output):
    """Write what moved and, last of all, the snapshot: a killed run is told by the next one."""
    if not claims:
        # Those of a run whose configuration still named some.
        for name in ("claims.csv", "claims_hold.txt"):
            (results / "audit" / name).unlink(missing_ok=True)
    write_json(output.options, options)
    folder = results / "history"
    taken = history.snapshots(folder)
    name, before, notes = history.newest_readable(taken)
    after = state_of(results)
    if before is not None and is_same(before, after):
        if not all(Path(path).is_file() for path in output):
            earlier, first, notes = history.newest_readable(taken[: taken.index(folder / name)])
            say(first, before, (earlier, name), notes, output)
        history.complete_snapshot(folder, name, before, after)
    else:
        new = history.snapshot_name(folder, after)
        say(before, after, (name, new), notes, output)
        history.add_snapshot(folder, new, after)
    history.prune(folder, keep)


def say(before, after, names, notes, output):
    """Write the table, the page and the text of what moved between two states."""
    changes = None if before is None else compare(before, after)
    names = tuple(name.removesuffix(".json") for name in names)
    write_rows(output.table, COLUMNS, change_rows(changes))
    write_text(output.page, changes_page(changes, names, notes))
    write_text(output.text, changes_text(changes, names, notes, str(output.table)))


if __name__ == "__main__":
    with step(snakemake.log[0]):
        main(
            results=Path(snakemake.output.table).parent.parent,
            keep=snakemake.params.keep,
            options=json.loads(snakemake.params.options),
            claims=snakemake.input.claims,
            output=snakemake.output,
        )
