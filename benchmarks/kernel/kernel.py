"""How fast the kernel is beside metafor, PyMARE and PyMetaAnalysis, in one interleaved run.

usage: python kernel.py [--rounds 7] [--scale 1] [--sample 100] [--only-ours]

Each round times every task in every program in turn, so that a busy machine slows them alike; the
table gives medians over rounds, and of the ratios of the same round. See README.md.
"""

# ruff: noqa: E402 - threads are limited before numpy is imported
import os

# One thread for everybody: the tasks are small, and R's and numpy's libraries differ in this.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

import argparse
import platform
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import programs

SEED = 20240623
# Programs must give the same numbers before they are timed: within this share of the largest.
AGREEMENT = 1e-4


@dataclass(frozen=True)
class Task:
    """A line of the table: which task, how often it is done, how often the peers do it."""

    label: str
    name: str
    n: int
    peers_n: int = 0  # 0: ours only


def simulated(scale: float) -> programs.Data:
    """Return data from yi ~ N(0.3 + moderators, vi + 0.04), vi ~ U(0.02, 0.2), by a fixed seed."""
    random = np.random.default_rng(SEED)
    shapes = {
        "many": (_scaled(50_000, scale), 10),
        "leave_one_out": (1, _scaled(200, scale)),
        "influence": (1, _scaled(50, scale)),
        "meta_regression": (1, _scaled(500, scale)),
    }
    moderators = random.normal(size=(shapes["meta_regression"][1], 2))
    yi, vi = {}, {}
    for name, shape in shapes.items():
        vi[name] = random.uniform(0.02, 0.2, shape)
        yi[name] = random.normal(0.3, np.sqrt(vi[name] + 0.04))
    yi["meta_regression"] += moderators @ [0.1, -0.2]
    return programs.Data(yi, vi, moderators)


def _scaled(size: int, scale: float) -> int:
    return max(10, round(size * scale))


def tasks_at(scale: float, sample: int) -> list[Task]:
    """Return the lines of the table; at scale 1 those that the README reports."""
    thousand, most = _scaled(1000, scale), _scaled(50_000, scale)
    ks = [_scaled(size, scale) for size in (200, 50, 500)]
    return [
        Task(f"{thousand:,} meta-analyses, k 10", "many", thousand, min(sample, thousand)),
        Task(f"{most:,} meta-analyses, k 10", "many", most),
        Task(f"leave-one-out, k {ks[0]}", "leave_one_out", 1, 1),
        Task(f"influence, k {ks[1]}", "influence", 1, 1),
        Task(f"meta-regression, k {ks[2]}, 3 terms", "meta_regression", 1, 1),
    ]


def write_data(data: programs.Data, folder: Path, sample: int) -> None:
    """Write what metafor.R reads: at full precision, of `many` only the sample."""
    for kind, arrays in (("yi", data.yi), ("vi", data.vi)):
        for name, array in arrays.items():
            np.savetxt(folder / f"{name}_{kind}.csv", array[:sample], delimiter=",", fmt="%.17g")
    np.savetxt(folder / "moderators.csv", data.moderators, delimiter=",", fmt="%.17g")


def disagreement(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Return the largest difference as a share of the largest of our numbers.

    NaN of theirs (a fit that did not converge) is left out. Raises ValueError where the two have
    not the same length or nothing is left.
    """
    if ours.shape != theirs.shape:
        raise ValueError(f"{len(ours)} numbers of ours, {len(theirs)} of theirs")
    there = ~np.isnan(theirs)
    if not there.any():
        raise ValueError("none of their fits converged")
    return float(np.max(np.abs(ours - theirs)[there]) / np.max(np.abs(ours)))


def check_agreement(tasks: list[Task], ours, peers: list) -> list[str]:
    """Return a line per task and peer with its disagreement; raises SystemExit above AGREEMENT."""
    lines = []
    for task in (t for t in tasks if t.peers_n and t.name in ours.tasks):
        expected = ours.measure(task.name, task.peers_n)[1]
        for peer in (p for p in peers if task.name in p.tasks):
            numbers = peer.measure(task.name, task.peers_n)[1]
            share = disagreement(expected, numbers)
            missing = int(np.isnan(numbers).sum())
            without = f", {missing} of {len(numbers)} without a result" if missing else ""
            lines.append(f"{task.label}: {peer.name} differs by {share:.1e}{without}")
            if not share <= AGREEMENT:
                raise SystemExit(f"{lines[-1]}, more than {AGREEMENT}: nothing was timed")
    return lines


def measure(tasks: list[Task], ours, peers: list, rounds: int) -> dict[tuple[str, str], list]:
    """Return the seconds of every round by (task, program); a peer's are scaled to the task's n."""
    seconds: dict[tuple[str, str], list] = {}
    for _ in range(rounds):
        for task in (t for t in tasks if t.name in ours.tasks):
            found = seconds.setdefault((task.label, ours.name), [])
            found.append(ours.measure(task.name, task.n)[0])
            for peer in peers if task.peers_n else ():
                if task.name in peer.tasks:
                    spent = peer.measure(task.name, task.peers_n)[0] * task.n / task.peers_n
                    seconds.setdefault((task.label, peer.name), []).append(spent)
    return seconds


def table(tasks: list[Task], names: list[str], seconds: dict) -> str:
    """Return a Markdown table: the median time and, for a peer, the median ratio to ours."""
    lines = ["| task | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for task in tasks:
        own = seconds.get((task.label, names[0]))
        cells = []
        for name in names:
            found = seconds.get((task.label, name))
            cell = _duration(float(np.median(found))) if found else "-"
            if found and name != names[0]:
                cell += f" ({float(np.median(np.divide(found, own))):,.3g} x)"
            cells.append(cell)
        lines.append(f"| {task.label} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _duration(seconds: float) -> str:
    return f"{seconds:.3g} s" if seconds >= 1 else f"{seconds * 1e3:.3g} ms"


def machine() -> str:
    """Return the processor, the number of cores and the versions that matter to us."""
    import scipy

    info = Path("/proc/cpuinfo")
    models = [
        line.split(":")[1].strip()
        for line in (info.read_text(encoding="utf-8").splitlines() if info.exists() else ())
        if line.startswith("model name")
    ]
    versions = f"Python {platform.python_version()}, numpy {np.__version__}"
    processor = models[0] if models else platform.processor() or "unknown processor"
    return f"{processor}, {os.cpu_count()} cores; {versions}, scipy {scipy.__version__}"


def main(arguments: list[str] | None = None) -> None:
    """Check that the programs agree, time them, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7, help="interleaved rounds")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full sizes")
    parser.add_argument("--sample", type=int, default=100, help="meta-analyses that peers do")
    parser.add_argument("--only-ours", action="store_true", help="without other programs")
    options = parser.parse_args(arguments)
    if options.rounds < 1 or options.sample < 1 or not options.scale > 0:
        parser.error("--rounds, --sample and --scale must be positive")
    data, tasks = simulated(options.scale), tasks_at(options.scale, options.sample)
    ours = programs.ours(data)
    with tempfile.TemporaryDirectory() as folder:
        write_data(data, Path(folder), options.sample)
        peers = [] if options.only_ours else programs.peers(data, Path(folder))
        try:
            agreed = check_agreement(tasks, ours, peers)
            seconds = measure(tasks, ours, peers, options.rounds)
        finally:
            for peer in peers:
                peer.close()
    print(f"{machine()}; one thread")
    print("; ".join(f"{each.name} {each.version}" for each in (ours, *peers)))
    print(f"medians of {options.rounds} interleaved rounds", end="")
    print(f"; peers did {options.sample} of the many, scaled" if peers else "")
    print("\n".join(agreed), end="\n\n" if agreed else "\n")
    print(table(tasks, [each.name for each in (ours, *peers)], seconds))


if __name__ == "__main__":
    main()
