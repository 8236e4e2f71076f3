#!/usr/bin/python3
"""Peers gone mad: suites/tool/hostile.py ANNEXU

Runs a few purposes against each trouble of the reference actors, over sockets
and in memory. Each run has to end in time and in little memory with fail or
inconclusive, never with error; results.json has to be complete, and each
stored trace has to give its verdict again.
"""
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from again import differences

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECONDS_MAX = 20
MEMORY_MAX_MB = 160
FOLDER_MAX_MB = 100
AT_ONCE = 4  # most of a run is waiting for an answer that never comes
# What has to be with each role's neighbour: purposes that need its answers.
PURPOSES = {
    "wwsf": ["TP-W1-08-02", "TP-TNA-15-01", "TP-POOL-07-01"],
    "waf": ["TP-W1-08-02", "TP-TNA-01-03", "TP-POOL-07-01"],
    "epcscf": ["TP-IAU-07-01", "TP-TNA-15-01", "TP-POOL-15-01"],
    "scscf": ["TP-IAU-07-01", "TP-TNA-15-01", "TP-POOL-15-01"],
}


def troubles(annexu):
    out = subprocess.run([annexu, "list", "--troubles", "--format", "json"], capture_output=True, text=True,
                         check=True)
    return json.loads(out.stdout)


def folder_mb(folder):
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1e6


def wait(child, seconds):
    """Exit code and largest memory in MB of the child and its cases; None: it hung and was ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        if pid:
            child.returncode = os.waitstatus_to_exitcode(status)
            return child.returncode, usage.ru_maxrss / 1024
        time.sleep(0.02)
    child.kill()
    os.wait4(child.pid, 0)
    child.returncode = -9
    return None, 0


def run(annexu, trouble, fabric, folder):
    out = folder / f"{trouble['name']}-{fabric}"
    names = PURPOSES[trouble["role"]]
    command = [annexu, "run", "--trouble", trouble["name"], "--fabric", fabric, "--seed", "1", "--out", str(out)]
    for name in names:
        command += ["--run", name]
    log = folder / f"{out.name}.log"
    with log.open("w") as sink:
        began = time.monotonic()
        child = subprocess.Popen(command, stdout=sink, stderr=sink, cwd=ROOT)
        code, memory = wait(child, SECONDS_MAX)
    found = list(judge_run(annexu, out, code, memory, len(names)))
    if found:
        found.append(log.read_text(errors="replace")[-600:])
    shutil.rmtree(out, ignore_errors=True)
    return out.name, time.monotonic() - began, memory, found


def judge_run(annexu, out, code, memory, n):
    if code is None:
        yield f"did not end within {SECONDS_MAX} s"
        return
    if code not in (1, 3):
        yield f"exit {code}, neither 1 nor 3"
    if memory > MEMORY_MAX_MB:
        yield f"{memory:.0f} MB, over {MEMORY_MAX_MB}"
    if folder_mb(out) > FOLDER_MAX_MB:
        yield f"{folder_mb(out):.0f} MB of results, over {FOLDER_MAX_MB}"
    results = json.loads((out / "results.json").read_text())
    if results["complete"] is not True or len(results["cases"]) != n:
        yield f"results.json: complete {results['complete']}, {len(results['cases'])} of {n} cases"
    for case in results["cases"]:
        if case["verdict"] not in ("fail", "inconclusive"):
            yield f"{case['id']}: {case['verdict']} ({case['reason']})"
        elif not case["reason"]:
            yield f"{case['id']}: no reason"
        yield from (f"{case['id']}: judged again: {d}" for d in differences(annexu, out, case))


def unknown_name(annexu):
    out = subprocess.run([annexu, "run", "--trouble", "waf_silence"], capture_output=True, text=True, timeout=20)
    return [] if out.returncode == 64 and "waf_silent" in out.stderr else [f"unknown: {out.returncode} {out.stderr}"]


def main():
    annexu = str(pathlib.Path(sys.argv[1]).resolve())
    wanted = sys.argv[2:]
    wrong = unknown_name(annexu)
    print(*wrong, sep="\n", end="\n" * len(wrong))
    failed, passed = len(wrong), 1 - len(wrong)
    with tempfile.TemporaryDirectory(prefix="annexu-hostile-") as folder, \
            concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = [pool.submit(run, annexu, t, fabric, pathlib.Path(folder))
                for t in troubles(annexu) if not wanted or t["name"] in wanted for fabric in ("sockets", "memory")]
        for job in concurrent.futures.as_completed(jobs):
            name, seconds, memory, found = job.result()
            print(f"{name:34} {seconds:5.1f} s {memory:5.0f} MB  {'FAILED' if found else 'ok'}", flush=True)
            for what in found:
                print(f"  {what}")
            passed, failed = passed + (not found), failed + bool(found)
    print(f"hostile: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
