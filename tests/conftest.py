"""What all tests share: a small review, and a way to run Snakemake on it."""

import csv
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, settings

# The same examples at every run, and no verdict from how busy the machine is.
settings.register_profile(
    "steady", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")

ROOT = Path(__file__).parent.parent


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Count a skip as a failure where CI asks for it: a test that did not run proves nothing."""
    report = (yield).get_result()
    if os.environ.get("STRATAFOREST_SKIP_IS_FAILURE") and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {report.longrepr}"


def pytest_terminal_summary(terminalreporter):
    """Show the figures that tests measured (`record_property("measured", ...)`), of any worker."""
    reports = [
        each for kind in ("passed", "failed") for each in terminalreporter.stats.get(kind, [])
    ]
    texts = [text for each in reports for name, text in each.user_properties if name == "measured"]
    if texts:
        terminalreporter.section("measured")
    for text in texts:
        terminalreporter.write_line(text)


# Modules that run whole workflows, the longest first: begun last they would keep one worker busy
# while the other is done.
LONGEST = ("test_slurm", "test_interruptions", "test_contract", "test_report_page", "test_fuzz")


def pytest_collection_modifyitems(items):
    """Run the long modules first."""

    def place(item):
        name = item.path.stem
        return (
            LONGEST.index(name)
            if name in LONGEST
            else len(LONGEST) + (item.path.parent.name != "workflow")
        )

    items.sort(key=place)


STUDIES = """\
study_id,year,platforms,primary_platform,follow_up_weeks,eligible,eligibility_reason
Ash2019,2019,Chat,Chat,12,yes,
Birch2020,2020,Chat,Chat,26,yes,
Cedar2021,2021,Chat,Chat,52,yes,
Elm2022,2022,Mail,Mail,12,yes,
Fir2023,2023,Mail,Mail,26,yes,
Gum2024,2024,Chat;Mail,,12,yes,
Hazel2024,2024,Chat,Chat,12,no,not randomised
"""
OUTCOMES = """\
study_id,domain,indicator,timepoint_weeks,metric,n_treat,mean_treat,sd_treat,n_control,mean_control,sd_control,p_value,note
Ash2019,glycemic,hba1c,12,post,40,7.1,1.1,41,7.6,1.2,,
Ash2019,glycemic,fbg,12,post,40,7.9,1.5,41,8.3,1.4,,second choice
Birch2020,glycemic,hba1c,26,post,55,6.9,0.9,52,7.4,1.0,,
Cedar2021,glycemic,hba1c,52,post,80,7.3,1.3,78,7.4,1.2,,
Elm2022,glycemic,hba1c,12,post,33,7.0,1.0,35,7.9,1.1,,
Fir2023,glycemic,hba1c,26,post,61,7.2,1.2,60,7.5,1.1,,
Gum2024,glycemic,hba1c,12,post,28,7.4,1.0,27,7.5,1.2,,
Hazel2024,glycemic,hba1c,12,post,30,6.0,1.0,30,8.0,1.0,,
Ash2019,knowledge,quiz,12,post,40,14.1,3.0,41,12.0,3.2,,
Birch2020,knowledge,quiz,26,post,55,15.2,3.5,52,12.9,3.1,,
Elm2022,knowledge,quiz,12,post,33,13.5,2.9,35,12.9,3.3,,
Fir2023,knowledge,quiz,26,post,61,,,60,,,<0.05,only a bound
"""
CONFIG = {
    "review": {"title": "A small review"},
    "sheets": {"studies": {"path": "studies.csv"}, "outcomes": {"path": "outcomes.csv"}},
    "domains": {
        "glycemic": {
            "label": "Glycemic control",
            "type": "continuous",
            "priority": ["hba1c", "fbg"],
        },
        "knowledge": {"label": "Knowledge", "type": "continuous"},
    },
    "indicators": {
        "hba1c": {"higher_is_better": False},
        "fbg": {"higher_is_better": False},
        "quiz": {"higher_is_better": True},
    },
    "strata": {
        "domain": {"by": ["domain"]},
        "platform_by_domain": {"by": ["domain", "primary_platform"]},
    },
    "figures": {"formats": ["svg"]},
    # Meta-regressions have tests of their own; here they would only take time.
    "meta_regression": [],
}


@dataclass(frozen=True)
class Run:
    """A finished Snakemake run: its exit status, what it printed, and the jobs it did."""

    status: int
    output: str

    @property
    def jobs(self):
        """The messages of the jobs that ran, sorted."""
        return sorted(jobs_of(self.output))


def jobs_of(output, folder="."):
    """Return the messages of a run's jobs: from the log that its output names, else from itself."""
    logs = re.findall(r"^(?:Complete log\(s\)|Log): (.+)$", output, flags=re.MULTILINE)
    said = [Path(folder, log).read_text("utf-8") for log in logs[-1:]] or [output]
    return re.findall(r"^Job \d+: (.+)$", said[0], flags=re.MULTILINE)


def lasting(path):
    """Return a file's bytes but for what the report says of the run before."""
    content = path.read_bytes()
    if path.name != "index.html":
        return content
    return re.sub(rb"<!--changes-->.*?<!--/changes-->", b"", content, flags=re.DOTALL)


class Review:
    """A review in a folder of its own."""

    def __init__(
        self, folder, config=CONFIG, sheets=(("studies", STUDIES), ("outcomes", OUTCOMES))
    ):
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.configure(config)
        for name, text in sheets:
            self.write(f"{name}.csv", text)

    def configure(self, config):
        self.config = config
        self.write("config.yaml", yaml.safe_dump(config, sort_keys=False))

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")

    def replace(self, name, old, new):
        """Replace one piece of a sheet's text that stands in it exactly once."""
        text = (self.folder / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        self.write(name, text.replace(old, new))

    def run(self, *options, cores=2):
        command = [sys.executable, "-m", "snakemake", "-s", str(ROOT / "Snakefile")]
        command += ["-d", str(self.folder), "--configfile", str(self.folder / "config.yaml")]
        command += ["--cores", str(cores), *options]
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=self.folder, timeout=300, check=False
        )
        return Run(done.returncode, done.stdout + done.stderr)

    def built(self, *options, **kwargs):
        """Run and insist on success."""
        run = self.run(*options, **kwargs)
        assert run.status == 0, run.output
        return run

    def rows(self, path):
        text = (self.folder / "results" / path).read_text(encoding="utf-8")
        return list(csv.DictReader(io.StringIO(text)))

    def digests(self):
        """Return the digest of every result by its path, but for the memory of earlier results."""
        results = self.folder / "results"
        files = sorted(p for p in results.rglob("*") if p.is_file() and p.name[0] != ".")
        return {
            str(p.relative_to(results)): hashlib.sha256(lasting(p)).hexdigest()
            for p in files
            if p.relative_to(results).parts[0] not in {"changes", "history"}
        }

    def problems(self):
        """Return the errors and warnings of the last reading."""
        rows = self.rows("harmonized/problems.csv")
        return [row for row in rows if row["severity"] != "note"]


@pytest.fixture
def review(tmp_path):
    """Return a small review in a folder of its own, not yet run."""
    return Review(tmp_path / "review")


@pytest.fixture(scope="session")
def built_review(tmp_path_factory):
    """Return a small review that has been run once; tests must not change it."""
    review = Review(tmp_path_factory.mktemp("built") / "review")
    review.built()
    return review


@pytest.fixture(scope="session")
def default_review(tmp_path_factory):
    """The shipped review, built in full with figures as svg; tests must not change it."""
    folder = tmp_path_factory.mktemp("default")
    shutil.copytree(ROOT / "resources", folder / "resources")
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
    review = Review(folder, config | {"figures": {"formats": ["svg"]}}, sheets=())
    review.built()
    return review


@pytest.fixture(scope="session")
def chromium():
    """Debian's Chromium, driven by Playwright: one for all, for one process can start only one."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def copied_review(built_review, tmp_path):
    """Return a copy of the review that has been run, free to change."""
    folder = tmp_path / "review"
    shutil.copytree(built_review.folder, folder, symlinks=True)
    copy = Review.__new__(Review)
    copy.folder, copy.config = folder, built_review.config
    return copy
