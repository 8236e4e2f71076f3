"""Captures and traces that are big on purpose, for suites/tool/broken.py.

A maker writes its files into a folder and says what judging them may cost (MB),
which exits are right, and what has to be said about the limit it reaches.
"""
import gzip
import pathlib
import struct

ROOT = pathlib.Path(__file__).resolve().parents[2]
S3 = ROOT / "captures" / "real" / "s3-pool-ws.pcapng"
S3_IXIT = S3.with_suffix(".ixit.yaml")
S3_BROKEN = {"HDR-06", "POOL-14", "W1-01", "WSS-01"}
SYN, ACK = 2, 16
MAKERS = []


def maker(function):
    MAKERS.append(function)
    return function


class Capture:
    """A classic pcap of Ethernet, IPv4 and TCP."""

    def __init__(self, path, start_s=1_700_000_000):
        self.out = gzip.open(path, "wb", 1) if path.suffix == ".gz" else path.open("wb")
        self.out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        self.us = start_s * 1_000_000

    def frame(self, data):
        self.us += 1
        self.out.write(struct.pack("<IIII", self.us // 1_000_000, self.us % 1_000_000, len(data), len(data)))
        self.out.write(data)

    def tcp(self, source, target, seq, flags, payload=b""):
        (a, ap), (b, bp) = source, target
        segment = struct.pack(">HHIIBBHHH", ap, bp, seq & 0xFFFFFFFF, 1, 0x50, flags, 65535, 0, 0) + payload
        head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(segment), 0, 0, 64, 6, 0, a, b)
        self.frame(b"\2" + bytes(5) + b"\2" + bytes(5) + b"\x08\x00" + head + segment)

    def close(self):
        self.out.close()


class Stream:
    """The client's side of one connection; the server only says SYN."""

    def __init__(self, capture, client, server):
        self.capture, self.client, self.server, self.seq = capture, client, server, 1
        capture.tcp(client, server, 0, SYN)
        capture.tcp(server, client, 0, SYN | ACK)
        self.back = 1

    def send(self, data):
        for at in range(0, len(data), 60000):
            self.capture.tcp(self.client, self.server, self.seq, ACK, data[at:at + 60000])
            self.seq += len(data[at:at + 60000])

    def answer(self, data):
        self.capture.tcp(self.server, self.client, self.back, ACK, data)
        self.back += len(data)


def host(n):
    return bytes((10, n >> 16 & 255, n >> 8 & 255, n & 255))


HALF = b"REGISTER sip:ims.example SIP/2.0\r\nVia: SIP/2.0/TCP a.invalid;branch=z9hG4bK1\r\nX-Long: "
MW, W2 = (host(1), 15160), (host(1), 15080)
UPGRADE = (b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
           b"Sec-WebSocket-Protocol: sip\r\nOrigin: https://x\r\n\r\n")
SWITCH = (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          b"Sec-WebSocket-Accept: x\r\nSec-WebSocket-Protocol: sip\r\n\r\n")


def beside_s3(folder, name, fill, says, memory=150, start_s=1_700_000_000):
    """The giant and a real capture, judged as one: what is broken there is found all the same."""
    path = folder / name
    capture = Capture(path, start_s)
    fill(capture)
    capture.close()
    return [path, S3], {"memory": memory, "exits": (1,), "says": says, "broken": S3_BROKEN, "ixit": S3_IXIT}


def megabytes(stream, n, chunk=b"x" * 1_000_000):
    for _ in range(n):
        stream.send(chunk)


@maker
def header_of_200_mb_on_tcp(folder):
    def fill(capture):
        stream = Stream(capture, (host(2), 1000), MW)
        stream.send(HALF)
        megabytes(stream, 200)
    return beside_s3(folder, "tcp.pcap", fill, ["connection 1: SIP framing lost", "too-long"])


def upgraded(capture, port):
    stream = Stream(capture, (host(3), port), W2)
    stream.send(UPGRADE)
    stream.answer(SWITCH)
    return stream


@maker
def frame_of_200_mb(folder):
    def fill(capture):
        stream = upgraded(capture, 1000)
        stream.send(b"\x81\xff" + struct.pack(">Q", 200_000_000 + len(HALF)) + bytes(4) + HALF)
        megabytes(stream, 200)
    return beside_s3(folder, "frame.pcap", fill, ["connection 1: a WebSocket message over 65536 bytes"])


@maker
def fragments_of_200_mb(folder):
    def fill(capture):
        stream = upgraded(capture, 1001)
        stream.send(b"\x01\xfe" + struct.pack(">H", len(HALF)) + bytes(4) + HALF)
        megabytes(stream, 200, (b"\x00\xfe" + struct.pack(">H", 9992) + bytes(4) + b"x" * 9992) * 100)
    return beside_s3(folder, "fragments.pcap", fill, ["connection 1: a WebSocket message over 65536 bytes"])


@maker
def connections_never_closed(folder):
    def fill(capture):
        for n in range(100_000):
            Stream(capture, (host(1000 + n), 1000), MW).send(HALF)
    return beside_s3(folder, "open.pcap", fill, [], 300)


@maker
def more_connections_than_kept(folder):
    def fill(capture):
        for n in range(150_000):
            Stream(capture, (host(1000 + n), 1000), MW).send(HALF)
    return beside_s3(folder, "more.pcap", fill, ["over 131072 connections"], 400)


@maker
def unread_bytes_of_many(folder):
    """A gzip bomb that is a capture: 8,000 streams of 200 KB, none of which makes a message."""
    def fill(capture):
        for n in range(8_000):
            stream = Stream(capture, (host(1000 + n), 1000), MW)
            stream.send(HALF + b"x" * 200_000)
    return beside_s3(folder, "unread.pcap.gz", fill, ["bytes of unfinished messages on all"], 400)


@maker
def requests_never_answered(folder):
    """100,000 browsers, each with a request of which the head never ends, and one that waits."""
    def fill(capture):
        for n in range(100_000):
            stream = Stream(capture, (host(1000 + n), 1000), (host(1), 18090))
            stream.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nX-Long: y")
    return beside_s3(folder, "requests.pcap", fill, [], 600)


@maker
def gzip_bomb(folder):
    """A gigabyte of nothing: frames without a byte."""
    path = folder / "bomb.pcap.gz"
    with gzip.open(path, "wb", 1) as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        for _ in range(1000):
            out.write(bytes(1_000_000))
    return [path, S3], {"memory": 150, "exits": (1,), "says": [], "broken": S3_BROKEN, "ixit": S3_IXIT}


def trace(folder, name, lines):
    path = folder / name
    with path.open("w") as out:
        out.write('{"annexu-trace":1,"source":"hand","facts":["flow","time"]}\n')
        out.writelines(lines)
    return path


@maker
def a_million_wics(folder):
    path = trace(folder, "wics.jsonl", (
        f'{{"t":{n / 100},"ev":"handover","wic":"w{n}","user":"alice","scenario":"web",'
        f'"impi":"alice@ims.example","impu":"sip:alice@ims.example","token":"tok{n}","valid_s":30}}\n'
        for n in range(1_000_000)))
    return [path], {"memory": 1500, "exits": (0, 3), "says": [], "seconds": 60}


@maker
def pool_lent_to_ten_thousand_at_once(folder):
    path = trace(folder, "pool.jsonl", (
        f'{{"t":{n / 100},"ev":"handover","wic":"w{n}","user":null,"scenario":"pool","wwsf":"wwsf.ims.example",'
        f'"impi":"p{n % 3 + 1}@ims.example","impu":"sip:p{n % 3 + 1}@ims.example","token":"tok{n}","valid_s":30}}\n'
        for n in range(10_000)))
    return [path], {"memory": 100, "exits": (1,), "says": [], "broken": {"POOL-07"}, "seconds": 20}


@maker
def trace_that_was_cut_at_a_limit(folder):
    path = trace(folder, "limit.jsonl", (
        '{"t":0,"ev":"handover","wic":"a","user":"alice","scenario":"web","impi":"alice@ims.example",'
        '"impu":"sip:alice@ims.example"}\n',
        '{"t":1,"ev":"mark","text":"limit reached: more events than one case may have"}\n'))
    return [path], {"memory": 50, "exits": (3,), "says": ["more events than one case may have"]}


@maker
def four_million_tokens(folder):
    path = trace(folder, "tokens.jsonl", (
        f'{{"t":{n / 100},"ev":"token","token":"tok{n}","state":"active","valid_s":30}}\n'
        for n in range(4_250_000)))
    return [path], {"memory": 1500, "exits": (3,), "says": ["limit"], "seconds": 60}


@maker
def half_a_million_registers(folder):
    path = trace(folder, "registers.jsonl", (
        f'{{"t":{n / 100},"ev":"register","on":"W2","wic":"w{n}","call":"c{n}","impi":"i{n}@x.invalid",'
        f'"impu":"sip:i{n}@x.invalid","auth":"bearer","token":"t{n}","expires_s":60}}\n'
        for n in range(500_000)))
    return [path], {"memory": 1500, "exits": (1, 3), "says": ["limit"], "seconds": 60}
