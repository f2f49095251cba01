"""The story of one outage, told while it happens: Teams' hubs fall silent, callers stop waiting, numbers move to the
PBX, Teams comes back, numbers come home.

Every line is something that was seen: an event of the detector, a call of the load, a route read back. At the end
stands a table, and the exit code says whether calls moved and came home.
"""

import sys
import time

import outcomes
import processes
import report
import topology
from laboratory import Lab

FAULT = "hubs blackhole"
BACKUP_ROUTE, BACKUP_HOPS, BACKUP_SAYS = "pbx", ("pbx1",), "pbx1"
HOME_ROUTE = "teams"

# The acts of the story, in seconds. The longest story is far below LONGEST.
HEALTHY_FOR = 8.0
LONGEST_UNTIL_MOVED = 40.0
ON_BACKUP_FOR = 12.0    # watched on the backup route before Teams returns
LONGEST_UNTIL_HOME = 100.0
AT_HOME_FOR = 5.0
TICK = 0.05

# What the story calls the detector's events. Kinds that are not here are not told.
HEADINGS = {
    "EVENT_SUSPECTED": "suspicion", "EVENT_CONFIRMED": "diagnosis", "EVENT_ENDED": "over", "EVENT_REORDER": "reorder",
    "EVENT_SKIP": "skip", "EVENT_FLIP": "flip", "EVENT_FAILBACK": "failback", "EVENT_ROUTE_CONFIRMED": "confirmed",
    "EVENT_BLOCKED": "blocked", "EVENT_ALARM": "alarm",
}


def run(_lab, given):
    """The verb: makes a lab of its own, tells the story, removes the lab. Exit code 0 only if calls moved and came home."""
    lab = Lab(given.name)
    started = time.monotonic()
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
    """Tells what happens in one lab, and remembers when."""

    def __init__(self, lab, watch, out=sys.stdout):
        self._lab = lab
        self._watch = watch
        self._out = out
        self._tail = lab.calls.follow()
        self._told = set()
        self.fault = None       # seconds since 1970
        self.healed = None
        self.seen = {}          # what: seconds since 1970 when it was first so
        self.complaints = []    # what did not happen

    # ---- the acts

    def tell(self):
        """The whole story, and the table."""
        self._be_healthy()
        self._break()
        self._come_home()
        self._lab.calls.stop()
        self._read()
        self._print_table()

    def _be_healthy(self):
        self._lab.calls.start()
        self._say("healthy", "20 calls a second from carrier 1 to numbers of London, Paris and New York; all is well")
        self._follow(HEALTHY_FOR)
        good = [call for call in self._tail.calls if call.answered is not None]
        judged = outcomes.judge(good, None)
        who = sorted({call.by for call in good})
        self._say("healthy", f"{len(good)} calls answered, by {', '.join(who)}; it rings after "
                  f"{report.milliseconds(judged.delay_at(0.5))}")

    def _break(self):
        self.fault = self._lab.faults.break_(FAULT)
        self._say("FAULT", "all three hubs of Teams fall silent: no packet reaches them and none comes back")
        self._until(lambda: "moved" in self.seen, LONGEST_UNTIL_MOVED,
                    "the numbers did not move to the PBX")
        self._follow(ON_BACKUP_FOR)

    def _come_home(self):
        self._lab.faults.heal()
        self.healed = time.time()
        self._say("HEALED", "Teams is back; calls stay where they are until it has proven itself")
        self._until(lambda: "home" in self.seen, LONGEST_UNTIL_HOME, "the numbers did not come home")
        self._follow(AT_HOME_FOR)
        last = [call for call in self._tail.calls if call.sent > self.seen.get("home", time.time())]
        if "home" in self.seen and not any(call.by.startswith("hub") for call in last):
            self._complain("no call was answered by Teams after the numbers had come home")

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

    def _take_event(self, event):
        heading = HEADINGS.get(event.kind)
        if heading is None or event.sentence in self._told:
            return
        self._told.add(event.sentence)
        if self.fault is not None:
            self.seen.setdefault(heading, event.time)
        self._say(heading, event.sentence, event.time)
        if event.kind == "EVENT_ROUTE_CONFIRMED":
            self._look_at_routes(event.time)

    def _look_at_routes(self, when):
        """After the router confirmed something: has everything moved, or come home?"""
        status = self._lab.status() or {}
        confirmed = [{share["route"]: share.get("percent", 0) for share in group.get("confirmed", [])}
                     for group in status.get("groups", [])]
        if len(confirmed) != len(topology.BRANCHES):
            return
        if self.fault is not None and all(shares.get(BACKUP_ROUTE) == 100 for shares in confirmed):
            self.seen.setdefault("moved", when)
        if self.healed is not None and all(shares.get(HOME_ROUTE) == 100 for shares in confirmed):
            self.seen.setdefault("home", when)

    def _take_call(self, call):
        if self.fault is None or call.sent < self.fault or call.by != BACKUP_SAYS:
            return
        if "first backup call" not in self.seen and call.rang is not None:
            self.seen["first backup call"] = call.rang
            self._say("call", f"the first call is answered by the PBX; its caller waited "
                      f"{report.milliseconds(call.delay)}", call.rang)
        if "first rerouted call" not in self.seen and call.tried and call.tried[0] in BACKUP_HOPS:
            self.seen["first rerouted call"] = call.sent
            self._say("call", "from here on callers do not wait for a dead hub: the first call goes to the PBX at once "
                      f"and rings after {report.milliseconds(call.delay)}", call.sent)

    # ---- words

    def _say(self, heading, words, when=None):
        moment = time.time() if when is None else when
        clock = "        " if self.fault is None else f"{moment - self.fault:+7.1f} s"[:9]
        print(f"{clock:>9}  {heading:<10} {words}", file=self._out, flush=True)

    def _complain(self, words):
        self.complaints.append(words)
        self._say("FAILED", words)

    def _print_table(self):
        rows = []
        for name, key in (("suspicion", "suspicion"), ("diagnosis", "diagnosis"), ("skip", "skip"),
                          ("first rerouted call", "first rerouted call"), ("confirmed flip", "moved")):
            when = self.seen.get(key)
            rows.append((name, "never" if when is None else f"{when - self.fault:.2f} s"))
        if self.healed is not None and "home" in self.seen:
            rows.append(("all numbers home, after the healing", f"{self.seen['home'] - self.healed:.2f} s"))
        print("\nseconds from the fault to\n" + report.columns(rows), file=self._out)
        judged = outcomes.judge(self._tail.calls, self.fault)
        print(report.table(judged, self.fault), file=self._out)
        print(report.definitions(["first rerouted call"]), file=self._out)
        recognised = self.seen.get("diagnosis")
        if recognised is None:
            self._complain("no diagnosis was confirmed")
            return
        later = outcomes.judge(self._tail.calls, self.fault, start=recognised)
        print(f"\nof the {later.calls} calls placed after the diagnosis, {len(later.lost)} were lost and "
              f"{len(later.delayed)} delayed over {outcomes.SLOW:g} s", file=self._out)
        if "first rerouted call" not in self.seen:
            self._complain("no call went to the PBX at once")
        if later.lost or later.delayed:
            self._complain("calls placed after the diagnosis were lost or delayed")
