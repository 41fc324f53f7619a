# Which files there are: sheets, the workflow's own, and the results of each stratum.


# Sheets of what has been printed or claimed: nothing is pooled from them, and they are read apart.
READ_APART = ("published", "claims")


def sheet_specs():
    """Return the declared sheets of what was extracted by kind, each kind a list."""
    return {
        kind: listed_specs(specs)
        for kind, specs in config["sheets"].items()
        if kind not in READ_APART
    }


def claims_specs():
    """Return the declared sheets of claims; none where there is none."""
    return listed_specs(config["sheets"].get("claims", []))


def listed_specs(specs):
    """Return the declared sheets of one kind as a list."""
    return [with_text_keys(s) for s in (specs if isinstance(specs, list) else [specs])]


def with_text_keys(spec):
    """Return a declared sheet whose `values` have text as keys: YAML reads 1, yes and dates as its own."""
    words = {True: "yes", False: "no"}
    maps = {
        column: {
            words[key] if isinstance(key, bool) else str(key): ours
            for key, ours in values.items()
        }
        for column, values in spec.get("values", {}).items()
    }
    return {**spec, "values": maps} if maps else spec


def double_extraction():
    """Return the second extraction as configured, its sheets and decisions in lists; {} if none."""
    found = dict(config.get("double_extraction", {}))
    for kind in found.keys() - {"tolerance", "undecided"}:
        specs = found[kind] if isinstance(found[kind], list) else [found[kind]]
        specs = [s if isinstance(s, dict) else {"path": s} for s in specs]
        found[kind] = [with_text_keys(spec) for spec in specs]
    return found


def extraction_tables():
    """Return the list of what two extractors have unlike, if there are two."""
    wanted = "double_extraction" in config
    return ["<results>/extraction/discrepancies.csv"] if wanted else []


def sheet_paths():
    """Return the files of all extracted sheets that are there; read_sheets reports a missing one."""
    second = [
        specs for specs in double_extraction().values() if isinstance(specs, list)
    ]
    declared = [*sheet_specs().values(), *second]
    return present(spec["path"] for specs in declared for spec in specs)


def claims_paths():
    """Return the sheets of claims that are there; test_claims reports a missing one."""
    return present(spec["path"] for spec in claims_specs())


def present(paths):
    """Return the paths at which there is a file, sorted, each once."""
    return sorted(path for path in set(paths) if Path(path).is_file())


def content_of(paths):
    """Return a digest of sheets: one put back with its old time is not newer than its results."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.encode())
        # What cannot be read is the reading rule's to report.
        with contextlib.suppress(OSError), open(path, "rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]


def tested_claims():
    """Return the table of tested claims, if the review makes any."""
    return ["<results>/audit/claims.csv"] if claims_specs() else []


def held_claims():
    """Return the file that is there where all claims hold, if the review makes any."""
    return ["<results>/audit/claims_hold.txt"] if claims_specs() else []


def model_tables(name):
    """Return a table of the meta-regressions (models, terms), if any is declared."""
    return [f"<results>/tables/meta_regression_{name}.csv"] if model_names() else []


def strata_index(wildcards):
    """Return the rows of the index of strata, once the checkpoint has made it."""
    return table_rows(stratified().index)


def table_rows(path):
    """Return the rows of a table of this workflow, each text as it was before it was written.

    As `tabular.read_rows`: text that a spreadsheet would run stands behind an apostrophe.
    """
    return table_rows_at(str(path), os.stat(path).st_mtime_ns)


# Asked for once per job and param; a table that was written anew has another time.
@lru_cache(maxsize=256)
def table_rows_at(path, time):
    """Return the rows of a table as it was at a time; not to be changed."""
    with open(path, encoding="utf-8", newline="") as file:
        return [
            {name: unguarded(text) for name, text in row.items()}
            for row in csv.DictReader(file)
        ]


def unguarded(text):
    """Return a cell's text without the apostrophe that keeps a spreadsheet from running it."""
    plain = text.lstrip("'")
    if text == plain or not plain.startswith(tuple("=+-@\t\r")):
        return text
    try:
        float(plain)
    except ValueError:
        return text[1:]
    return text


def workflow_files(wildcards):
    """Return where each file of the workflow itself is, by its place in the repository, as text.

    A function, so that only who packs the workflow looks for all of its files.
    """
    return as_text(
        {
            name: str(workflow.source_path(f"../../../{name}"))
            for name in own_yaml("../files.yaml")
        }
    )


def pooled_strata(wildcards):
    """Return (analysis, stratum) of every stratum that may be pooled."""
    rows = strata_index(wildcards)
    return [(r["analysis"], r["stratum"]) for r in rows if r["status"] == "pooled"]


# What `stratified` returned last.
STRATIFIED = []


def stratified():
    """Return the outputs of the checkpoint, once it has run; until then Snakemake asks again.

    Its own `get` works them out anew at each of some hundred calls: a tenth of what it does in a run.
    """
    made = checkpoints.created_output or ()
    if not (STRATIFIED and all(place in made for place in STRATIFIED[0])):
        STRATIFIED[:] = [checkpoints.stratify.get().output]
    return STRATIFIED[0]


def in_results(name):
    """Return the path of a result below the checkpoint's own folder.

    Not `<results>/...`: an importing workflow that takes these functions along in
    `rules.x_all.input` would put its own results folder there.
    """
    return all_in_results([name])[0]


def all_in_results(names):
    """Return the paths of several results."""
    folder = Path(stratified().index).parent.parent
    return [f"{folder}/{name}" for name in names]


def pooled_table(wildcards):
    """Return the table of pooled strata, for rules that read tables alone.

    Asked for again after the checkpoint: else Snakemake runs such a rule for the reason that it had
    before, although the tables turned out to be as they were.
    """
    return in_results("tables/pooled.csv")


def stratum_file(wildcards):
    """Return the effects of one stratum."""
    return in_results(f"strata/{wildcards.analysis}/{wildcards.stratum}.csv")


def stratum_by_preset(wildcards):
    """Return the effects of one stratum under every preset."""
    return in_results(f"by_preset/{wildcards.analysis}/{wildcards.stratum}.csv")


def stratum_files(wildcards):
    """Return the effects of all strata that have any."""
    rows = strata_index(wildcards)
    return all_in_results(
        f"strata/{r['analysis']}/{r['stratum']}.csv" for r in rows if r["k"] != "0"
    )


def stratum_fit(wildcards):
    """Return the fit of one stratum.

    A function, so that a single target works although params wait for the checkpoint.
    """
    return fit_file(wildcards.analysis, wildcards.stratum)


def stratum_fits(wildcards):
    """Return the files that hold the fits of all strata that may be pooled."""
    return fit_files(pooled_strata(wildcards))


def fit_file(analysis, stratum):
    """Return the file that holds the fit of one stratum."""
    return fit_files([(analysis, stratum)])[0]


def fit_files(strata):
    """Return the files that hold the fits of strata given as (analysis, stratum), each once."""
    if config["strata_per_job"] == 1:
        return all_in_results(f"fits/{a}/{s}.json" for a, s in strata)
    places = {
        (analysis, stratum): f"fits/{analysis}/{part}.jsonl"
        for (analysis, part), members in parts().items()
        for stratum in members
    }
    return all_in_results(dict.fromkeys(places[key] for key in strata))


def parts():
    """Return the strata of every job that pools many, by (analysis, part), in the index's order."""
    found = {}
    for analysis in config["strata"]:
        pooled = [s for a, s in pooled_strata({}) if a == analysis]
        size = config["strata_per_job"]
        for i in range(0, len(pooled), size):
            found[analysis, f"part_{i // size + 1:04d}"] = pooled[i : i + size]
    return found


def part_members(wildcards):
    """Return the strata of one part."""
    return parts().get((wildcards.analysis, wildcards.part), [])


def part_files(wildcards):
    """Return the effects of each stratum of a part."""
    names = part_members(wildcards)
    return all_in_results(f"strata/{wildcards.analysis}/{name}.csv" for name in names)


def part_by_presets(wildcards):
    """Return the effects under every preset of each stratum of a part."""
    names = part_members(wildcards)
    return all_in_results(
        f"by_preset/{wildcards.analysis}/{name}.csv" for name in names
    )


def stratum_by_presets(wildcards):
    """Return the effects under every preset of each stratum that may be pooled."""
    return all_in_results(f"by_preset/{a}/{s}.csv" for a, s in pooled_strata(wildcards))


def stratum_covariates(wildcards):
    """Return what describes the trials of each stratum that may be pooled."""
    return all_in_results(
        f"covariates/{a}/{s}.csv" for a, s in pooled_strata(wildcards)
    )


def stratum_years(wildcards):
    """Return the years of a stratum's trials as text: a figure shows them, no fit uses them.

    A param and no input: other things that describe a trial do not draw its figures again.
    """
    path = in_results(f"covariates/{wildcards.analysis}/{wildcards.stratum}.csv")
    return as_text({row["effect_id"]: row.get("year", "") for row in table_rows(path)})


def trial_characteristics(wildcards):
    """Return what describes every trial, once the checkpoint has written it."""
    return in_results("covariates/characteristics.csv")


def judged_trials(wildcards):
    """Return the judgements of all trials, once the checkpoint has written them."""
    return in_results("covariates/risk_of_bias.csv")


def stratum_judgements(wildcards):
    """Return the judgements of a stratum's trials as text: a param, as their years are."""
    return judgements_of(wildcards.analysis, wildcards.stratum)


def judgements_of(analysis, stratum):
    """Return the judgements of the trials of a stratum as text."""
    stratum = in_results(f"strata/{analysis}/{stratum}.csv")
    judged = {row["study_id"]: row for row in table_rows(judged_trials({}))}
    names = {row["study_id"] for row in table_rows(stratum)}
    return as_text({name: judged[name] for name in names if name in judged})


def flow_counts(wildcards):
    """Return the counts of the PRISMA flow, once the checkpoint has written them."""
    return in_results("covariates/flow.csv")


def review_figures(wildcards):
    """Return the figures of the risk of bias and of the PRISMA flow, where there are such sheets.

    Named only once the checkpoint is through, as in `model_fits`.
    """
    names = ["prisma/flow"] if "flow" in config["sheets"] else []
    rows = table_rows(judged_trials(wildcards))
    if any(value for row in rows for name, value in row.items() if name != "study_id"):
        names += ["risk_of_bias/traffic_light", "risk_of_bias/summary"]
    formats = config["figures"]["formats"]
    return all_in_results(
        f"figures/{name}.{format}" for name in names for format in formats
    )


def subsets_summary():
    """Return the output that sums up all subsets (GOSH) of a stratum, where they are asked for."""
    place = update("<results>/gosh/{analysis}/{stratum}.json")
    return {"gosh": place} if config["sensitivity"]["gosh"] else {}


def gosh_summaries(wildcards):
    """Return the summaries of all subsets of each stratum that may be pooled."""
    return all_in_results(f"gosh/{a}/{s}.json" for a, s in pooled_strata(wildcards))


def gosh_table():
    """Return the table of all subsets (GOSH), if the configuration asks for it."""
    return ["<results>/tables/gosh.csv"] if config["sensitivity"]["gosh"] else []


def stratum_figures(wildcards):
    """Return the figure folders of all strata that may be pooled."""
    return all_in_results(f"figures/{a}/{s}" for a, s in pooled_strata(wildcards))


def overview_figures():
    """Return the overview figures in every format."""
    formats = config["figures"]["formats"]
    return [
        f"<results>/figures/overview/{a}.{f}"
        for a in overview_analyses()
        for f in formats
    ]


def moderated_strata(wildcards):
    """Return the effects of each domain that has any."""
    analysis = domain_analysis()
    return [f for f in stratum_files(wildcards) if Path(f).parent.name == analysis]


def moderated_covariates(wildcards):
    """Return what describes the trials of each domain that has any effects."""
    names = [Path(file).name for file in moderated_strata(wildcards)]
    return all_in_results(f"covariates/{domain_analysis()}/{name}" for name in names)


def design_covariates(wildcards):
    """Return the size and length of every trial, once the checkpoint has written them."""
    return in_results("covariates/trials.csv")


def model_fits(wildcards):
    """Return the fit of every declared meta-regression.

    Named only once the checkpoint is through, as all that a byte-identical stratum should spare: a
    job that waits for the checkpoint runs whatever comes out of it.
    """
    return all_in_results(f"meta_regression/{name}.json" for name in model_names())


def all_model_tables(wildcards):
    """Return the tables of the meta-regressions, empty where none is declared; see `pooled_table`."""
    names = ("models", "terms")
    return all_in_results(f"tables/meta_regression_{name}.csv" for name in names)


def modelled_covariates(wildcards):
    """Return what describes the trials of each domain, if any meta-regression reads it."""
    return moderated_covariates(wildcards) if model_names() else []


def meta_regression_figures(wildcards):
    """Return the folder of bubble plots of every declared meta-regression."""
    return all_in_results(f"figures/meta_regression/{name}" for name in model_names())


def design_table(wildcards):
    """Return the table of the design regression."""
    return in_results("tables/design_regression.csv")


def stratum_title(wildcards):
    """Return the title of a stratum's figures."""
    key = (wildcards.analysis, wildcards.stratum)
    row = next(
        r for r in strata_index(wildcards) if (r["analysis"], r["stratum"]) == key
    )
    return row["label"]
