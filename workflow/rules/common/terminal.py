"""What the terminal shows of a run: which stage it is at, how far it has come, what takes long.

A handler of Snakemake's log, which reads the events that are logged and never their text. It is
plain Python beside the rules, for Snakemake's own parser is slow (rules/common/terminal.smk).
"""

import logging
import textwrap
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from snakemake_interface_logger_plugins.common import LogEvent

# Seconds: between two lines on one stage; after which a job is named that still runs, then after
# twice as long each time; of a run that names its slowest jobs at its end.
BETWEEN, SLOW, LONG_RUN = 5, 30, 60
MOST_NAMED = 5
# What Snakemake says of itself and the machine, and which jobs it knows of before the checkpoint.
PREAMBLE = (LogEvent.WORKFLOW_STARTED, LogEvent.RESOURCES_INFO, LogEvent.RUN_INFO)
# Rules that have many jobs: what they do, what they have done, to what.
STAGES = {
    "fit_stratum": ("Pooling", "Pooled", "strata"),
    "fit_strata": ("Pooling", "Pooled", "parts of the strata"),
    "draw_stratum": ("Drawing", "Drew", "strata"),
    "draw_subgroups": ("Drawing", "Drew", "domains by subgroup"),
    "draw_overview": ("Drawing", "Drew", "overviews"),
    "fit_meta_regression": ("Fitting", "Fitted", "meta-regressions"),
    "draw_meta_regression": ("Drawing", "Drew", "meta-regressions"),
    "run_review": ("Running", "Ran", "reviews"),
}


class Terminal(logging.Handler):
    """Stands before Snakemake's own handler of the terminal and lets through what a reader needs.

    What is said of a job that failed is held back until its log is there: where that says in our
    words what is wrong, Snakemake's are left out. `is_calm` is false where all is to be shown;
    `workflow` is Snakemake's, `started` when it began (seconds since the epoch), and
    `was_interrupted` tells whether the run was asked to stop.
    """

    def __init__(
        self,
        inner: logging.Handler,
        workflow: object,
        started: float,
        was_interrupted: Callable[[], bool],
        *,
        is_calm: bool,
    ) -> None:
        super().__init__()
        self.inner, self.is_calm = inner, is_calm
        self.workflow, self.started, self.was_interrupted = workflow, started, was_interrupted
        self.setFormatter(inner.formatter)
        for each in inner.filters:
            self.addFilter(each)
        self.elsewhere = set()
        self.running, self.done, self.durations = {}, Counter(), []
        self.totals, self.counted, self.last = Counter(), -1, {}
        self.held, self.has_failed, self.is_over = [], False, False
        # Whether nothing was said since a job failed: its own message is the last thing to be seen.
        self.is_still = False
        self.is_running, self.stop = False, threading.Event()

    def begin(self) -> None:
        """Watch the jobs: from now on everything that is said is about them."""
        self.is_running = True
        threading.Thread(target=self._name_the_slow, daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Take what is logged: count it, and show it, hold it back or leave it to the log."""
        event = getattr(record, "event", None)
        is_warning = record.levelno >= logging.WARNING
        if event == LogEvent.JOB_INFO:
            self._started(record)
        elif event == LogEvent.JOB_FINISHED:
            self._finished(record.job_id)
        if not self.is_calm or not (self.is_running or event in PREAMBLE):
            self.inner.handle(record)
        elif event in (LogEvent.JOB_ERROR, LogEvent.GROUP_ERROR):
            self._failed(record)
        elif record.levelno >= logging.ERROR or (self.has_failed and is_warning):
            # Of a job that failed, from wherever; and what was put back after it.
            self.held.append(record)
        elif is_warning:
            self.inner.handle(record)
        elif event is None and self.stop.is_set() and not self.is_over:
            # After the end: where the log is, how long it took.
            self.inner.handle(record)

    def say(self, text: str) -> None:
        """Print a line of ours."""
        self.is_still = False
        print(text, file=self.inner.stream, flush=True)

    def end(self, *, is_told: bool) -> None:
        """Stop watching. Where we have said what was wrong, nothing is to be said after us."""
        with self.lock:
            self.stop.set()
            self.is_over = is_told and self.is_calm
            self._release(is_told=is_told)

    def close(self) -> None:
        """Show what was held back and not told otherwise; end both handlers."""
        self.end(is_told=self.is_over)
        self.inner.close()
        super().close()

    def slowest(self) -> str | None:
        """Return a line on the slowest jobs of a run that took long, else None."""
        if time.time() - self.started < LONG_RUN:
            return None
        slow = sorted(self.durations, reverse=True)[:MOST_NAMED]
        named = "; ".join(f"{seconds:.0f} s {what}" for seconds, what in slow)
        return f"Slowest            {named}" if named else None

    def _started(self, record: logging.LogRecord) -> None:
        name = record.rule_name
        what = record.rule_msg or name
        self.running[record.jobid] = [name, what, time.monotonic(), SLOW]
        # What a job elsewhere says is not seen here.
        self.elsewhere |= set() if getattr(record, "local", True) else {record.jobid}
        doing, _, things = STAGES.get(name, ("", "", ""))
        if not self.is_calm or name in self.last or not record.rule_msg:
            return
        self.last[name] = time.monotonic()
        total = self._total(name)
        self.say(f"{doing} {total} {things}" if things and total > 1 else what)
        if not self.done:
            # Why this run does anything at all; what follows follows from it.
            self.say(f"  Reason: {textwrap.shorten(str(record.reason), 160)}")

    def _finished(self, jobid: int) -> None:
        if jobid not in self.running:
            return
        name, what, begun, _ = self.running.pop(jobid)
        self.durations.append((time.monotonic() - begun, what))
        self.done[name] += 1
        _, did, things = STAGES.get(name, ("", "", ""))
        total = self._total(name) if things else 1
        now = time.monotonic()
        is_due = now - self.last.get(name, now) >= BETWEEN or self.done[name] == total
        if self.is_calm and total > 1 and is_due:
            self.last[name] = now
            self.say(f"{did} {self.done[name]} of {total} {things}")

    def _total(self, name: str) -> int:
        """Return how many jobs a rule has in this run; counted anew when there are others."""
        if self.counted != len(self.workflow.dag):
            jobs = self.workflow.dag.needrun_jobs(exclude_finished=False)
            self.totals = Counter(job.rule.name for job in jobs)
            self.counted = len(self.workflow.dag)
        return self.totals[name]

    def _failed(self, record: logging.LogRecord) -> None:
        infos = getattr(record, "job_error_info", None) or [vars(record)]
        jobs = {info["jobid"] for info in infos}
        for jobid in jobs:
            self.running.pop(jobid, None)
        is_told = self.was_interrupted() or any(map(self._says_error, logs_of(record)))
        self.held.append(record)
        self._release(is_told=is_told)
        self.has_failed = True
        self.is_still = is_told and self.elsewhere.isdisjoint(jobs)

    def _release(self, *, is_told: bool) -> None:
        held, self.held = self.held, []
        for record in held if not is_told else ():
            self.inner.handle(record)

    def _name_the_slow(self) -> None:
        while not self.stop.wait(BETWEEN):
            now = time.monotonic()
            with self.lock:
                slow = [job for job in self.running.values() if now - job[2] >= job[3]]
                for job in slow:
                    job[3] *= 2
                named = [f"{what} ({name})" for name, what, *_ in slow[:MOST_NAMED]]
                named += [f"{len(slow) - MOST_NAMED} more"] * (len(slow) > MOST_NAMED)
                if slow:
                    longest = now - slow[0][2]
                    self.say(f"Not done after {longest:.0f} s: {'; '.join(named)}")

    def _says_error(self, log: Path) -> bool:
        """Say whether a log of this run says in our words what is wrong."""
        if not log.is_file() or log.stat().st_mtime < self.started - 1:
            return False
        return "\nERROR" in "\n" + log.read_text("utf-8", errors="replace")


class Alone(logging.Formatter):
    """Formats as `inner` does, but the error that holds `message` as that message and no more.

    Snakemake puts around it where in the workflow's own code it was raised.
    """

    def __init__(self, inner: logging.Formatter | None, message: str) -> None:
        super().__init__()
        self.inner, self.message = inner or logging.Formatter(), message

    def format(self, record: logging.LogRecord) -> str:
        """Return the text of a record."""
        is_it = record.levelno >= logging.ERROR and self.message in record.getMessage()
        return self.message if is_it else self.inner.format(record)


def logs_of(record: logging.LogRecord) -> list[Path]:
    """Return the log files of a job, or of each job of a group, that failed."""
    infos = getattr(record, "job_error_info", None) or [vars(record)]
    return [Path(path) for info in infos for path in info["log"] or ()]
