# What snakemake's own report calls things: in the words of the figures and of the page.

WORDS = json.loads(own_bytes("../scripts/strataforest/figures/labels.json"))


def plain_label(text):
    """Return a text in which Snakemake sees no wildcard: {x} in somebody's label."""
    return text.replace("{", "(").replace("}", ")")


def words_of(kind, name):
    """Return what a reader calls a thing of a kind of labels.json, or its name with blanks."""
    words = name.replace("_", " ")
    return WORDS[kind].get(name, words[:1].upper() + words[1:])


def analysis_words(wildcards):
    """Return what an analysis is called."""
    return plain_label(analysis_label(wildcards))


def stratum_figure_labels(wildcards):
    """Return what a figure of a stratum shows, and of which stratum."""
    return {
        "stratum": plain_label(stratum_title(wildcards)),
        "figure": words_of("figures", wildcards.name),
    }


def subgroup_labels(wildcards):
    """Return what a plot of subgroups shows."""
    return {
        "stratum": plain_label(subgroup_title(wildcards)),
        "figure": words_of("figures", "subgroups"),
    }


def overview_labels(wildcards):
    """Return what an overview shows."""
    return {
        "analysis": analysis_words(wildcards),
        "figure": words_of("figures", "overview"),
    }


def moderator_figure_labels(wildcards):
    """Return the scope and the moderator of a plot of a meta-regression, from its file's stem."""
    stem, model = wildcards.name, json.loads(declared_model(wildcards))
    ends = [name for name in model["moderators"] if stem.endswith(f"_{name.lower()}")]
    moderator = max(ends, key=len, default="")
    place = stem[: -len(moderator) - 1] if moderator else stem
    measure = place.removeprefix("overall_").upper()
    scope = domain_labels().get(place, f"All domains, {measure}")
    return {
        "scope": plain_label(scope),
        "moderator": plain_label(words_of("moderators", moderator)),
    }
