"""The workflow on a real SLURM: the bytes of a local run, whatever is cancelled or dies."""

import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest
from cluster_examples import PROFILES, ROOT, SMALL, profile
from conftest import Review
from slurm_cluster import Cluster, missing_programs, wait_until

pytestmark = pytest.mark.skipif(
    bool(missing_programs()), reason=f"SLURM is not all installed: no {missing_programs()}"
)
IMPATIENT = ROOT / "tests/cluster/impatient_snakemake.py"


@pytest.fixture(scope="module")
def running_cluster():
    with Cluster() as cluster:
        yield cluster


@pytest.fixture
def cluster(running_cluster):
    """Return the cluster with all nodes idle; leave it so."""
    yield running_cluster
    running_cluster.command("scancel", "--user", running_cluster.user)
    for node in running_cluster.nodes:
        if not running_cluster.processes(node):
            running_cluster.start_node(node)
    idle = running_cluster.idle
    wait_until(lambda: idle() == running_cluster.nodes, 60, "a cluster at rest")


@pytest.fixture(scope="module")
def small_review(tmp_path_factory):
    """Return the small review as a local run makes it."""
    review = Review(tmp_path_factory.mktemp("local") / "review", SMALL)
    review.built()
    return review


@contextmanager
def submitted(review, cluster, place, patience=IMPATIENT, seconds=240):
    """Run the review on the cluster by a profile; at the end insist that it ended well."""
    log = review.folder / "snakemake.log"
    command = [sys.executable, *([str(patience)] if patience else ["-m", "snakemake"])]
    command += ["-s", str(ROOT / "Snakefile"), "-d", str(review.folder), "--profile", str(place)]
    command += ["--configfile", str(review.folder / "config.yaml")]
    with log.open("wb") as output:
        run = subprocess.Popen(
            command, cwd=review.folder, env=cluster.environment, stdout=output, stderr=output
        )
        try:
            yield
            status = run.wait(timeout=seconds)
        except BaseException as error:
            error.add_note(f"{log.read_text('utf-8')[-5000:]}\n{cluster.jobs()}\n{cluster.logs()}")
            # Snakemake cancels its jobs when it is interrupted, after its next look at them.
            run.send_signal(signal.SIGINT)
            try:
                run.wait(timeout=30)
            finally:
                run.kill()
            raise
    assert status == 0, log.read_text("utf-8")


def job_of(cluster, before, group):
    """Return the first job of a group that came after the given ones and runs."""
    jobs = [job for job in cluster.jobs()[before:] if job["state"] == "RUNNING"]
    return next((job for job in jobs if group in job["comment"]), None)


def midway(cluster, review, before):
    """Wait until the job of the strata has made some fit and goes on; return it."""
    fits = review.folder / "results/fits/domain"
    wait_until(lambda: list(fits.glob("*.json")), 180, "a first fit")
    return wait_until(lambda: job_of(cluster, before, "strata"), 30, "a job of strata")


def test_the_default_review_is_the_local_one(cluster, default_review, tmp_path):
    shutil.copytree(ROOT / "resources", tmp_path / "review/resources")
    review = Review(tmp_path / "review", default_review.config, sheets=())
    with submitted(review, cluster, PROFILES / "slurm", patience=None, seconds=500):
        pass
    assert review.digests() == default_review.digests()
    # Not a submission for each of 12 strata: two of six, the models, the tables, the report.
    comments = sorted(job["comment"].split("_")[1] for job in cluster.jobs())
    assert comments == ["build", "models", "strata", "strata", "tables"]
    assert {job["state"] for job in cluster.jobs()} == {"COMPLETED"}
    again = review.run("--dry-run")
    assert "Nothing to be done" in again.output, again.output


def test_a_cancelled_job_is_run_again_as_the_site_asks(cluster, small_review, tmp_path):
    site = tmp_path / "profile"
    shutil.copytree(PROFILES / "slurm", site)
    text = (site / "profile.yaml").read_text(encoding="utf-8")
    text = text.replace("# slurm_partition: short", "slurm_partition: long")
    text = text.replace("# slurm_account: lab", "slurm_account: lab")
    (site / "profile.yaml").write_text(text, encoding="utf-8")
    review = Review(tmp_path / "review", SMALL)
    before = len(cluster.jobs())
    with submitted(review, cluster, site):
        cluster.command("scancel", midway(cluster, review, before)["id"])
    assert review.digests() == small_review.digests()
    cancelled, again, tables, report = cluster.jobs()[before:]
    assert [cancelled["state"], again["state"]] == ["CANCELLED", "COMPLETED"]
    for job in (cancelled, again, tables, report):
        assert (job["partition"], job["account"], job["cpus"]) == ("long", "lab", "1")
    # Four jobs of two minutes each, one after the other, then with twice the time and memory.
    assert (cancelled["memory"], cancelled["time"]) == ("1000M", "8:00")
    assert (again["memory"], again["time"]) == ("2000M", "16:00")
    wanted = profile("slurm")["set-resources"]["build_report"]
    assert report["memory"] == f"{wanted['mem_mb'].split()[0]}M"
    assert report["time"] == f"{wanted['runtime'].split()[0]}:00"


def test_a_cancelled_job_is_run_again_by_the_generic_profile(cluster, small_review, tmp_path):
    review = Review(tmp_path / "review", SMALL)
    before = len(cluster.jobs())
    with submitted(review, cluster, PROFILES / "slurm-generic"):
        strata = wait_until(lambda: cluster.jobs()[before:], 60, "a job of strata")[0]
        cluster.command("scancel", strata["id"])
    assert review.digests() == small_review.digests()
    jobs = cluster.jobs()[before:]
    assert [job["state"] for job in jobs] == ["CANCELLED", *["COMPLETED"] * 3]
    # Both strata side by side, and the second time with twice as much.
    assert [(job["cpus"], job["memory"]) for job in jobs[:2]] == [("2", "2000M"), ("2", "4000M")]


def test_the_death_of_a_node_costs_time_only(cluster, small_review, tmp_path):
    review = Review(tmp_path / "review", SMALL)
    before = len(cluster.jobs())
    with submitted(review, cluster, PROFILES / "slurm"):
        node = midway(cluster, review, before)["node"]
        cluster.kill_node(node)
    assert review.digests() == small_review.digests()
    lost, again, *others = cluster.jobs()[before:]
    assert [lost["state"], again["state"]] == ["NODE_FAIL", "COMPLETED"]
    assert node == lost["node"] != again["node"]
    assert {job["state"] for job in others} == {"COMPLETED"}


def test_nothing_is_left_of_a_cluster_that_a_test_failed_on():
    with pytest.raises(ZeroDivisionError), Cluster() as cluster, Cluster(nodes=1) as other:
        for each in (cluster, other):
            each.command("sbatch", "--output=/dev/null", "--wrap", "srun sleep 600")
            wait_until(lambda each=each: len(each.processes("n1")) > 4, 30, "a running step")
        assert not set(cluster.processes()) & set(other.processes())
        raise ZeroDivisionError
    assert not cluster.processes() and not other.processes()
    assert not cluster.folder.exists() and not other.folder.exists()
