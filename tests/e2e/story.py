"""What every end-to-end story stands on: a lab of its own, and words for what is waited for and what must be.

A file of stories brings one lab up (its name is the file's, so that a run that was killed is cleaned by the next)
and tells them in the order of their names; each begins healthy, with every number at home. The programs come from
$DIALTONE_BUILD, else build/dev. What was measured is printed as `measured: ...`.
"""

import hashlib
import os
import sys
import time
import unittest

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(REPOSITORY, "deploy", "lab"))

import kamailio_rpc  # noqa: E402  (the path comes first)
import outcomes  # noqa: E402
import parts  # noqa: E402
import processes  # noqa: E402
import topology  # noqa: E402
from laboratory import Lab  # noqa: E402
from topology import LabError  # noqa: E402

BUILD = os.environ.get("DIALTONE_BUILD", os.path.join(REPOSITORY, "build", "dev"))
POLICY = os.path.join(REPOSITORY, "deploy", "lab", "policy-test.textproto")

OURS = parts.OURS
GROUPS = [topology.group_of(branch) for branch in topology.BRANCHES]
NUMBERS = {branch.name: topology.numbers_of(branch) for branch in topology.BRANCHES}
HOME, BACKUP, NEXT_BACKUP = "teams", "pbx", "pbx-2"
HUBS = topology.HUBS
BACKUP_HOP, NEXT_BACKUP_HOP, FIRST_HUB_HOP = "pbx1", "pbx2", "t1"
VOICE_LAYER, PLAIN = topology.VOICE_LAYER, topology.PLAIN
# From the end of a fault until every number is home: stay 5 s, clean 3 s, three steps of 2 s; and a busy machine.
HOMECOMING = 60.0
# Longer than the longest persistence: what has not moved by then does not move.
NOTHING_MOVES = 45.0


class LabStory(unittest.TestCase):
    """One lab for the stories of a class. `name` is 1 to 7 lower case letters. Each lab has an address block of its own
    too, though its namespaces would keep it apart from another that runs at the same time."""

    name = ""

    @classmethod
    def setUpClass(cls):
        cls.lab = cls.make_lab(cls.name)

    @classmethod
    def make_lab(cls, name):
        """Brings up a lab that ends with the class."""
        place = hashlib.sha256(REPOSITORY.encode()).hexdigest()[:4]
        lab = Lab(f"e{name}{place}")
        lab.down()
        cls.addClassCleanup(lab.down)
        block = 64 + hashlib.sha256(lab.name.encode()).digest()[0] % 128
        began = time.monotonic()
        lab.up(BUILD, block=f"10.{block}.0.0/16", policy=POLICY, say=lambda words: None)
        print(f"lab {lab.name} was up and healthy after {time.monotonic() - began:.1f} s", flush=True)
        return lab

    def setUp(self):
        print(f"\n-- {self.id().split('.', 1)[1]}", flush=True)
        self.lab.check()
        self.addCleanup(self._end)
        self.watch = self.enterContext(self.lab.watch())
        self.load = None

    def _end(self):
        """Shows what Dialtone thought when a story failed; then everything is healed, started, and at home."""
        found = self._outcome.result
        if any(test is self for test, _ in found.errors + found.failures):
            self._show()
        self.lab.calls.stop(wait=False)
        self.lab.faults.heal()
        for part in self.lab.parts_not_running():
            self.lab.start(part)
        try:
            self.lab.wait_until_healthy(HOMECOMING)
            self.wait(self.all_at_home, HOMECOMING, "all numbers at home after the story")
        except LabError:
            self._show()
            raise

    def _show(self):
        for arguments in (("status",), ("explain",)):
            print(f"$ dialtone {' '.join(arguments)}\n" + "".join(self.lab.dialtone(*arguments)[1:]), flush=True)
        self.watch.read()
        for event in self.watch.seen:
            print(f"event {event.id} {event.time:.2f} {event.kind} {event.sentence}")
        for part in ("detector", "router", "kamailio"):
            print(f"---- {part}\n{processes.tail(self.lab.state, part, 40)}", flush=True)

    # ---- measuring

    def measured(self, what, value, unit="s"):
        """Prints a figure, for people."""
        print(f"measured: {what}: {value:.2f} {unit}" if isinstance(value, float) else f"measured: {what}: {value}",
              flush=True)

    def wait(self, condition, seconds, what):
        """Waits for something and returns how long it took."""
        began = time.monotonic()
        processes.wait_until(condition, seconds, what, self.lab.state)
        return time.monotonic() - began

    def event(self, kind, since, seconds, holds=lambda event: True):
        """The first event of a kind at or after `since` (seconds since 1970); waits for it."""
        def found():
            self.watch.read()
            return next((event for event in self.watch.seen
                         if event.kind == kind and event.time >= since - 0.05 and holds(event)), None)
        self.wait(lambda: found() is not None, seconds, f"event {kind}")
        return found()

    def events(self, *kinds, since=0.0):
        """All events of these kinds so far."""
        self.watch.read()
        return [event for event in self.watch.seen if event.kind in kinds and event.time >= since]

    # ---- calls

    def place_calls(self, beside=False):
        """Starts the steady load of 20 calls a second and waits until it is answered. `beside`: the same calls go
        through the voice layer without Dialtone too."""
        self.lab.calls.start(layers=(VOICE_LAYER, PLAIN) if beside else (VOICE_LAYER,))
        self.load = self.lab.calls.follow()
        self.wait(lambda: len(self.calls(lambda call: call.answered)) >= 20, 15, "the first calls to be answered")

    def calls(self, holds=lambda call: True):
        """The calls of the steady load so far for which something holds."""
        self.load.read()
        return [call for call in self.load.calls if holds(call)]

    def stop_calls(self):
        """No new calls; returns when those in progress are over."""
        self.lab.calls.stop()
        self.load.read()

    def wait_for_calls_since(self, moment, count, seconds=10.0):
        """Waits for `count` calls that were sent after a moment, and are over; returns them."""
        settled = lambda: self.calls(lambda call: call.sent >= moment and call.over)
        self.wait(lambda: len(settled()) >= count, seconds, f"{count} calls to be over")
        return settled()

    def judged(self, layer, since):
        """Outcomes of the steady load through a voice layer, of the calls sent since then; the load has ended."""
        tail = self.lab.calls.follow(layer)
        tail.read()
        return outcomes.judge(tail.calls, since, start=since, over=True)

    def assert_no_caller_suffers(self, since):
        """Of the calls sent since then none is lost or delayed over 4 s. The load has ended."""
        judged = outcomes.judge(self.calls(), since, start=since, over=True)
        self.measured("calls after recognition", judged.calls)
        self.measured("their longest delay", judged.delays[-1])
        self.assertEqual([], judged.lost)
        self.assertEqual([], judged.delayed)

    # ---- routes

    def plans(self):
        """{group: the plan in force}, from Kamailio's own tables."""
        asked = lambda table, key: kamailio_rpc.call(self.lab.state.path("run", "kamailio.sock"), "htable.get", table,
                                                     key)["item"]["value"]
        commit = int(asked("ctl", "commit"))
        found = {}
        for group in GROUPS:
            guard, new, old = asked("grp", group).split(";")[:3]
            found[group] = new if int(guard) <= commit or not old else old
        return found

    def routes(self):
        """The same without its flag, which says whether hop states count: what must not change when nothing moves."""
        return {group: plan.split("|")[1] for group, plan in self.plans().items()}

    def shares(self):
        """{group: {route first in the list of a share: per cent}}, from Kamailio's own tables."""
        found = {}
        for group, routes in self.routes().items():
            found[group] = {}
            for share in routes.split("/"):
                percent, routes = share.split(":")
                first = routes.split(",")[0]
                found[group][first] = found[group].get(first, 0) + int(percent)
        return found

    def all_on(self, route):
        return all(shares == {route: 100} for shares in self.shares().values())

    def all_at_home(self):
        return self.all_on(HOME)

    def all_on_backup(self):
        return self.all_on(BACKUP)

    def in_sync(self):
        """Wanted and confirmed agree for every group, says the detector."""
        status = self.lab.status()
        return bool(status) and all(group.get("inSync") for group in status.get("groups", []))

    def assert_nothing_moves(self, seconds):
        """Watches Kamailio's own tables for so long: every route stays as it is."""
        before = self.routes()
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.lab.check()
            self.assertEqual(before, self.routes())
            time.sleep(0.25)

    def assert_calls_ring(self, answered_by, sites=tuple(NUMBERS)):
        """A call to each of these sites is answered by one of these."""
        for call in self.lab.calls.dial("carrier-1", [NUMBERS[site][5] for site in sites]):
            self.assertIsNotNone(call.answered, call)
            self.assertIn(call.by, answered_by)

    # ---- diagnoses

    def diagnosis(self, domain):
        """A diagnosis in force with this domain, or None."""
        status = self.lab.status() or {}
        return next((each for each in status.get("diagnoses", []) if each.get("domain") == domain), None)

    def confirmed(self, domain, fault, seconds, **facts):
        """Waits until a diagnosis with this domain, and with these fields, is confirmed; returns it."""
        def found():
            each = self.diagnosis(domain)
            return each if each and each.get("state") == "CONFIRMED" and facts.items() <= each.items() else None
        self.wait(lambda: found() is not None, seconds, f"{domain} {facts or ''} to be confirmed")
        self.measured(f"fault to {domain}", time.time() - fault)
        diagnosis = found() or self.diagnosis(domain)
        print(f"  {diagnosis['sentence']}", flush=True)
        self.assert_evident(diagnosis)
        return diagnosis

    def assert_evident(self, diagnosis):
        """It names what failed, and of everything it lists something was heard."""
        evidence = diagnosis.get("evidence", [])
        self.assertTrue([each for each in evidence if each.get("bad") and not each.get("isWitness")], diagnosis)
        self.assertEqual([], [each for each in evidence if not each.get("probes")])

    def assert_accused_only(self, *domains):
        """Nobody else is accused now."""
        status = self.lab.status() or {}
        accused = {each["domain"] for each in status.get("diagnoses", []) if each.get("state") == "CONFIRMED"}
        self.assertLessEqual(accused, set(domains))

    def domains(self, since):
        """Sentences of every diagnosis confirmed since then."""
        return [event.sentence for event in self.events("EVENT_CONFIRMED", since=since)]

    # ---- emergency

    def assert_emergency_calls_ring(self, caller, answered_by, caller_id=None):
        """Every form of an emergency number rings a trunk that is not the caller's, and never Teams."""
        forms = ["112", "+112", "999", "911", "9112", "0999", "urn:service:sos", "urn:service:sos.fire"]
        given = {} if caller_id is None else {"caller_id": caller_id}
        for call in self.lab.calls.dial(caller, forms, **given):
            with self.subTest(dialled=call.uri):
                self.assertIsNotNone(call.answered, call)
                self.assertIn(call.by, answered_by)


def tell():
    """Runs the stories of the file that calls it."""
    unittest.main(verbosity=2, failfast=False)
