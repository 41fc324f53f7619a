# The configuration, checked; and the named functions that rules take their inputs and params from.

import contextlib
import csv
import hashlib
import json
import os
import shutil
import sys
import time
from difflib import get_close_matches
from pathlib import Path

from jsonschema import Draft202012Validator
from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version, validate
from yaml import MappingNode, SequenceNode, compose, safe_dump, safe_load

min_version("9.14")

STARTED = time.time()
CONFIG_SCHEMA = "../schemas/config.schema.yaml"
MODULES = safe_load(
    Path(workflow.source_path("../scripts/modules.yaml")).read_text(encoding="utf-8")
)


def check_config():
    """Stop with one line per mistake in the configuration; fill in the defaults where there is none."""
    schema = safe_load(
        Path(workflow.source_path(CONFIG_SCHEMA)).read_text(encoding="utf-8")
    )
    declares_models = bool(config.get("meta_regression"))
    found = [*repeated_keys(), *unquoted_names(config)]
    if not found:
        errors = sorted(
            Draft202012Validator(schema).iter_errors(config), key=lambda e: e.json_path
        )
        found = [line for error in errors for line in config_messages(error)]
    if not found:
        validate(config, workflow.source_path(CONFIG_SCHEMA))
        found = list(contradictions())
        if declares_models and not domain_analysis():
            found.append(
                "meta_regression: needs an analysis of whole domains; "
                "add to strata: domain: {by: [domain]}"
            )
    if found:
        files = ", ".join(map(str, workflow.configfiles)) or "given on the command line"
        raise WorkflowError(
            f"The configuration ({files}) cannot be used:\n" + "\n".join(found)
        )


def check_places():
    """Stop where results or logs cannot be written: Snakemake would end in a traceback."""
    for name in ("<results>", "<logs>"):
        place = Path(str(workflow.pathvars.apply(name)))
        there = next(
            path for path in (place, *place.absolute().parents) if path.exists()
        )
        if not there.is_dir():
            raise WorkflowError(f"{there} is a file; {name[1:-1]} need a folder there")
        if not os.access(there, os.W_OK):
            raise WorkflowError(f"{there} cannot be written; check its permissions")


def repeated_keys():
    """Yield the keys that stand twice in a mapping of a config file: YAML keeps the last in silence."""
    for path in map(str, workflow.configfiles):
        nodes = (
            [compose(Path(path).read_text(encoding="utf-8"))]
            if Path(path).is_file()
            else []
        )
        while nodes:
            node = nodes.pop()
            if isinstance(node, MappingNode):
                seen = set()
                for key, value in node.value:
                    if key.value in seen:
                        line = key.start_mark.line + 1
                        yield f"{path} line {line}: the key '{key.value}' stands here a second time"
                    seen.add(key.value)
                    nodes.append(value)
            elif isinstance(node, SequenceNode):
                nodes += node.value


def unquoted_names(part, place=""):
    """Yield the keys that YAML did not read as text, such as no, 010 or 2020-01-01 without quotes."""
    if isinstance(part, dict):
        for key, value in part.items():
            if not isinstance(key, str):
                yield f"{place or 'top level'}: YAML reads a name here as {key!r}; put it in quotes"
            yield from unquoted_names(value, f"{place}.{key}".lstrip("."))
    elif isinstance(part, list):
        for value in part:
            yield from unquoted_names(value, place)


def contradictions():
    """Return what a schema cannot say: keys that need one another."""
    for name, stratum in config["strata"].items():
        if "domain" not in stratum["by"] and not stratum["across_domains"]:
            yield f"strata.{name}: pools effects of several domains; if it should, add across_domains: yes"
    names = [model["name"] for model in config["meta_regression"]]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"meta_regression: the name '{name}' stands for several models"
    for model in config["meta_regression"]:
        for key in ("factors", "references"):
            for name in sorted(set(model[key]) - set(model["moderators"])):
                yield f"meta_regression {model['name']}: {key} names '{name}', which is no moderator of it"
    for name, domain in config["domains"].items():
        first = domain["priority"][:1]
        known = first and "higher_is_better" in config["indicators"].get(first[0], {})
        if domain["display"] == "as_measured" and not known:
            yield (
                f"domains.{name}: display: as_measured needs to know which way the domain's first "
                f"indicator points; add indicators.{first[0] if first else '...'}.higher_is_better"
            )


WANTED = {
    "string": "text in quotes",
    "object": "a mapping (key: value)",
    "array": "a list",
}
WANTED |= {"boolean": "yes or no", "number": "a number", "integer": "a whole number"}


def config_messages(error):
    """Say one schema error in words, with the nearest known key for an unknown one."""
    place = error.json_path.removeprefix("$").lstrip(".") or "top level"
    if error.validator == "oneOf":
        # The alternatives that are of another type altogether are not what was meant.
        inner = [
            part
            for part in error.context
            if part.relative_path or part.validator != "type"
        ]
        lines = [line for part in inner for line in config_messages(part)]
        return lines or [
            f"{place}: expected a sheet ({{path: ...}}) or a list of sheets"
        ]
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = list(error.schema.get("properties", {}))
        unknown = [str(key) for key in error.instance if key not in known]
        return [
            f"{place}: unknown key '{key}'; {suggestion(key, known)}" for key in unknown
        ]
    if error.validator == "pattern" and place.endswith("path"):
        return [
            f"{place}: '{error.instance}' leaves the review's folder; put the sheet inside it"
        ]
    if error.validator == "pattern":
        reserved = "overview, risk_of_bias, prisma, meta_regression and gosh are taken"
        return [
            f"{place}: the name '{error.instance}' may hold only a-z, 0-9 and _ ({reserved})"
        ]
    if error.validator == "type" and isinstance(error.validator_value, str):
        return [
            f"{place}: expected {WANTED[error.validator_value]}, found {error.instance!r}"
        ]
    return [f"{place}: {error.message}"]


def suggestion(name, known):
    """Return the nearest known name as a question, or all of them."""
    close = get_close_matches(name, known, n=1)
    return f"did you mean '{close[0]}'?" if close else f"known: {', '.join(known)}"


def code(rule_name):
    """Return a digest of a rule's script and of the package modules it runs."""
    digest = hashlib.sha256()
    paths = [f"../scripts/{rule_name}.py"]
    paths += [f"../scripts/strataforest/{module}.py" for module in MODULES[rule_name]]
    for path in paths:
        digest.update(Path(workflow.source_path(path)).read_bytes())
    return digest.hexdigest()[:16]


def as_text(value):
    """Return a piece of the configuration as JSON with sorted keys: equal content, equal params."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def selection_settings():
    """Return all that decides which effect stands for a trial in a domain."""
    keys = ("type", "priority", "instruments")
    domains = {name: {k: d[k] for k in keys} for name, d in config["domains"].items()}
    names = ("selection", "timepoint", "unlisted_indicators")
    return as_text({"domains": domains} | {name: config[name] for name in names})


def deciding_options(part=None, place=""):
    """Return the options that can move a number, by dotted key; what fits record themselves is left out."""
    elsewhere = {"review", "sheets", "figures", "history", "pathvars", "preset"}
    elsewhere |= {
        "pooling",
        "effect_size",
        "sensitivity",
        "small_study",
        "meta_regression",
    }
    found = {}
    for key, value in (config if part is None else part).items():
        if isinstance(value, dict) and not (part is None and key in elsewhere):
            found |= deciding_options(value, f"{place}{key}.")
        elif key not in elsewhere | {"label", "unit", "display"}:
            several = isinstance(value, list)
            text = ", ".join(map(str, value)) if several else json.dumps(value)
            found[f"{place}{key}"] = text.strip('"')
    return found


def sheet_specs():
    """Return the declared sheets by kind, each kind a list."""
    return {
        kind: specs if isinstance(specs, list) else [specs]
        for kind, specs in config["sheets"].items()
    }


def sheet_paths():
    """Return the files of all sheets that are there; a missing one is read_sheets' to report."""
    paths = {spec["path"] for specs in sheet_specs().values() for spec in specs}
    return sorted(path for path in paths if Path(path).is_file())


def strata_index(wildcards):
    """Return the rows of the index of strata, once the checkpoint has made it."""
    path = checkpoints.stratify.get().output.index
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def workflow_files():
    """Return where each file of the workflow itself is, by its place in the repository."""
    listing = Path(workflow.source_path("../files.yaml")).read_text(encoding="utf-8")
    return {
        name: str(workflow.source_path(f"../../{name}")) for name in safe_load(listing)
    }


def packed_config():
    """Return the configuration, defaults filled in, for a run inside the archive's own folders."""
    packed = {key: value for key, value in config.items() if key != "pathvars"}
    return safe_dump(packed, sort_keys=False, allow_unicode=True)


def pooled_strata(wildcards):
    """Return (analysis, stratum) of every stratum that may be pooled."""
    rows = strata_index(wildcards)
    return [(r["analysis"], r["stratum"]) for r in rows if r["status"] == "pooled"]


def in_results(name):
    """Return the path of a result below the checkpoint's own folder.

    Not `<results>/...`: an importing workflow that takes these functions along in
    `rules.x_all.input` would put its own results folder there.
    """
    return str(Path(checkpoints.stratify.get().output.index).parent.parent / name)


def stratum_file(wildcards):
    """Return the effects of one stratum."""
    return in_results(f"strata/{wildcards.analysis}/{wildcards.stratum}.csv")


def stratum_by_preset(wildcards):
    """Return the effects of one stratum under every preset."""
    return in_results(f"by_preset/{wildcards.analysis}/{wildcards.stratum}.csv")


def stratum_files(wildcards):
    """Return the effects of all strata that have any."""
    rows = strata_index(wildcards)
    return [
        in_results(f"strata/{r['analysis']}/{r['stratum']}.csv")
        for r in rows
        if r["k"] != "0"
    ]


def stratum_fits(wildcards):
    """Return the fits of all strata that may be pooled."""
    return [in_results(f"fits/{a}/{s}.json") for a, s in pooled_strata(wildcards)]


def stratum_covariates(wildcards):
    """Return what describes the trials of each stratum that may be pooled."""
    return [in_results(f"covariates/{a}/{s}.csv") for a, s in pooled_strata(wildcards)]


def stratum_years(wildcards):
    """Return the years of a stratum's trials as text: a figure shows them, no fit uses them.

    A param and no input: other things that describe a trial do not draw its figures again.
    """
    checkpoints.stratify.get()
    path = in_results(f"covariates/{wildcards.analysis}/{wildcards.stratum}.csv")
    with open(path, encoding="utf-8", newline="") as file:
        return as_text(
            {row["effect_id"]: row.get("year", "") for row in csv.DictReader(file)}
        )


def gosh_summaries(wildcards):
    """Return the summaries of all subsets of each stratum that may be pooled."""
    return [in_results(f"gosh/{a}/{s}.json") for a, s in pooled_strata(wildcards)]


def gosh_table():
    """Return the table of all subsets (GOSH), if the configuration asks for it."""
    return ["<results>/tables/gosh.csv"] if config["sensitivity"]["gosh"] else []


def grouping_columns():
    """Return the columns of each analysis as the index of strata names them."""
    columns = {"primary_platform": "platform"}
    return {
        name: [columns.get(column, column) for column in stratum["by"]]
        for name, stratum in config["strata"].items()
    }


def stratum_figures(wildcards):
    """Return the figure folders of all strata that may be pooled."""
    return [in_results(f"figures/{a}/{s}") for a, s in pooled_strata(wildcards)]


def overview_analyses():
    """Return the analyses with one grouping column: one overview figure each."""
    return [
        name for name, stratum in config["strata"].items() if len(stratum["by"]) == 1
    ]


def overview_figures():
    """Return the overview figures in every format."""
    formats = config["figures"]["formats"]
    return [
        f"<results>/figures/overview/{a}.{f}"
        for a in overview_analyses()
        for f in formats
    ]


def cross_tables():
    """Return the other column of each analysis of domains by one other column: a Table 2 each."""
    return {
        name: columns[1]
        for name, columns in grouping_columns().items()
        if len(columns) == 2 and columns[0] == "domain"
    }


def analysis_names():
    """Return the names of all analyses as a pattern: other folders of figures are no analyses."""
    return "|".join(config["strata"])


def domain_analysis():
    """Return the analysis of whole domains, which meta-regressions take their effects from."""
    return next((n for n, s in config["strata"].items() if s["by"] == ["domain"]), "")


def moderator_names():
    """Return the columns that the declared meta-regressions read."""
    models = config["meta_regression"]
    return sorted({name for model in models for name in model["moderators"]})


def model_names():
    """Return the declared meta-regressions; none where no analysis is of whole domains."""
    models = config["meta_regression"] if domain_analysis() else []
    return [model["name"] for model in models]


def declared_model(wildcards):
    """Return one declared meta-regression as text."""
    models = {model["name"]: model for model in config["meta_regression"]}
    return as_text(models[wildcards.model])


def moderated_strata(wildcards):
    """Return the effects of each domain that has any."""
    analysis = domain_analysis()
    return [f for f in stratum_files(wildcards) if Path(f).parent.name == analysis]


def moderated_covariates(wildcards):
    """Return what describes the trials of each domain that has any effects."""
    names = [Path(file).name for file in moderated_strata(wildcards)]
    return [in_results(f"covariates/{domain_analysis()}/{name}") for name in names]


def design_covariates(wildcards):
    """Return the size and length of every trial, once the checkpoint has written them."""
    checkpoints.stratify.get()
    return in_results("covariates/trials.csv")


def model_fits(wildcards):
    """Return the fit of every declared meta-regression.

    Named only once the checkpoint is through, as all that a byte-identical stratum should spare: a
    job that waits for the checkpoint runs whatever comes out of it.
    """
    checkpoints.stratify.get()
    return [in_results(f"meta_regression/{name}.json") for name in model_names()]


def meta_regression_figures(wildcards):
    """Return the folder of bubble plots of every declared meta-regression."""
    checkpoints.stratify.get()
    return [in_results(f"figures/meta_regression/{name}") for name in model_names()]


def design_table(wildcards):
    """Return the table of the design regression."""
    checkpoints.stratify.get()
    return in_results("tables/design_regression.csv")


def domain_types_and_labels():
    """Return the type and the label of each domain, in the config's order."""
    return {
        name: {"type": domain["type"], "label": domain["label"]}
        for name, domain in config["domains"].items()
    }


def domain_labels():
    """Return the label of each domain."""
    return {name: domain["label"] for name, domain in config["domains"].items()}


def analysis_label(wildcards):
    """Return the label of an analysis."""
    return config["strata"][wildcards.analysis].get("label", wildcards.analysis)


def stratum_title(wildcards):
    """Return the title of a stratum's figures."""
    key = (wildcards.analysis, wildcards.stratum)
    row = next(
        r for r in strata_index(wildcards) if (r["analysis"], r["stratum"]) == key
    )
    return row["label"]


def confidence_level():
    """Return the confidence level of intervals."""
    return config["pooling"].get("level", 0.95)


def is_flipped(domain):
    """Say whether a domain is shown as measured and its first indicator falls when things go well."""
    if domain["display"] != "as_measured" or not domain["priority"]:
        return False
    return (
        config["indicators"].get(domain["priority"][0], {}).get("higher_is_better")
        is False
    )


def flipped_domains():
    """Return the domains whose sign paper-style tables turn round."""
    return sorted(
        name for name, domain in config["domains"].items() if is_flipped(domain)
    )


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
    if summary.is_file() and summary.stat().st_mtime >= index.stat().st_mtime:
        print(f"\n{summary.read_text(encoding='utf-8')}", file=sys.stderr)
    else:
        print(
            "\nThe strata are up to date, the tables and figures not yet.",
            file=sys.stderr,
        )


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


def end_well():
    """Say what a finished run came to."""
    drop_kept_folders()
    show_summary()
    show_changes()


def show_problems():
    """Repeat what went wrong as the last thing the user sees, from the logs of this run's jobs."""
    logs = Path(str(workflow.pathvars.apply("<logs>")))
    begun = STARTED - 1
    fresh = [log for log in logs.rglob("*.log") if log.stat().st_mtime >= begun]
    lines = [
        line for log in sorted(fresh) for line in log.read_text("utf-8").splitlines()
    ]
    errors = [line for line in lines if line.startswith("ERROR")]
    if errors:
        print("\n" + "\n".join(errors[:50]), file=sys.stderr)
        more = f" (the first 50 of {len(errors)})" if len(errors) > 50 else ""
        print(
            f"\n{len(errors)} error(s){more}. Mend them and run again; ",
            end="",
            file=sys.stderr,
        )
        print(f"sheets: {results_path('harmonized/problems.csv')}.", file=sys.stderr)


check_config()
check_places()
