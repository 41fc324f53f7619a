# The last lines of a run: what it came to, what moved, or what went wrong and how to go on.


def with_shown_paths(text):
    """Return text of ours with each path of a result as it is seen from where the run was started."""
    results = str(results_path(""))
    return re.sub(rf"(?<!\S){re.escape(results)}(?=/)", shown(results), text)


# Where the last lines of a summary lead, and what is asked for by name beside a review.
PLACES = {
    "Report": "report/index.html",
    "Tables": "tables/pooled.csv",
    "Figures": "figures",
    "Choices": "effects/decisions.csv",
}
ON_REQUEST = {
    "Workbook": "extraction/template.xlsx",
    "Exports": "exports",
    "Bundle": "bundle/review.zip",
}


def show_summary():
    """Print the summary of a finished run, and where it is that was asked for by name.

    Of a target, only what belongs to it: all else may be of another configuration, or not there.
    After a preview, say that the tables are behind.
    """
    made = {Path(str(path)) for job in workflow.dag.jobs for path in job.output}
    index = results_path("strata/index.csv")
    told = [*summary_lines(made), *audit_lines(made), *lines_on_request(made)]
    told += older_lines(made)
    if told:
        print("\n" + "\n".join(told) + "\n", file=sys.stderr)
    elif index in made and not is_newer(results_path("tables/pooled.csv"), index):
        print(
            "\nThe strata are up to date, the tables and figures not yet.",
            file=sys.stderr,
        )


def is_of(made, name):
    """Say whether a result, or something in a folder of them, is among what a run has made."""
    place = results_path(name)
    return any(place == path or place in path.parents for path in made)


def summary_lines(made):
    """Return the summary where it is of this run, without the places that are not."""
    if not is_of(made, "summary.txt"):
        return []
    text = with_shown_paths(results_path("summary.txt").read_text(encoding="utf-8"))
    numbers, _, places = text.rstrip("\n").rpartition("\n\n")
    names = {
        line: PLACES.get(line.split(" ")[0], "summary.txt")
        for line in places.splitlines()
    }
    kept = [line for line, name in names.items() if is_of(made, name)]
    return [*numbers.splitlines(), "", *kept]


def lines_on_request(made):
    """Return a line on each thing that was asked for by name: where it is."""
    places = {label: results_path(name) for label, name in ON_REQUEST.items()}
    # A folder is shown with the separator behind it.
    return [
        f"{label:<9} {os.path.join(shown(place), '') if place.is_dir() else shown(place)}"
        for label, place in places.items()
        if is_of(made, ON_REQUEST[label])
    ]


def audit_lines(made):
    """Return a line on the audit of printed numbers, where this run has made it."""
    if not is_of(made, "audit/audit.csv"):
        return []
    table = results_path("audit/audit.csv")
    with open(table, encoding="utf-8", newline="") as file:
        found = [row["severity"] for row in csv.DictReader(file)]
    kinds = [
        f"{found.count(kind)} {kind}s"
        for kind in ("contradiction", "question", "difference")
    ]
    return [f"Audit     {', '.join(kinds)}: {shown(results_path('audit/audit.html'))}"]


def older_lines(made):
    """Return a line where only tables were asked for and the report is of an earlier run.

    It reads all that stands in these folders, so what is newer there was not there when it was made.
    """
    if not is_of(made, "tables/pooled.csv"):
        return []
    page, results = results_path("report/index.html"), results_path("")
    folders = {results / name for name in ("strata", "covariates", "fits", "tables")}
    read = [path for path in made if folders & set(path.parents) and path.is_file()]
    if page in made or not read or not page.is_file():
        return []
    newest = max(read, key=lambda path: path.stat().st_mtime)
    line = (
        "Older     report, figures, meta-regressions, cumulative.csv and the paper's own "
        "tables: those of the last whole run"
    )
    return [] if is_newer(page, newest) else [line]


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
        print(with_shown_paths(text.decode("utf-8")), file=sys.stderr)
        with contextlib.suppress(OSError):
            shown.write_bytes(text)


def show_results():
    """Say what a run came to whose results are all there."""
    drop_kept_folders()
    show_summary()
    show_changes()
    show_slowest()


def show_slowest():
    """Name the slowest jobs of a run that took long."""
    if terminal() and terminal().slowest():
        print(f"{terminal().slowest()}\n", file=sys.stderr)


def failed_jobs():
    """Return the jobs that failed in this run."""
    return workflow.scheduler.failed if workflow.scheduler else ()


def failed_alone(name):
    """Say whether one rule is all that failed."""
    names = {"a group" if j.is_group() else j.rule.name for j in failed_jobs()}
    return names == {name}


def show_problems():
    """Repeat what went wrong as the last thing the user sees, from the logs of this run's jobs.

    Returns whether there was anything that we can say.
    """
    logs = Path(str(workflow.pathvars.apply("<logs>")))
    fresh = [log for log in logs.rglob("*.log") if is_of_this_run(log)]
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
        return False
    # A job on this machine has said it itself; where nothing came after that, once is enough.
    is_seen = terminal() and terminal().is_still and len(failed_jobs()) == 1
    if not is_seen or failed_alone("hold_claims"):
        print("\n" + "\n".join(lines[:100]), file=sys.stderr)
        if len(lines) > 100:
            print(f"... and {len(lines) - 100} more lines in {logs}", file=sys.stderr)
    print(f"\n{how_to_go_on()}\n{where_the_log_is()}", file=sys.stderr)
    return True


def how_to_go_on():
    """Say what to do after a run that found something wrong."""
    if failed_alone("hold_claims"):
        place = shown(results_path("audit/claims.csv"))
        return f"All results are complete and up to date. All claims are in {place}."
    if failed_alone("test_claims"):
        return "Mend the claims and run again."
    return f"Mend the errors and run again.{where_problems_stand()}"


def where_problems_stand():
    """Say which files show what is wrong with the sheets, where this run has read them."""
    names = ("problems", "published_problems")
    places = [results_path(f"harmonized/{name}.csv") for name in names]
    listed = " and ".join(shown(place) for place in places if is_of_this_run(place))
    copy = results_path("harmonized/annotated_sheets.xlsx")
    cells = f"; {shown(copy)} shows the cells" if copy.is_file() else ""
    return f" Everything said of the sheets is in {listed}{cells}." if listed else ""
