# ruff: noqa: PTH100, PTH109, PTH120 - pathlib takes longer to import than all this takes to run.
"""What Python does first in a job of a run with a warm process: it hands its script over.

The run puts this folder on the jobs' PYTHONPATH. Where nothing is to be handed over, Python starts
as it would without this file, with the `sitecustomize` that stands behind it, if there is one.
"""

import os
import sys

ADDRESS = "STRATAFOREST_WARM_START"
BEGUN = b"+"  # what a fork says before it runs a script; its exit status is the next byte


def hand_over(script: str) -> None:
    """Run a script in a fork of the warm process and exit as it did; return where there is none."""
    address, _, prefix = os.environ.get(ADDRESS, "").partition("|")
    if prefix != sys.prefix:
        return
    import socket

    own = {name: value for name, value in os.environ.items() if name != ADDRESS}
    # No JSON: its import takes as long as all the rest.
    request = repr({"script": script, "folder": os.getcwd(), "environment": own}).encode() + b"\n"
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(address)
            connection.sendall(request[socket.send_fds(connection, [request], [0, 1, 2]) :])
            if connection.recv(1) != BEGUN:
                return
        except OSError:
            return
        os._exit(_status_from(connection))


def _status_from(connection) -> int:
    try:
        if status := connection.recv(1):
            return status[0]
    except OSError:
        pass
    print("ERROR  the job was killed before it was done", file=sys.stderr, flush=True)
    return 1


def _what_stands_behind() -> None:
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    here = os.path.dirname(os.path.abspath(__file__))
    spec = PathFinder.find_spec(__name__, [path for path in sys.path if path != here])
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(module_from_spec(spec))


# A script of Snakemake's, and nothing else that Python is started for.
if len(sys.argv) == 1 and os.path.dirname(sys.argv[0]).endswith("/.snakemake/scripts"):
    hand_over(sys.argv[0])
_what_stands_behind()
