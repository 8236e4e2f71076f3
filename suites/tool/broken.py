#!/usr/bin/python3
"""Broken and giant input to `annexu judge`: suites/tool/broken.py ANNEXU SANITIZED [SEEDS]

SANITIZED is the same program built with the address and undefined behaviour
sanitizers: it gets what is cut, garbled and flipped. ANNEXU gets what is big,
with an eye on time and memory. Each process has to end by itself with an exit
code of the contract, and what is no verdict is one line with the place.
"""
import concurrent.futures
import json
import os
import pathlib
import random
import resource
import struct
import subprocess
import sys
import tempfile
import time

import giant

ROOT = pathlib.Path(__file__).resolve().parents[2]
REAL = sorted((ROOT / "captures" / "real").glob("*.pcapng"))
RULES = ROOT / "captures" / "rules"
STEP = 97
TRACES_AT_ONCE = 40
EXITS = (0, 1, 3, 64)


class Trouble(Exception):
    pass


def ixit_of(capture):
    return capture.with_suffix(".ixit.yaml")


def judge(annexu, files, ixit, seconds=30, json_wanted=True):
    """Exit code, stdout, stderr, seconds and MB of one judgement."""
    command = [annexu, "judge", *map(str, files), "--ixit", str(ixit)] + ["--format", "json"] * json_wanted
    began = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen(command, stdout=out, stderr=err, cwd=ROOT)
        while True:
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() - began > seconds:
                child.kill()
                os.wait4(child.pid, 0)
                child.returncode = -9
                raise Trouble(f"{files[0]}: did not end within {seconds} s")
            time.sleep(0.001)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        said = err.read().decode(errors="replace").strip()
        if child.returncode not in EXITS or "Sanitizer" in said or "runtime error" in said:
            raise Trouble(f"exit {child.returncode}: {said[:600]}")
        return (child.returncode, out.read().decode(errors="replace"), said, time.monotonic() - began,
                usage.ru_maxrss / 1024)


def one_line(code, said, name):
    if code == 64 and (len(said.splitlines()) != 1 or name not in said):
        raise Trouble(f"not one line with the place: {said[:300]!r}")


# ---- captures that are cut ----

def blocks(data):
    """Offset, type and length of each block of a little-endian pcapng."""
    at = 0
    while at + 8 <= len(data):
        kind, length = struct.unpack_from("<II", data, at)
        yield at, kind, length
        at += length


def frames_whole(data, cut):
    return sum(1 for at, kind, n in blocks(data) if kind in (3, 6) and at + n <= cut)


def broken_rules(verdict):
    return {r["id"] for r in verdict["rules"] if r["outcome"] == "broken"}


def cut(annexu, capture, data, at, folder):
    name = folder / f"{capture.stem}-cut-{at}.pcapng"
    name.write_bytes(data[:at])
    code, out, said, _, _ = judge(annexu, [name], ixit_of(capture))
    name.unlink()
    one_line(code, said, name.name)
    frames = frames_whole(data, at)
    if code == 64:
        if frames:
            raise Trouble(f"{name.name}: {frames} whole frames are lost: {said[:200]}")
        return set(), 0
    verdict = json.loads(out)
    on_border = any(a == at for a, _, _ in blocks(data))
    if verdict.get("truncated") != (None if on_border else frames):
        raise Trouble(f"{name.name}: {frames} whole frames, but truncated is {verdict.get('truncated')}")
    if not on_border and verdict["verdict"] == "pass":
        raise Trouble(f"{name.name}: a cut capture passes")
    return broken_rules(verdict), frames


def cuts(pool, annexu, folder):
    """What is broken early stays broken with more of the capture."""
    for capture in REAL:
        data = capture.read_bytes()
        points = range(1, len(data), STEP)
        results = list(pool.map(lambda at: cut(annexu, capture, data, at, folder), points))
        last = [r for r, frames in results if frames][-1]
        seen = set().union(*(r for r, _ in results))
        if not last or len(results) < 100:
            raise Trouble(f"{capture.name}: nothing is judged of the longest cut")
        ended = {r for r in seen if r not in last}
        yield f"{len(results)} cuts of {capture.name}, {len(last)} rules broken at the last" + (
            f", only in between {sorted(ended)}" if ended else "")


# ---- captures whose blocks lie ----

def lies(pool, annexu, folder):
    capture = REAL[-1]
    data = capture.read_bytes()
    jobs = []
    for number, (at, kind, length) in enumerate(blocks(data)):
        for lie in (0, 1, 4, 8, 11, 12, length - 4, length + 4, length * 2, 0x7fffffff, 0x80000000, 0xffffffff):
            jobs.append((f"{number}-{lie}", at + 4, lie))
            if kind == 6 and lie:
                jobs.append((f"{number}-cap-{lie}", at + 20, lie))
                jobs.append((f"{number}-wire-{lie}", at + 24, lie))
    jobs = jobs[:: max(1, len(jobs) // 300)]

    def one(job):
        name, at, lie = job
        file = folder / f"lie-{name}.pcapng"
        bad = bytearray(data)
        struct.pack_into("<I", bad, at, lie)
        file.write_bytes(bad)
        code, _, said, _, _ = judge(annexu, [file], ixit_of(capture))
        one_line(code, said, file.name)
        file.unlink()

    list(pool.map(one, jobs))
    yield f"{len(jobs)} lengths that lie"


# ---- flipped bytes ----

def flipped(rng, data):
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        at = rng.randrange(len(out))
        what = rng.randrange(4)
        if what == 0:
            out[at] ^= 1 << rng.randrange(8)
        elif what == 1:
            out[at] = rng.randrange(256)
        elif what == 2:
            del out[at:at + rng.randrange(1, 40)]
        else:
            out[at:at] = out[at:at + rng.randrange(1, 40)]
    return bytes(out)


def flip_captures(pool, annexu, folder, seeds):
    sources = [(c, c.read_bytes()) for c in REAL]

    def one(seed):
        rng = random.Random(seed)
        capture, data = sources[seed % len(sources)]
        file = folder / f"flip-{seed}.pcapng"
        file.write_bytes(flipped(rng, data))
        try:
            code, out, said, _, _ = judge(annexu, [file], ixit_of(capture))
            one_line(code, said, file.name)
            if code != 64:
                json.loads(out)
        except (Trouble, ValueError) as why:
            raise Trouble(f"seed {seed} of {capture.name}: {why}") from why
        file.unlink()

    list(pool.map(one, seeds))
    yield f"{len(seeds)} captures with flipped bytes"


def flip_traces(pool, annexu, folder, seeds):
    sources = sorted(RULES.glob("*.jsonl"))

    def batch(some):
        files = []
        for seed in some:
            rng = random.Random(seed)
            source = sources[seed % len(sources)]
            file = folder / f"flip-{seed}.jsonl"
            file.write_bytes(flipped(rng, source.read_bytes()))
            files.append(file)
        code, out, said, _, _ = judge(annexu, files, RULES / "ixit.yaml")
        judged = {json.loads(line)["file"] for line in out.splitlines()}
        for file in files:
            lines = [line for line in said.splitlines() if f"{file}" in line]
            if (str(file) in judged) == bool(lines) or len(lines) > 1:
                raise Trouble(f"{file.name}: judged and refused, or neither: {lines}")
            file.unlink()

    groups = [seeds[i:i + TRACES_AT_ONCE] for i in range(0, len(seeds), TRACES_AT_ONCE)]
    list(pool.map(batch, groups))
    yield f"{len(seeds)} traces with flipped bytes"


# ---- giants ----

def giants(pool, annexu, folder):
    """Each one: time, memory, and what is to be said about the limit."""
    def one(make):
        files, expected = make(folder)
        ixit = expected.get("ixit", RULES / "ixit.yaml")
        code, out, said, seconds, memory = judge(annexu, files, ixit, expected.get("seconds", 30))
        text = out + said
        if memory > expected["memory"] or code not in expected["exits"]:
            raise Trouble(f"{make.__name__}: exit {code}, {memory:.0f} MB of {expected['memory']}: {text[-600:]}")
        for word in expected["says"]:
            if word not in text:
                raise Trouble(f"{make.__name__}: does not say {word!r}: {text[-800:]}")
        if "broken" in expected:
            broken = broken_rules(json.loads(out))
            if not expected["broken"] <= broken:
                raise Trouble(f"{make.__name__}: lost {expected['broken'] - broken}")
        for file in files:
            if folder in pathlib.Path(file).parents:
                pathlib.Path(file).unlink()
        return f"{make.__name__}: exit {code}, {seconds:.1f} s, {memory:.0f} MB"

    yield from pool.map(one, giant.MAKERS)


# ---- a disk that is full ----

def full_disk(annexu, folder):
    """What was judged until then is kept, and --resume ends the run as if nothing had been."""
    out = folder / "full"
    command = [annexu, "run", "--fabric", "memory", "--run", "TP-POOL-*", "-j", "2"]
    small = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (40 * 1024, 40 * 1024))  # noqa: E731
    first = subprocess.run(command + ["--out", str(out)], capture_output=True, text=True, cwd=ROOT, preexec_fn=small,
                           timeout=60)
    kept = (out / "journal.jsonl").read_text().count("\n")
    if first.returncode != 73 or not kept or len(first.stderr.strip().splitlines()) != 1:
        raise Trouble(f"full disk: exit {first.returncode}, {kept} cases kept: {first.stderr[:300]}")
    if json.loads((out / "results.json").read_text())["complete"] is not False:
        raise Trouble("full disk: results.json says complete")
    again = subprocess.run([annexu, "run", "--resume", str(out), "--run", "TP-POOL-*"], capture_output=True, text=True,
                           cwd=ROOT, timeout=60)
    results = json.loads((out / "results.json").read_text())
    bad = [c["id"] for c in results["cases"] if c["verdict"] != "pass"]
    if again.returncode or not results["complete"] or len(results["cases"]) <= kept or bad:
        raise Trouble(f"full disk: resumed with exit {again.returncode}, {bad}: {again.stderr[:300]}")
    yield f"a disk that is full: {kept} cases kept, {len(results['cases'])} after --resume"


def main():
    annexu, sanitized = (str(pathlib.Path(a).resolve()) for a in sys.argv[1:3])
    n = int(sys.argv[3]) if len(sys.argv) > 3 else 2000
    passed = failed = 0
    os.environ.setdefault("ASAN_OPTIONS", "detect_leaks=1")
    with tempfile.TemporaryDirectory(prefix="annexu-broken-") as name, \
            concurrent.futures.ThreadPoolExecutor(2) as pool:
        folder = pathlib.Path(name)
        for step in (lambda: cuts(pool, sanitized, folder), lambda: lies(pool, sanitized, folder),
                     lambda: flip_captures(pool, sanitized, folder, range(n // 2)),
                     lambda: flip_traces(pool, sanitized, folder, range(n - n // 2)),
                     lambda: full_disk(annexu, folder), lambda: giants(pool, annexu, folder)):
            began = time.monotonic()
            try:
                for line in step():
                    passed += 1
                    print(f"broken: {line}", flush=True)
            except Trouble as trouble:
                failed += 1
                print(f"broken: FAILED {trouble}", flush=True)
            print(f"broken: took {time.monotonic() - began:.1f} s", flush=True)
    print(f"broken: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
