#!/usr/bin/python3
"""A flow trace as the second judgement sees it: everything in memory, every question answered by looking at all of it.

What was lent to whom and until when, what a token stands for, who is registered. Times are whole microseconds. Where
the text can be read in two ways and this file follows annexu, the comment says "a reading".
"""
import json
from decimal import Decimal

SILENT, HELD, INCONCLUSIVE, BROKEN = "silent", "held", "inconclusive", "broken"
ORDER = [SILENT, HELD, INCONCLUSIVE, BROKEN]
UNSAID = object()       # a key that an event does not have; None is `user: null`
SECOND = 1_000_000


def micro(seconds):
    return int((Decimal(str(seconds)) * SECOND).to_integral_value())


def uri(text):
    """Scheme and host of a URI do not care for case."""
    head, at, host = text.strip().partition("@")
    scheme, colon, user = head.partition(":")
    return (scheme.lower() + colon + user + at + host.lower()) if colon else text.strip()


class Profile:
    def __init__(self, ixit, ics):
        self.pools = {pool["wwsf"]: [(p["impi"], uri(p["impu"])) for p in pool["pairs"]]
                      for pool in ixit.get("pools", [])}
        self.subscribers = {s["user"]: (s["impi"], [uri(u) for u in s["impu"]]) for s in ixit.get("subscribers", [])}
        self.ends = ixit.get("lifetime_from", "ixit")
        self.lifetime = micro(ixit["lifetime_s"])
        self.maximum_s = ixit.get("max_registration_s", ixit["lifetime_s"])
        self.guard = micro(ixit.get("guard_s", 0))
        self.tolerance = ixit.get("tolerance_ms", 250) * 1000
        self.cut = ics.get("options", {}).get("caps_registration") == "epcscf"

    def pairs(self, impi, impus):
        """Pool pairs that have one of these members (ruling 11: either member)."""
        return {(wwsf, n) for wwsf, pairs in self.pools.items() for n, (pi, pu) in enumerate(pairs)
                if pi == impi or pu in impus}

    def filled(self, impi, impus):
        """A missing half of a pair or subscription comes from the ixit."""
        known = [(i, [u]) for pairs in self.pools.values() for i, u in pairs] + list(self.subscribers.values())
        for known_impi, known_impus in known:
            if impi is None and any(u in known_impus for u in impus):
                return known_impi, impus
            if not impus and impi == known_impi:
                return impi, list(known_impus)
        return impi, impus


class Event:
    def __init__(self, line, raw):
        self.line, self.t, self.ev = line, micro(raw["t"]), raw["ev"]
        self.user = raw.get("user", UNSAID)
        self.impus = [uri(u) for u in ([raw["impu"]] if isinstance(raw.get("impu"), str) else raw.get("impu", []))]
        for key in ("wic", "scenario", "wwsf", "impi", "token", "on", "call", "auth", "expires_s", "status", "state",
                    "text", "why", "method"):
            setattr(self, key, raw.get(key))
        self.end = self.whole = None
        for key, base in (("valid_s", self.t), ("ends", 0)):
            if key in raw:
                self.end, self.whole = base + micro(raw[key]), raw[key] == int(raw[key])
        # registers only
        self.answer = self.source = None
        self.onward = []

    @property
    def accepted(self):
        return self.answer is not None and self.answer.status is not None and 200 <= self.answer.status < 300


class Lend:
    """One pair given to one WIC by one handover, from the moment its pair is known."""
    def __init__(self, event, pair, known, end, whole):
        self.event, self.pair, self.known, self.end, self.whole = event, pair, known, end, whole
        self.wic, self.user, self.t = event.wic, event.user, event.t


class Window:
    """What one WIC has of one pair: its lends without a gap."""
    def __init__(self, lend):
        self.first = self.last = lend
        self.start, self.end, self.whole, self.tokens = lend.t, lend.end, lend.whole, {lend.event.token} - {None}


class Binding:
    def __init__(self, pair, wic, register, start, end):
        self.pair, self.wic, self.register, self.start, self.granted_end = pair, wic, register, start, end
        self.over = None        # when something else than time ended it: (time, line)

    def end(self):
        return self.granted_end if self.over is None else min(self.granted_end, self.over[0])


class Trace:
    def __init__(self, lines, profile):
        self.p = profile
        self.events = [Event(number, json.loads(text, parse_float=Decimal))
                       for number, text in enumerate(lines, 1) if number > 1 and text.strip()]
        self.end = self.events[-1].t if self.events else 0
        self.handovers = [e for e in self.events if e.ev == "handover"]
        self.registers = [e for e in self.events if e.ev == "register"]
        self.link()
        self.lends = sorted((lend for h in self.handovers for lend in self.lends_of(h)), key=lambda x: x.known)
        self.bindings = self.bind()

    def link(self):
        for n, e in enumerate(self.events):
            before = self.events[:n]
            if e.ev == "answer":
                waiting = [r for r in before if r.ev == "register" and (r.on, r.call) == (e.on, e.call)
                           and r.answer is None]
                if waiting:
                    waiting[-1].answer = e
            elif e.ev == "register" and e.on == "Mw":
                sources = [r for r in before if r.ev == "register" and r.on == "W2" and r.call == e.call]
                if sources:
                    e.source = sources[-1]
                    e.source.onward.append(e)
                    e.wic = e.wic or e.source.wic

    # --- tokens
    def token_pair(self, token, line):
        """(impi, impus, line it was known at) that a token stands for, as known at that line; or None.
        The WAF's word counts more than what the WWSF handed over beside the token."""
        for kind in ("token", "handover"):
            for e in self.events:
                if token is not None and e.line <= line and (e.ev, e.token) == (kind, token) and (e.impi or e.impus):
                    # a reading: a missing IMPI comes from the ixit (ruling 11), IMPUs that nobody said do not
                    return self.p.filled(e.impi, e.impus)[0], e.impus, e.line
        return None

    def token_end(self, token, line):
        """When a token expires, and whether that was said in whole seconds."""
        said = [e for e in self.events if e.line <= line and e.ev in ("handover", "token") and e.token == token]
        ends = [(e.end, e.whole) for e in said if e.end is not None]
        return ends[-1] if ends else None       # a reading: token_s of the ixit does not stand in for what was not said

    # --- windows
    def told_of(self, h):
        """What the WWSF or the WAF said a handover gave. What Mw alone shows may be the eP-CSCF's doing, and the WWSF
        does not answer for that."""
        if h.impi or h.impus:
            return (*self.p.filled(h.impi, h.impus), h.line)
        told = self.token_pair(h.token, self.events[-1].line)
        return told and (*self.p.filled(*told[:2]), max(told[2], h.line))

    def identity_of(self, h):
        """What a handover gave, and the line at which that is known. Where W1 and the WAF show a token alone, Mw
        shows what it stands for, if it is what the WIC asked for; so its window is known."""
        if h.impi or h.impus:
            return (*self.p.filled(h.impi, h.impus), h.line)
        if h.token is None:
            return None
        told = self.token_pair(h.token, self.events[-1].line)
        told = told and (*self.p.filled(*told[:2]), told[2])
        seen = [(*self.p.filled(m.impi, m.impus), m.line) for r in self.registers if r.on == "W2" and r.token == h.token
                for m in r.onward if m.expires_s != 0 and (m.impi or m.impus)
                and (not r.impus or r.impus[:1] == m.impus[:1])]
        known = ([told] if told else []) + seen
        if not known:
            return None
        impi, impus, line = min(known, key=lambda k: k[2])
        return impi, impus, max(line, h.line)

    def lends_of(self, h):
        known = self.identity_of(h)
        if known is None or self.scenario(h) != "pool":      # a reading: only scenario 3 lends; web is W1-08's business
            return []
        impi, impus, line = known
        if self.p.ends == "ixit":
            end, whole = h.t + self.p.lifetime, False
        elif self.p.ends == "token" and h.token is not None:
            end, whole = self.token_end(h.token, line) or (None, None)
        else:
            end, whole = h.end, h.whole
        if end is None:
            return []
        return [Lend(h, pair, line, end, whole) for pair in sorted(self.p.pairs(impi, impus))]

    def windows(self, pair, line, late=False):
        """The windows of a pair, as known before that line: {wic: [Window]}; late: with those that were opened before
        it and became known only after it."""
        found = {}
        for lend in sorted(self.lends, key=lambda lend: lend.event.line):
            if lend.pair != pair or (lend.event.line if late else lend.known) >= line:
                continue
            mine = found.setdefault(lend.wic, [])
            token = lend.event.token
            again = any(token in w.tokens for w in mine)
            if again and (self.p.ends == "ixit" or lend.end <= mine[-1].end):
                continue                        # the same token again changes nothing (ruling 4)
            if mine and lend.t < mine[-1].end:
                if lend.end > mine[-1].end:
                    mine[-1].end, mine[-1].whole = lend.end, lend.whole
                mine[-1].tokens |= {token} - {None}
                mine[-1].last = lend
            else:
                mine.append(Window(lend))
        return found

    def slack(self, whole):
        return self.p.tolerance + (SECOND if whole else 0)

    def breach(self, by, whole=False):
        return HELD if by <= 0 else INCONCLUSIVE if by < self.slack(whole) else BROKEN

    # --- bindings
    def registered(self, r):
        """(impi, impus) that a REGISTER is about: on Mw what it says, on W2 the token's, or what went on to Mw, and
        what the WIC claims only where there is nothing else."""
        told = self.token_pair(r.token, r.line) if r.on == "W2" else None
        if told:
            return self.p.filled(*told[:2])
        said = r.onward[-1] if r.onward else r
        return self.p.filled(said.impi, said.impus)

    def pairs_of(self, r):
        return self.p.pairs(*self.registered(r))

    def bind(self):
        """Every binding of a pool pair, in the order of the answers that made them."""
        made = []
        for e in self.events:
            r = next((r for r in self.registers if r.answer is e), None) if e.ev == "answer" else None
            if r is not None and r.accepted:
                for pair in self.pairs_of(r):
                    self.end_bindings(made, e, pair, r.wic, r.on)
                    granted = e.expires_s
                    if r.expires_s != 0 and granted:
                        made.append(Binding(pair, r.wic, r, e.t, e.t + granted * SECOND))
            elif e.ev == "expired":
                for pair in self.p.pairs(e.impi, e.impus):
                    self.end_bindings(made, e, pair, e.wic)
            elif e.ev == "mark" and e.text == "restart epcscf":
                for pair in {b.pair for b in made}:     # a reading: W2 is lost with it, and what was seen on W2 alone
                    self.end_bindings(made, e, pair, None, "W2")
        return made

    @staticmethod
    def end_bindings(made, e, pair, wic, on=None):
        """W2 and Mw each end their own: what the eP-CSCF answers by itself changes nothing in the core."""
        for b in made:
            if b.pair == pair and b.over is None and wic in (None, b.wic) and on in (None, b.register.on):
                b.over = (e.t, e.line)

    def live(self, pair, wic, t, line):
        return any(b.pair == pair and b.wic == wic and b.register.answer.line < line and t < b.granted_end
                   and (b.over is None or b.over[1] >= line) for b in self.bindings)

    def interleaved(self, pair, first, second, inside):
        """Both bindings are alive, and the first WIC acts again after the second registered (ruling 8). Readings: to
        leave is no such act; for a re-lend (inside) what it does after the end of its own window is none either."""
        ends = [w.end for w in self.windows(pair, self.events[-1].line + 1).get(first, []) if inside]
        for b in self.bindings:
            if b.pair != pair or b.wic != second:
                continue
            made = b.register.answer
            for e in self.events:
                if e.line > made.line and e.wic == first and e.ev in ("register", "request") and e.expires_s != 0 \
                        and (not ends or e.t < max(ends)) \
                        and self.live(pair, first, made.t, made.line) and self.live(pair, first, e.t, e.line) \
                        and self.live(pair, second, e.t, e.line):
                    return True
        return False

    def proof(self, pair, first, second, users, inside=False):
        """Are two labels with one pair two WICs, beyond doubt? (ruling 8, with hand or model labels)"""
        # a reading: an unknown user beside a label is another WIC, as the label is proof (contracts 1); ruling 8 taken
        # alone would be inconclusive
        if users[0] not in (None, UNSAID) and users[0] == users[1]:
            return BROKEN if self.interleaved(pair, first, second, inside) else INCONCLUSIVE
        return BROKEN

    def scenario(self, e):
        if e.scenario:
            return e.scenario
        return "web" if e.user in self.p.subscribers else "pool"

    def pool_of(self, e):
        """The pool a WWSF has; without its name the only one."""
        if e.wwsf is not None:
            return e.wwsf if e.wwsf in self.p.pools else None
        return next(iter(self.p.pools)) if len(self.p.pools) == 1 else None
