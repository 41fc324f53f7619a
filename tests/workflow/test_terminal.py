"""What the terminal shows of a run: its stages, how far they are, what is slow, what failed."""

import io
import logging
import time
from importlib.util import module_from_spec, spec_from_file_location
from types import SimpleNamespace

import pytest
from conftest import ROOT
from snakemake.logging import ColorizingTextHandler, DefaultFormatter
from snakemake_interface_logger_plugins.common import LogEvent

SPEC = spec_from_file_location("terminal", ROOT / "workflow/rules/common/terminal.py")


class Dag:
    """As many jobs as a run has, by rule."""

    def __init__(self, **rules):
        self.names = [name for name, n in rules.items() for _ in range(n)]

    def __len__(self):
        return len(self.names)

    def needrun_jobs(self, exclude_finished):
        assert not exclude_finished
        return [SimpleNamespace(rule=SimpleNamespace(name=name)) for name in self.names]


class Screen:
    """A terminal handler as in a run, and what it has shown."""

    def __init__(self, *, is_calm=True, interrupted=False, **rules):
        self.module = module_from_spec(SPEC)
        SPEC.loader.exec_module(self.module)
        self.stream = io.StringIO()
        inner = ColorizingTextHandler(nocolor=True, stream=self.stream)
        inner.setFormatter(DefaultFormatter())
        facts = (SimpleNamespace(dag=Dag(**rules)), time.time(), lambda: interrupted)
        self.handler = self.module.Terminal(inner, *facts, is_calm=is_calm)

    def log(self, event=None, level=logging.INFO, msg="", **extra):
        record = logging.makeLogRecord({"levelno": level, "msg": msg, **extra})
        if event:
            record.event = event
        self.handler.handle(record)

    def start(self, jobid, rule, message, *, local=True):
        facts = {"rule_name": rule, "rule_msg": message, "reason": f"because of {jobid}"}
        facts |= {"local": local}
        facts |= {"indent": False}
        self.log(LogEvent.JOB_INFO, jobid=jobid, **facts)

    def finish(self, jobid):
        self.log(LogEvent.JOB_FINISHED, msg=f"Finished jobid: {jobid}", job_id=jobid)

    def fail(self, jobid, log):
        self.log(LogEvent.ERROR, logging.ERROR, "RuleException: it came to nothing")
        facts = dict.fromkeys(("input", "output", "conda_env", "shellcmd", "rule_msg"))
        facts |= {"rule_name": "a_rule", "jobid": jobid, "log": [str(log)], "aux": {}}
        self.log(LogEvent.JOB_ERROR, logging.ERROR, "", indent=False, **facts)
        self.log(None, logging.WARNING, "Restored previous version of a.csv")

    @property
    def lines(self):
        return self.stream.getvalue().splitlines()


@pytest.fixture
def screen():
    screen = Screen(read_sheets=1, fit_stratum=3, draw_stratum=1)
    screen.handler.begin()
    yield screen
    screen.handler.end(is_told=False)


def test_stages_are_shown_and_how_many_strata_are_done(screen):
    screen.start(1, "read_sheets", "Reading the sheets")
    screen.log(msg="Select jobs to execute...")
    screen.finish(1)
    for jobid in (2, 3, 4):
        screen.start(jobid, "fit_stratum", f"Pooling domain/{jobid}")
    screen.finish(2)
    screen.finish(3)
    screen.start(5, "draw_stratum", "Drawing domain/2")
    screen.finish(4)
    screen.finish(5)
    screen.log(LogEvent.PROGRESS, done=5, total=5)
    assert screen.lines == [
        "Reading the sheets",
        "  Reason: because of 1",
        "Pooling 3 strata",
        "Drawing domain/2",
        "Pooled 3 of 3 strata",
    ]


def test_a_stage_that_takes_long_says_how_far_it_is(screen):
    for jobid in (2, 3, 4):
        screen.start(jobid, "fit_stratum", f"Pooling domain/{jobid}")
    screen.handler.last["fit_stratum"] -= screen.module.BETWEEN
    screen.finish(2)
    screen.finish(3)
    assert screen.lines[-1] == "Pooled 1 of 3 strata"


def test_a_job_that_takes_long_is_named_once_for_each_doubling(screen):
    screen.handler.end(is_told=False)
    screen.module.BETWEEN, screen.module.SLOW = 0.02, 0.1
    screen.handler.stop.clear()
    screen.start(2, "fit_stratum", "Pooling domain/2")
    screen.handler.begin()
    deadline = time.monotonic() + 20
    while sum("Not done" in line for line in screen.lines) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    slow = [line for line in screen.lines if line.startswith("Not done after ")]
    assert slow[0].endswith(" s: Pooling domain/2 (fit_stratum)")
    assert screen.handler.running[2][3] >= 0.4
    screen.finish(2)
    assert screen.handler.slowest() is None
    screen.handler.started -= screen.module.LONG_RUN
    assert screen.handler.slowest().endswith(" s Pooling domain/2")


def test_a_job_that_failed_in_our_words_brings_none_of_snakemakes(screen, tmp_path):
    log = tmp_path / "job.log"
    log.write_text("ERROR  a.csv A1: is odd\n")
    screen.fail(2, log)
    screen.handler.end(is_told=True)
    screen.log(None, logging.INFO, "Complete log(s): somewhere")
    screen.log(LogEvent.ERROR, logging.ERROR, "WorkflowError: one job did not complete")
    screen.handler.close()
    assert screen.lines == []


def test_what_a_job_said_itself_is_the_last_thing_seen_only_if_it_ran_here(screen, tmp_path):
    log = tmp_path / "job.log"
    log.write_text("ERROR  a.csv A1: is odd\n")
    screen.start(2, "fit_stratum", "Pooling domain/2")
    screen.fail(2, log)
    assert screen.handler.is_still
    screen.start(3, "fit_stratum", "Pooling domain/3", local=False)
    screen.fail(3, log)
    assert not screen.handler.is_still
    screen.fail(2, log)
    screen.handler.say("Drew 1 of 2 strata")
    assert not screen.handler.is_still


def test_a_job_that_failed_otherwise_is_shown_in_full(screen, tmp_path):
    log = tmp_path / "job.log"
    log.write_text("Traceback (most recent call last)\n")
    screen.fail(2, log)
    assert "RuleException: it came to nothing" in screen.lines
    assert "Error in rule a_rule:" in screen.lines
    screen.handler.end(is_told=False)
    screen.log(LogEvent.ERROR, logging.ERROR, "WorkflowError: one job did not complete")
    screen.handler.close()
    assert "Restored previous version of a.csv" in screen.lines
    assert screen.lines[-1] == "WorkflowError: one job did not complete"


def test_a_job_that_died_of_an_interruption_is_not_shown(tmp_path):
    screen = Screen(interrupted=True, fit_stratum=1)
    screen.handler.begin()
    screen.fail(2, tmp_path / "none.log")
    screen.handler.end(is_told=True)
    assert screen.lines == []


def test_all_of_it_is_shown_where_that_is_asked_for():
    screen = Screen(is_calm=False, read_sheets=1)
    screen.handler.begin()
    screen.start(1, "read_sheets", "Reading the sheets")
    screen.finish(1)
    screen.log(LogEvent.PROGRESS, done=1, total=2)
    screen.handler.end(is_told=True)
    shown = [line for line in screen.lines if line and not line.startswith("[")]
    assert shown == [
        "Job 1: Reading the sheets",
        "Reason: because of 1",
        "Finished jobid: 1",
        "1 of 2 steps (50%) done",
    ]


def test_what_comes_before_the_jobs_is_shown_but_for_snakemakes_preamble():
    screen = Screen(read_sheets=1)
    screen.log(msg="Unlocked working directory.")
    screen.log(LogEvent.RUN_INFO, msg="Job stats: ...")
    screen.log(LogEvent.ERROR, logging.ERROR, "The configuration cannot be used")
    assert screen.lines == ["Unlocked working directory.", "The configuration cannot be used"]
