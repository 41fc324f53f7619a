"""Scripts handed over to a process that has their imports done, as if they ran by themselves."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT

PACKAGE = ROOT / "workflow" / "scripts"
AT_START = PACKAGE / "strataforest" / "warm_start" / "at_start"
ADDRESS = "STRATAFOREST_WARM_START"
# A script, and whether it ran in a fork of the warm process: that one had imported `colorsys`.
WHERE = "print('warm' if 'colorsys' in sys.modules else 'alone')\n"


class Warm:
    """A warm process and the scripts that are handed over to it."""

    def __init__(self, folder):
        self.folder = folder
        self.address = folder / "of_the_run" / "socket"
        self.address.parent.mkdir()
        (folder / "scripts").mkdir()
        (folder / "scripts" / "some.py").write_text("import colorsys\n")
        code = f"import sys; sys.path.append({str(PACKAGE)!r})\n"
        code += "from strataforest.warm_start.serving import serve\n"
        code += f"serve({str(self.address)!r}, {str(folder / 'scripts')!r})"
        self.process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
        deadline = time.monotonic() + 20
        while not self.address.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        # Its first answer comes once the imports are done.
        while self.run(WHERE).stdout != "warm\n" and time.monotonic() < deadline:
            time.sleep(0.05)

    def start(self, body, prefix=sys.prefix, place=".snakemake/scripts/job.py", **environment):
        script = self.folder / place
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(f"import os\nimport sys\n{body}")
        of_a_run = {ADDRESS: f"{self.address}|{prefix}", "PYTHONPATH": str(AT_START)}
        return subprocess.Popen(
            [sys.executable, str(script)],
            env=os.environ | of_a_run | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
        )

    def run(self, body, **options):
        job = self.start(body, **options)
        out, err = job.communicate(timeout=60)
        return subprocess.CompletedProcess(job.args, job.returncode, out, err)

    def stop(self):
        self.process.stdin.close()
        return self.process.wait(timeout=20)


@pytest.fixture(scope="module")
def warm(tmp_path_factory):
    process = Warm(tmp_path_factory.mktemp("warm"))
    yield process
    process.stop()


def test_a_script_runs_in_a_fork_with_its_own_folder_terminal_and_environment(warm):
    done = warm.run(
        WHERE + f"print(os.getcwd(), sys.argv[0], os.environ['MINE'], {ADDRESS!r} in os.environ)\n"
        "print('beside', file=sys.stderr)\n",
        MINE="yes",
    )
    assert done.stdout.splitlines() == [
        "warm",
        f"{warm.folder} {warm.folder}/.snakemake/scripts/job.py yes False",
    ]
    assert (done.stderr, done.returncode) == ("beside\n", 0)


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ("sys.exit(3)\n", 3, ""),
        ("sys.exit()\n", 0, ""),
        ("sys.exit('in words')\n", 1, "in words"),
        ("1 / 0\n", 1, "ZeroDivisionError: division by zero"),
    ],
)
def test_it_ends_as_it_would_by_itself(warm, body, status, said):
    done, alone = warm.run(WHERE + body), warm.run(WHERE + body, prefix="elsewhere")
    assert done.stdout == "warm\n"
    assert alone.stdout == "alone\n"
    assert done.returncode == alone.returncode == status
    assert said in done.stderr
    assert said in alone.stderr


def test_jobs_run_beside_one_another(warm):
    began = time.monotonic()
    jobs = [warm.start("import time\ntime.sleep(1.5)\n") for _ in range(4)]
    assert [job.wait(timeout=60) for job in jobs] == [0] * 4
    assert time.monotonic() - began < 5.5


def test_a_fork_that_is_killed_is_a_job_that_failed(warm):
    done = warm.run("import signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
    assert done.returncode == 1
    assert "the job was killed before it was done" in done.stderr


def test_a_job_that_is_killed_takes_its_fork_with_it(warm):
    job = warm.start("print(os.getpid(), flush=True)\nimport time\ntime.sleep(60)\n")
    fork = int(job.stdout.readline())
    job.send_signal(signal.SIGKILL)
    job.wait()
    assert fork != job.pid
    deadline = time.monotonic() + 10
    while Path(f"/proc/{fork}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{fork}").exists()


def test_without_a_warm_process_a_script_runs_by_itself(warm):
    for address in ("", "off", "/nowhere/at/all|" + sys.prefix):
        done = warm.run(WHERE, STRATAFOREST_WARM_START=address)
        assert (done.stdout, done.returncode) == ("alone\n", 0)


def test_python_that_is_started_for_something_else_is_no_job(warm):
    assert warm.run(WHERE, place="own/job.py").stdout == "alone\n"


def test_what_the_machine_customizes_is_kept(warm, tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.customized = 'theirs'\n")
    both = os.pathsep.join([str(AT_START), str(tmp_path)])
    done = warm.run(WHERE + "print(sys.customized)\n", prefix="/elsewhere", PYTHONPATH=both)
    assert (done.stdout, done.stderr) == ("alone\ntheirs\n", "")


def test_a_warm_process_of_another_environment_is_left_alone(warm):
    assert warm.run(WHERE, prefix="/another/environment").stdout == "alone\n"


def test_it_ends_once_the_run_that_started_it_is_gone(tmp_path):
    process = Warm(tmp_path)
    assert process.process.poll() is None
    assert process.stop() == 0
    assert not process.address.parent.exists()
