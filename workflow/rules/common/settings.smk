# What the configuration comes to: the named values that rules take as params.


def selection_settings():
    """Return all that decides which effect stands for a trial in a domain."""
    keys = ("type", "priority", "instruments")
    domains = {name: {k: d[k] for k in keys} for name, d in config["domains"].items()}
    names = ("selection", "timepoint", "unlisted_indicators")
    return as_text({"domains": domains} | {name: config[name] for name in names})


def deciding_options(part=None, place=""):
    """Return the options that can move a number, by dotted key; what fits record themselves is left out."""
    elsewhere = {"review", "sheets", "figures", "history", "pathvars", "preset"}
    elsewhere |= {"strata_per_job"}
    elsewhere |= {
        "pooling",
        "effect_size",
        "sensitivity",
        "small_study",
        "meta_regression",
        "double_extraction",
        "acknowledged",
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


def told_options():
    """Return the options that the methods in words are about."""
    names = ("domains", "indicators", "selection", "timepoint", "unlisted_indicators")
    names += ("preset", "effect_size", "pooling", "conversions", "multi_arm")
    names += ("multi_arm_named", "strata", "min_effects", "sensitivity", "small_study")
    return {name: config[name] for name in (*names, "meta_regression")}


def review_title(wildcards):
    """Return the review's title; by a function, so that nothing in it is taken for a wildcard."""
    return config["review"]["title"]


def packed_config(wildcards):
    """Return the configuration, defaults filled in, for a run inside the archive's own folders."""
    packed = {key: value for key, value in config.items() if key != "pathvars"}
    return safe_dump(packed, sort_keys=False, allow_unicode=True)


def grouping_columns():
    """Return the columns of each analysis as the index of strata names them."""
    columns = {"primary_platform": "platform"}
    return {
        name: [columns.get(column, column) for column in stratum["by"]]
        for name, stratum in config["strata"].items()
    }


def overview_analyses():
    """Return the analyses with one grouping column: one overview figure each."""
    return [
        name for name, stratum in config["strata"].items() if len(stratum["by"]) == 1
    ]


def cross_tables():
    """Return the other column of each analysis of domains by one other column: a Table 2 each."""
    return {
        name: columns[1]
        for name, columns in grouping_columns().items()
        if len(columns) == 2 and columns[0] == "domain"
    }


def summarised_analysis():
    """Return the analysis whose strata the summary of findings lists: that of whole domains, if any."""
    return domain_analysis() or next(iter(config["strata"]))


def paper_tables():
    """Return the files of the tables that a paper prints, but for those that `tabulate` writes."""
    names = ["table1_characteristics", "table3_summary_of_findings"]
    names += ["table_s1_leave_one_out", "table_s2_influence", "table_s4_small_study"]
    names += ["table_s3_meta_regression"] if model_names() else []
    crossed = [f"table2_{analysis}" for analysis in cross_tables()]
    formats = ("html", "docx", "tex")
    return [f"{name}.csv" for name in names] + [
        f"{name}.{format}" for name in names + crossed for format in formats
    ]


def analysis_names():
    """Return the names of all analyses as a pattern: other folders of figures are no analyses."""
    return "|".join(config["strata"])


def domain_analysis():
    """Return the analysis of whole domains, which meta-regressions take their effects from."""
    return next((n for n, s in config["strata"].items() if s["by"] == ["domain"]), "")


def risk_of_bias_tool():
    """Return the tool that risk of bias was judged with."""
    sheets = sheet_specs().get("risk_of_bias", [{}])
    return sheets[0].get("tool", "rob2")


def moderator_names():
    """Return the columns that the declared meta-regressions read."""
    models = config["meta_regression"]
    return sorted({name for model in models for name in model["moderators"]})


def compared_trials():
    """Return by what the declared meta-regressions compare trials, whatever they are fitted to."""
    keys = ("name", "moderators", "factors", "references")
    return [{key: model[key] for key in keys} for model in config["meta_regression"]]


def named_columns():
    """Return the columns that analyses group by, meta-regressions read and Table 1 shows."""
    grouping = {
        column for stratum in config["strata"].values() for column in stratum["by"]
    }
    described = config["tables"]["characteristics"]
    return sorted({*grouping, *moderator_names(), *described})


def known_names():
    """Return the names that claims may use: analyses with their columns, domains, models."""
    models = config["meta_regression"] if model_names() else []
    return {
        "analyses": grouping_columns(),
        "domains": sorted(config["domains"]),
        "models": {model["name"]: model["moderators"] for model in models},
    }


def model_names():
    """Return the declared meta-regressions; none where no analysis is of whole domains."""
    models = config["meta_regression"] if domain_analysis() else []
    return [model["name"] for model in models]


def declared_model(wildcards):
    """Return one declared meta-regression as text."""
    models = {model["name"]: model for model in config["meta_regression"]}
    return as_text(models[wildcards.model])


def domain_types_and_labels():
    """Return the type and the label of each domain, in the config's order."""
    return {
        name: {"type": domain["type"], "label": domain["label"]}
        for name, domain in config["domains"].items()
    }


def domain_labels():
    """Return the label of each domain."""
    return {name: domain["label"] for name, domain in config["domains"].items()}


def analysis_labels():
    """Return the label of every analysis, in the config's order."""
    return {
        name: stratum.get("label", name.replace("_", " ").capitalize())
        for name, stratum in config["strata"].items()
    }


def analysis_label(wildcards):
    """Return the label of an analysis."""
    return analysis_labels()[wildcards.analysis]


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
