# What a run does before it starts and once it has ended, well or not.


def results_path(name):
    """Return the path of a result, for the handlers that run outside any rule."""
    return Path(str(workflow.pathvars.apply(f"<results>/{name}")))


FOLDER_OUTPUTS = (
    *("strata/*/", "covariates/*/", "by_preset/*/", "tables/*/"),
    "figures/*/*/",
)


def keep_folders():
    """Link the files of outputs that are folders aside, for `restore_folders`.

    Snakemake deletes a folder before the job that makes it: on a full disk the last good one would be
    lost. Links take no room.
    """
    results, kept = results_path(""), results_path(".kept")
    shutil.rmtree(kept, ignore_errors=True)
    for folder in (f for pattern in FOLDER_OUTPUTS for f in results.glob(pattern)):
        # Where a file system has no links, a failed run costs the folders of its failed jobs.
        with contextlib.suppress(OSError):
            place = kept / folder.relative_to(results)
            shutil.copytree(folder, place, copy_function=os.link, dirs_exist_ok=True)


def restore_folders():
    """Put back the folders that a failed run has lost, but for those of strata that are gone."""
    results, kept = results_path(""), results_path(".kept")
    for folder in (f for pattern in FOLDER_OUTPUTS for f in kept.glob(pattern)):
        place = results / folder.relative_to(kept)
        if not place.exists() and is_wanted(place.relative_to(results).parts):
            with contextlib.suppress(OSError):
                place.parent.mkdir(parents=True, exist_ok=True)
                folder.rename(place)
    drop_kept_folders()


def age_what_failed():
    """Let what failed jobs got back count as old and unknown, so that the next run makes it again.

    Snakemake records a failed job as if it had made, with the new params, the outputs that `update`
    puts back with a new time: the next run would take them for up to date. What was running when the
    run was interrupted has its folders back too.
    """
    for job in {
        *failed_jobs(),
        *(workflow.scheduler.running if workflow.scheduler else ()),
    }:
        workflow.persistence.cleanup(job)
        for place in (Path(str(output)) for output in job.output):
            stamp = place / ".snakemake_timestamp" if place.is_dir() else place
            with contextlib.suppress(FileNotFoundError):
                os.utime(stamp, (1, 1))


def drop_kept_folders():
    """Remove the links of `keep_folders`."""
    shutil.rmtree(results_path(".kept"), ignore_errors=True)


def is_wanted(parts):
    """Say whether a folder's stratum, model or analysis still stands in the review."""
    kind, *rest = parts
    if kind == "tables":
        return True
    if kind != "figures":
        return rest[0] in config["strata"]
    if rest[0] == "meta_regression":
        return rest[1] in model_names()
    index = results_path("strata/index.csv")
    with open(index, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    pooled = {(r["analysis"], r["stratum"]) for r in rows if r["status"] == "pooled"}
    return tuple(rest) in pooled


def begin():
    """Prepare what a run needs beside its jobs."""
    if terminal():
        terminal().begin()
    jobs_ignore_interrupts()
    keep_folders()
    start_warm_process(SCRIPTS)


def let_go():
    """End what still runs beside the jobs."""
    stop_warm_process()
    # Snakemake's own, to look for jobs again in some seconds: its process would end only then.
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.cancel()


def end_badly():
    """Put back what a failed run has lost, and say what went wrong."""
    is_stopped = was_interrupted()
    with contextlib.suppress(ValueError):
        # Whoever is impatient may press Ctrl-C again: what follows takes no time, and is to be whole.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    let_go()
    if failed_alone("hold_claims"):
        # It comes last of all: every result is there and fresh.
        show_results()
    else:
        restore_folders()
        age_what_failed()
    is_told = show_stop() if is_stopped else show_problems()
    if terminal():
        terminal().end(is_told=is_told)


def end_well():
    """Say what a finished run came to."""
    let_go()
    show_results()
    if terminal():
        terminal().end(is_told=False)
