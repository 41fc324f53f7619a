"""The benchmarks run; what they say about speed is for a quiet machine to say."""

import re
import subprocess
import sys

import numpy as np
import pytest
from structure import ROOT

FOLDER = ROOT / "benchmarks" / "kernel"


def run(*options):
    command = [sys.executable, str(FOLDER / "kernel.py"), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def kernel(monkeypatch):
    for name in ("OMP", "OPENBLAS", "MKL"):
        monkeypatch.setenv(f"{name}_NUM_THREADS", "1")
    monkeypatch.syspath_prepend(str(FOLDER))
    import kernel

    return kernel


def test_the_kernel_benchmark_prints_a_time_for_every_task():
    done = run("--only-ours", "--rounds", "1", "--scale", "0.01")
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("| ")]
    assert len(lines) == 6
    assert lines[0] == "| task | strataforest |"
    for line, task in zip(
        lines[1:],
        ("10 meta", "500 meta", "leave-one-out", "influence", "meta-regression"),
        strict=True,
    ):
        assert line.startswith(f"| {task}")
        assert re.search(r"\| \d[\d.]* m?s \|$", line), line


def test_impossible_options_are_refused():
    done = run("--rounds", "0")
    assert done.returncode == 2
    assert "must be positive" in done.stderr


def test_the_data_are_the_same_every_time(kernel):
    one, other = kernel.simulated(0.01), kernel.simulated(0.01)
    assert all(np.array_equal(one.yi[name], other.yi[name]) for name in one.yi)
    assert one.yi["many"].shape == (500, 10)


def test_programs_that_disagree_are_not_timed(kernel):
    data = kernel.simulated(0.01)
    tasks, ours = kernel.tasks_at(0.01, 5), kernel.programs.ours(data)
    same = kernel.programs.PythonProgram("same", "1", {"many": ours.tasks["many"]})
    assert "same differs by 0.0e+00" in kernel.check_agreement(tasks, ours, [same])[0]
    off = kernel.programs.PythonProgram(
        "off", "1", {"many": lambda n: ours.tasks["many"](n) + 0.01}
    )
    with pytest.raises(SystemExit, match=r"off differs by .* nothing was timed"):
        kernel.check_agreement(tasks, ours, [off])
    with pytest.raises(ValueError, match="4 of theirs"):
        kernel.disagreement(np.ones(5), np.ones(4))
    with pytest.raises(ValueError, match="converged"):
        kernel.disagreement(np.ones(2), np.full(2, np.nan))


def test_a_peer_is_scaled_to_the_task_and_set_beside_us(kernel):
    class Stub:
        tasks = ("many",)

        def __init__(self, name, seconds):
            self.name, self.seconds = name, seconds

        def measure(self, task, n):
            return self.seconds, np.ones(n)

    tasks = [kernel.Task("a thousand", "many", 1000, 100), kernel.Task("more", "many", 9000)]
    ours, peer = Stub("ours", 0.01), Stub("peer", 0.2)
    seconds = kernel.measure(tasks, ours, [peer], rounds=3)
    assert seconds["a thousand", "peer"] == [2.0] * 3
    assert ("more", "peer") not in seconds
    lines = kernel.table(tasks, ["ours", "peer"], seconds).splitlines()
    assert lines[2] == "| a thousand | 10 ms | 2 s (200 x) |"
    assert lines[3] == "| more | 10 ms | - |"
