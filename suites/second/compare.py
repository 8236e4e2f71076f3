#!/usr/bin/python3
"""Two judgements of the same random histories: suites/second/compare.py [--annexu build/annexu] [--seed N] [--traces N]

Each trace is judged by `annexu judge` and by suites/second/oracle.py. Where they do not say the same of a rule (held,
broken, inconclusive) the seed is printed and the trace stays in build/second/, beside the profiles: judge it again with
`annexu judge build/second/SEED.jsonl --ixit build/second/ixit-N.yaml --ics build/second/ics-N.yaml`. A rule that one
calls held and the other silent is counted, and listed with -v: whether a rule was triggered is a matter of taste,
whether it was kept is not.
"""
import argparse
import collections
import json
import pathlib
import subprocess
import sys
import tempfile

import yaml

sys.dont_write_bytecode = True      # nothing is left beside the sources
import history
import oracle

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEPT = ROOT / "build" / "second"
HEAD = json.dumps({"annexu-trace": 1, "source": "hand", "facts": ["flow", "time"]})
BATCH = 400


def write_profiles(folder):
    for n, profile in enumerate(history.PROFILES):
        (folder / f"ixit-{n}.yaml").write_text(yaml.safe_dump(history.ixit(profile)))
        (folder / f"ics-{n}.yaml").write_text(yaml.safe_dump(history.ics(profile)))


def annexu(program, folder, number, names):
    """{file name: {rule: (outcome, line)}} by the program."""
    found = {}
    for start in range(0, len(names), BATCH):
        batch = names[start:start + BATCH]
        try:
            out = subprocess.run([program, "judge", *batch, "--ixit", f"ixit-{number}.yaml", "--ics",
                                  f"ics-{number}.yaml", "--format", "json"], cwd=folder, capture_output=True,
                                 text=True, timeout=120)
        except (OSError, subprocess.TimeoutExpired) as trouble:
            sys.exit(f"second: {program}: {trouble}")
        for text in out.stdout.splitlines():
            said = json.loads(text)
            rules = {rule: ("silent", None) for rule in said["silent"]}
            rules.update({r["id"]: (r["outcome"], r.get("event")) for r in said["rules"]})
            found[said["file"]] = rules
        missing = [name for name in batch if name not in found]
        if missing:
            sys.exit(f"second: no verdict for {missing[0]} (exit {out.returncode}): {out.stderr.strip()[:300]}")
    return found


def differences(theirs, ours):
    """(real ones, held against silent) as texts."""
    real, slight = [], []
    for rule, (outcome, line) in ours.items():
        other, event = theirs.get(rule, ("unjudged", None))
        if other != outcome:
            text = f"{rule}: annexu {other}{f' line {event}' if event else ''}, " \
                   f"second {outcome}{f' line {line}' if line else ''}"
            (slight if {other, outcome} == {"held", "silent"} else real).append(text)
    return real, slight


def compare(args, folder):
    for old in KEPT.glob("*.jsonl"):
        old.unlink()
    made = {}
    for seed in range(args.seed, args.seed + args.traces):
        number, odds, events = history.history(seed)
        name = f"{seed}.jsonl"
        (folder / name).write_text("\n".join([HEAD, *map(json.dumps, events)]) + "\n")
        made[name] = (number, odds)
    passed = failed = 0
    tally, slight_tally, outcomes = (collections.Counter() for _ in range(3))
    for number, profile in enumerate(history.PROFILES):
        names = [name for name, (n, _) in made.items() if n == number]
        theirs = annexu(args.annexu, folder, number, names)
        second = oracle.Profile(history.ixit(profile), history.ics(profile))
        for name in names:
            lines = (folder / name).read_text().splitlines()
            ours = oracle.judge(lines, second)
            outcomes.update((rule, outcome) for rule, (outcome, _) in ours.items())
            real, slight = differences(theirs[name], ours)
            passed, failed = passed + (not real), failed + bool(real)
            tally.update(text.split(":")[0] for text in real)
            slight_tally.update(text.split(" line")[0] for text in slight)
            if real:
                KEPT.mkdir(parents=True, exist_ok=True)
                (KEPT / name).write_text("\n".join(lines) + "\n")
                write_profiles(KEPT)
            for text in real:
                print(f"second: seed {name[:-6]} ixit-{number}: {text}")
            for text in slight if args.verbose else ():
                print(f"second: seed {name[:-6]} ixit-{number}: (slight) {text}")
    if args.verbose:
        for rule in oracle.RULES:
            print(f"second: {rule}:", *(f"{o} {outcomes[rule, o]}" for o in oracle.ORDER))
    for rule, n in tally.most_common():
        print(f"second: {rule}: {n} disagreements")
    if slight_tally:
        print(f"second: {sum(slight_tally.values())} times held against silent (-v lists them)")
    print(f"second: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--annexu", default=str(ROOT / "build" / "annexu"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--traces", type=int, default=2000)
    parser.add_argument("-v", "--verbose", action="store_true")
    args = parser.parse_args()
    args.annexu = str(pathlib.Path(args.annexu).resolve())
    with tempfile.TemporaryDirectory(prefix="annexu-second-") as folder:
        write_profiles(pathlib.Path(folder))
        return compare(args, pathlib.Path(folder))


if __name__ == "__main__":
    sys.exit(main())
