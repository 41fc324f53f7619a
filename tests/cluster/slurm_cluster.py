"""A real SLURM for the tests: munged, slurmctld and some slurmd on loopback, all below one folder.

Every process can be told by what it inherits: jobs by a mark in their environment, daemons and the
steps that slurmd starts by the folder that they run in. So a node's processes can be killed as a
power cut would, and none is left behind for want of a pid file.
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from slurm_configuration import configuration

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "scancel", "squeue", "sinfo")
SBIN = "/usr/sbin:/sbin"
MARK = "STRATAFOREST_TEST_CLUSTER"
# What a row of `jobs` tells, by squeue's names for it.
COLUMNS = {
    "id": "%i",
    "state": "%T",
    "partition": "%P",
    "cpus": "%C",
    "memory": "%m",
    "time": "%l",
    "node": "%N",
    "account": "%a",
    "comment": "%k",
}


def missing_programs():
    """Return which of SLURM's programs this machine has not."""
    path = f"{os.environ['PATH']}:{SBIN}"
    return [name for name in PROGRAMS if shutil.which(name, path=path) is None]


def wait_until(condition, seconds, what):
    """Return what `condition` comes to once it is true; say what did not happen in time."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not happen within {seconds} s")
        time.sleep(0.1)
    return found


def surroundings():
    """Return where each process runs and the environment it began with, by pid.

    Steps have no environment to see: slurmstepd writes its title over it.
    """
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            place = (process / "cwd").readlink()
            found[int(process.name)] = place, (process / "environ").read_bytes().split(b"\0")
    return found


class Cluster:
    """A running cluster; a context manager that leaves neither a process nor a file."""

    def __init__(self, nodes=2, cpus=4, memory=8000):
        self.nodes = [f"n{number}" for number in range(1, nodes + 1)]
        # Sockets want a short path.
        self.folder = Path(tempfile.mkdtemp(prefix="sf-slurm-", dir="/tmp"))
        self.size = (nodes, cpus, memory)
        self.daemons = []
        self.user = pwd.getpwuid(os.getuid()).pw_name
        self.environment = os.environ | {
            MARK: str(self.folder),
            "SLURM_CONF": str(self.folder / "slurm.conf"),
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}:{SBIN}",
        }

    def __enter__(self):
        try:
            self.write_files()
            self.start()
        except BaseException as error:
            error.add_note(self.logs())
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def write_files(self):
        """Write what the daemons read."""
        for name in ("bin", "state", "munge", *self.nodes):
            (self.folder / name).mkdir()
        lines = configuration(self.folder, self.user, *self.size)
        (self.folder / "slurm.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
        # slurmd looks for cgroups even when nothing uses them, and ends where it finds none, but
        # for version 1.
        (self.folder / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\n", encoding="utf-8")
        key = self.folder / "munge/key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o600)
        # The executor takes SLURM_CONF from its jobs' steps: a site has /etc/slurm, we this.
        srun = self.folder / "bin/srun"
        real = shutil.which("srun")
        config = self.folder / "slurm.conf"
        srun.write_text(f'#!/bin/sh\nSLURM_CONF={config} exec {real} "$@"\n', encoding="utf-8")
        srun.chmod(0o755)
        self.folder.chmod(0o711)
        (self.folder / "munge").chmod(0o711)

    def start(self):
        """Start the daemons and wait until all nodes are idle."""
        munge = self.folder / "munge"
        places = [f"--{what}={munge / what}" for what in ("socket", "pid-file", "seed-file")]
        self.spawn("munged", "-F", f"--key-file={munge / 'key'}", "--log-file=/dev/stderr", *places)
        wait_until((munge / "socket").exists, 20, "munged's socket")
        self.spawn("slurmctld", "-D", "-i")
        for node in self.nodes:
            self.start_node(node)
        wait_until(lambda: self.idle() == self.nodes, 60, f"all of {self.nodes} idle")

    def start_node(self, node):
        """Start one node, or start it again."""
        self.spawn("slurmd", "-D", "-N", node, place=node)

    def spawn(self, program, *options, place="state"):
        """Start a daemon in a folder of its own, to end with this process at the latest."""
        with (self.folder / f"{program}-{place}.log").open("ab") as log:
            daemon = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", program, *options],
                cwd=self.folder / place,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.daemons.append(daemon)

    def command(self, *words):
        """Return what one of SLURM's commands prints."""
        done = subprocess.run(
            words, env=self.environment, capture_output=True, text=True, timeout=30, check=False
        )
        return done.stdout

    def idle(self):
        """Return the nodes that wait for jobs."""
        text = self.command("sinfo", "-h", "-N", "-p", "short", "-t", "idle", "-o", "%N")
        return sorted(text.split())

    def jobs(self):
        """Return all jobs there were, the finished ones too, the oldest first."""
        wanted = "|".join(COLUMNS.values())
        text = self.command("squeue", "-h", "--states=all", "--sort=i", "-o", wanted)
        return [dict(zip(COLUMNS, line.split("|"), strict=True)) for line in text.splitlines()]

    def processes(self, node=None):
        """Return the pids of this cluster's processes, or of what runs on one node of it."""
        mark = f"{MARK}={self.folder}".encode()
        found = {
            pid: (place, lines)
            for pid, (place, lines) in surroundings().items()
            if mark in lines or place.is_relative_to(self.folder)
        }
        if node:
            name = f"SLURMD_NODENAME={node}".encode()
            home = self.folder / node
            found = {p: where for p, where in found.items() if where[0] == home or name in where[1]}
        return sorted(found)

    def kill_node(self, node):
        """Take a node's power away: its slurmd, its steps and their jobs.

        All stand still before the first one dies: a step that outlived its job would report it.
        """
        self.signal(signal.SIGSTOP, node)
        wait_until(lambda: not self.signal(signal.SIGKILL, node), 30, f"the death of {node}")

    def signal(self, number, node=None):
        """Send a signal to the cluster's processes, or to those of a node; return their pids."""
        pids = self.processes(node)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        return pids

    def logs(self):
        """Return the end of each daemon's log, to explain a failure."""
        logs = sorted(self.folder.glob("*.log"))
        return "\n".join(f"== {log.name}\n{log.read_text('utf-8')[-2000:]}" for log in logs)

    def stop(self):
        """End every process of the cluster, and remove its folder."""
        # Again and again: one that dies may just have begun another.
        wait_until(
            lambda: not self.signal(signal.SIGKILL), 30, "the end of the cluster's processes"
        )
        for daemon in self.daemons:
            daemon.wait()
        shutil.rmtree(self.folder)
