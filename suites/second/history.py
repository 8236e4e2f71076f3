#!/usr/bin/python3
"""Random histories of the three scenarios: what the reference would do, with up to two deviations put in.

A history is a list of flow events (dicts). It never says what the verdict should be: that is for the two judges.
"""
import random

SECOND = 1_000_000
PAIRS = {"wwsf.ims.example": ["p1", "p2", "p3"], "other.ims.example": ["q1", "q2"]}
SUBSCRIBERS = {"alice": ["alice"], "bob": ["bob", "robert"]}
STRANGERS = ["mallory", "eve", "trent"]

# Each profile has its own way to end a window; the reference is coordinated with it, so a clean history breaks nothing.
PROFILES = [
    {"lifetime_s": 60, "lifetime_from": "ixit", "caps": "epcscf", "pools": 1},
    {"lifetime_s": 60, "lifetime_from": "ixit", "caps": "scscf", "token_s": 20, "max_registration_s": 40, "pools": 1},
    {"lifetime_s": 30, "lifetime_from": "handover", "caps": "epcscf", "tolerance_ms": 100, "guard_s": 2, "pools": 2},
    {"lifetime_s": 60, "lifetime_from": "token", "caps": "epcscf", "guard_s": 0, "pools": 1},
    {"lifetime_s": 9, "lifetime_from": "ixit", "caps": "epcscf", "tolerance_ms": 1000, "guard_s": 1, "pools": 2},
]


def impi(name):
    return f"{name}@ims.example"


def impu(name):
    return f"sip:{name}@ims.example"


def ixit(profile):
    keys = {k: profile[k] for k in ("lifetime_s", "lifetime_from", "token_s", "max_registration_s", "guard_s",
                                    "tolerance_ms") if k in profile}
    return {"home_domain": "ims.example", **keys,
            "subscribers": [{"user": user, "web_password": "x", "impi": impi(user), "impu": [impu(n) for n in names],
                             "sip_password": "x"} for user, names in SUBSCRIBERS.items()],
            "strangers": [{"user": user, "web_password": "x"} for user in STRANGERS],
            "pools": [{"wwsf": wwsf, "pairs": [{"impi": impi(n), "impu": impu(n)} for n in names]}
                      for wwsf, names in list(PAIRS.items())[:profile["pools"]]]}


def ics(profile):
    return {"implementation": {"vendor": "Example", "product": "second", "version": "1"}, "roles": ["system"],
            "edition": "cr", "scenarios": ["ims-auth", "web-auth", "pool"],
            "options": {"digest": True, "anonymous": True, "caps_registration": profile["caps"]}}


class Wic:
    def __init__(self, label, user, wwsf, name, names):
        self.label, self.user, self.wwsf, self.name, self.names = label, user, wwsf, name, names
        self.token = None
        self.window = self.token_end = 0
        self.bound_till = 0


class History:
    def __init__(self, seed, profile):
        self.r, self.p, self.t = random.Random(seed), profile, 0
        self.events, self.wics, self.count = [], [], 0
        self.lifetime = profile["lifetime_s"] * SECOND
        self.token_life = profile.get("token_s", profile["lifetime_s"]) * SECOND
        self.maximum = profile.get("max_registration_s", profile["lifetime_s"])
        self.tolerance = profile.get("tolerance_ms", 250) * 1000
        self.guard = profile.get("guard_s", 0) * SECOND
        self.pools = dict(list(PAIRS.items())[:profile["pools"]])
        self.free_at = {name: 0 for names in self.pools.values() for name in names}
        self.style = self.r.choices(["both", "W2", "Mw"], [8, 1, 1])[0]
        self.lookup = self.r.random() < 0.4

    # --- time
    def wait(self, low_us, high_us):
        self.t += self.r.randint(low_us, high_us)

    def around(self, moment, early):
        """Goes to a moment, or next to it: exactly, one microsecond off the tolerance, anywhere."""
        tol = self.tolerance
        off = self.r.choice([0, 1, tol - 1, tol, tol + 1, 2 * tol - 1, 2 * tol, 2 * tol + 1, SECOND, SECOND + tol - 1,
                             SECOND + tol, self.r.randint(0, 3 * tol), self.r.randint(0, self.lifetime // 2)])
        target = moment - off if early else moment + off
        self.t = max(self.t, target)

    def say(self, kind, **keys):
        event = {"t": self.t / SECOND, "ev": kind}
        event.update({k: v for k, v in keys.items() if v is not ...})
        self.events.append(event)

    # --- W1
    def users(self, kind):
        return {"anonymous": None, "stranger": self.r.choice(STRANGERS),
                "subscriber": self.r.choice(list(SUBSCRIBERS))}[kind]

    def hand_over(self, wic, scenario, shape=None, mix=None, stretch=0):
        """The WWSF gives a new token (and identities) to a WIC."""
        self.count += 1
        wic.token, wic.token_end = f"t{self.count}", self.t + self.token_life + stretch
        window = self.t + self.lifetime
        must_say = self.p["lifetime_from"] != "ixit" or stretch
        shape = shape or self.r.choices(["full", "impu", "impi", "token", "bare"], [10, 2, 1, 2, 1])[0]
        if shape == "bare" and not (self.p["lifetime_from"] == "handover" and not stretch):
            shape = "full"
        valid = self.r.choice(["valid_s", "ends", None] if not must_say else ["valid_s", "ends"])
        keys = {"valid_s": (wic.token_end - self.t) / SECOND, "ends": wic.token_end / SECOND}
        names = [mix] if mix else wic.names
        impus = [impu(n) for n in names]
        self.say("handover", wic=wic.label, user=wic.user, scenario=scenario, wwsf=wic.wwsf,
                 impi=impi(wic.name) if shape in ("full", "impi", "bare") else ...,
                 impu=(impus if len(impus) > 1 else impus[0]) if shape in ("full", "impu", "bare") else ...,
                 token=wic.token if shape != "bare" else ..., **({valid: keys[valid]} if valid else {}))
        if shape == "bare":
            wic.token = None
        if (shape == "token" and self.style == "W2") or (self.lookup and wic.token and self.r.random() < 0.8):
            self.say("token", token=wic.token, impi=impi(wic.name), impu=impus if len(impus) > 1 else impus[0],
                     state="active", ends=wic.token_end / SECOND if valid else ...)
        wic.window = max(wic.window, window)

    def new_wic(self, user, wwsf, name, names=None):
        wic = Wic(f"w{len(self.wics) + 1}", user, wwsf, name, names or [name])
        self.wics.append(wic)
        return wic

    def whose(self, wwsf):
        """The WWSF's name may be left out where there is one alone."""
        return ... if len(self.pools) == 1 and self.r.random() < 0.3 else wwsf

    def borrow(self):
        wwsf = self.r.choice(list(self.pools))
        kind = self.r.choices(["anonymous", "stranger", "subscriber"], [4, 4, 1])[0]
        user = self.users(kind)
        scenario = "pool" if kind == "subscriber" else self.r.choice(["pool", ...])
        free = [n for n in self.pools[wwsf] if self.free_at[n] <= self.t]
        if not free:
            self.say("refused", wic=f"x{self.count}", user=user, scenario=scenario, wwsf=self.whose(wwsf),
                     why=self.r.choice(["exhausted", ...]))
            return
        self.lend(self.new_wic(user, self.whose(wwsf), self.r.choice(free)), scenario)

    def lend(self, wic, scenario, **more):
        self.hand_over(wic, scenario, **more)
        self.free_at[wic.name] = max(self.free_at[wic.name], wic.window + self.guard)

    def login(self):
        user = self.users("subscriber")
        wic = self.new_wic(user, self.whose(next(iter(self.pools))), user, list(SUBSCRIBERS[user]))
        if self.r.random() < 0.5:
            wic.names = wic.names[:1]
        self.hand_over(wic, self.r.choice(["web", ...]))

    def borrowed(self):
        return [w for w in self.wics if w.name in self.free_at]

    def refresh(self):
        mine = [w for w in self.borrowed() if w.window > self.t and w.token]
        if mine:
            wic = self.r.choice(mine)
            self.lend(wic, "pool" if wic.user in SUBSCRIBERS else ...)
            self.wait(1000, 90000)
            self.register(wic)

    # --- W2 and Mw
    def register(self, wic, **odd):
        """One REGISTER and its way to the core and back. odd: what deviates."""
        self.count += 1
        call, want = f"c{self.count}", odd.get("want", self.r.choice([5, 30, 60, 600000, ...]))
        rest = (wic.window - self.t) // SECOND
        token = odd.get("token", wic.token)
        pool = wic.name in self.free_at
        grant = min(self.maximum, 10**9 if want is ... else want)
        if pool and self.p["caps"] == "epcscf" and want != 0:
            grant = min(grant, max(rest, 0))
        alive = self.t < wic.token_end or want == 0
        refused = odd.get("refused", not alive or (grant <= 0 and want != 0))
        name, names = odd.get("as", (wic.name, wic.names))
        claims = odd.get("claims", (impi(wic.name), impu(wic.names[0])))
        grant = odd.get("grant", grant)
        forward = not refused and self.style in ("both", "Mw") and not odd.get("swallowed")
        w2, latency = self.style in ("both", "W2") and not odd.get("past_w2"), odd.get("latency", 3000)
        label = odd.get("label", wic.label)
        if w2:
            bearer = token is not None
            self.say("register", on="W2", wic=label, call=call, impi=claims[0] or ..., impu=claims[1] or ...,
                     auth="bearer" if bearer else "none", token=token if bearer else ..., expires_s=want)
            self.wait(0, latency)
        if forward:
            self.say("register", on="Mw", wic=label if self.style == "Mw" or self.r.random() < 0.3 else ...,
                     call=call, impi=impi(name), impu=odd.get("to", impu(names[0])), auth=odd.get("auth", "tna"),
                     expires_s=want)
            self.wait(0, latency)
            self.say("answer", on="Mw", call=call, status=odd.get("status", 200), expires_s=grant)
            self.wait(0, latency)
        if w2:
            ok = not refused and odd.get("status", 200) == 200
            self.say("answer", on="W2", call=call, status=200 if ok else self.r.choice([401, 403]),
                     expires_s=grant if ok else ...)
        if not refused:
            wic.bound_till = self.t + grant * SECOND

    def some(self, among=None):
        mine = [w for w in (self.wics if among is None else among) if w.token]
        return self.r.choice(mine) if mine else None

    def go_on(self):
        """One step of the reference."""
        wic = self.some()
        step = self.r.choices(["borrow", "login", "register", "refresh", "leave", "close", "restart", "forge", "talk",
                               "stale", "mark"], [8, 2, 9, 3, 2, 2, 1, 1, 1, 1, 0.3])[0]
        if step == "borrow":
            self.borrow()
        elif step == "login":
            self.login()
        elif step == "restart":
            self.say("mark", text=self.r.choice(["restart wwsf", "restart wwsf", "restart epcscf"]))
        elif step == "mark":
            self.say("mark", text="hello")
        elif step == "refresh":
            self.refresh()
        elif wic is not None:
            self.act(step, wic)

    def act(self, step, wic):
        if step == "register":
            self.register(wic)
        elif step == "leave" and wic.bound_till > self.t:
            self.register(wic, want=0, grant=0)
        elif step == "close":
            self.say("closed", on=self.r.choice(["W1", "W2"]), wic=wic.label)
        elif step == "forge" and self.t < wic.window - 2 * SECOND and self.t < wic.token_end:
            self.register(wic, claims=(impi(wic.name), impu("victim")), refused=self.r.random() < 0.5)
        elif step == "talk" and wic.bound_till > self.t:
            self.say("request", on="W2", wic=wic.label, call=f"i{self.count}", method="INVITE",
                     **{"from": impu(wic.names[0])}, to="sip:someone@ims.example", status=200)
        elif step == "stale":
            self.around(wic.token_end, False)
            self.register(wic)

    # --- deviations
    def deviate(self):
        name = self.r.choice([n for n in dir(self) if n.startswith("odd_")])
        getattr(self, name)()

    def odd_early(self):
        open_now = [w for w in self.borrowed() if w.window > self.t and w.token]
        if not open_now:
            return
        old = self.r.choice(open_now)
        if self.r.random() < 0.5:
            self.act(self.r.choice(["leave", "close"]), old)
        if self.r.random() < 0.3:
            self.say("mark", text="restart wwsf")
        self.around(old.window, True)
        user = self.r.choice([None, old.user, old.user, ..., *STRANGERS])
        wic = self.new_wic(user, old.wwsf, old.name)
        self.lend(wic, "pool")
        wic.user = None if user is ... else user
        for _ in range(self.r.randint(0, 3)):
            self.wait(1000, 2 * SECOND)
            who = self.r.choice([old, wic, wic])
            if who.token:
                self.register(who)

    def odd_pair(self):
        """Mixed, foreign, or a subscriber's."""
        wwsf = self.r.choice(list(self.pools))
        free = [n for n in self.pools[wwsf] if self.free_at[n] <= self.t]
        if not free:
            return
        name = self.r.choice(free)
        foreign = self.r.choice([n for n in ["q1", "q2", "p1", "z9", "alice"] if n not in self.pools[wwsf]])
        if self.r.random() < 0.5:
            mix = self.r.choice([n for n in [*self.pools[wwsf], foreign] if n != name])
            wic = self.new_wic(self.users("stranger"), wwsf, name)
            self.lend(wic, "pool", shape="full", mix=mix)
            wic.token = None        # what it does with half of two pairs is nobody's business
        else:
            self.hand_over(self.new_wic(self.r.choice([None, "mallory"]), wwsf, foreign), self.r.choice(["pool", ...]),
                           shape=self.r.choice(["full", "impu", "impi"]))

    def odd_web(self):
        """A wrong identity, or a right one for nobody."""
        user = self.r.choice([None, "mallory", "alice", "bob", ...])
        name = self.r.choice(["alice", "bob", "z9"])
        wic = self.new_wic(user, next(iter(self.pools)), name)
        self.hand_over(wic, "web", shape=self.r.choice(["full", "impu", "impi"]),
                       mix=self.r.choice([None, None, "alice", "bob", "robert"]))
        wic.user = None if user is ... else user

    def odd_grant(self):
        wic = self.some(self.borrowed())
        if wic is None or self.t >= min(wic.token_end, wic.window):
            return
        rest = -(-(wic.window - self.t) // SECOND)
        want = self.r.choice([10, 600000])
        self.register(wic, want=want, refused=False, latency=self.r.choice([0, 3000]),
                      grant=max(1, self.r.choice([rest, rest + 1, rest + 2, self.maximum, self.maximum + 1, 11])))
        if self.r.random() < 0.4:
            self.t = max(self.t, wic.window - self.r.randint(0, 3 * SECOND))
            self.r.choice([lambda: self.register(wic, want=0, grant=0), lambda: None,
                           lambda: self.say("expired", impi=impi(wic.name), impu=impu(wic.names[0]))])()

    def odd_replay(self):
        wic = self.some(self.borrowed())
        if wic is not None:
            self.around(self.r.choice([wic.window, wic.token_end]), False)
            if self.r.random() < 0.4:
                self.borrow()
            self.register(wic, refused=False, grant=self.r.randint(1, 5), want=5, latency=self.r.choice([0, 3000]))

    def odd_copy(self):
        wic = self.some(self.borrowed())
        if wic is not None and self.t < min(wic.token_end, wic.window) - 3 * SECOND:
            thief = self.r.choice(["thief", *[w.label for w in self.wics]])
            self.register(wic, label=thief, latency=0)

    def odd_identity(self):
        wic, name = self.some(), self.r.choice(["p1", "p2", "alice", "bob", "z9"])
        if wic is not None and self.t < min(wic.token_end, wic.window) - 2 * SECOND:
            self.r.choice([
                lambda: self.register(wic, claims=(impi(wic.name), impu(name)), to=impu(name)),
                lambda: self.register(wic, claims=(impi("bob"), None), **{"as": ("bob", wic.names)}),
                lambda: self.register(wic, **{"as": (name, [name])}),
            ])()

    def odd_token(self):
        wwsf = self.r.choice(list(self.pools))
        free = [n for n in self.pools[wwsf] if self.free_at[n] <= self.t]
        if free:
            tol = self.tolerance
            spare = self.lifetime - self.token_life - (0 if self.p["caps"] == "epcscf" else self.maximum * SECOND)
            self.lend(self.new_wic(self.users("stranger"), wwsf, free[0]), "pool", shape="full", stretch=spare +
                      self.r.choice([0, 1, tol - 1, tol, SECOND, SECOND + tol - 1, SECOND + tol, 30 * SECOND]))

    def odd_leave(self):
        wic = self.some()
        if wic is None:
            return
        other = self.r.choice([w for w in self.wics] or [wic])
        odd = self.r.choice([{"swallowed": True}, {"auth": "digest"}, {"auth": "none"}, {"status": 500}, {},
                             {"as": (other.name, other.names)}, {"as": (other.name, other.names)}])
        if "as" in odd:
            odd["claims"] = (impi(wic.name), impu(other.names[0]))
        self.register(wic, want=0, grant=0, **odd)

    def odd_refusal(self):
        ended = [w for w in self.borrowed() if w.window >= self.t]
        if ended:
            wic = self.r.choice(ended)
            self.around(wic.window + self.r.choice([0, self.guard]), False)
            self.say("refused", wic="y", user=self.r.choice([None, "mallory"]), scenario="pool",
                     wwsf=wic.wwsf, why=self.r.choice(["exhausted", ...]))


def history(seed, clean=None):
    """(profile number, deviations asked for, events)"""
    r = random.Random(seed * 7919 + 1)
    number = r.randrange(len(PROFILES))
    h = History(seed, PROFILES[number])
    steps, odds = r.randint(3, 14), 0 if clean else r.choices([0, 1, 2], [2, 5, 3])[0]
    odd_at = sorted(r.randrange(1, steps + 1) for _ in range(odds))
    for step in range(steps):
        h.wait(*h.r.choice([(0, 100_000), (0, 2 * SECOND), (0, h.lifetime // 3), (0, 0)]))
        if h.borrowed() and h.r.random() < 0.2:
            h.around(h.r.choice(h.borrowed()).window + h.guard, False)
        h.go_on()
        for _ in range(odd_at.count(step + 1)):
            h.wait(0, SECOND)
            h.deviate()
    if h.r.random() < 0.6:
        h.wait(0, 2 * h.lifetime)
        h.say("end")
    return number, odds, h.events
