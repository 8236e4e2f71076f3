#!/usr/bin/python3
"""A second judgement of flow traces, written from the text alone and from nothing of src/oracle.

    suites/second/oracle.py TRACE... --ixit FILE --ics FILE

It is slow and simple on purpose: the whole trace is in memory and every rule looks at all of it. It knows edition `cr`
and the rules in RULES. Where the text can be read in two ways and this one follows annexu, the comment says
"a reading". suites/second/compare.py sets it against `annexu judge`.
"""
import argparse
import sys
from itertools import combinations

import yaml

sys.dont_write_bytecode = True      # nothing is left beside the sources
from flow import BROKEN, HELD, INCONCLUSIVE, ORDER, SECOND, SILENT, UNSAID, Profile, Trace, micro

# --- the rules: each yields (outcome, line); the worst counts

def w1_04(x):
    """Scenario 2: identities go to an authenticated user only."""
    for h in x.handovers:
        known = x.told_of(h)
        owners = owners_of(x, known) if known else set()
        if x.scenario(h) == "web" or owners:
            # a reading: a handover to a user who is not known triggers nothing
            yield {UNSAID: SILENT, None: BROKEN}.get(h.user, HELD), h.line


def owners_of(x, known):
    return {user for user, (impi, impus) in x.p.subscribers.items()
            if impi == known[0] or any(u in impus for u in known[1])}


def inside(known, subscription):
    return known[0] in (None, subscription[0]) and all(u in subscription[1] for u in known[1])


def w1_08(x):
    for h in x.handovers:
        known = x.told_of(h)
        if known and x.scenario(h) == "web" and isinstance(h.user, str):
            mine = x.p.subscribers.get(h.user, ("", []))
            yield (HELD if inside(known, mine) else BROKEN), max(h.line, known[2])


def w1_09(x):
    for h in x.handovers:
        known = x.told_of(h)
        if known and isinstance(h.user, str):
            others = {u for u in owners_of(x, known) if not (u == h.user or (
                h.user in x.p.subscribers and inside(known, x.p.subscribers[h.user])))}
            yield (BROKEN if others else HELD), max(h.line, known[2])


def pool_01(x):
    for h in x.handovers:
        known = x.told_of(h)
        if known and x.scenario(h) == "pool":
            pools = [x.p.pools.get(h.wwsf, [])] if h.wwsf is not None else list(x.p.pools.values())
            mine = [pair for pool in pools for pair in pool]
            fits = (known[0] is None or known[0] in [i for i, _ in mine]) and \
                all(u in [i for _, i in mine] for u in known[1])
            yield (HELD if fits else BROKEN), max(h.line, known[2])


def pool_04(x):
    every = [pair for pool in x.p.pools.values() for pair in pool]
    for h in x.handovers:
        known = x.told_of(h)
        if known and x.scenario(h) == "pool" and x.p.pairs(*known[:2]):
            whole = any(known[0] == impi and set(known[1]) == {impu} for impi, impu in every)
            yield (HELD if whole else BROKEN), max(h.line, known[2])


def relends(x):
    """Each time a pair goes to a WIC after it went to another: (lend, the other's window, breach in us)."""
    for lend in x.lends:
        before = x.windows(lend.pair, lend.event.line, late=True)
        # a reading: what a WIC gets again inside its own window is a refresh, whoever else has the pair by then
        if any(lend.t < w.end for w in before.get(lend.wic, [])):
            continue
        for wic, windows in before.items():
            if wic != lend.wic:
                for w in windows:
                    yield lend, w, w.end - lend.t


def judged(x, lend, w, by):
    """Outcome of one early re-lend."""
    at_best = x.breach(by, w.whole)
    if at_best == BROKEN:
        return x.proof(lend.pair, w.first.wic, lend.wic, (w.last.user, lend.user), inside=True)
    return at_best


def pool_06(x):
    for h in x.lends:
        yield HELD, h.known
    for lend, w, by in relends(x):
        yield judged(x, lend, w, by), lend.known


def pool_07(x):
    for lend, w, by in relends(x):
        yield judged(x, lend, w, by), lend.known


def last_of(x, lend, w, by):
    """A reading: after a first early re-lend the window that counts is the one that ends last, and was opened last."""
    return (by, w.last.known) >= max((end, v.last.known) for other, v, end in relends(x) if other is lend)


def after(x, frees):
    """Re-lends with an event between that must not free the pair."""
    for lend, w, by in relends(x):
        if last_of(x, lend, w, by) and frees(lend, w):
            yield judged(x, lend, w, by), lend.known


def pool_09(x):
    def gone(lend, w):
        return any(r.expires_s == 0 and r.accepted and r.wic in (None, w.first.wic)
                   and w.first.event.line < r.answer.line < lend.event.line and lend.pair in x.pairs_of(r)
                   for r in x.registers)
    return after(x, gone)


def pool_10(x):
    def lost(lend, w):
        return any(e.ev == "closed" and e.on == "W2" and e.wic == w.first.wic
                   and w.first.event.line < e.line < lend.event.line for e in x.events)
    return after(x, lost)


def pool_29(x):
    def restarted(lend, w):
        return any(e.ev == "mark" and e.text == "restart wwsf" and w.first.event.line < e.line < lend.event.line
                   for e in x.events)
    return after(x, restarted)


def lent(x, pair, t, line):
    """Is a pair lent just before that line? HELD for sure, INCONCLUSIVE close to the end, SILENT no."""
    worst = SILENT
    for windows in x.windows(pair, line).values():
        for w in windows:
            left = w.end - t
            worst = max(worst, SILENT if left <= 0 else INCONCLUSIVE if left < x.slack(w.whole) else HELD,
                        key=[SILENT, INCONCLUSIVE, HELD].index)
    return worst


def exhausted(x, wwsf, t, line):
    states = [lent(x, (wwsf, n), t, line) for n in range(len(x.p.pools[wwsf]))]
    return min(states, key=[SILENT, INCONCLUSIVE, HELD].index) if states else SILENT


def pool_12(x):
    for e in x.events:
        if e.ev == "refused" and x.scenario(e) == "pool" and x.pool_of(e) and \
                exhausted(x, x.pool_of(e), e.t, e.line) != SILENT:
            yield HELD, e.line
    for lend, w, by in relends(x):
        full = exhausted(x, lend.pair[0], lend.t, lend.known)
        outcome = judged(x, lend, w, by)
        if full != SILENT and outcome != HELD:
            yield (outcome if full == HELD else INCONCLUSIVE), lend.known


def late(x):
    """Refusals from a pool with a pair whose window is over: (event, us since the end, whole).
    Readings: while a pair was never lent, a refusal has another reason than the windows; the pair that is free for
    longest is the one that should have been lent."""
    for e in x.events:
        if e.ev != "refused" or x.scenario(e) != "pool" or not x.pool_of(e):
            continue
        ends = [[(w.end, w.whole) for ws in x.windows((x.pool_of(e), n), e.line).values() for w in ws]
                for n in range(len(x.p.pools[x.pool_of(e)]))]
        if all(ends):
            end, whole = min(map(max, ends))
            yield e, e.t - end, whole


def too_late(x, e, by, whole):
    """A reading: waiting is never wrong by itself (ruling 5), so what is late by less than the tolerance is nothing."""
    if x.breach(by - x.p.guard, whole) != BROKEN:
        return SILENT
    free = [n for n in range(len(x.p.pools[x.pool_of(e)])) if lent(x, (x.pool_of(e), n), e.t, e.line) == SILENT]
    return BROKEN if len(free) > hidden(x, e) else INCONCLUSIVE


def hidden(x, e):
    """How many handovers of a token alone may hold a pair of that pool that looks free."""
    def open_still(h):
        known = x.identity_of(h)
        end = h.t + x.p.lifetime if x.p.ends == "ixit" or h.end is None else h.end
        return (known is None or known[2] >= e.line) and end + x.p.guard + x.slack(True) > e.t
    return len({h.wic for h in x.handovers if h.line < e.line and h.token and x.scenario(h) == "pool"
                and x.pool_of(h) in (None, x.pool_of(e)) and open_still(h)})


def pool_08(x):
    for lend, _, by in relends(x):
        if by <= 0:
            yield HELD, lend.known
    for e, by, whole in late(x):
        yield too_late(x, e, by, whole), e.line


def pool_30(x):
    for lend, w, by in relends(x):
        if not last_of(x, lend, w, by):
            continue
        if 0 < by <= 2 * x.p.tolerance:
            yield judged(x, lend, w, by), lend.known
        elif -2 * x.p.tolerance <= by <= 0:
            yield HELD, lend.known
    for e, by, whole in late(x):
        if by <= 2 * x.p.tolerance:
            yield too_late(x, e, by, whole), e.line


def pool_13(x):
    """A binding is over when its own WIC's window is; judged at the end of the window, not at the grant."""
    for b in x.bindings:
        line = b.register.answer.line
        own = x.windows(b.pair, line, b.wic).get(b.wic, [])
        token = (b.register.source or b.register).token
        shown = [w for p, _, w in assignments(x, token, line) if p == b.pair]
        own = shown or own      # a reading: the window of the token that was shown, if known; else the WIC's own last
        if not own:
            continue
        windows = x.windows(b.pair, x.events[-1].line + 1)[own[-1].first.wic]
        w = next(w for w in windows if w.first is own[-1].first)
        if b.granted_end <= w.end:
            yield HELD, line
            continue
        if b.start > w.end:             # made after the end: all of it is too late
            yield x.breach(b.start - w.end, w.whole), line
        over = b.end()
        if over <= x.end:
            yield x.breach(over - w.end, w.whole), line
        elif x.end - w.end >= x.slack(w.whole):
            yield BROKEN, line
        else:
            yield INCONCLUSIVE, line


def pool_14(x):
    for r in x.registers:
        if r.accepted and r.expires_s != 0 and r.answer.expires_s is not None and x.pairs_of(r):
            most = x.p.maximum_s if r.expires_s is None else min(r.expires_s, x.p.maximum_s)
            yield x.breach((r.answer.expires_s - most) * SECOND), r.answer.line


def assignments(x, token, line):
    """Windows that a token belongs to, as known at that line."""
    for pair in [(wwsf, n) for wwsf, pairs in x.p.pools.items() for n in range(len(pairs))]:
        for wic, windows in x.windows(pair, line).items():
            for w in windows:
                if token in w.tokens:
                    yield pair, wic, w


def pool_17(x):
    """A token whose assignment ended, by time or by re-lending, registers nobody."""
    for r in x.registers:
        if r.on != "W2" or r.token is None or r.expires_s == 0 or not (r.answer or r.onward):
            continue
        # a reading: where Mw shows the pair of this very REGISTER for the first time, its window is known by that
        known = max(e.line for e in [r, *r.onward]) + 1
        for pair, wic, w in assignments(x, r.token, known):
            outcome = x.breach(r.t - w.end, w.whole)
            # a reading: to the same user it may be the same WIC, so that ends nothing
            if any(lend.pair == pair and lend.wic != wic and w.last.known < lend.known < r.line
                   and (lend.user is None or lend.user != w.last.user) for lend in x.lends):
                outcome = BROKEN
            if outcome != HELD:
                yield (outcome if r.accepted or r.onward else HELD), r.line


def pool_31(x):
    """A token does not outlive its assignment; where grants are not cut, its registrations do not either."""
    for e in x.events:
        expiry = x.token_end(e.token, e.line) if e.token is not None else None
        for _, _, w in assignments(x, e.token, e.line + 1) if expiry else ():
            more = 0 if x.p.cut else micro(x.p.maximum_s)
            yield x.breach(expiry[0] + more - w.end, expiry[1] or w.whole), e.line


def pool_32(x):
    for b in x.bindings:
        yield HELD, b.register.answer.line
    for a, b in combinations(x.bindings, 2):
        if a.pair != b.pair or a.wic == b.wic or None in (a.wic, b.wic):
            continue
        if a.over is not None and a.over[1] <= b.register.answer.line:
            continue
        by = a.granted_end - b.start
        outcome = x.breach(by)
        if outcome == BROKEN:
            tokens = [(r.source or r).token for r in (a.register, b.register)]
            copied = tokens[0] is not None and tokens[0] == tokens[1]      # two WICs with a copied token (ruling 9)
            if not copied:
                outcome = x.proof(a.pair, a.wic, b.wic, (user_of(x, a), user_of(x, b)))
        yield outcome, b.register.answer.line


def user_of(x, binding):
    """The user that a WIC got the token it showed as, or the pair; a label that never got any is a WIC nobody knows."""
    token = (binding.register.source or binding.register).token
    users = [h.user for h in x.handovers if token is not None and h.token == token and h.wic == binding.wic]
    users = users or [lend.user for lend in x.lends if lend.wic == binding.wic and lend.pair == binding.pair
             and lend.event.line < binding.register.answer.line]
    return users[-1] if users else UNSAID


def tok_07(x):
    for r in x.registers:
        if r.on != "W2" or r.token is None or r.expires_s == 0:
            continue
        expiry = x.token_end(r.token, r.line)
        states = [e.state for e in x.events if e.ev == "token" and e.token == r.token and e.line < r.line and e.state]
        outcome = x.breach(r.t - expiry[0], expiry[1]) if expiry else HELD
        if states and states[-1] == "expired":
            outcome = BROKEN
        if outcome != HELD and (r.answer or r.onward):
            yield (outcome if r.accepted or r.onward else HELD), r.line


def tok_12(x):
    for m in x.registers:
        told = x.token_pair(m.source.token, m.line) if m.on == "Mw" and m.source else None
        if told:
            impi, impus, _ = told
            fits = None in (m.impi, impi) or m.impi == impi
            yield (HELD if fits and all(u in impus for u in m.impus if impus) else BROKEN), m.line


def tok_13(x):
    for r in x.registers:
        told = x.token_pair(r.token, r.line) if r.on == "W2" else None
        forged = [u for u in r.impus if told and told[1] and u not in told[1]]
        if forged:
            through = [m for m in r.onward if any(u in forged for u in m.impus)]
            if through:
                yield BROKEN, through[0].line
            elif r.onward or r.answer:
                yield HELD, r.line


def drg_01(x):
    """A reading: a flow that has left the core out until then says nothing of what reaches it."""
    for r in x.registers:
        core = any(m.on == "Mw" and m.line < r.answer.line for m in x.registers) if r.answer else False
        if r.on == "W2" and r.expires_s == 0 and r.accepted and core:
            yield (HELD if any(m.expires_s == 0 for m in r.onward) else BROKEN), r.answer.line


def drg_04(x):
    for m in x.registers:
        if m.on == "Mw" and m.expires_s == 0 and m.auth and m.source and m.source.token is not None:
            yield (HELD if m.auth == "tna" else BROKEN), m.line


def drg_10(x):
    """A de-registration removes no binding of somebody else."""
    for m in x.registers:
        if m.on != "Mw" or m.expires_s != 0 or not m.source or m.source.token is None:
            continue
        told = x.token_pair(m.source.token, m.line)
        if told:
            fits = (None in (m.impi, told[0]) or m.impi == told[0]) and all(u in told[1] for u in m.impus if told[1])
            # a reading: to ask the core for it is enough, whatever the core answers
            yield (HELD if fits else BROKEN), m.line


RULES = {"W1-04": w1_04, "W1-08": w1_08, "W1-09": w1_09, "POOL-01": pool_01, "POOL-04": pool_04, "POOL-06": pool_06,
         "POOL-07": pool_07, "POOL-08": pool_08, "POOL-09": pool_09, "POOL-10": pool_10, "POOL-12": pool_12,
         "POOL-13": pool_13, "POOL-14": pool_14, "POOL-17": pool_17, "POOL-29": pool_29, "POOL-30": pool_30,
         "POOL-31": pool_31, "POOL-32": pool_32, "TOK-07": tok_07, "TOK-12": tok_12, "TOK-13": tok_13,
         "DRG-01": drg_01, "DRG-04": drg_04, "DRG-10": drg_10}


def judge(lines, profile):
    """{rule: (outcome, line or None)} of one trace."""
    x = Trace(lines, profile)
    verdict = {}
    for rule, function in RULES.items():
        worst = (SILENT, None)
        for found in function(x) if x.events else ():
            if ORDER.index(found[0]) > ORDER.index(worst[0]):
                worst = found
        verdict[rule] = worst
    return verdict


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trace", nargs="+")
    parser.add_argument("--ixit", required=True)
    parser.add_argument("--ics", required=True)
    args = parser.parse_args()
    with open(args.ixit, encoding="utf-8") as ixit, open(args.ics, encoding="utf-8") as ics:
        profile = Profile(yaml.safe_load(ixit), yaml.safe_load(ics))
    for name in args.trace:
        with open(name, encoding="utf-8") as file:
            verdict = judge(file.read().splitlines(), profile)
        for rule, (outcome, line) in verdict.items():
            if outcome != SILENT:
                print(f"{rule} {outcome} {name}:{line}")


if __name__ == "__main__":
    sys.exit(main())
