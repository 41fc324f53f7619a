# Ctrl-C and SIGTERM: what runs ends, what was good stays, and the last line says how to go on.

import signal

from snakemake.shell import shell

# What signals have come, a byte each.
SIGNALS, COME = bytearray(), []


def watch_signals():
    """Note signals beside what Python and Snakemake make of them.

    So a job that died of Ctrl-C is told from one that failed. (A handler in place of Python's own
    would keep asyncio from ending its tasks in order.)
    """
    reader, writer = os.pipe()
    for end in (reader, writer):
        os.set_blocking(end, False)
    try:
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    except ValueError:
        return  # not the main thread: somebody runs Snakemake inside of a program
    COME.append(reader)
    sys.excepthook = say_interrupted


def was_interrupted():
    """Say whether the run was asked to stop."""
    for reader in COME:
        with contextlib.suppress(BlockingIOError):
            SIGNALS.extend(os.read(reader, 1000))
    return bool({signal.SIGINT, signal.SIGTERM} & set(SIGNALS))


def say_interrupted(kind, error, trace):
    """End a run that is interrupted where Snakemake does not expect it: no traceback."""
    if not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    elif workflow.scheduler is None:
        print(
            "\nStopped before anything was run: nothing has changed.", file=sys.stderr
        )
    else:
        end_badly()


def jobs_ignore_interrupts():
    """Let a job not see Ctrl-C until its script is ready for it (`quit_when_interrupted`).

    Python would end it with a traceback while it imports.
    """
    shell.prefix("set -euo pipefail; trap '' INT; ")


def show_stop():
    """Say what a run that was interrupted has come to."""
    dag = workflow.dag
    jobs = list(dag.needrun_jobs(exclude_finished=False))
    done = sum(map(dag.finished, jobs))
    print(
        f"\nStopped on request. {done} of {len(jobs)} steps were done, and are kept; what was running "
        "will be made anew. Nothing is locked: run the same command again to go on.\n"
        f"{where_the_log_is()}",
        file=sys.stderr,
    )
    return True
