#!/usr/bin/python3
"""Checks each line of a trace against a JSON schema: one word a line.

usage: validate.py SCHEMA TRACE
"""
import json
import sys

import jsonschema


def branches(schema):
    """The root's oneOf by the "ev" that each branch asks for; None: by none."""
    found = {}
    for branch in schema["oneOf"]:
        part = schema["$defs"][branch["$ref"].rpartition("/")[2]]
        asked = part["properties"].get("ev", {}).get("const")
        assert asked is None or "ev" in part["required"], branch
        one = jsonschema.Draft202012Validator({"$defs": schema["$defs"], **branch})
        found.setdefault(asked, []).append(one)
    return found


def word(found, line):
    """ok, bad, or no-json. A branch that asks for another "ev" need not be
    tried: all of them for each line takes many seconds."""
    try:
        value = json.loads(line)
    except ValueError:
        return "no-json"
    ev = value.get("ev") if isinstance(value, dict) else None
    tried = found[None] + (found.get(ev, []) if isinstance(ev, str) else [])
    return "ok" if sum(one.is_valid(value) for one in tried) == 1 else "bad"


def main(schema_file, trace_file):
    with open(schema_file, encoding="utf-8") as f:
        schema = json.load(f)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert set(schema) == {"$schema", "title", "description", "oneOf", "$defs"}
    found = branches(schema)
    with open(trace_file, encoding="utf-8") as f:
        for line in f:
            print(word(found, line))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
