#!/usr/bin/python3
"""Runs the SIPp scenarios against the reference implementation.

The verdict is the oracle's, on the trace that the reference stored; SIPp's own
exit code is a second signal. A scenario is ok when every SIPp ends with 0, the
verdict is pass, and each rule that the scenario is about was held. Whatever else
is reported, and so is every disagreement of the two.

    run.py [--annexu build/annexu] [--keep DIR] [--flaw NAME] [NAME...]

Exit: 0 all ok, 1 some failed, 2 sipp or annexu is missing, 64 unknown name.
"""
import argparse
import concurrent.futures
import fnmatch
import json
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

from bed import SUBSCRIBERS, Bed, Broken, Hss

ALICE, BOB = SUBSCRIBERS
ROOT = pathlib.Path(__file__).resolve().parent.parent
BEDS = []                               # all that were started, for an interruption


def gained(bed, user=None):
    got = bed.web().login(user)
    if not got:
        raise Broken("W1 refuses a login that it should grant")
    return got


# ---- the scenarios: what each does ----

def wic_digest(bed):
    bed.reference()
    bed.digest("wic-digest.xml", ALICE, ALICE["sip_password"])


def wic_digest_wrong(bed):
    bed.reference()
    bed.digest("wic-digest-wrong.xml", ALICE, "not-" + ALICE["sip_password"])


def web(bed, kind="jwt", xml="wic-token.xml"):
    """Two users, in another order than they are provisioned; one of them errs first."""
    bed.reference(kind=kind)
    if bed.web().login(dict(BOB, web_password="not-" + BOB["web_password"])):
        bed.note("W1 grants a login with a wrong password")
    lines = [gained(bed, BOB), gained(bed, ALICE)]
    bed.wics(xml, lines=lines, apart=True)


def web_opaque(bed):
    web(bed, kind="opaque")


def web_bare(bed):
    web(bed, xml="wic-token-bare.xml")


def pool(bed):
    """Three pairs, three WICs at once; a fourth gets none, and none either after
    the three have de-registered and their connections are gone."""
    bed.reference(pairs=3)
    lines = [gained(bed) for _ in range(3)]
    if bed.web().login():
        bed.note("W1 lends a fourth pair of three")
    bed.wics("wic-token.xml", lines=lines, apart=True)
    bed.gate.stop()
    if bed.web().login():
        bed.note("W1 lends a pair again because it was de-registered")


def pool_again(bed):
    """One pair: lent, refused to the next at once and late in the window, lent again
    after it."""
    bed.reference(lifetime_s=3, pairs=1)
    first = gained(bed)
    lent = time.monotonic()
    bed.wics("wic-token.xml", lines=[first])
    for at_s in (0, 2.3):
        time.sleep(max(0, lent + at_s - time.monotonic()))
        if bed.web().login() and (after_s := time.monotonic() - lent) < 2.9:
            bed.note(f"W1 lends the pair again {after_s:.1f} s after it did")
    time.sleep(max(0, lent + 3.6 - time.monotonic()))       # the window: 3 s, and tolerance
    bed.wics("wic-token.xml", lines=[gained(bed)])


def token_expired(bed, user=ALICE):
    bed.reference(lifetime_s=3)
    got = gained(bed, user)
    ended_ms = (got["expires_in"] + 1) * 1000 + 600         # whole seconds, and tolerance
    bed.wics("wic-token-expired.xml", "-d", ended_ms, lines=[got])


def token_expired_pool(bed):
    token_expired(bed, None)


def token_bad(bed):
    bed.reference()
    got = gained(bed, ALICE)
    head, dot, sig = got["token"].rpartition(".")
    middle = len(sig) // 2
    other = "B" if sig[middle] == "A" else "A"
    got["token"] = head + dot + sig[:middle] + other + sig[middle + 1:]
    bed.wics("wic-token-bad.xml", lines=[got])


def scscf_tna(bed):
    child, mw = bed.scscf("scscf-tna.xml", 2)
    bed.reference(mw=mw, roles=("wwsf", "waf", "epcscf"))
    bed.wics("wic-token.xml", lines=[gained(bed, ALICE), gained(bed)], apart=True)
    bed.finish("scscf", child)


def scscf_digest(bed):
    hss = Hss(BOB["sip_password"])
    try:
        child, mw = bed.scscf("scscf-digest.xml", 1, "-3pcc", hss.at, "-key", "nonce",
                              "a5" * 16, "-key", "granted", 20)
        bed.reference(mw=mw, roles=("wwsf", "waf", "epcscf"))
        bed.digest("wic-digest.xml", BOB, BOB["sip_password"])
        bed.finish("scscf", child)
    finally:
        hss.close()
    if hss.wrong:
        bed.note("a response arrives on Mw that is wrong")


TNA = "TOK-04 TNA-01 TNA-02 TNA-03 TNA-05 TNA-11 TNA-15 TNA-16 WSS-17 HDR-01 HDR-02 HDR-03 HDR-06"
SCENARIOS = {  # name: (what it does, rules that must be held)
    "wic-digest": (wic_digest, "IAU-01 IAU-04 IAU-07 DRG-01 WSS-03 WSS-04 WSS-05 WSS-08"),
    "wic-digest-wrong": (wic_digest_wrong, "IAU-04 IAU-09"),
    "wic-token[web]": (web, f"W1-04 W1-08 W1-09 WEB-02 REF-04 DRG-01 DRG-04 {TNA}"),
    "wic-token[opaque]": (web_opaque, f"W1-08 W1-09 REF-04 DRG-04 {TNA}"),
    "wic-token[pool]": (pool, "POOL-01 POOL-04 POOL-06 POOL-09 POOL-10 POOL-12 POOL-13 POOL-32 "
                       f"POOL-33 DRG-04 {TNA}"),
    "wic-token[pool-again]": (pool_again, f"POOL-06 POOL-07 POOL-09 POOL-12 POOL-13 {TNA}"),
    "wic-token-bare": (web_bare, f"WEB-02 DRG-04 {TNA}"),
    "wic-token-expired[web]": (token_expired, "TOK-07 REF-03 TNA-01"),
    "wic-token-expired[pool]": (token_expired_pool, "TOK-07 REF-03 POOL-13 POOL-17"),
    "wic-token-bad": (token_bad, "TOK-04 TOK-06"),
    "scscf-tna": (scscf_tna, f"DRG-04 POOL-13 REF-04 {TNA}"),
    "scscf-digest": (scscf_digest, "IAU-01 IAU-04 IAU-07 DRG-01 HDR-01 HDR-02 HDR-03 HDR-06"),
}


# ---- judging ----

def judge(bed, rules):
    command = [bed.annexu, "judge", "trace.jsonl", "--format", "json"]
    for rule in rules:
        command += ["--require", rule]
    done = subprocess.run(command, cwd=bed.dir, capture_output=True, text=True, timeout=60,
                          check=False)
    (bed.dir / "judge.json").write_text(done.stdout)
    try:
        got = json.loads(done.stdout)
        return got["verdict"], {r["id"]: r for r in got["rules"]}
    except (ValueError, KeyError, TypeError) as e:
        words = done.stderr.strip().splitlines() or [f"exit {done.returncode}"]
        raise Broken(f"judge: {words[-1]}") from e


def outcome(bed, rules):
    """(ok, the end of the line)"""
    codes = [code for _, code in bed.runs]
    sipp = next((code for code in codes if code), 0)
    verdict, found = judge(bed, rules)
    held = [r for r in rules if found.get(r, {}).get("outcome") == "held"]
    words = [f"SIPp {sipp}", f"verdict {verdict}"]
    if (sipp == 0) != (verdict == "pass"):
        words.append("DISAGREE")
    for r in found.values():
        if r["outcome"] in ("broken", "inconclusive"):
            words.append(f"{r['id']} {r['outcome']} ({r['role']}: {r.get('text', '')})")
    words += [f"{r} not held" for r in rules if r not in held and r not in found]
    words += bed.notes
    ok = bool(codes) and sipp == 0 and verdict == "pass" and held == rules and not bed.notes
    words.append(" ".join(held) + " held" if held else "nothing required was held")
    return ok, words


def run(name, folder, options):
    """One scenario in its own folder: its line, and whether it is ok."""
    does, rules = SCENARIOS[name]
    deviations = [x for f in options.flaw for x in ("--flaw", f)]
    deviations += [x for v in options.variant for x in ("--variant", v)]
    bed = Bed(folder, options.annexu, deviations)
    BEDS.append(bed)
    try:
        try:
            does(bed)
        except Broken as e:             # what was seen until then is judged all the same
            bed.note(str(e))
        finally:
            left = bed.stop()
        for who, code in left.items():
            bed.note(f"{who} ended with {code}")
        ok, words = outcome(bed, rules.split())
    except Broken as e:
        ok, words = False, [*bed.notes, str(e)]
    except Exception as e:              # ours; the other scenarios still run
        (folder / "driver.log").write_text(traceback.format_exc())
        ok, words = False, [f"driver: {type(e).__name__}: {e}"]
    line = f"sipp {name:<24} {'ok' if ok else 'FAILED':<6}  " + "  ".join(words)
    return ok, line if ok else f"{line}  [{folder}]"


# ---- the command ----

def chosen(names):
    """Scenario names, patterns, or a file's name, which means all its scenarios."""
    out = []
    for name in names or ["*"]:
        fits = [n for n in SCENARIOS if n == name or n.split("[")[0] == name or
                ("[" not in name and fnmatch.fnmatchcase(n, name))]
        if not fits:
            print(f"run.py: no scenario {name}; there are {' '.join(SCENARIOS)}",
                  file=sys.stderr)
            sys.exit(64)
        out += [n for n in fits if n not in out]
    return out


def options_read():
    p = argparse.ArgumentParser(description="SIPp against the reference, judged by the oracle.")
    p.add_argument("--annexu", type=pathlib.Path, default=ROOT / "build" / "annexu")
    p.add_argument("--keep", type=pathlib.Path, metavar="DIR", help="keep all logs there")
    p.add_argument("--flaw", action="append", default=[], help="of the reference: has to fail")
    p.add_argument("--variant", action="append", default=[], help="of the reference: all ok")
    p.add_argument("-j", type=int, default=2, help="scenarios at once")
    p.add_argument("names", nargs="*", help=" ".join(SCENARIOS))
    return p.parse_args()


def main():
    options = options_read()
    names = chosen(options.names)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    if not shutil.which("sipp"):
        print("run.py: sipp is missing (Debian package sip-tester)", file=sys.stderr)
        return 2
    if not options.annexu.is_file():
        print(f"run.py: {options.annexu} is missing (make)", file=sys.stderr)
        return 2
    options.annexu = options.annexu.resolve()
    top = options.keep or pathlib.Path(tempfile.mkdtemp(prefix="annexu-sipp."))
    passed = 0
    with concurrent.futures.ThreadPoolExecutor(max(1, options.j)) as executor:
        jobs = [executor.submit(run, n, top.resolve() / n, options) for n in names]
        try:
            for job in jobs:
                ok, line = job.result()
                passed += ok
                print(line, flush=True)
        except (KeyboardInterrupt, SystemExit):
            executor.shutdown(wait=False, cancel_futures=True)
            for bed in BEDS:
                bed.abandon()
            raise
    print(f"sipp: {passed} passed, {len(names) - passed} failed")
    if passed == len(names) and not options.keep:
        shutil.rmtree(top, ignore_errors=True)
    return 0 if passed == len(names) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
