# The subgroups of a domain beside each other: a domain's stratum, and those of it by another column.


def subgroup_rows_of(wildcards):
    """Return the index rows of an analysis by domain and another column, for one domain."""
    analysis, stratum = domain_analysis(), wildcards.stratum
    rows = strata_index(wildcards)
    domains = {
        r["domain"]
        for r in rows
        if (r["analysis"], r["stratum"]) == (analysis, stratum)
    }
    return [
        r
        for r in rows
        if r["analysis"] == wildcards.analysis and r["domain"] in domains
    ]


def domain_fit(wildcards):
    """Return the fit of the whole domain."""
    return fit_file(domain_analysis(), wildcards.stratum)


def subgroup_fits(wildcards):
    """Return the fits of a domain's subgroups that are pooled."""
    return fit_files(
        [
            (r["analysis"], r["stratum"])
            for r in subgroup_rows_of(wildcards)
            if r["status"] == "pooled"
        ]
    )


def subgroup_columns(wildcards):
    """Return the columns that make the subgroups, as the index of strata names them."""
    return grouping_columns()[wildcards.analysis]


def subgroup_title(wildcards):
    """Return the title of a plot of subgroups."""
    domain = next(r["domain"] for r in subgroup_rows_of(wildcards))
    column = subgroup_columns(wildcards)[1].replace("_", " ")
    return f"{domain_labels()[domain]} by {column}"


def effects_of(analysis, stratum):
    """Return the ids of a stratum's effects; none where it has none."""
    path = Path(in_results(f"strata/{analysis}/{stratum}.csv"))
    if not path.is_file():
        return []
    return [row["effect_id"] for row in table_rows(path)]


def subgroup_blocks(wildcards):
    """Return the blocks of a plot of subgroups as text: labels, effects, and why one is not pooled.

    Effects of the domain that are in no subgroup come last.
    """
    rows = subgroup_rows_of(wildcards)
    column = subgroup_columns(wildcards)[1]
    blocks = [
        row
        | {
            "label": row[column],
            "effects": effects_of(row["analysis"], row["stratum"]),
        }
        for row in rows
    ]
    placed = {effect for block in blocks for effect in block["effects"]}
    rest = [
        effect
        for effect in effects_of(domain_analysis(), wildcards.stratum)
        if effect not in placed
    ]
    if rest:
        label = f"No single {column.replace('_', ' ')}"
        last = dict.fromkeys(blocks[0], "") | {"label": label, "effects": rest}
        blocks.append(last | {"reason": why_left_out(wildcards.analysis, rest)})
    return as_text(blocks)


def why_left_out(analysis, effects):
    """Return the reasons for which effects have no place in an analysis."""
    reasons = {
        row["reason"]
        for row in table_rows(in_results("strata/left_out.csv"))
        if row["analysis"] == analysis and row["effect_id"] in effects
    }
    return "; ".join(sorted(reasons))


def domain_judgements(wildcards):
    """Return the judgements of the trials of the whole domain as text."""
    return judgements_of(domain_analysis(), wildcards.stratum)


def subgroup_figures(wildcards):
    """Return the plots of every domain that has a pooled subgroup."""
    rows = strata_index(wildcards)
    domains = {
        r["domain"]: r["stratum"]
        for r in rows
        if r["analysis"] == domain_analysis() and r["status"] == "pooled"
    }
    pooled = {
        (r["analysis"], domains[r["domain"]])
        for r in rows
        if r["analysis"] in cross_tables()
        and r["status"] == "pooled"
        and r["domain"] in domains
    }
    return all_in_results(
        f"figures/subgroups/{analysis}/{stratum}.{format}"
        for analysis, stratum in sorted(pooled)
        for format in config["figures"]["formats"]
    )
