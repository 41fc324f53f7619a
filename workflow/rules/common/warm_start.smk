# The process that has its imports done, for jobs on this machine (scripts/strataforest/warm_start/).

WARM_START = "STRATAFOREST_WARM_START"
# What a run has started, so that it can end it.
WARM = contextlib.ExitStack()


def start_warm_process(scripts):
    """Start the process that scripts of a folder are handed over to, found by two variables.

    It ends with this process, however that ends: its standard input is a pipe that then closes.
    """
    # Elsewhere a fork of a process that has numpy loaded may crash; fetched scripts are in no folder.
    if os.environ.get(WARM_START) or sys.platform != "linux" or not scripts.is_dir():
        return
    # A path of a Unix socket holds about 100 characters: no folder of the review.
    folder = WARM.enter_context(tempfile.TemporaryDirectory(prefix="strataforest-"))
    address = f"{folder}/socket"
    # As in a job: what is installed comes before the folder of the scripts.
    code = f"import sys; sys.path.append({str(scripts)!r})\n"
    code += f"from strataforest.warm_start.serving import serve; serve({address!r}, {str(scripts)!r})"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    WARM.callback(process.wait)
    WARM.callback(process.stdin.close)
    # A run that fails at once need not wait for the imports.
    WARM.callback(process.terminate)
    set_for_jobs(WARM_START, f"{address}|{sys.prefix}")
    # What a job's Python does first of all: it hands its script over.
    places = [
        str(scripts / "strataforest/warm_start/at_start"),
        os.environ.get("PYTHONPATH"),
    ]
    set_for_jobs("PYTHONPATH", os.pathsep.join(filter(None, places)))


def set_for_jobs(name, value):
    """Set a variable of the environment until the run ends."""
    before = os.environ.get(name)
    os.environ[name] = value
    if before is None:
        WARM.callback(os.environ.pop, name)
    else:
        WARM.callback(os.environ.__setitem__, name, before)


def start_warm_process_early():
    """Start it while the workflow is still being read, if this process is about to run it.

    Where that is not known yet (it is included in another workflow), `begin` starts it.
    """
    own = SCRIPTS.parent
    is_main = Path(workflow.main_snakefile).parent in {own, own.parent}
    # What else reads a workflow, such as --lint, ends it unused.
    if is_main and workflow.is_main_process and not workflow.output_settings.dryrun:
        start_warm_process(SCRIPTS)


def stop_warm_process():
    """End it."""
    WARM.close()
