# Which published numbers there are, and which of our own the audit reads.


def published_specs():
    """Return the declared sheets of published numbers."""
    return listed_specs(config["sheets"].get("published", []))


def published_paths():
    """Return their files that are there; a missing one is read_published's to report."""
    return present(spec["path"] for spec in published_specs())


def has_review():
    """Say whether there is anything to pool: published numbers may stand alone."""
    return "outcomes" in config["sheets"]


def published_rows():
    """Return the table of published numbers, if there are any."""
    return ["<results>/harmonized/published.csv"] if published_specs() else []


def printed_tables():
    """Return the tables that we print ourselves and that are read back as published ones."""
    names = [f"table2_{analysis}" for analysis in cross_tables()]
    names += ["table3_summary_of_findings", "table_s1_leave_one_out"]
    return [f"<results>/tables/{name}.csv" for name in names] if has_review() else []


def own_result(name):
    """Return a table of what our data give, for printed numbers to be compared with."""
    return [f"<results>/{name}.csv"] if has_review() else []


def audit_grouping():
    """Return the columns that any analysis groups by, each once."""
    return list(dict.fromkeys(c for by in grouping_columns().values() for c in by))


def domain_measures():
    """Return the measure of each domain."""
    default = config["effect_size"].get("measure", "SMD")
    return {
        name: d.get("measure", "RR" if d["type"] == "binary" else default)
        for name, d in config["domains"].items()
    }


def whole_run(*review):
    """Return what a whole run makes: the review and its claims, if there are any, and the audit.

    `review` holds all that the report shows too: Snakemake makes a lost file again only where it is
    wanted for itself.
    """
    audit = [*rules.audit.output] if published_specs() else []
    made = [item for part in review for item in part]
    return [*made, *held_claims(), *audit] if has_review() else audit
