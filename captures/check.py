#!/usr/bin/python3
"""Judges the corpus and compares with what is expected of it.

  captures/check.py [--annexu build/annexu] [--accept] [NAME...]

rules/<ID>.<holds|breaks|silent|unsure>[-n].jsonl: the rule <ID> must come out
as the name says; and the whole list of rules that do not hold must be the one
in rules/expected.json (--accept writes it anew: read the difference!).
real/*.pcapng and good|bad/*: like real/expected.json says, rule by rule.
A folder without files, or a judge that prints no verdict, is a failure.
"""
import argparse
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
OUTCOME = {"holds": "held", "breaks": "broken", "silent": "silent", "unsure": "inconclusive"}


def profile(trace, kind):
    """The most specific profile beside a trace: NAME.kind.yaml, ID.kind.yaml, kind.yaml."""
    parts = trace.name.split(".")
    for stem in (".".join(parts[:2]) + ".", parts[0] + ".", ""):
        path = trace.parent / f"{stem}{kind}.yaml"
        if path.exists():
            return ["--" + kind, str(path)]
    return []


def judge(annexu, trace):
    command = [annexu, "judge", str(trace), "--format", "json"]
    command += profile(trace, "ixit") + profile(trace, "ics")
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    try:
        return json.loads(run.stdout), run.returncode
    except json.JSONDecodeError:
        return {"error": run.stderr.strip()[:200]}, run.returncode


def outcomes(verdict):
    out = {rule["id"]: rule["outcome"] for rule in verdict["rules"]}
    out.update({rule: "silent" for rule in verdict["silent"]})
    out.update({rule["id"]: "unjudged" for rule in verdict["unjudged"]})
    out.update({rule: "not in edition" for rule in verdict["not_in_edition"]})
    return out


def summary(verdict, whole):
    """What is compared: the verdict, and the rules that broke or are unsure (all judged ones where whole)."""
    rules = {
        rule["id"]: rule["outcome"] + (" " + rule["effect"] if "effect" in rule else "")
        for rule in verdict["rules"]
        if whole or rule["outcome"] != "held"
    }
    return {"verdict": verdict["verdict"], "rules": rules}


def by_name(trace, verdict):
    rule, kind = trace.name.split(".")[:2]
    wanted = OUTCOME[kind.split("-")[0]]
    seen = outcomes(verdict).get(rule, "no such rule")
    return [] if seen == wanted else [f"{trace.name}: {rule} should be {wanted}, is {seen}"]


def one_folder(folder, pattern, annexu, accept, only):
    golden_path = folder / "expected.json"
    golden = json.loads(golden_path.read_text()) if golden_path.exists() else {}
    files = [f for f in sorted(folder.glob(pattern)) if not only or any(n in f.name for n in only)]
    troubles, fresh = [], {}
    for trace in files:
        verdict, code = judge(annexu, trace)
        if "error" in verdict:
            troubles.append(f"{trace.name}: no verdict (exit {code}): {verdict['error']}")
            continue
        if folder.name == "rules":
            troubles += by_name(trace, verdict)
        fresh[trace.name] = summary(verdict, whole=folder.name != "rules")
        if not accept and golden.get(trace.name) != fresh[trace.name]:
            troubles.append(f"{trace.name}: expected {golden.get(trace.name)}, is {fresh[trace.name]}")
    if accept and not only:
        golden_path.write_text(json.dumps(fresh, indent=1) + "\n")
    if not only and not accept:
        troubles += [f"{name}: expected, but the file is gone" for name in golden if not (folder / name).exists()]
    return len(files), troubles


def complete(folder):
    """No rule without its three traces."""
    names = {tuple(f.name.split(".")[:2]) for f in folder.glob("*.jsonl")}
    rules = {rule for rule, _ in names}
    return [f"{rule}: no {kind} trace" for rule in sorted(rules)
            for kind in ("holds", "breaks", "silent") if (rule, kind) not in names]


def all_rules(annexu):
    run = subprocess.run([annexu, "list", "--rules", "--format", "json"], capture_output=True, text=True, timeout=60)
    return [json.loads(line)["id"] for line in run.stdout.splitlines() if line.startswith("{")] or \
        [rule["id"] for rule in json.loads(run.stdout or "[]")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--annexu", default="build/annexu")
    parser.add_argument("--accept", action="store_true")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    total, troubles = 0, []
    for folder, pattern in ((HERE / "rules", "*.jsonl"), (HERE / "real", "*.pcap*"), (HERE / "good", "*"),
                            (HERE / "bad", "*")):
        if folder.is_dir():
            count, found = one_folder(folder, pattern, args.annexu, args.accept, args.names)
            total += count
            troubles += found
    if not args.names:
        troubles += complete(HERE / "rules")
        traced = {f.name.split(".")[0] for f in (HERE / "rules").glob("*.jsonl")}
        troubles += [f"{rule}: no traces at all" for rule in all_rules(args.annexu) if rule not in traced]
    for trouble in troubles:
        print("corpus:", trouble)
    print(f"corpus: {total - len(troubles)} passed, {len(troubles)} failed")
    return 1 if troubles or not total else 0


if __name__ == "__main__":
    sys.exit(main())
