"""The page of configuration keys, from the schema and the table in config/README.md."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "workflow/schemas/config.schema.yaml"
README = ROOT / "config/README.md"
INTRODUCTION = """\
# Configuration keys

Every key that a review's `config.yaml` may hold, from the schema that the workflow holds it to. A
`*` stands for a name of your own. What belongs together is explained in
[Configuration and sheets](configuration-and-sheets.md).
"""


def keys_page():
    """Return the page as Markdown."""
    schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))
    told = meanings()
    parts = [INTRODUCTION]
    for key, node in keys(schema).items():
        level = "##" if "." not in key else "###"
        parts.append(f"{level} `{key}`\n\n" + "\n".join(entry(key, node, schema, told)))
    return "\n\n".join(parts) + "\n"


def keys(schema):
    """Return each dotted key of the schema with its node, in the schema's order.

    The keys of a single sheet, the same for all sheets, stand once, as `sheets.*.path`.
    """
    found = {}
    for name, node in schema["properties"].items():
        _walk(name, node, schema, found)
        if name == "sheets":
            for part, below in schema["$defs"]["sheet"]["properties"].items():
                _walk(f"sheets.*.{part}", below, schema, found)
    return found


def _walk(key, node, schema, found):
    found[key] = node
    named = node.get("additionalProperties")
    inner = named if isinstance(named, dict) and "properties" in named else None
    items = node.get("items", {})
    if inner:
        below, prefix = inner["properties"], f"{key}.*"
    elif "properties" in items:
        below, prefix = items["properties"], key
    else:
        below, prefix = node.get("properties", {}), key
    for name, child in below.items():
        if "$ref" not in child or child["$ref"].endswith("/sheets"):
            _walk(f"{prefix}.{name}", child, schema, found)


def entry(key, node, schema, told):
    """Return the lines that describe one key: what it holds, its default, what it means."""
    default, meaning = told.get(key, ("", ""))
    lines = [f"- Holds: {holds(node, schema)}"]
    if node.get("default") in ({}, "") and ("properties" in node or node["default"] == ""):
        lines += ["- Default: empty"] if node["default"] == "" else []
    elif "default" in node:
        lines.append(f"- Default: `{flow(node['default'])}`")
    elif default and default != "required":
        lines.append(f"- Default: {default}")
    if default == "required":
        lines.append("- Required.")
    said = [text for text in (node.get("description", ""), linked(meaning)) if text]
    if len(said) == 2 and is_said(*said):
        said = said[1:]
    if not said and "properties" not in node:
        raise ValueError(f"config key '{key}' is described neither in the schema nor in the README")
    return [*(sentence(text) + "\n" for text in said), *lines]


def holds(node, schema):
    """Return in words what a key may hold."""
    if node.get("$ref", "").endswith("/sheets"):
        return "a sheet, or a list of sheets (keys `sheets.*`)"
    if "oneOf" in node:
        return "a path, or a sheet (keys `sheets.*`)"
    if "enum" in node:
        return "one of " + ", ".join(f"`{flow(choice)}`" for choice in node["enum"])
    kinds = node.get("type", "object")
    if "properties" in node:
        return "the keys below"
    words = " or ".join(WORDS[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds))
    choices = node.get("items", {}).get("enum")
    if choices:
        words += " of " + ", ".join(f"`{choice}`" for choice in choices)
    limits = [f"{text} {node[key]}" for key, text in LIMITS.items() if key in node]
    return words + (f" ({', '.join(limits)})" if limits and "array" not in kinds else "")


ANCHORS = {"published-numbers": "published"}
WORDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "yes or no",
    "null": "nothing (`null`)",
}
LIMITS = {
    "minimum": "at least",
    "exclusiveMinimum": "above",
    "maximum": "at most",
    "exclusiveMaximum": "below",
}


def flow(value):
    """Return a value as one line of YAML."""
    text = yaml.safe_dump(value, default_flow_style=True, width=10**6, sort_keys=False)
    return text.removesuffix("\n").removesuffix("\n...")


def sentence(text):
    """Return a text that begins with a capital and ends with a full stop."""
    text = text if text[:1] in "`1234567890" else text[0].upper() + text[1:]
    return text if text.endswith((".", ":", "`")) else f"{text}."


def meanings():
    """Return default and meaning of each key, as the tables of config/README.md have them."""
    found = {}
    for header, rows in tables(README.read_text(encoding="utf-8")):
        if header[0] != "key":
            continue
        prefix = "" if len(header) == 3 else "sheets.*."
        for names, *default, meaning in rows:
            first = ""
            for name in re.findall(r"`([^`]+)`", names):
                key = first.rpartition(".")[0] + name if name.startswith(".") else prefix + name
                first = first or key
                # One meaning for several keys says too little of each: the schema has it.
                alone = "" if names.count("`") > 2 else meaning
                found[key] = (*default, alone) if default else ("", alone)
    return found


def is_said(short, long):
    """Return whether most of the words of one text stand in another."""
    words = set(re.findall(r"[a-z]{4,}", short.lower()))
    return len([word for word in words if word[:6] in long.lower()]) > 0.6 * len(words)


def linked(meaning):
    """Return a meaning with links where it points to what stands below it in the README."""

    def link(match):
        name = match[1].strip()
        anchor = name.lower().replace(" ", "-") or "keys"
        words = name or "Configuration and sheets"
        return f"see [{words}](configuration-and-sheets.md#{ANCHORS.get(anchor, anchor)})"

    return re.sub(r"see ([\w ]*?) ?below", link, meaning)


def tables(text):
    """Return (header, rows) of each table of a Markdown text, cells as they stand."""
    found, rows = [], []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
            rows.append([cell.strip() for cell in cells])
        elif rows:
            found.append((rows[0], rows[2:]))
            rows = []
    return found
