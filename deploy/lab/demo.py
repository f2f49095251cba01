"""Three faults of Teams, told while they happen: what Dialtone sees and does, and what becomes of the same calls through
a voice layer that has no Dialtone.

Every line is something that was seen: an event of the detector, a call of the load, a route read back. At the end stand
tables, and the exit code says whether calls moved and came home.
"""

import dataclasses
import time

import calls
import outcomes
import processes
import report
import teller
import topology
from laboratory import Lab

BACKUP_ROUTE, BACKUP_HOP = "pbx", "pbx1"
HOME_ROUTE, HOME_HOPS = "teams", ("t1", "t2", "t3")

# In seconds. The longest story is far below LONGEST.
HEALTHY_FOR = 6.0
LONGEST_UNTIL_MOVED = 40.0
LONGEST_UNTIL_HOME = 100.0
AT_HOME_FOR = 4.0
TICK = 0.05


@dataclasses.dataclass
class Act:
    """One fault, and what was seen of it."""

    fault: str
    words: str
    moves: bool          # numbers move for it
    lasts: float         # seconds that are watched, from when all numbers have moved, else from the fault
    began: float = 0.0   # seconds since 1970
    healed: float = 0.0
    seen: dict = dataclasses.field(default_factory=dict)   # what: seconds since 1970 when it was first so
    skipped: set = dataclasses.field(default_factory=set)  # hops


def acts():
    """Those that leave no trace in the other voice layer first: its OPTIONS pings, once failed, are repeated a minute
    later."""
    return [Act("invite 503", "Teams' hubs answer OPTIONS and refuse every call with 503", False, 10.0),
            Act("media blackhole", "Teams' media falls silent: hubs and sign-in answer, nobody hears anybody", True, 8.0),
            Act("hubs blackhole", "all three hubs of Teams fall silent: no packet reaches them, none comes back", True,
                10.0)]


def run(_lab, given):
    """The verb: makes a lab of its own, tells the story, removes the lab. Exit code 0 only if calls moved and came home."""
    lab = Lab(given.name)
    started = time.monotonic()
    print("A company in network namespaces of this machine:", flush=True)
    lab.up(given.bin, given.block, given.policy, say=lambda words: print(f"  {words}", flush=True))
    try:
        with lab.watch() as watch:
            story = Story(lab, watch)
            story.tell()
        print(f"\nThe whole story took {time.monotonic() - started:.0f} s.")
        return 0 if not story.complaints else 10
    finally:
        lab.down()


class Story:
    """Follows what happens in one lab, has it told, and remembers when."""

    def __init__(self, lab, watch):
        self._lab = lab
        self._watch = watch
        self._tails = {}   # voice layer: CallTail
        self._teller = teller.Teller()
        self._acts = acts()
        self._act = None   # the one that is played
        self.complaints = []

    # ---- the acts

    def tell(self):
        """The whole story, and the tables."""
        print("\nThe story, with seconds since the fault:")
        self._be_healthy()
        for act in self._acts:
            self._play(act)
        self._teller.say("end", "no new calls; those in progress run to their end")
        self._teller.tell(everything=True)
        self._lab.calls.stop()
        self._read()
        self._teller.tell(everything=True)
        self._print_tables()

    def _be_healthy(self):
        self._lab.calls.start(layers=tuple(calls.CALLERS))
        self._tails = {layer: self._lab.calls.follow(layer) for layer in calls.CALLERS}
        self._teller.know_routes(", ".join(f"{topology.group_of(branch)} on {HOME_ROUTE} 100 %" for branch in
                                           sorted(topology.BRANCHES, key=lambda branch: branch.name)))
        self._teller.say("healthy", "carrier 1 places 20 calls a second to numbers of London, Paris and New York, and the "
                         "same 20 through a voice layer without Dialtone")
        self._follow(HEALTHY_FOR)
        good = [call for call in self._ours() if call.answered is not None]
        who = report.listed(sorted({call.by for call in good}))
        self._teller.say("healthy", f"{len(good)} of ours answered by Teams ({who}), ringing after "
                         f"{report.milliseconds(outcomes.judge(good, None).delay_at(0.5))}")
        self._teller.tell(everything=True)

    def _play(self, act):
        print(flush=True)
        self._act = act
        act.began = self._teller.zero = self._lab.faults.break_(act.fault)
        self._teller.say("FAULT", act.words, act.began)
        if act.moves:
            self._until(lambda: "confirmed flip" in act.seen, LONGEST_UNTIL_MOVED, "the numbers did not move to the PBX")
        self._follow(act.lasts)
        act.healed = self._lab.faults.heal()
        self._teller.say("HEALED", "Teams is back; numbers stay where they are until it has proven itself" if act.moves
                         else "Teams takes calls again", act.healed)
        if "confirmed flip" in act.seen:
            self._until(lambda: "home" in act.seen, LONGEST_UNTIL_HOME, "the numbers did not come home")
        self._follow(AT_HOME_FOR)
        last = [call for call in self._ours() if call.sent > act.seen.get("home", act.healed) + 0.2 and call.answered]
        if not last or any(call.tried[0] not in HOME_HOPS or call.by == BACKUP_HOP for call in last):
            self._complain(f"after {act.fault} calls were not answered by Teams")
        else:
            self._teller.say("home", f"{len(last)} calls since then, all answered by Teams")
        self._teller.tell(everything=True)

    # ---- how it is followed

    def _ours(self):
        return self._tails[topology.VOICE_LAYER].calls

    def _follow(self, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._read()
            time.sleep(TICK)

    def _until(self, condition, seconds, complaint):
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                self._complain(complaint + f" within {seconds:g} s")
                return
            self._read()
            time.sleep(TICK)

    def _read(self):
        processes.check(self._lab.state)
        for event in self._watch.read():
            self._take_event(event)
        for layer, tail in self._tails.items():
            for call in tail.read():
                if layer == topology.VOICE_LAYER:
                    self._take_call(call)
        self._teller.tell()

    def _take_event(self, event):
        self._teller.take(event)
        act = self._act
        if act is None or event.time < act.began:
            return
        if event.kind == "EVENT_SUSPECTED":
            act.seen.setdefault("suspicion", event.time)
        elif event.kind == "EVENT_CONFIRMED":
            act.seen.setdefault("diagnosis", event.time)
        elif event.kind == "EVENT_SKIP":
            act.skipped.add(event.hop)
            if act.skipped >= set(HOME_HOPS):
                act.seen.setdefault("skip", event.time)
        elif event.kind == "EVENT_ROUTE_CONFIRMED":
            self._look_at_routes(act, event.time)

    def _look_at_routes(self, act, when):
        """After the router confirmed something: has everything moved, or come home?"""
        status = self._lab.status() or {}
        confirmed = [{share["route"]: share.get("percent", 0) for share in group.get("confirmed", [])}
                     for group in status.get("groups", [])]
        if len(confirmed) != len(topology.BRANCHES):
            return
        if all(shares.get(BACKUP_ROUTE) == 100 for shares in confirmed):
            act.seen.setdefault("confirmed flip", when)
        if act.healed and all(shares.get(HOME_ROUTE) == 100 for shares in confirmed):
            act.seen.setdefault("home", when)

    def _take_call(self, call):
        act = self._act
        if act is None or call.sent < act.began or call.rang is None:
            return
        if call.by == BACKUP_HOP and "first backup call" not in act.seen:
            act.seen["first backup call"] = call.rang
            self._teller.say("call", "the PBX answers the first call; its caller waited "
                             f"{report.milliseconds(call.delay)}", call.rang)
        if call.tried[:1] == (BACKUP_HOP,) and "first rerouted call" not in act.seen:
            act.seen["first rerouted call"] = call.sent
            self._teller.say("call", "from here on nobody waits for Teams: this call goes to the PBX at once and "
                             f"rings after {report.milliseconds(call.delay)}", call.sent)

    def _complain(self, words):
        self.complaints.append(words)
        self._teller.say("FAILED", words)

    # ---- the end

    def _print_tables(self):
        names = ("suspicion", "diagnosis", "skip", "first rerouted call", "confirmed flip")
        moving = [act for act in self._acts if act.moves]
        rows = [("", [act.fault for act in moving])]
        rows += [(name, [_after(act.seen.get(name), act.began) for act in moving]) for name in names]
        rows.append(("home, after the healing", [_after(act.seen.get("home"), act.healed) for act in moving]))
        print("\nSeconds from the fault to\n" + report.grid(rows))
        print(report.definitions([*names, "home"]))
        print("\nWhat became of the calls placed during each fault; the same calls went through both voice layers")
        print(report.grid_of({f"{act.fault}": {heading: self._judge(act, layer) for layer, heading in
                                               calls.HEADINGS.items()} for act in self._acts}))
        print(report.definitions(["calls", "answered", "lost", "cut", "delay", "delayed", "dead air", *calls.DEFINITIONS],
                                 calls.DEFINITIONS))
        for act in self._acts:
            self._judge_act(act)
        self._teller.tell(everything=True)

    def _judge(self, act, layer, start=None):
        """Outcomes of the calls of one act."""
        return outcomes.judge(self._tails[layer].calls, act.began, start=start or act.began, end=act.healed, over=True)

    def _judge_act(self, act):
        """Complaints about what our callers lived through."""
        recognised = act.seen.get("diagnosis") if act.moves else act.began
        if recognised is None:
            self._complain(f"{act.fault}: no diagnosis was confirmed")
            return
        later = self._judge(act, topology.VOICE_LAYER, start=recognised)
        if later.lost or later.delayed:
            self._complain(f"{act.fault}: of the calls placed after {'the diagnosis' if act.moves else 'the fault'} "
                           f"{len(later.lost)} were lost and {len(later.delayed)} delayed over {outcomes.SLOW:g} s")
        moved = act.seen.get("confirmed flip")
        if moved is not None and self._judge(act, topology.VOICE_LAYER, start=moved).dead_air:
            self._complain(f"{act.fault}: calls placed after the numbers had moved were on dead air")
        if act.moves and "first rerouted call" not in act.seen:
            self._complain(f"{act.fault}: no call went to the PBX at once")


def _after(when, began):
    return "-" if when is None else f"{when - began:.2f} s"
