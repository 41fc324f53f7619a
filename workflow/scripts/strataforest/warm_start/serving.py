"""The process that has its imports done, and forks for each script handed over to it."""

import ast
import contextlib
import gc
import os
import runpy
import select
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from pathlib import Path

from strataforest.interruptions import quit_when_interrupted

_BEGUN = b"+"  # what at_start/sitecustomize.py waits for; a script's exit status follows
_LONGEST_REQUEST = 1 << 20  # bytes: the environment of a job, its script's name and folder


def serve(address: str, scripts: str) -> None:
    """Fork for every script that is handed over at `address`, until standard input closes.

    Imports in between what the scripts in the folder `scripts` import, so that the first one need
    not wait for all of it.
    """
    # Ctrl-C reaches the whole group: the run decides when this process ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    steps = _imports(Path(scripts))
    for _ in FIRST:
        next(steps)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(64)
        for _ in steps:
            if not _serve_all(listener, 0):
                break
        else:
            # What is there now stays: forks need not look through it for garbage.
            gc.freeze()
            _serve_all(listener, None)
    # A run that was killed has left its folder in /tmp.
    Path(address).unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        Path(address).parent.rmdir()


# In the order in which a run comes to them. A job that comes before the first are done, as reading
# does, runs by itself, which is quicker. A later one waits for the step that is on.
FIRST = ("snakemake.iocontainers", "snakemake.logging", "numpy", "scipy.special")
FIRST_SCRIPTS = ("compute_effects", "stratify", "fit_stratum")
THEN = ("matplotlib.figure", "matplotlib.backends.backend_pdf")


def _imports(scripts: Path) -> Iterator[None]:
    """Import what scripts import, one after another; what cannot be will say so in its own job."""
    others = sorted({path.stem for path in scripts.glob("*.py")} - set(FIRST_SCRIPTS))
    for step in (
        *(partial(import_module, name) for name in FIRST),
        *(partial(_import_of, scripts / f"{name}.py") for name in FIRST_SCRIPTS),
        *(partial(import_module, name) for name in THEN),
        _rehearse,
        *(partial(_import_of, scripts / f"{name}.py") for name in others),
    ):
        with contextlib.suppress(Exception):
            step()
        yield


def _import_of(script: Path) -> None:
    """Import what a script imports; under another name than __main__ it does nothing else."""
    runpy.run_path(str(script), run_name="imports")


def _rehearse() -> None:
    """Load the fonts and the page's template."""
    from strataforest.figures.save import rehearse
    from strataforest.report.page.render import page_template

    rehearse()
    page_template()


def _serve_all(listener: socket.socket, timeout: float | None) -> bool:
    """Fork for who asks until nobody does within the timeout; say whether the run goes on."""
    places = [listener.fileno(), sys.stdin.fileno()]
    while ready := select.select(places, [], [], timeout)[0]:
        if sys.stdin.fileno() in ready:
            return False
        _fork_for(listener)
    return True


def _fork_for(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        if os.fork() == 0:
            listener.close()
            _run(connection)


def _run(connection: socket.socket) -> None:
    """Do one job in the fork made for it; never returns."""
    status = 1
    try:
        quit_when_interrupted()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        request, descriptors = _received(connection)
        for place, descriptor in enumerate(descriptors):
            os.dup2(descriptor, place)
            os.close(descriptor)
        connection.sendall(_BEGUN)
        threading.Thread(target=_end_with, args=[connection], daemon=True).start()
        status = _status_of(**request)
        sys.stdout.flush()
        sys.stderr.flush()
        connection.sendall(bytes([status]))
    finally:
        os._exit(status)


def _received(connection: socket.socket) -> tuple[dict, list[int]]:
    text, descriptors, _, _ = socket.recv_fds(connection, _LONGEST_REQUEST, 3)
    while not text.endswith(b"\n"):
        more = connection.recv(_LONGEST_REQUEST)
        if not more:
            raise EOFError
        text += more
    return ast.literal_eval(text.decode()), descriptors


def _end_with(connection: socket.socket) -> None:
    """End this process once the one that handed the script over has gone: its job was killed."""
    with contextlib.suppress(OSError):
        while connection.recv(1):
            pass
    os._exit(1)


def _status_of(script: str, folder: str, environment: dict[str, str]) -> int:
    """Run a script as Python itself would, and return its exit status."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [script]
    sys.path.insert(0, str(Path(script).parent))
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0
