"""A mistake in the configuration is named, with what was probably meant, and never a traceback."""

import copy

import pytest
from conftest import CONFIG, ROOT


def changed(path, value):
    config = copy.deepcopy(CONFIG)
    place = config
    *parents, last = path.split(".")
    for key in parents:
        place = place[key]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return config


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("pooled", {}, ["unknown key 'pooled'", "did you mean 'pooling'"]),
        (
            "domains.glycemic.prority",
            [],
            ["domains.glycemic", "'prority'", "did you mean 'priority'"],
        ),
        ("domains.glycemic.type", "kontinuous", ["domains.glycemic.type", "kontinuous"]),
        ("domains.glycemic.measure", "RR", ["domains.glycemic.measure", "RR"]),
        ("domains", None, ["'domains' is a required property"]),
        ("sheets.outcomes", None, ["'outcomes' is a required property"]),
        ("sheets.outcomes", "outcomes.csv", ["sheets.outcomes", "a sheet ({path: ...})"]),
        ("sheets.outcomes", {"path": "../secret.csv"}, ["leaves the review's folder"]),
        ("sheets.outcomes", {"path": "/etc/passwd"}, ["leaves the review's folder"]),
        ("sheets.outcomes", {"pth": "outcomes.csv"}, ["sheets.outcomes", "did you mean 'path'"]),
        ("preset", "stata17", ["preset", "stata17", "stata16"]),
        ("min_effects", 1, ["min_effects", "minimum"]),
        ("strata.platform", {"by": ["primary_platform"]}, ["across_domains: yes"]),
        ("strata.overview", {"by": ["domain"]}, ["strata", "overview"]),
        ("strata.By Domain", {"by": ["domain"]}, ["'By Domain' may hold only a-z"]),
        ("sheets.outcomes.columns", {"year": 2015}, ["outcomes.columns.year", "text in quotes"]),
        ("sheets.studies.long", {"arm": "Arm", "control": "none"}, ["sheets.studies: long"]),
        ("sheets.outcomes.distinct", True, ["sheets.outcomes: distinct"]),
        ("sheets.outcomes.header_row", "two", ["header_row", "a whole number or a list"]),
        ("domains.glycemic.priority", ["hba1c", 2015], ["text in quotes, found 2015"]),
        ("indicators", {True: {}}, ["indicators: YAML reads a name here as True", "quotes"]),
        ("domains", [], ["domains: expected a mapping"]),
        ("strata.domain", {"by": ["domian"], "across_domains": True}, ["'domian'", "'domain'"]),
        ("domains.knowledge.display", "as_measured", ["domains.knowledge", "higher_is_better"]),
    ],
)
def test_a_mistake_is_named(review, path, value, words):
    review.configure(changed(path, value))
    run = review.run()
    assert run.status == 1
    # Ours alone: neither a traceback, nor where in our rules it was found.
    assert "Traceback" not in run.output
    assert ".smk" not in run.output
    assert "WorkflowError" not in run.output
    for word in words:
        assert word in run.output


def test_every_mistake_is_named_at_once(review):
    review.configure(changed("preset", "x") | {"pooled": {}, "min_effects": 0})
    output = review.run().output
    assert all(word in output for word in ("preset", "'pooled'", "min_effects"))


def test_a_key_that_stands_twice_is_named_with_its_line(review):
    text = (review.folder / "config.yaml").read_text(encoding="utf-8")
    review.write("config.yaml", text + "review: {title: Another}\n")
    run = review.run()
    assert run.status == 1
    assert f"line {text.count(chr(10)) + 1}: the key 'review' stands here a second" in run.output


def test_a_misspelt_indicator_is_a_warning(review):
    review.configure(changed("domains.glycemic.priority", ["hba1x", "fbg"]))
    review.built("--until", "read_sheets")
    (problem,) = review.problems()
    assert "names 'hba1x'" in problem["problem"]
    assert "'hba1c'" in problem["mend"]


def test_a_grouping_column_without_values_is_an_error(review):
    review.configure(changed("strata.domain", {"by": ["domain", "country"]}))
    studies = (review.folder / "studies.csv").read_text(encoding="utf-8").splitlines()
    review.write(
        "studies.csv", "\n".join([studies[0] + ",country", *(s + "," for s in studies[1:])])
    )
    run = review.run()
    assert run.status == 1
    assert "'country', which is empty everywhere" in run.output


def test_a_file_that_is_no_yaml(review):
    review.write("config.yaml", "sheets: {studies: [")
    run = review.run()
    assert run.status == 1
    assert "not valid JSON or YAML" in run.output
    assert "Traceback" not in run.output


def test_a_reviews_config_replaces_the_default(review):
    review.built("--until", "stratify")
    assert {row["domain"] for row in review.rows("strata/index.csv")} == {"glycemic", "knowledge"}


def test_every_key_and_column_is_documented():
    import yaml
    from strataforest.sheets.columns import VOCABULARY

    page = (ROOT / "config/README.md").read_text(encoding="utf-8")
    schema = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text("utf-8"))

    def keys(part, above=""):
        for name, below in part.get("properties", {}).items():
            place = f"{above}.{name}".lstrip(".")
            inner = below.get("additionalProperties")
            if isinstance(inner, dict) and inner.get("properties"):
                yield from keys(inner, f"{place}.*")
            elif below.get("properties") and name != "sheets":
                yield from keys(below, place)
            else:
                yield place

    for key in keys(schema):
        last = key.rsplit(".", 1)[1] if "." in key else key
        assert f"`{key}`" in page or f"`{key}." in page or f"`.{last}`" in page, key
    for name in schema["$defs"]["sheet"]["properties"]:
        assert f"`{name}`" in page
    for columns in VOCABULARY.values():
        for column in columns:
            assert f"`{column.name}`" in page, column.name
