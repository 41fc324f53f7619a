# The configuration and the places a run writes to, checked before anything runs.


# Beside the Snakefile; the documentation site has it too.
HELP = "docs/when-a-run-stops.md"


def check_config():
    """Stop with one line per mistake in the configuration; fill in the defaults where there is none."""
    schema = own_yaml("../schemas/config.schema.yaml")
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
        stop(
            f"The configuration ({files}) cannot be used:\n"
            + "\n".join(found)
            + f"\nHelp: {HELP}#the-configuration"
        )


def check_places():
    """Stop where results or logs cannot be written: Snakemake would end in a traceback."""
    for name in ("<results>", "<logs>"):
        place = Path(str(workflow.pathvars.apply(name)))
        there = next(
            path for path in (place, *place.absolute().parents) if path.exists()
        )
        if not there.is_dir():
            stop(
                f"{there} is a file; {name[1:-1]} need a folder there\nHelp: {HELP}#the-machine"
            )
        if not os.access(there, os.W_OK):
            stop(
                f"{there} cannot be written; check its permissions\nHelp: {HELP}#the-machine"
            )


def repeated_keys():
    """Yield the keys that stand twice in a mapping of a config file: YAML keeps the last in silence."""
    for path in map(str, workflow.configfiles):
        nodes = (
            [compose(Path(path).read_text(encoding="utf-8"), Loader=Loader)]
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


# A team's own values may be numbers or yes and no: there YAML's reading does no harm.
VALUES_MAP = re.compile(r"(sheets|double_extraction)\.\w+\.values\..+")


def unquoted_names(part, place=""):
    """Yield the keys that YAML did not read as text, such as no, 010 or 2020-01-01 without quotes."""
    if isinstance(part, dict):
        for key, value in part.items():
            if not isinstance(key, str) and not VALUES_MAP.fullmatch(place):
                yield f"{place or 'top level'}: YAML reads a name here as {key!r}; put it in quotes"
            yield from unquoted_names(value, f"{place}.{key}".lstrip("."))
    elif isinstance(part, list):
        for value in part:
            yield from unquoted_names(value, place)


def contradictions():
    """Return what a schema cannot say: keys that need one another."""
    for part in ("sheets", "double_extraction"):
        for kind, spec in declared_sheets(part):
            if "long" in spec and kind != "outcomes":
                yield f"{part}.{kind}: long is for sheets of outcomes, which have arms"
            if spec.get("distinct") and kind not in ("studies", "risk_of_bias"):
                yield f"{part}.{kind}: distinct is for sheets with one row per trial"
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
    tools = {spec.get("tool", "rob2") for spec in sheet_specs().get("risk_of_bias", [])}
    if len(tools) > 1:
        yield f"sheets.risk_of_bias: one tool for all its sheets, not {' and '.join(sorted(tools))}"
    for name, domain in config["domains"].items():
        first = domain["priority"][:1]
        known = first and "higher_is_better" in config["indicators"].get(first[0], {})
        if domain["display"] == "as_measured" and not known:
            yield (
                f"domains.{name}: display: as_measured needs to know which way the domain's first "
                f"indicator points; add indicators.{first[0] if first else '...'}.higher_is_better"
            )


def declared_sheets(part):
    """Yield the kind and the declaration of each sheet of a part of the configuration."""
    for kind, specs in config.get(part, {}).items():
        for spec in specs if isinstance(specs, list) else [specs]:
            if isinstance(spec, dict):
                yield kind, spec


WANTED = {
    "string": "text in quotes",
    "object": "a mapping (key: value)",
    "array": "a list",
}
WANTED |= {
    "null": "null",
    "boolean": "yes or no",
    "number": "a number",
    "integer": "a whole number",
}


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
    if error.validator == "anyOf" and place.startswith("acknowledged"):
        return [
            f"{place}: say which warnings: give study_id, indicator, or file and cell"
        ]
    if error.validator == "pattern" and place.endswith(("path", "decisions")):
        return [
            f"{place}: '{error.instance}' leaves the review's folder or holds one of : \\ {{ }}; "
            "put the sheet inside the folder, under a plain name"
        ]
    if error.validator == "pattern":
        reserved = "overview, risk_of_bias, prisma, meta_regression, gosh and subgroups are taken"
        return [
            f"{place}: the name '{error.instance}' may hold only a-z, 0-9 and _ ({reserved})"
        ]
    if error.validator == "type":
        types = error.validator_value
        types = [types] if isinstance(types, str) else types
        wanted = " or ".join(WANTED[name] for name in types)
        return [f"{place}: expected {wanted}, found {error.instance!r}"]
    return [f"{place}: {error.message}"]


def suggestion(name, known):
    """Return the nearest known name as a question, or all of them."""
    close = get_close_matches(name, known, n=1)
    return f"did you mean '{close[0]}'?" if close else f"known: {', '.join(known)}"
