#!/usr/bin/python3
"""Everything that a run leaves behind is what it should be: suites/tool/reports.py RUN...

results.json and each verdict.json against src/report/schema.json, traces (a
sample of TRACES) against src/trace/schema.json, junit.xml and matrix.csv
against results.json, report.html and ladders as documents. A missing report
fails, an empty folder too.
"""
import csv
import html.parser
import json
import pathlib
import re
import sys
import xml.etree.ElementTree

import jsonschema
import junitparser

ROOT = pathlib.Path(__file__).resolve().parents[2]
TRACES = 20
SUM = ("pass", "fail", "inconclusive", "error", "expected_fail")
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def schema(layer, part=None):
    whole = json.loads((ROOT / "src" / layer / "schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(whole)
    one = whole if part is None else {"$defs": whole["$defs"], "$ref": "#/$defs/" + part}
    return jsonschema.Draft202012Validator(one)


def fits(validator, value, place):
    trouble = jsonschema.exceptions.best_match(validator.iter_errors(value))
    assert trouble is None, f"{place}: {trouble.json_path}: {trouble.message[:200]}"


class Run:
    def __init__(self, folder):
        self.folder = folder
        self.results = json.loads(self.text("results.json"))
        self.cases = self.results["cases"]
        self.traced = [case for case in self.cases if case["trace"]]

    def text(self, *names):
        path = self.folder.joinpath(*names)
        assert path.is_file(), f"{path} is missing"
        text = path.read_text(encoding="utf-8")
        assert text.strip(), f"{path} is empty"
        return text


@check
def results_json(run):
    fits(schema("report"), run.results, "results.json")
    assert run.results["complete"] is True, "not complete"
    assert run.cases, "no case in it"


@check
def totals_hold(run):
    totals = run.results["totals"]
    for verdict in SUM + ("not_applicable",):
        found = sum(case["verdict"] == verdict for case in run.cases)
        assert totals[verdict] == found, f"{verdict}: {totals[verdict]} said, {found} there"
    assert totals["applicable"] == sum(totals[verdict] for verdict in SUM) > 0, totals


@check
def every_case_has_its_files(run):
    names = {path.name for path in (run.folder / "cases").iterdir()}
    ran = {case["id"] for case in run.cases if case["verdict"] != "not_applicable"}
    assert names and ran <= names, f"without a folder: {sorted(ran - names)[:5]}"
    assert names <= {case["id"] for case in run.cases}, "folders of cases that results.json lacks"
    for name in sorted(names):
        assert (run.folder / "cases" / name / "repro.sh").stat().st_mode & 0o100, f"{name}: repro.sh"
    assert run.traced, "no case has a trace"


@check
def verdicts(run):
    validator = schema("report", "case")
    for case in run.cases:
        one = json.loads(run.text("cases", case["id"], "verdict.json"))
        fits(validator, one, f"{case['id']}/verdict.json")
        assert one == case, f"{case['id']}/verdict.json is not what results.json says"


@check
def journal(run):
    lines = [json.loads(line) for line in run.text("journal.jsonl").splitlines()]
    assert sorted(one["id"] for one in lines) == sorted(case["id"] for case in run.cases)


@check
def traces(run):
    validator = schema("trace")
    for case in run.traced[:: max(1, len(run.traced) // TRACES)]:
        lines = [json.loads(line) for line in run.text(case["trace"]).splitlines()]
        assert len(lines) > 1, f"{case['trace']}: no event"
        for number, line in enumerate(lines, 1):
            place = f"{case['trace']}:{number}"
            assert ("annexu-trace" in line) == (number == 1), f"{place}: header or event?"
            if not validator.is_valid(line):
                fits(schema("trace", "header" if number == 1 else f"ev_{line.get('ev')}"), line, place)
                raise AssertionError(f"{place}: fits no line of the schema, or two")


@check
def findings_point_into_traces(run):
    for case in run.traced:
        lines = run.text(case["trace"]).count("\n")
        for rule in case["rules"] + case["also_seen"]:
            assert rule.get("event", 1) <= lines, f"{case['id']} {rule['id']}: line {rule['event']} of {lines}"


@check
def junit(run):
    run.text("junit.xml")
    whole = junitparser.JUnitXml.fromfile(str(run.folder / "junit.xml"))
    suites = list(whole)
    found = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for suite in suites:
        kinds = [type(result).__name__ for test in suite for result in test.result]
        counted = {"tests": len(list(suite)), "failures": kinds.count("Failure"),
                   "errors": kinds.count("Error"), "skipped": kinds.count("Skipped")}
        for key, number in counted.items():
            assert getattr(suite, key) == number, f"{suite.name}: {key}=\"{getattr(suite, key)}\", {number} there"
            found[key] += number
    t, stale = run.results["totals"], sum(bool(case.get("stale_baseline")) for case in run.cases)
    wanted = {"tests": len(run.cases) + t["also_broken"], "failures": t["fail"] + t["also_broken"] + stale,
              "errors": t["inconclusive"] + t["error"], "skipped": t["expected_fail"] + t["not_applicable"]}
    assert found == wanted, f"{found}, results.json says {wanted}"
    said = {key: getattr(whole, key) for key in wanted}
    assert said == wanted, f"<testsuites> says {said}, results.json {wanted}"
    names = [test.name.split()[0] for suite in suites for test in suite]
    assert {case["id"] for case in run.cases} <= set(names), "cases are missing"


@check
def matrix(run):
    rows = list(csv.reader(run.text("matrix.csv").splitlines()))
    assert rows[0] == ["clause", "requirement", "purpose", "verdict"], rows[0]
    assert len(rows) > 1 and all(len(row) == 4 and all(row) for row in rows), "holes in it"
    found = sorted((row[1], row[2], row[3]) for row in rows[1:])
    wanted = sorted((rule["id"], case["id"], case["verdict"]) for case in run.cases for rule in case["rules"])
    assert found == wanted, f"{len(found)} rows, results.json has {len(wanted)}"


class Page(html.parser.HTMLParser):
    """What a page would load, what would run, and the anchors it has."""
    LOADS = {"src", "srcset", "href", "xlink:href", "data", "poster", "action", "formaction", "background"}
    BAD = {"script", "link", "iframe", "frame", "object", "embed", "base", "form", "foreignobject"}

    def __init__(self):
        super().__init__()
        self.troubles, self.ids, self.tags, self.style = [], set(), {}, False

    def handle_starttag(self, tag, attributes):
        self.tags[tag] = self.tags.get(tag, 0) + 1
        self.style = tag == "style"
        if tag in self.BAD:
            self.troubles.append(f"<{tag}>")
        for name, value in attributes:
            if name == "id":
                self.ids.add(value)
            if name.startswith("on"):
                self.troubles.append(f"<{tag} {name}>")
            if name in self.LOADS and not (value or "").startswith("#"):
                self.troubles.append(f"<{tag} {name}={value!r}>")
            if name == "style":
                self.handle_style(value or "")

    def handle_endtag(self, tag):
        self.style = False

    def handle_data(self, data):
        if self.style:
            self.handle_style(data)

    def handle_style(self, text):
        if re.search(r"url\s*\(|@import|expression\s*\(", text, re.I):
            self.troubles.append("style that loads")


@check
def report_html(run):
    page = Page()
    page.feed(run.text("report.html"))
    page.close()
    assert not page.troubles, f"not self-contained: {page.troubles[:5]}"
    assert page.tags.get("html") == page.tags.get("body") == 1, "no page"
    missing = {case["id"] for case in run.cases} - page.ids
    assert not missing, f"cases are missing: {sorted(missing)[:5]}"
    assert page.tags.get("svg"), "no ladder in it"


@check
def ladders(run):
    for case in run.traced:
        name = pathlib.PurePath(case["trace"]).with_name("ladder.svg")
        root = xml.etree.ElementTree.fromstring(run.text(name))
        tags = [element.tag for element in root.iter()]
        space = "{http://www.w3.org/2000/svg}"
        assert root.tag == space + "svg" and all(tag.startswith(space) for tag in tags), name
        assert tags.count(space + "text") > 1 and space + "path" in tags, f"{name}: nothing drawn"
        page = Page()
        page.feed(run.text(name))
        assert not page.troubles, f"{name}: {page.troubles[:5]}"


def main():
    folders = [pathlib.Path(name) for name in sys.argv[1:]]
    if not folders:
        print("usage: suites/tool/reports.py RUN...", file=sys.stderr)
        return 64
    passed = failed = 0
    for folder in folders:
        try:
            run = Run(folder)
        except Exception as trouble:  # without results there is nothing to compare with
            print(f"reports: {folder}: {trouble}")
            failed += len(CHECKS)
            continue
        for function in CHECKS:
            try:
                function(run)
                passed += 1
            except Exception as trouble:  # a check that dies is a check that failed
                failed += 1
                print(f"reports: {folder} {function.__name__}: {type(trouble).__name__}: {trouble}")
    print(f"reports: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
