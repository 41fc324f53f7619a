# What the terminal shows of a run: which stage it is at, how far it has come, and what takes long. All
# that Snakemake says stands in its own log; STRATAFOREST_TERMINAL=full shows it on the terminal too.

from snakemake.logging import ColorizingTextHandler, logger
from snakemake.settings.enums import Quietness

TERMINAL = "STRATAFOREST_TERMINAL"
ON_TERMINAL = own_module("common/terminal.py")
Terminal, Alone = ON_TERMINAL.Terminal, ON_TERMINAL.Alone


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
        logger.addHandler(
            Terminal(
                *(inner, workflow, STARTED, was_interrupted),
                is_calm=not is_full and not settings.debug_dag,
            )
        )


def terminal():
    """Return our handler of the terminal, or None."""
    return next((h for h in logger.handlers if isinstance(h, Terminal)), None)


def stop(message):
    """Stop with an error of the user's: on the terminal it stands alone, without where our code is.

    Snakemake's log has both, and so has the terminal with --verbose or of a workflow that imports us.
    """
    if workflow.modifier.namespace is None and not workflow.output_settings.verbose:
        for handler in logger.handlers:
            inner = getattr(handler, "inner", handler)
            if isinstance(inner, ColorizingTextHandler):
                inner.setFormatter(Alone(inner.formatter, message))
    raise WorkflowError(message)


def shown(place):
    """Return a path as it is seen from where the run was started, which -d is not."""
    place, here = Path(place).absolute(), Path(workflow.rundir)
    near = os.path.relpath(place, here)
    return str(place) if near.startswith(os.path.join("..", "..", "..")) else near


def where_the_log_is():
    """Say where all stands that Snakemake has said in this run."""
    return f"Log: {', '.join(workflow.logger_manager.get_logfile())}"
