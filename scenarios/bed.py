"""What the driver drives: the reference, the gate, SIPp, and their neighbours.

A Bed is one scenario's set of processes with its folder. Everything listens on
127.0.0.1 at ports that the kernel gives, every wait has an end, and what was
started is ended by its process id.
"""
import contextlib
import hashlib
import http.client
import json
import os
import pathlib
import re
import select
import socket
import ssl
import subprocess
import threading
import time
import urllib.parse
import uuid

HERE = pathlib.Path(__file__).resolve().parent
HOME = "ims.example"
ORIGIN = "https://wwsf.ims.example"
START_S, SIPP_S, STOP_S, HTTP_S = 15, 30, 10, 10
PORT_TRIES = 3

SUBSCRIBERS = [
    {"user": "alice", "web_password": "wonderland", "impi": f"alice@{HOME}",
     "impu": [f"sip:alice@{HOME}"], "sip_password": "s3cret-of-alice"},
    {"user": "bob", "web_password": "builder", "impi": f"bob@{HOME}",
     "impu": [f"sip:bob@{HOME}"], "sip_password": "hunter2-of-bob"},
]
ICS = {
    "implementation": {"vendor": "annexu", "product": "reference", "version": "sipp"},
    "roles": ["wic", "wwsf", "waf", "epcscf", "scscf"],
    "edition": "cr",
    "scenarios": ["ims-auth", "web-auth", "pool"],
    "options": {"digest": True, "aka": False, "anonymous": True, "early_release": False,
                "identities_on_w1": True, "bearer_challenge": False,
                "closes_on_bad_token": False, "third_party_waf": False, "forged_to": "reject",
                "caps_registration": "epcscf", "authenticates": "wwsf", "separate_waf": True},
}
SESSION = {"method": "POST", "type": "application/json", "ok": [200], "refused": [401, 403, 503]}


class Broken(Exception):
    """The scenario could not be run: no verdict on anybody."""


def ixit(lifetime_s, pairs, kind, mw):
    """The profile, as JSON, which is YAML too."""
    out = {
        "home_domain": HOME, "lifetime_s": lifetime_s, "lifetime_from": "ixit",
        "token_s": lifetime_s, "max_registration_s": lifetime_s, "tolerance_ms": 250,
        "answer_timeout_ms": 5000,
        "origins": {"allowed": [ORIGIN], "foreign": "https://elsewhere.example"},
        "subscribers": SUBSCRIBERS,
        "pools": [{"wwsf": f"wwsf.{HOME}",
                   "pairs": [{"impi": f"p{i}@{HOME}", "impu": f"sip:p{i}@{HOME}"}
                             for i in range(1, pairs + 1)]}],
        "token": {"kind": kind, "issuer": f"https://waf.{HOME}", "audience": HOME,
                  "scope": "webrtc-ims-client-access-to-ims",
                  "claims": {"impi": "impi", "impu": "impu", "wwsf": "azp", "waf": "iss"},
                  "spelling": "access_token"},
        "w1": {"login": dict(SESSION, path="/session",
                             body='{"user":"{user}","password":"{password}"}'),
               "anonymous": dict(SESSION, path="/session", body="{}"),
               "refresh": dict(SESSION, path="/session/refresh", body='{"token":"{token}"}'),
               "answer": {"user": "/user", "impi": "/impi", "impu": "/impu", "token": "/token",
                          "valid_s": "/expires_in"}},
    }
    if kind == "jwt":
        out["token"]["alg"] = "HS256"
    if mw:
        out["tester"] = {"mw": mw}
    return json.dumps(out, indent=1)


def free_port(kind):
    """A port that was free a moment ago: SIPp wants a number."""
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def udp_bound(port):
    """Does anybody listen there? (Linux)"""
    rows = pathlib.Path("/proc/net/udp").read_text().splitlines()[1:]
    return any(int(row.split()[1].rpartition(":")[2], 16) == port for row in rows)


def until(true, seconds, what, child):
    end = time.monotonic() + seconds
    while not true():
        if child.poll() is not None:
            raise Broken(f"{what} ended with {child.returncode} before it was ready")
        if time.monotonic() > end:
            raise Broken(f"{what} was not ready within {seconds} s")
        time.sleep(0.01)


def digest(auth, password, method):
    """(is the response right, rspauth) for an Authorization of SIP Digest, MD5."""
    given = {name: quoted or bare for name, quoted, bare in
             re.findall(r'(\w[\w-]*)\s*=\s*(?:"([^"]*)"|([^\s,]+))', auth)}
    part = {name: given.get(name, "") for name in
            ("username", "realm", "nonce", "nc", "cnonce", "qop", "uri", "response")}

    def md5(*texts):
        return hashlib.md5(":".join(texts).encode()).hexdigest()

    ha1 = md5(part["username"], part["realm"], password)
    middle = [part[name] for name in ("nonce", "nc", "cnonce", "qop")]
    right = md5(ha1, *middle, md5(method, part["uri"]))
    return part["response"] == right, part, md5(ha1, *middle, md5("", part["uri"]))


class Web:
    """A browser: one connection on W1, the page first, then the session."""

    def __init__(self, bed):
        url = urllib.parse.urlsplit(bed.ready["w1"])
        context = ssl.create_default_context(cafile=str(bed.dir / "ca.pem"))
        self.conn = http.client.HTTPSConnection(url.hostname, url.port, timeout=HTTP_S,
                                                context=context)
        self.ask("GET", url.path or "/")

    def ask(self, method, path, body=None):
        headers = {"Content-Type": "application/json", "Origin": ORIGIN} if body else {}
        try:
            self.conn.request(method, path, body, headers)
            answer = self.conn.getresponse()
            return answer.status, answer.read(1 << 20)
        except (OSError, http.client.HTTPException) as e:
            raise Broken(f"W1 {method} {path}: {e}") from e

    def login(self, user=None):
        """What W1 hands over, or None where it refuses. user None: anonymous."""
        body = {"user": user["user"], "password": user["web_password"]} if user else {}
        status, text = self.ask("POST", "/session", json.dumps(body, separators=(",", ":")))
        if status in SESSION["refused"]:
            return None
        if status != 200:
            raise Broken(f"W1 answers the login with {status}")
        got = json.loads(text)
        if isinstance(got.get("impu"), list):
            got["impu"] = got["impu"][0]
        return got

    def close(self):
        self.conn.close()


class Child:
    """A process of ours with its two logs."""

    def __init__(self, bed, name, command, stdout=None):
        self.name = name
        self.log = bed.dir / f"{name}.log"
        with open(self.log, "wb") as log:
            try:
                self.process = subprocess.Popen(
                    [str(c) for c in command], stdin=subprocess.DEVNULL, stdout=stdout or log,
                    stderr=log, cwd=bed.dir)
            except OSError as e:
                raise Broken(f"{command[0]}: {e.strerror}") from e
        self.poll, self.pid = self.process.poll, self.process.pid

    @property
    def returncode(self):
        return self.process.returncode

    def ready(self):
        """The JSON line on stdout that says: I listen."""
        pipe, text, end = self.process.stdout, b"", time.monotonic() + START_S
        while b"\n" not in text:
            left = end - time.monotonic()
            if left <= 0 or not select.select([pipe], [], [], left)[0]:
                raise Broken(f"{self.name} was not ready within {START_S} s")
            more = os.read(pipe.fileno(), 65536)
            if not more:
                self.stop()
                raise Broken(f"{self.name} did not start: {self.last_words()}")
            text += more
        try:
            return json.loads(text.split(b"\n")[0])
        except ValueError as e:
            raise Broken(f"{self.name} is ready with a line that is no JSON") from e

    def last_words(self):
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"exit {self.returncode}"

    def wait(self, seconds):
        """The exit code; a process that is not over by then is killed: -9."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def stop(self):
        if self.poll() is None:
            self.process.terminate()
        code = self.wait(STOP_S)
        if self.process.stdout:
            self.process.stdout.close()
        return code


class Hss:
    """What the S-CSCF asks about a digest: answers with Authentication-Info, and
    with nothing for a wrong response, which leaves SIPp waiting until it fails."""

    def __init__(self, password):
        self.password, self.wrong = password, 0
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.settimeout(START_S)
        self.at = "127.0.0.1:%d" % self.server.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                peer, _ = self.server.accept()
            except OSError:             # closed, or nobody came
                return
            with peer, contextlib.suppress(OSError):
                self.talk(peer)

    def talk(self, peer):
        peer.settimeout(SIPP_S)
        text = b""
        while more := peer.recv(65536):
            *whole, text = (text + more).split(b"\x1b")
            for command in whole:
                peer.sendall(self.answer(command.decode(errors="replace")))

    def answer(self, command):
        call = re.search(r"Call-ID:\s*(\S+)", command)
        right, part, rspauth = digest(command, self.password, "REGISTER")
        if not right or not call:
            self.wrong += 1
            return b""
        return (f"Call-ID: {call.group(1)}\r\nqop=auth, rspauth=\"{rspauth}\", "
                f"cnonce=\"{part['cnonce']}\", nc={part['nc']}\r\n\x1b").encode()

    def close(self):
        self.server.close()


class Bed:
    def __init__(self, folder, annexu, deviations=()):
        self.dir, self.annexu, self.deviations = folder, annexu, deviations
        self.children, self.webs, self.ready, self.via = [], [], None, None
        self.runs = []                  # every SIPp: name, exit code
        self.abandoned = False
        self.notes = []                 # what the driver itself saw go wrong
        folder.mkdir(parents=True, exist_ok=True)

    def note(self, text):
        self.notes.append(text)

    def abandon(self):
        """From another thread: whoever works here finds its processes ended."""
        self.abandoned = True
        for child in self.children:
            if child.poll() is None:
                child.process.terminate()

    def start(self, name, command, stdout=None):
        if self.abandoned:
            raise Broken("interrupted")
        child = Child(self, name, command, stdout)
        self.children.append(child)
        return child

    def reference(self, lifetime_s=30, pairs=3, kind="jwt", mw=None, roles=()):
        (self.dir / "ixit.yaml").write_text(ixit(lifetime_s, pairs, kind, mw))
        (self.dir / "ics.yaml").write_text(json.dumps(ICS, indent=1))
        command = [self.annexu, "reference", "--ixit", "ixit.yaml", "--ics", "ics.yaml",
                   "--trace", "trace.jsonl", "--ca", "ca.pem", *self.deviations]
        for role in roles:
            command += ["--role", role]
        self.server = self.start("reference", command, subprocess.PIPE)
        self.ready = self.server.ready()
        self.gate = self.start("gate", [self.annexu, "gate", "--listen", "127.0.0.1:0",
                                        "--to", self.ready["w2"], "--ca", "ca.pem",
                                        "--origin", ORIGIN], subprocess.PIPE)
        self.via = re.sub(r"^\w+:(//)?", "", self.gate.ready()["listen"]).rstrip("/")

    def web(self):
        self.webs.append(Web(self))
        return self.webs[-1]

    def command(self, name, xml, calls, port):
        """What every SIPp has in common. Left alone it takes 5060, 6000 and 8888, and
        two that start at once run into each other."""
        return ["sipp", "-sf", HERE / xml, "-i", "127.0.0.1", "-p", port, "-mp",
                free_port(socket.SOCK_DGRAM), "-cp", free_port(socket.SOCK_DGRAM), "-m", calls,
                "-nostdin",
                "-timeout", f"{SIPP_S - 5}s", "-timeout_error", "-recv_timeout", "8000",
                "-key", "home", HOME, "-trace_err", "-error_file", f"{name}.errors",
                "-trace_msg", "-message_file", f"{name}.messages"]

    def wics(self, xml, *options, lines=(), apart=False):
        """SIPp as WIC through the gate, to its end. apart: a connection a WIC."""
        name = f"wic{len(self.runs)}"
        extra = ["-t", "tn" if apart else "t1", "-max_socket", "64", "-r", "100"]
        if lines:
            rows = (f"{w['impu']};{w['token']};{uuid.uuid4()}\n" for w in lines)
            (self.dir / f"{name}.csv").write_text("SEQUENTIAL\n" + "".join(rows))
            extra += ["-inf", f"{name}.csv"]
        for _ in range(PORT_TRIES):
            port = free_port(socket.SOCK_STREAM)
            command = self.command(name, xml, max(1, len(lines)), port)
            child = self.start(name, command + extra + [*options, self.via])
            child.wait(SIPP_S)
            if not self.port_taken(name, child):
                break
        self.runs.append((name, child.returncode))

    def port_taken(self, name, child):
        """Did somebody take a port between our look and SIPp's? Nothing was sent then."""
        errors = self.dir / f"{name}.errors"
        return child.returncode in (254, 255) and errors.is_file() and \
            "Address already in use" in errors.read_text(errors="replace")

    def digest(self, xml, user, password):
        self.wics(xml, "-key", "impi", user["impi"], "-key", "impu", user["impu"][0], "-key",
                  "instance", uuid.uuid4(), "-au", user["impi"], "-ap", password, "-auth_uri",
                  HOME)

    def scscf(self, xml, calls, *options):
        """SIPp as S-CSCF, listening. Returns the child and its end point."""
        for left in reversed(range(PORT_TRIES)):
            port = free_port(socket.SOCK_DGRAM)
            child = self.start("scscf", self.command("scscf", xml, calls, port) +
                               ["-t", "u1", *options])
            try:
                until(lambda: udp_bound(port), START_S, "SIPp as S-CSCF", child)
                return child, f"udp:127.0.0.1:{port}"
            except Broken:
                if not left or not self.port_taken("scscf", child):
                    raise
        return None

    def finish(self, name, child):
        """A SIPp that has nothing more to do but to end."""
        child.wait(SIPP_S)
        self.runs.append((name, child.returncode))

    def stop(self):
        """Ends everything; the trace is complete after that."""
        for web in self.webs:
            web.close()
        codes = {child.name: child.stop() for child in reversed(self.children)}
        return {name: codes[name] for name in ("reference", "gate") if codes.get(name)}
