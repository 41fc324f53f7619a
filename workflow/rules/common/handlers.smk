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
    puts back with a new time: the next run would take them for up to date.
    """
    for job in failed_jobs():
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


def show_summary():
    """Print the summary of a finished run; after a preview, say that the tables are behind."""
    summary, index = results_path("summary.txt"), results_path("strata/index.csv")
    if not index.is_file():
        return
    # Snakemake touches the outputs of each job it ran, so the order of their times is that of jobs.
    if is_newer(summary, index):
        print(f"\n{summary.read_text(encoding='utf-8')}", file=sys.stderr)
    # Who asks for the audit alone has the tables, and no summary.
    elif not is_newer(results_path("tables/pooled.csv"), index):
        print(
            "\nThe strata are up to date, the tables and figures not yet.",
            file=sys.stderr,
        )


def is_newer(place, other):
    """Say whether a file is there and not older than another."""
    return place.is_file() and place.stat().st_mtime >= other.stat().st_mtime


def show_changes():
    """Print what moved, once: at the end of the first run that ends well after it was recorded.

    A marker says what was shown, not a clock: Snakemake touches the outputs of every job it ran, and a
    run that was killed while it drew figures has recorded its change but told nobody.
    """
    latest, shown = results_path("changes/latest.txt"), results_path("changes/.shown")
    if not latest.is_file():
        return
    text = latest.read_bytes()
    if not shown.is_file() or shown.read_bytes() != text:
        print(text.decode("utf-8"), file=sys.stderr)
        with contextlib.suppress(OSError):
            shown.write_bytes(text)


def begin():
    """Prepare what a run needs beside its jobs."""
    keep_folders()
    # Not from the folder of the Snakefile that was named: there are two of them.
    start_warm_process(Path(str(HERE)).parent / "scripts")


def let_go():
    """End what still runs beside the jobs."""
    stop_warm_process()
    # Snakemake's own, to look for jobs again in some seconds: its process would end only then.
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.cancel()


def end_badly():
    """Put back what a failed run has lost, and say what went wrong."""
    let_go()
    if failed_alone("hold_claims"):
        # It comes last of all: every result is there and fresh.
        show_results()
    else:
        restore_folders()
        age_what_failed()
    show_problems()


def end_well():
    """Say what a finished run came to."""
    let_go()
    show_results()


def show_results():
    """Say what a run came to whose results are all there."""
    drop_kept_folders()
    show_summary()
    show_changes()


def failed_jobs():
    """Return the jobs that failed in this run."""
    return workflow.scheduler.failed if workflow.scheduler else ()


def failed_alone(name):
    """Say whether one rule is all that failed."""
    names = {"a group" if j.is_group() else j.rule.name for j in failed_jobs()}
    return names == {name}


def show_problems():
    """Repeat what went wrong as the last thing the user sees, from the logs of this run's jobs."""
    logs = Path(str(workflow.pathvars.apply("<logs>")))
    begun = STARTED - 1
    fresh = [log for log in logs.rglob("*.log") if log.stat().st_mtime >= begun]
    # A traceback, of a defect of ours or of a full disk, stays in its log.
    texts = [log.read_text("utf-8").split("Traceback")[0] for log in sorted(fresh)]
    told = [text.strip() for text in texts if "\nERROR" in f"\n{text}"]
    # What stopped the run; each job has printed its warnings.
    lines = [
        line
        for line in "\n\n".join(told).splitlines()
        if not line.startswith("WARNING")
    ]
    if not told:
        return
    print("\n" + "\n".join(lines[:100]), file=sys.stderr)
    if len(lines) > 100:
        print(f"... and {len(lines) - 100} more lines in {logs}", file=sys.stderr)
    print(f"\n{how_to_go_on()}", file=sys.stderr)


# Beside the Snakefile; the documentation site has it too.
HELP = "docs/when-a-run-stops.md"


def how_to_go_on():
    """Say what to do after a run that found something wrong."""
    if failed_alone("hold_claims"):
        place = results_path("audit/claims.csv")
        return f"All results are complete and up to date. All claims are in {place}."
    if failed_alone("test_claims"):
        return "Mend the claims and run again."
    return (
        f"Mend the errors and run again. {where_problems_stand()} "
        f"What kinds of errors there are, and what to do, is in {HELP}."
    )


def where_problems_stand():
    """Say which files show what is wrong with the sheets, after a run that found something."""
    names = ("problems", "published_problems")
    places = [results_path(f"harmonized/{name}.csv") for name in names]
    listed = " and ".join(str(place) for place in places if is_of_this_run(place))
    copy = results_path("harmonized/annotated_sheets.xlsx")
    shown = f"; {copy} shows the cells" if copy.is_file() else ""
    return f"Everything said of the sheets is in {listed or places[0]}{shown}."


def is_of_this_run(place):
    """Say whether a file was written since Snakemake was started."""
    return place.is_file() and place.stat().st_mtime >= STARTED - 1
