#!/usr/bin/python3
"""Exit codes and bad input, as a user meets them: suites/tool/contract.py ANNEXU

Each check runs the binary once and looks at the exit class, at the one line
on stderr, and that nothing was lost on stdout. Results go to a temporary
folder that is removed.
"""
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "captures" / "rules"
CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


class Bench:
    def __init__(self, annexu, folder):
        self.annexu, self.folder = annexu, pathlib.Path(folder)

    def run(self, *args, timeout=60, **more):
        return subprocess.run([self.annexu, *map(str, args)], capture_output=True, text=True, timeout=timeout,
                              cwd=ROOT, errors="replace", **more)

    def expect(self, code, pattern, *args, **more):
        out = self.run(*args, **more)
        said = out.stderr.strip()
        assert out.returncode == code, f"exit {out.returncode}, not {code}: {said[:200]}"
        assert re.search(pattern, said), f"stderr says {said[:200]!r}, not /{pattern}/"
        assert code not in (64, 73) or len(said.splitlines()) == 1, f"not one line: {said[:300]!r}"
        return out

    def file(self, name, text):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path


HEAD = '{"annexu-trace":1,"source":"hand","facts":["flow","time"]}\n'


@check
def no_command(b):
    b.expect(64, "command", *[])


@check
def unknown_command(b):
    b.expect(64, "judge", "juge")


@check
def judge_without_file(b):
    b.expect(64, "no file", "judge")


@check
def judge_missing_file(b):
    b.expect(64, "nowhere.jsonl", "judge", "nowhere.jsonl")


@check
def unknown_option(b):
    b.expect(64, "ixit", "judge", RULES / "POOL-07.holds.jsonl", "--ixti", "x")


@check
def trace_unknown_key(b):
    f = b.file("key.jsonl", HEAD + '{"t":0,"ev":"handover","wick":"a"}\n')
    b.expect(64, r"key\.jsonl:2: .*wick", "judge", f)


@check
def trace_unknown_header_key(b):
    f = b.file("head.jsonl", HEAD.replace('"facts"', '"fact"'))
    b.expect(64, r"head\.jsonl:1: .*fact", "judge", f)


@check
def trace_time_runs_back(b):
    f = b.file("back.jsonl", HEAD + '{"t":2,"ev":"mark","text":"x"}\n{"t":1,"ev":"mark","text":"y"}\n')
    b.expect(64, r"back\.jsonl:3: ", "judge", f)


@check
def trace_after_end(b):
    f = b.file("end.jsonl", HEAD + '{"t":2,"ev":"end"}\n{"t":3,"ev":"mark","text":"y"}\n')
    b.expect(64, r"end\.jsonl:3: ", "judge", f)


@check
def trace_giant_line(b):
    f = b.folder / "giant.jsonl"
    with f.open("w") as out:
        out.write(HEAD + '{"t":0,"ev":"mark","text":"')
        for _ in range(200):
            out.write("x" * 1_000_000)
        out.write('"}\n')
    b.expect(64, r"giant\.jsonl:2: ", "judge", f)
    f.unlink()


@check
def not_a_trace(b):
    b.expect(64, r"noise\.bin:1: ", "judge", b.file("noise.bin", bytes(range(256)) * 8))


@check
def empty_file(b):
    b.expect(64, r"empty\.jsonl", "judge", b.file("empty.jsonl", ""))


@check
def nothing_judged_is_inconclusive(b):
    out = b.expect(3, "", "judge", b.file("mark.jsonl", HEAD + '{"t":0,"ev":"mark","text":"x"}\n'))
    assert "verdict: inconclusive" in out.stdout


@check
def ixit_wrong_key(b):
    f = b.file("ixit.yaml", "home_domain: x\nlifetme_s: 60\n")
    b.expect(64, r"ixit\.yaml:2: .*lifetme_s", "judge", RULES / "POOL-07.holds.jsonl", "--ixit", f)


@check
def ixit_wrong_type(b):
    f = b.file("ixit2.yaml", "home_domain: x\nlifetime_s: soon\n")
    b.expect(64, r"ixit2\.yaml:2: ", "judge", RULES / "POOL-07.holds.jsonl", "--ixit", f)


@check
def broken_is_fail_with_place(b):
    out = b.run("judge", RULES / "POOL-07.breaks.jsonl", "--ixit", RULES / "ixit.yaml")
    assert out.returncode == 1, out.returncode
    assert re.search(r"^POOL-07 broken fail .*POOL-07\.breaks\.jsonl:3 ", out.stdout, re.M), out.stdout
    assert out.stdout.rstrip().splitlines()[-1] == "verdict: fail"


@check
def json_is_one_object_a_trace(b):
    names = [RULES / f"POOL-07.{kind}.jsonl" for kind in ("holds", "breaks")]
    out = b.run("judge", *names, "--ixit", RULES / "ixit.yaml", "--format", "json")
    objects = [json.loads(line) for line in out.stdout.splitlines()]
    assert [o["file"] for o in objects] == list(map(str, names)), objects
    assert out.returncode == 1


@check
def a_bad_trace_loses_no_verdict(b):
    bad = b.file("late.jsonl", HEAD + "{}\n")
    out = b.run("judge", RULES / "POOL-07.breaks.jsonl", bad, "--ixit", RULES / "ixit.yaml")
    assert out.returncode == 64 and "POOL-07 broken" in out.stdout, (out.returncode, out.stdout)


@check
def require_unmet(b):
    out = b.run("judge", RULES / "POOL-07.holds.jsonl", "--ixit", RULES / "ixit.yaml", "--require", "TOK")
    assert out.returncode == 3, (out.returncode, out.stdout)
    b.expect(64, "POOL-07", "judge", RULES / "POOL-07.holds.jsonl", "--require", "POOL-7")


@check
def without_ixit_the_pool_is_unjudged(b):
    out = b.run("judge", RULES / "POOL-07.breaks.jsonl", "--format", "json")
    unjudged = {u["id"]: u["needs"] for u in json.loads(out.stdout)["unjudged"]}
    assert unjudged.get("POOL-07") in ("pools", "lifetime_s"), unjudged


@check
def cut_capture(b):
    data = (ROOT / "captures" / "real" / "s3-pool-ws.pcapng").read_bytes()
    ixit = ROOT / "captures" / "real" / "s3-pool-ws.ixit.yaml"
    f = b.file("cut.pcapng", data[: len(data) * 2 // 3 + 5])
    out = b.run("judge", f, "--ixit", ixit, "--format", "json")
    verdict = json.loads(out.stdout)
    assert verdict["truncated"] > 0 and verdict["verdict"] in ("fail", "inconclusive"), verdict["verdict"]


@check
def garbled_capture(b):
    f = b.file("garbled.pcap", b"\xd4\xc3\xb2\xa1" + b"\xff" * 10)
    b.expect(64, r"garbled\.pcap", "judge", f)


@check
def run_selects_nothing(b):
    b.expect(64, "", "run", "--run", "TP-NO-SUCH-*", "--out", b.folder / "none")
    assert not (b.folder / "none").exists(), "something was written"


@check
def run_unknown_flaw(b):
    b.expect(64, "nearest|list", "run", "--flaw", "relend_at_halftime")


@check
def results_unwritable(b):
    b.expect(73, "/proc/annexu", "run", "--fabric", "memory", "--out", "/proc/annexu/x")


@check
def flaw_is_a_fail(b):
    flaws = json.loads(b.run("list", "--flaws", "--format", "json").stdout)
    flaw = next(f for f in flaws if "POOL-07" in str(f["breaks"]))
    out = b.run("run", "--fabric", "memory", "--flaw", flaw["name"], "--run", "TP-POOL-07-*", "--out",
                b.folder / "flaw")
    assert out.returncode == 1, (out.returncode, out.stdout[-300:])
    results = json.loads((b.folder / "flaw" / "results.json").read_text())
    assert results["complete"] is True and results["exit"] == 1, results["exit"]


@check
def busy_port(b):
    with contextlib.closing(socket.socket()) as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        port = s.getsockname()[1]
        b.expect(2, str(port), "gate", "--listen", f"127.0.0.1:{port}", "--to", "wss://127.0.0.1:1/")


@check
def interrupted(b):
    out = b.folder / "stopped"
    run = subprocess.Popen([b.annexu, "run", "--out", str(out)], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, cwd=ROOT)
    for _ in range(200):
        if (out / "results.json").exists():
            break
        time.sleep(0.02)
    run.send_signal(signal.SIGINT)
    assert run.wait(timeout=30) == 130, run.returncode
    assert json.loads((out / "results.json").read_text())["complete"] is False


@check
def list_and_explain(b):
    assert "POOL-07" in b.run("list", "--rules").stdout
    assert "lifetime" in b.run("explain", "POOL-07").stdout
    b.expect(64, "POOL-0", "explain", "POOL-99")


@check
def explain_says_what_was_agreed(b):
    assert "agreed text, a should" in b.run("explain", "POOL-07").stdout
    assert "reasoning of the change request" in b.run("explain", "POOL-09").stdout
    assert "standing" not in b.run("explain", "TOK-04").stdout


@check
def full_stdout(b):
    with open("/dev/full", "w") as full:
        run = subprocess.run([b.annexu, "list"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert run.returncode == 73 and "stdout" in run.stderr, (run.returncode, run.stderr)


@check
def capture_stored_as_trace(b):
    """What --trace stores of a capture is judged as the capture was."""
    for name in ("s1-digest-ws", "s2-web-ws", "s3-pool-ws"):
        capture = ROOT / "captures" / "real" / (name + ".pcapng")
        ixit = capture.with_suffix(".ixit.yaml")
        stored = b.folder / (name + ".jsonl")
        first = json.loads(b.run("judge", capture, "--ixit", ixit, "--trace", stored, "--format", "json").stdout)
        again = json.loads(b.run("judge", stored, "--ixit", ixit, "--format", "json").stdout)
        for one in (first, again):
            one.pop("file")
            for rule in one["rules"]:
                rule.pop("file", None), rule.pop("event", None)
        assert first == again, name


@check
def every_rule_has_flaw_and_purpose(b):
    """What no flaw breaks is not known to bite, what no purpose names is not put to the test."""
    def listed(*what):
        return json.loads(b.run("list", *what, "--format", "json").stdout)
    rules = {rule["id"] for rule in listed("--rules")}
    broken = {name for flaw in listed("--flaws") for name in [flaw["breaks"], *flaw["also_breaks"]]}
    named = {name for purpose in listed() for name in purpose["rules"]}
    assert rules, "no rules"
    assert rules == broken, f"no flaw: {sorted(rules - broken)}, no rule: {sorted(broken - rules)}"
    assert rules == named, f"no purpose: {sorted(rules - named)}, no rule: {sorted(named - rules)}"


@check
def installed_and_elsewhere(b):
    """From another folder, without HOME, locale or PATH; the link only where no folder is named."""
    there = b.folder / "there"
    there.mkdir()
    subprocess.run(["make", "-s", "install", f"PREFIX={b.folder}/usr"], cwd=ROOT, check=True, capture_output=True)
    command = [f"{b.folder}/usr/bin/annexu", "run", "--fabric", "memory", "--run", "TP-POOL-07-*"]
    for more in ([], ["--out", "mine"]):
        run = subprocess.run(command + more, cwd=there, env={}, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
    assert (there / "results" / "latest").is_symlink() and (there / "results" / "latest" / "report.html").exists()
    assert (there / "mine" / "report.html").exists() and not (there / "mine" / "latest").is_symlink()
    assert {path.name for path in there.iterdir()} == {"results", "mine"}
    assert not list((b.folder / "usr").rglob("__pycache__")), "the renderer leaves its cache"


def main():
    annexu = str(pathlib.Path(sys.argv[1]).resolve())
    failed = 0
    os.environ.pop("NO_COLOR", None)
    with tempfile.TemporaryDirectory() as folder:
        for function in CHECKS:
            try:
                function(Bench(annexu, folder))
            except Exception as trouble:  # a check that dies is a check that failed
                failed += 1
                print(f"contract: {function.__name__}: {type(trouble).__name__}: {trouble}")
    print(f"contract: {len(CHECKS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
