#!/usr/bin/python3
"""The shape of the code: layers, sizes, banned calls, dead files, names of this machine.

Includes go downwards along ARROWS (or stay in their folder). Every exported
function of src/<layer>/ is used somewhere, every header is included somewhere.
Prints one line a breach; exit 1 when there is any.
"""
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
    "yaml.h": ["src/profile/", "suites/unit/"],
    "jwt.h": ["src/wire/", "suites/unit/"],
    "http_parser.h": ["src/wire/"],
}
BANNED = "gets strcpy strcat sprintf vsprintf strtok atoi atol atof alloca sleep usleep system popen mktemp tmpnam"
TOP = {"suites", "scenarios", "src", "captures", "results", "Makefile", "README.md", "LICENSE"}
FILE_LINES, FUNCTION_LINES, COLUMNS = 500, 70, 100


def tracked():
    out = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                         capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in out.splitlines() if (ROOT / name).is_file()]


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
    if len(lines) > FILE_LINES:
        yield f"{rel}: {len(lines)} lines, at most {FILE_LINES}"
    for number, line in enumerate(lines, 1):
        if len(line.expandtabs(8)) > COLUMNS:
            yield f"{rel}:{number}: {len(line.expandtabs(8))} columns, at most {COLUMNS}"
    start = None
    for number, line in enumerate(lines, 1):
        if line.startswith("{") and path.suffix == ".c":
            start = number
        elif line.startswith("}") and start:
            if number - start > FUNCTION_LINES:
                yield f"{rel}:{start}: a function of {number - start} lines, at most {FUNCTION_LINES}"
            start = None


def banned(path, text):
    rel = path.relative_to(ROOT).as_posix()
    calls = re.compile(r"(?<![\w.>])(" + "|".join(BANNED.split()) + r")\s*\(")
    for number, line in enumerate(strip(text).splitlines(), 1):
        for match in calls.finditer(line):
            yield f"{rel}:{number}: {match.group(1)}() is banned"


def dead(sources):
    bodies = {p: strip(p.read_text()) for p in sources}
    words = {p: set(re.findall(r"\w+", b)) for p, b in bodies.items()}
    for path, body in bodies.items():
        rel = path.relative_to(ROOT).as_posix()
        if path.suffix != ".h" or not rel.startswith("src/"):
            continue
        if not any(f'"{rel[4:]}"' in p.read_text() for p in sources if p != path):
            yield f"{rel}: no file includes it"
        for name in re.findall(r"^(?!typedef)[a-z][\w \*]*?\b(\w+)\s*\([^;{]*\)\s*(?:__attribute__[^;]*)?;", body, re.M):
            users = [p for p in sources if p not in (path, path.with_suffix(".c")) and name in words[p]]
            own = path.with_suffix(".c")
            again = own in bodies and len(re.findall(rf"\b{name}\b", bodies[own])) > 1
            if not users and not again:
                yield f"{rel}: {name}() is declared and used nowhere"


def names(files):
    if extra := {f.relative_to(ROOT).parts[0] for f in files} - TOP:
        for name in sorted(n for n in extra if not n.startswith(".")):
            yield f"{name}: not a name of the top level"
    home = str(ROOT.parent) + "/"
    for path in files:
        data = path.read_bytes()
        if path.suffix in (".c", ".h", ".py", ".md", ".yaml", ".xml", ".j2", "") and home.encode() in data:
            yield f"{path.relative_to(ROOT)}: holds a path of this machine"


def main():
    files = tracked()
    sources = [f for f in files if f.suffix in (".c", ".h")]
    troubles = []
    for path in files:
        if path.suffix in (".c", ".h", ".py") and "corpus" not in path.parts:
            text = path.read_text()
            troubles += sizes(path, text) if path.suffix != ".py" or len(text.splitlines()) > FILE_LINES else []
        if path.suffix in (".c", ".h"):
            troubles += list(includes(path, text)) + list(banned(path, text))
    troubles += list(dead(sources)) + list(names(files))
    for trouble in troubles:
        print("tidy:", trouble)
    print(f"tidy: {len(files)} files, {len(troubles)} breaches")
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
