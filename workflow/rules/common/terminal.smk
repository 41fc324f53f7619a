# What the terminal shows of a run: which stage it is at, how far it has come, and what takes long. All
# that Snakemake says stands in its own log; STRATAFOREST_TERMINAL=full shows it on the terminal too.

import logging
import textwrap
from collections import Counter

from snakemake.logging import ColorizingTextHandler, logger
from snakemake.settings.enums import Quietness
from snakemake_interface_logger_plugins.common import LogEvent

TERMINAL = "STRATAFOREST_TERMINAL"
# Seconds: between two lines on one stage; after which a job is named that still runs, then after twice
# as long each time; of a run that names its slowest jobs at its end.
BETWEEN, SLOW, LONG_RUN = 5, 30, 60
MOST_NAMED = 5
# What Snakemake says of itself and the machine, and how many jobs it knows of before the checkpoint.
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

    It reads the events that Snakemake logs, never their text. What is said of a job that failed is held
    back until its log is there: where that says in our words what is wrong, Snakemake's are left out.
    """

    def __init__(self, inner, is_calm):
        super().__init__()
        self.inner, self.is_calm = inner, is_calm
        self.setFormatter(inner.formatter)
        for each in inner.filters:
            self.addFilter(each)
        self.running, self.done, self.durations = {}, Counter(), []
        self.totals, self.counted, self.last = Counter(), -1, {}
        self.held, self.has_failed, self.is_over = [], False, False
        # Whether nothing was said since a job failed: its own message is the last thing to be seen.
        self.is_still = False
        self.is_running, self.stop = False, threading.Event()

    def begin(self):
        """Watch the jobs: from now on everything that is said is about them."""
        self.is_running = True
        threading.Thread(target=self._name_the_slow, daemon=True).start()

    def emit(self, record):
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

    def say(self, text):
        """Print a line of ours."""
        self.is_still = False
        print(text, file=self.inner.stream, flush=True)

    def end(self, is_told):
        """Stop watching. Where we have said what was wrong, nothing is to be said after us."""
        with self.lock:
            self.stop.set()
            self.is_over = is_told and self.is_calm
            self._release(is_told)

    def close(self):
        self.end(self.is_over)
        self.inner.close()
        super().close()

    def slowest(self):
        """Return a line on the slowest jobs of a run that took long, else None."""
        if time.time() - STARTED < LONG_RUN:
            return None
        slow = sorted(self.durations, reverse=True)[:MOST_NAMED]
        named = "; ".join(f"{seconds:.0f} s {what}" for seconds, what in slow)
        return f"Slowest            {named}" if named else None

    def _started(self, record):
        name = record.rule_name
        what = record.rule_msg or name
        self.running[record.jobid] = [name, what, time.monotonic(), SLOW]
        doing, _, things = STAGES.get(name, ("", "", ""))
        if not self.is_calm or name in self.last or not record.rule_msg:
            return
        self.last[name] = time.monotonic()
        total = self._total(name)
        self.say(f"{doing} {total} {things}" if things and total > 1 else what)
        if not self.done:
            # Why this run does anything at all; what follows follows from it.
            self.say(f"  Reason: {textwrap.shorten(str(record.reason), 160)}")

    def _finished(self, jobid):
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

    def _total(self, name):
        """Return how many jobs a rule has in this run; counted anew when there are others."""
        if self.counted != len(workflow.dag):
            jobs = workflow.dag.needrun_jobs(exclude_finished=False)
            self.totals = Counter(job.rule.name for job in jobs)
            self.counted = len(workflow.dag)
        return self.totals[name]

    def _failed(self, record):
        for info in getattr(record, "job_error_info", None) or [vars(record)]:
            self.running.pop(info["jobid"], None)
        is_told = was_interrupted() or any(map(says_error, logs_of(record)))
        self.held.append(record)
        self._release(is_told)
        self.has_failed, self.is_still = True, is_told

    def _release(self, is_told):
        held, self.held = self.held, []
        for record in held if not is_told else ():
            self.inner.handle(record)

    def _name_the_slow(self):
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


def logs_of(record):
    """Return the log files of a job, or of each job of a group, that failed."""
    infos = getattr(record, "job_error_info", None) or [vars(record)]
    return [Path(path) for info in infos for path in info["log"] or ()]


def says_error(log):
    """Say whether a log of this run says in our words what is wrong."""
    if not is_of_this_run(log):
        return False
    return "\nERROR" in "\n" + log.read_text("utf-8", errors="replace")


def is_of_this_run(place):
    """Say whether a file was written since Snakemake was started."""
    return place.is_file() and place.stat().st_mtime >= STARTED - 1


def watch_terminal():
    """Put ours before Snakemake's handler of the terminal.

    Not where it is asked to be quiet, only says what it would do, runs one job of a run elsewhere, or
    runs somebody else's workflow that has imported this one.
    """
    settings = workflow.output_settings
    is_quiet = set(settings.quiet or ()) - {Quietness.HOST, Quietness.REASON}
    is_ours = workflow.is_main_process and workflow.modifier.namespace is None
    if is_quiet or settings.dryrun or not is_ours:
        return
    is_full = os.environ.get(TERMINAL) == "full" or settings.verbose
    for inner in [h for h in logger.handlers if isinstance(h, ColorizingTextHandler)]:
        logger.removeHandler(inner)
        logger.addHandler(Terminal(inner, not is_full and not settings.debug_dag))


def terminal():
    """Return our handler of the terminal, or None."""
    return next((h for h in logger.handlers if isinstance(h, Terminal)), None)


def shown(place):
    """Return a path as it is seen from where the run was started, which -d is not."""
    place, here = Path(place).absolute(), Path(workflow.workdir_init)
    near = os.path.relpath(place, here)
    return str(place) if near.startswith(os.path.join("..", "..", "..")) else near


def where_the_log_is():
    """Say where all stands that Snakemake has said in this run."""
    return f"Log: {', '.join(workflow.logger_manager.get_logfile())}"
