"""The cluster profiles, as far as a machine without a cluster can hold them to the workflow."""

import json
import os
import stat
import subprocess
import sys

import pytest
from cluster_examples import CLUSTERS, PROFILES, ROOT, SMALL, profile, rules
from conftest import Review

# Submitted each by itself: one job of a review that nothing of the same wave could travel with, and
# those that pool hundreds of strata.
ALONE = {"build_report", "compare_extractions", "fit_strata"}
# How one machine chooses among jobs of a second; a cluster's submissions are few, and rated.
ONE_MACHINE = {"scheduler", "max-jobs-per-timespan"}


@pytest.mark.parametrize("name", CLUSTERS)
def test_every_rule_is_local_or_in_a_group_or_alone_on_purpose(name):
    grouped = set(profile(name)["groups"])
    local = {rule for rule, is_local in rules().items() if is_local}
    # A grouped rule is submitted, whatever its `localrule` says.
    assert grouped & local == set()
    assert grouped | local | ALONE | {"all"} == set(rules())


@pytest.mark.parametrize("name", CLUSTERS)
def test_rules_and_groups_that_a_profile_names_are_there(name):
    settings = profile(name)
    # Snakemake passes over a name that it does not know.
    assert set(settings["set-resources"]) <= set(rules())
    assert set(settings["group-components"]) == set(settings["groups"].values())


@pytest.mark.parametrize("name", CLUSTERS)
def test_a_cluster_runs_again_what_the_default_profile_would(name):
    default = {k: v for k, v in profile("default").items() if k not in ONE_MACHINE}
    assert {key: profile(name)[key] for key in default} == default


@pytest.mark.parametrize("key", ["groups", "set-resources"])
def test_the_profiles_agree(key):
    first, *others = (profile(name)[key] for name in CLUSTERS)
    assert others == [first] * len(others)


@pytest.mark.parametrize("name", CLUSTERS)
def test_a_dry_run_accepts_the_profile(name, tmp_path):
    review = Review(tmp_path / "review")
    run = review.run("--profile", str(PROFILES / name), "--dry-run", "--quiet", "host")
    assert run.status == 0, run.output
    assert "build_report" in run.output


@pytest.fixture
def kubectl(tmp_path, monkeypatch):
    """Put the stand-in for kubectl first in PATH; return the folder that it keeps Jobs in."""
    jobs, programs = tmp_path / "jobs", tmp_path / "bin"
    jobs.mkdir()
    programs.mkdir()
    command = programs / "kubectl"
    script = ROOT / "tests/cluster/fake_kubectl.py"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} {script} "$@"\n', encoding="utf-8")
    command.chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("KUBECTL_FOLDER", str(jobs))
    return jobs


def test_kubernetes_jobs_are_valid_and_make_the_local_bytes(kubectl, tmp_path):
    local, review = (Review(tmp_path / name, SMALL) for name in ("local", "review"))
    local.built()
    options = ("--profile", str(PROFILES / "kubernetes"), "--seconds-between-status-checks", "1")
    review.built(*options, "--latency-wait", "10", cores=4)
    assert review.digests() == local.digests()
    # Two strata, the tables, the report: one Job each, and one more for the first, which was lost.
    files = sorted(kubectl.glob("*.json"))
    jobs = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    assert len(jobs) == 4
    lost, again, *_ = (job["spec"]["template"]["spec"]["containers"][0] for job in jobs)
    assert again["workingDir"] == str(review.folder)
    assert lost["resources"]["requests"]["cpu"] == again["resources"]["requests"]["cpu"] == "2"
    asked = [int(job["resources"]["limits"]["memory"].removesuffix("M")) for job in (lost, again)]
    assert asked[1] == 2 * asked[0]
    assert jobs[1]["spec"]["activeDeadlineSeconds"] == 2 * jobs[0]["spec"]["activeDeadlineSeconds"]


def test_a_failing_api_is_no_failed_job(tmp_path, monkeypatch):
    broken = tmp_path / "kubectl"
    broken.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    broken.chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    status = [PROFILES / "kubernetes/status.sh", "strataforest-1"]
    said = subprocess.run(status, capture_output=True, text=True, check=True)
    assert said.stdout == "running\n"
