#!/usr/bin/python3
"""Checks each line of a trace against a JSON schema: one word a line.

usage: validate.py SCHEMA TRACE
"""
import json
import sys

import jsonschema


def word(validator, line):
    """ok, bad, or no-json."""
    try:
        value = json.loads(line)
    except ValueError:
        return "no-json"
    return "ok" if validator.is_valid(value) else "bad"


def main(schema_file, trace_file):
    with open(schema_file, encoding="utf-8") as f:
        schema = json.load(f)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    with open(trace_file, encoding="utf-8") as f:
        for line in f:
            print(word(validator, line))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
