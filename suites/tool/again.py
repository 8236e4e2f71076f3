#!/usr/bin/python3
"""Every stored trace, judged again, gives the verdict it had: suites/tool/again.py ANNEXU RUN..."""
import json
import pathlib
import subprocess
import sys


def outcomes(entries):
    return {entry["id"]: (entry["outcome"], entry.get("effect")) for entry in entries}


def differences(annexu, run, case):
    trace = run / case["trace"]
    out = subprocess.run([annexu, "judge", str(trace), "--format", "json"], capture_output=True, text=True,
                         timeout=60)
    if not out.stdout.strip():
        return [f"no verdict: {out.stderr.strip()[:160]}"]
    again = json.loads(out.stdout)
    now = outcomes(again["rules"])
    troubles = []
    if again["verdict"] != case["verdict"]:
        troubles.append(f"was {case['verdict']}, is {again['verdict']}")
    for rule, was in outcomes(case["rules"] + case["also_seen"]).items():
        if was[0] in ("held", "broken", "inconclusive") and now.get(rule, (None,))[0] != was[0]:
            troubles.append(f"{rule} was {was[0]}, is {now.get(rule, ('not judged',))[0]}")
    for rule, (outcome, _) in now.items():
        if outcome != "held" and rule not in outcomes(case["rules"] + case["also_seen"]):
            troubles.append(f"{rule} is {outcome}, was not seen")
    return troubles


def main():
    annexu, runs = sys.argv[1], [pathlib.Path(name) for name in sys.argv[2:]]
    passed = failed = 0
    for run in runs:
        try:
            cases = json.loads((run / "results.json").read_text())["cases"]
        except OSError as trouble:
            print(f"again: {trouble.filename}: {trouble.strerror}")
            failed += 1
            continue
        for case in cases:
            if case["verdict"] in ("error", "not_applicable") or not case.get("trace"):
                continue
            troubles = differences(annexu, run, case)
            for trouble in troubles:
                print(f"again: {run.name} {case['id']}: {trouble}")
            passed, failed = passed + (not troubles), failed + bool(troubles)
    print(f"again: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
