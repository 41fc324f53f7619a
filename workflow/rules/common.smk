# The configuration, checked; and the named functions that rules take their inputs and params from.

import csv
import hashlib
import json
import sys
from difflib import get_close_matches
from pathlib import Path

from jsonschema import Draft202012Validator
from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version, validate
from yaml import safe_load

min_version("9.14")

CONFIG_SCHEMA = "../schemas/config.schema.yaml"
MODULES = safe_load(
    Path(workflow.source_path("../scripts/modules.yaml")).read_text(encoding="utf-8")
)


def check_config():
    """Stop with one line per mistake in the configuration; fill in the defaults where there is none."""
    schema = safe_load(
        Path(workflow.source_path(CONFIG_SCHEMA)).read_text(encoding="utf-8")
    )
    errors = sorted(
        Draft202012Validator(schema).iter_errors(config), key=lambda e: e.json_path
    )
    found = [line for error in errors for line in config_messages(error)]
    if not found:
        validate(config, workflow.source_path(CONFIG_SCHEMA))
        found = list(contradictions())
    if found:
        raise WorkflowError("The configuration cannot be used:\n" + "\n".join(found))


def contradictions():
    """Return what a schema cannot say: keys that need one another."""
    for name, stratum in config["strata"].items():
        if "domain" not in stratum["by"] and not stratum["across_domains"]:
            yield f"strata.{name}: pools effects of several domains; if it should, add across_domains: yes"
    for name, domain in config["domains"].items():
        first = domain["priority"][:1]
        known = first and "higher_is_better" in config["indicators"].get(first[0], {})
        if domain["display"] == "as_measured" and not known:
            yield (
                f"domains.{name}: display: as_measured needs to know which way the domain's first "
                f"indicator points; add indicators.{first[0] if first else '...'}.higher_is_better"
            )


def config_messages(error):
    """Say one schema error in words, with the nearest known key for an unknown one."""
    place = error.json_path.removeprefix("$").lstrip(".") or "top level"
    if error.validator == "oneOf":
        inner = [part for part in error.context if part.validator != "type"]
        lines = [line for part in inner for line in config_messages(part)]
        return lines or [
            f"{place}: expected a sheet ({{path: ...}}) or a list of sheets"
        ]
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = list(error.schema.get("properties", {}))
        unknown = [str(key) for key in error.instance if key not in known]
        close = {key: get_close_matches(key, known, n=1) for key in unknown}
        return [
            f"{place}: unknown key '{key}'"
            + (
                f"; did you mean '{close[key][0]}'?"
                if close[key]
                else f"; known: {', '.join(known)}"
            )
            for key in unknown
        ]
    if error.validator == "pattern" and place.endswith("path"):
        return [
            f"{place}: '{error.instance}' leaves the review's folder; put the sheet inside it"
        ]
    return [f"{place}: {error.message}"]


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


def pooled_strata(wildcards):
    """Return (analysis, stratum) of every stratum that may be pooled."""
    rows = strata_index(wildcards)
    return [(r["analysis"], r["stratum"]) for r in rows if r["status"] == "pooled"]


def stratum_file(wildcards):
    """Return the effects of one stratum."""
    checkpoints.stratify.get()
    return f"<results>/strata/{wildcards.analysis}/{wildcards.stratum}.csv"


def stratum_fits(wildcards):
    """Return the fits of all strata that may be pooled."""
    return [f"<results>/fits/{a}/{s}.json" for a, s in pooled_strata(wildcards)]


def stratum_figures(wildcards):
    """Return the figure folders of all strata that may be pooled."""
    return [f"<results>/figures/{a}/{s}" for a, s in pooled_strata(wildcards)]


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
    columns = {"primary_platform": "platform"}
    return {
        name: columns.get(stratum["by"][1], stratum["by"][1])
        for name, stratum in config["strata"].items()
        if len(stratum["by"]) == 2 and stratum["by"][0] == "domain"
    }


def domain_labels():
    """Return the label of each domain."""
    return {name: domain["label"] for name, domain in config["domains"].items()}


def analysis_label(wildcards):
    """Return the label of an analysis."""
    return config["strata"][wildcards.analysis].get("label", wildcards.analysis)


def stratum_title(wildcards):
    """Return the title of a stratum's figures: its domain's label and its other groups."""
    key = (wildcards.analysis, wildcards.stratum)
    row = next(
        r for r in strata_index(wildcards) if (r["analysis"], r["stratum"]) == key
    )
    groups = [domain_labels().get(row["domain"], ""), row["platform"]]
    return ", ".join(filter(None, groups)) or row["stratum"]


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


def show_summary():
    """Print the summary of a finished run, where the run made one."""
    path = results_path("summary.txt")
    if path.is_file():
        print(f"\n{path.read_text(encoding='utf-8')}", file=sys.stderr)


def show_problems():
    """Repeat what is wrong with the sheets as the last thing the user sees."""
    path = results_path("harmonized/problems.csv")
    if not path.is_file():
        return
    with path.open(encoding="utf-8", newline="") as file:
        errors = [row for row in csv.DictReader(file) if row["severity"] == "error"]
    if errors:
        print(
            f"\n{len(errors)} error(s) in the sheets; all are listed in {path}.",
            file=sys.stderr,
        )
        print("Earlier results were left as they are.", file=sys.stderr)


check_config()
