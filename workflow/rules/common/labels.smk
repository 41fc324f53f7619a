# What snakemake's own report shows, and what it calls things: in the words of the figures and of the page.

WORDS = json.loads(own_bytes("../scripts/strataforest/figures/labels.json"))


def shown_format():
    """Return the one format of a figure that the report shows: one that a browser draws, if any."""
    formats = config["figures"]["formats"]
    return next((name for name in ("svg", "png") if name in formats), formats[0])


def in_every_format(place, **shown):
    """Return the outputs of a figure in every format; the report lists one of them."""
    formats = {name: update(f"{place}.{name}") for name in config["figures"]["formats"]}
    formats[shown_format()] = report(formats[shown_format()], **shown)
    return list(formats.values())


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
    """Return model, scope and moderator of a plot of a meta-regression: the latter from its file's stem."""
    stem, model = wildcards.name, json.loads(declared_model(wildcards))
    ends = [name for name in model["moderators"] if stem.endswith(f"_{name.lower()}")]
    moderator = max(ends, key=len, default="")
    place = stem[: -len(moderator) - 1] if moderator else stem
    measure = place.removeprefix("overall_").upper()
    scope = domain_labels().get(place, f"All domains, {measure}")
    return {
        "model": wildcards.model.replace("_", " "),
        "scope": plain_label(scope),
        "moderator": plain_label(words_of("moderators", moderator)),
    }
