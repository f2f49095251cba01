"""The story of one outage, told while it happens: Teams' hubs fall silent, callers stop waiting, numbers move to the
PBX, Teams comes back, numbers come home.

Every line is something that was seen: an event of the detector, a call of the load, a route read back. At the end
stands a table, and the exit code says whether calls moved and came home.
"""

import time

import outcomes
import processes
import report
import teller
import topology
from laboratory import Lab

FAULT = "hubs blackhole"
BACKUP_ROUTE, BACKUP_HOP = "pbx", "pbx1"
HOME_ROUTE, HOME_HOPS = "teams", ("t1", "t2", "t3")

# The acts of the story, in seconds. The longest story is far below LONGEST.
HEALTHY_FOR = 8.0
LONGEST_UNTIL_MOVED = 40.0
ON_BACKUP_FOR = 12.0    # watched on the backup route before Teams returns
LONGEST_UNTIL_HOME = 100.0
AT_HOME_FOR = 5.0
TICK = 0.05


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
        self._tail = lab.calls.follow()
        self._teller = teller.Teller()
        self._skipped = set()
        self.fault = None       # seconds since 1970
        self.healed = None
        self.seen = {}          # what: seconds since 1970 when it was first so
        self.complaints = []    # what did not happen

    # ---- the acts

    def tell(self):
        """The whole story, and the table."""
        print("\nThe story, with seconds since the fault:")
        self._be_healthy()
        self._break()
        self._come_home()
        self._teller.say("end", "no new calls; those in progress run to their end")
        self._teller.tell(everything=True)
        self._lab.calls.stop()
        self._read()
        self._teller.tell(everything=True)
        self._print_table()

    def _be_healthy(self):
        self._lab.calls.start()
        self._teller.know_routes(", ".join(f"{topology.group_of(branch)} on {HOME_ROUTE} 100 %" for branch in
                                           sorted(topology.BRANCHES, key=lambda branch: branch.name)))
        self._teller.say("healthy", "carrier 1 places 20 calls a second to numbers of London, Paris and New York")
        self._follow(HEALTHY_FOR)
        good = [call for call in self._tail.calls if call.answered is not None]
        judged = outcomes.judge(good, None)
        who = report.listed(sorted({call.by for call in good}))
        self._teller.say("healthy", f"{len(good)} of them answered by Teams ({who}), "
                         f"ringing after {report.milliseconds(judged.delay_at(0.5))}")
        self._teller.tell(everything=True)

    def _break(self):
        self.fault = self._teller.zero = self._lab.faults.break_(FAULT)
        self._teller.say("FAULT", "all three hubs of Teams fall silent: no packet reaches them, none comes back", self.fault)
        self._until(lambda: "confirmed flip" in self.seen, LONGEST_UNTIL_MOVED, "the numbers did not move to the PBX")
        self._follow(ON_BACKUP_FOR)

    def _come_home(self):
        self.healed = self._lab.faults.heal()
        self._teller.say("HEALED", "Teams is back; numbers stay where they are until it has proven itself", self.healed)
        self._until(lambda: "home" in self.seen, LONGEST_UNTIL_HOME, "the numbers did not come home")
        self._follow(AT_HOME_FOR)
        if "home" not in self.seen:
            return
        last = [call for call in self._tail.calls if call.sent > self.seen["home"] and call.answered is not None]
        if not last or any(call.tried[0] not in HOME_HOPS for call in last):
            self._complain("after the numbers had come home calls were not answered by Teams")
        else:
            self._teller.say("home", f"{len(last)} calls since then, all answered by Teams")

    # ---- how it is followed

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
        for call in self._tail.read():
            self._take_call(call)
        self._teller.tell()

    def _take_event(self, event):
        self._teller.take(event)
        if self.fault is None or event.time < self.fault:
            return
        if event.kind == "EVENT_SUSPECTED":
            self.seen.setdefault("suspicion", event.time)
        elif event.kind == "EVENT_CONFIRMED":
            self.seen.setdefault("diagnosis", event.time)
        elif event.kind == "EVENT_SKIP":
            self._skipped.add(event.hop)
            if self._skipped >= set(HOME_HOPS):
                self.seen.setdefault("skip", event.time)
        elif event.kind == "EVENT_ROUTE_CONFIRMED":
            self._look_at_routes(event.time)

    def _look_at_routes(self, when):
        """After the router confirmed something: has everything moved, or come home?"""
        status = self._lab.status() or {}
        confirmed = [{share["route"]: share.get("percent", 0) for share in group.get("confirmed", [])}
                     for group in status.get("groups", [])]
        if len(confirmed) != len(topology.BRANCHES):
            return
        if all(shares.get(BACKUP_ROUTE) == 100 for shares in confirmed):
            self.seen.setdefault("confirmed flip", when)
        if self.healed is not None and all(shares.get(HOME_ROUTE) == 100 for shares in confirmed):
            self.seen.setdefault("home", when)

    def _take_call(self, call):
        if self.fault is None or call.sent < self.fault or call.rang is None:
            return
        if call.by == BACKUP_HOP and "first backup call" not in self.seen:
            self.seen["first backup call"] = call.rang
            self._teller.say("call", "the PBX answers the first call; its caller waited "
                             f"{report.milliseconds(call.delay)}", call.rang)
        if call.tried[:1] == (BACKUP_HOP,) and "first rerouted call" not in self.seen:
            self.seen["first rerouted call"] = call.sent
            self._teller.say("call", "from here on nobody waits for a dead hub: this call goes to the PBX at once and "
                             f"rings after {report.milliseconds(call.delay)}", call.sent)

    def _complain(self, words):
        self.complaints.append(words)
        self._teller.say("FAILED", words)

    # ---- the end

    def _print_table(self):
        rows = []
        for name in ("suspicion", "diagnosis", "skip", "first rerouted call", "confirmed flip"):
            when = self.seen.get(name)
            rows.append((name, "never" if when is None else f"{when - self.fault:.2f} s"))
        if "home" in self.seen:
            rows.append(("home, after the healing", f"{self.seen['home'] - self.healed:.2f} s"))
        print("\nSeconds from the fault to\n" + report.columns(rows))
        print(report.definitions([name.partition(",")[0] for name, _ in rows]))
        print("\n" + report.table(outcomes.judge(self._tail.calls, self.fault), self.fault))
        recognised = self.seen.get("diagnosis")
        if recognised is None:
            self._complain("no diagnosis was confirmed")
        else:
            later = outcomes.judge(self._tail.calls, self.fault, start=recognised)
            print(f"\nOf the {later.calls} calls placed after the diagnosis {len(later.lost)} were lost and "
                  f"{len(later.delayed)} delayed over {outcomes.SLOW:g} s; "
                  f"the longest delay was {report.milliseconds(later.delays[-1] if later.delays else None)}.")
            if later.lost or later.delayed:
                self._complain("calls placed after the diagnosis were lost or delayed")
        if "first rerouted call" not in self.seen:
            self._complain("no call went to the PBX at once")
        self._teller.tell(everything=True)
