"""Jobs that skip their imports: one process has them done, and forks for each script handed to it.

Importing scipy and matplotlib takes longer than most jobs work. A run therefore starts one process
that imports what the scripts import (`serve`, started in rules/common/warm_start.smk). Each script
asks it, before its own imports, to run the script in a fork of itself (`hand_over`). Snakemake sees
the same job: the same script, files, terminal and exit status. Where there is no such process (a
cluster node, another environment, an imported module, another system than Linux), or
STRATAFOREST_WARM_START is `off`, a script imports for itself and does the same work.
"""

import contextlib
import gc
import json
import os
import runpy
import select
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

from strataforest.interruptions import quit_when_interrupted

ADDRESS = "STRATAFOREST_WARM_START"
_BEGUN = b"+"  # what a fork says before it runs a script; its exit status is the next byte
_LONGEST_REQUEST = 1 << 20  # bytes: the environment of a job, its script's name and folder


def hand_over() -> None:
    """Run the calling script in a fork of the warm process, and exit as it did.

    Returns where there is no such process: then the script goes on by itself. Called first of all,
    before imports that take long.
    """
    quit_when_interrupted()
    address, prefix = _address()
    if prefix != sys.prefix:
        return
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(address)
            request = {"script": sys.argv[0], "folder": str(Path.cwd()), "environment": _own()}
            text = json.dumps(request).encode() + b"\n"
            connection.sendall(text[socket.send_fds(connection, [text], [0, 1, 2]) :])
            if connection.recv(1) != _BEGUN:
                return
        except OSError:
            return
        os._exit(_status_from(connection))


def _status_from(connection: socket.socket) -> int:
    with contextlib.suppress(OSError):
        if status := connection.recv(1):
            return status[0]
    print("ERROR  the job was killed before it was done", file=sys.stderr)
    return 1


def _address() -> tuple[str, str]:
    address, _, prefix = os.environ.get(ADDRESS, "").partition("|")
    return address, prefix


def _own() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != ADDRESS}


def serve(address: str, scripts: str) -> None:
    """Fork for every script that is handed over at `address`, until standard input closes.

    Imports in between what the scripts in the folder `scripts` import, so that the first one need
    not wait for all of it.
    """
    # Ctrl-C reaches the whole group: the run decides when this process ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(64)
        for _ in _imports(Path(scripts)):
            while listener.fileno() in _ready(listener, 0):
                _fork_for(listener)
        # What is there now stays: forks need not look through it for garbage.
        gc.freeze()
        while sys.stdin.fileno() not in (ready := _ready(listener, None)):
            if ready:
                _fork_for(listener)


# The name that a script runs under where only its imports are wanted, instead of __main__.
IMPORTS = "imports"
# Begun with what a run comes to first; the others follow. (The effects come too early to wait.)
FIRST = ("fit_stratum", "draw_stratum")


def _imports(scripts: Path) -> Iterator[None]:
    """Do the imports of one script after another."""
    for module in ("snakemake.iocontainers", "snakemake.logging"):
        with contextlib.suppress(Exception):
            __import__(module)
    others = {path.stem for path in scripts.glob("*.py")} - set(FIRST)
    for name in [*FIRST, *sorted(others)]:
        # What does not import here will say so in its own job.
        with contextlib.suppress(Exception):
            runpy.run_path(str(scripts / f"{name}.py"), run_name=IMPORTS)
        yield


def _ready(listener: socket.socket, timeout: float | None) -> Sequence[int]:
    return select.select([listener.fileno(), sys.stdin.fileno()], [], [], timeout)[0]


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
    return json.loads(text), descriptors


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
