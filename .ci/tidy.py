#!/usr/bin/python3
"""The shape of the code: layers, sizes, banned calls, dead files, names of this machine.

Includes go downwards along ARROWS (or stay in their folder). Every exported
function of src/<layer>/ is used somewhere, every header is included. Prints one
line a breach; exit 1 when there is any.
"""
import collections
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
ARROWS = {
    "base": "",
    "wire": "base",
    "profile": "wire base",
    "trace": "profile wire base",
    "oracle": "trace profile wire base",
    "source": "trace profile wire base",
    "net": "wire base",
    "actor": "net profile wire base",
    "report": "trace profile wire base",
    "bench": "actor net source oracle report trace profile wire base",
    "cli": "bench actor net source oracle report trace profile wire base",
}
ONLY_IN = {  # a library's header and the places that may include it
    "pcap": ["src/source/", "suites/unit/", "suites/fuzz/"],
    "cmocka.h": ["suites/unit/"],
    "yaml.h": ["src/profile/", "src/bench/baseline.c", "suites/unit/"],
    "jwt.h": ["src/wire/", "suites/unit/"],
    "http_parser.h": ["src/wire/"],
}
BANNED = """gets strcpy stpcpy strcat sprintf vsprintf strtok atoi atol atoll atof alloca rand srand sleep usleep
nanosleep system popen mktemp tmpnam"""
TOP = {"suites", "scenarios", "src", "captures", "results", "Makefile", "README.md", "LICENSE"}
FILE_LINES, FUNCTION_LINES = 500, 70
COLUMNS = {".c": 100, ".h": 100, ".py": 120}
# Folders that differ from machine to machine: no file has a path below one.
ELSEWHERE = re.compile(rb"(?<![\w.)\]}])/(?:home|work|root|mnt|srv|opt|Users|media|workspace)/\w")


def tracked():
    """What git has or would take; without git (an unpacked archive) all but what is built."""
    if (ROOT / ".git").exists():
        out = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others",
                              "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        return sorted({ROOT / name for name in out.split("\0") if name and (ROOT / name).is_file()})
    found = []
    for folder, folders, names in os.walk(ROOT):
        here = pathlib.Path(folder)
        folders[:] = [] if here == ROOT / "results" else \
            [f for f in folders if f != "__pycache__" and not (here == ROOT and f.startswith("build"))]
        found += [here / name for name in names if not (here / name).is_symlink()]
    return sorted(found)


def includes(path, text):
    rel = path.relative_to(ROOT).as_posix()
    layer = rel.split("/")[1] if rel.startswith("src/") else None
    for number, name in ((i, m.group(2)) for i, line in enumerate(text.splitlines(), 1)
                         if (m := re.match(r'\s*#\s*include\s+([<"])([^>"]+)', line))):
        target = name.split("/")[0]
        if layer and target in ARROWS and "/" in name and target != layer and target not in ARROWS[layer].split():
            yield f"{rel}:{number}: {layer} may not include {name}"
        for library, places in ONLY_IN.items():
            if (name == library or name.startswith(library + "/") or name == library + ".h") and \
                    not any(rel.startswith(p) for p in places):
                yield f"{rel}:{number}: {name} belongs to {', '.join(places)}"


def strip(text):
    """Comments and string contents out, line structure kept."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)), text)


def sizes(path, text):
    rel = path.relative_to(ROOT).as_posix()
    lines = text.splitlines()
    columns = COLUMNS[path.suffix]
    if len(lines) > FILE_LINES:
        yield f"{rel}: {len(lines)} lines, at most {FILE_LINES}"
    for number, line in enumerate(lines, 1):
        if len(line.expandtabs(8)) > columns:
            yield f"{rel}:{number}: {len(line.expandtabs(8))} columns, at most {columns}"


def functions(path, text):
    """From the brace in the first column to its fellow, both left out."""
    rel = path.relative_to(ROOT).as_posix()
    start = None
    for number, line in enumerate(strip(text).splitlines(), 1):
        if line.startswith("{"):
            start = number
        elif line.startswith("}") and start:
            if number - start - 1 > FUNCTION_LINES:
                yield f"{rel}:{start}: a function of {number - start - 1} lines, at most {FUNCTION_LINES}"
            start = None
        elif start is None and re.match(r"[a-z][\w \t*]*\([^;=]*\)\s*{\s*$", line):
            yield f"{rel}:{number}: the brace of a function stands in the first column"


def banned(path, text):
    rel = path.relative_to(ROOT).as_posix()
    calls = re.compile(r"(?<![\w.>])(" + "|".join(BANNED.split()) + r")\s*\(")
    for number, line in enumerate(strip(text).splitlines(), 1):
        for match in calls.finditer(line):
            yield f"{rel}:{number}: {match.group(1)}() is banned"


PROTOTYPE = re.compile(r"^(?!typedef)[a-z][\w \t*]*?\b(\w+)\s*\([^;{]*\)\s*(?:__attribute__[^;]*)?;", re.M)


def dead(sources):
    bodies = {p: strip(p.read_text()) for p in sources}
    included = {m.group(1) for p in sources for m in re.finditer(r'^\s*#\s*include\s+"([^"]+)"', p.read_text(), re.M)}
    words = collections.Counter(word for body in bodies.values() for word in re.findall(r"\w+", body))
    for path, body in bodies.items():
        rel = path.relative_to(ROOT).as_posix()
        if path.suffix != ".h" or not rel.startswith("src/"):
            continue
        if rel[4:] not in included:
            yield f"{rel}: no file includes it"
        for name in PROTOTYPE.findall(body):
            # The declaration, the definition, and then at least one use.
            if words[name] < 3:
                yield f"{rel}: {name}() is {'not defined' if words[name] < 2 else 'used nowhere'}"


def names(files):
    if extra := {f.relative_to(ROOT).parts[0] for f in files} - TOP:
        for name in sorted(n for n in extra if not n.startswith(".")):
            yield f"{name}: not a name of the top level"
    here = (str(ROOT) + "/").encode()
    for path in files:
        data = path.read_bytes()
        if b"\0" not in data and (ELSEWHERE.search(data) or len(ROOT.parts) > 2 and here in data):
            yield f"{path.relative_to(ROOT)}: holds a path of one machine"


def main():
    files = tracked()
    sources = [f for f in files if f.suffix in (".c", ".h")]
    troubles = []
    for path in files:
        if path.suffix in (".c", ".h", ".py") and "corpus" not in path.parts:
            text = path.read_text()
            troubles += sizes(path, text)
        if path.suffix in (".c", ".h"):
            troubles += [*functions(path, text), *includes(path, text), *banned(path, text)]
    troubles += list(dead(sources)) + list(names(files))
    for trouble in troubles:
        print("tidy:", trouble)
    print(f"tidy: {len(files)} files, {len(troubles)} breaches")
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
