#!/usr/bin/env python3
"""Who hears little may not accuse, and who is not heard goes along."""

import time

import story
from story import HOMECOMING, HUBS, NOTHING_MOVES, LabStory


class Silence(LabStory):
    """Missing witnesses, missing agents."""

    name = "mute"

    def test_a_site_without_witnesses_accuses_nobody(self):
        fault = self.lab.faults.break_("site lon blinded")
        self.confirmed("UNKNOWN", fault, 15, scope="SITE", scopeName="lon")
        self.assert_nothing_moves(NOTHING_MOVES - (time.time() - fault))
        self.assertEqual(["UNKNOWN"], [each["domain"] for each in self.lab.status()["diagnoses"]])
        self.assert_calls_ring(HUBS)
        # The first witness that answers again accuses nobody of what was lost before it.
        self.lab.faults.heal()
        self.lab.wait_until_healthy(HOMECOMING)
        self.assertEqual([], [said for said in self.domains(fault) if not said.startswith("unknown at lon")])
        self.assertEqual([], self.events("EVENT_SKIP", "EVENT_FLIP", "EVENT_REORDER", since=fault))

    def test_a_real_outage_is_decided_by_those_who_are_heard(self):
        gone = ["agent-lon", "agent-nyc"]
        killed = time.time()
        for agent in gone:
            self.lab.kill(agent)
        self.event("EVENT_ALARM", killed, 30, lambda event: "lon" in event.sentence)
        self.assert_nothing_moves(8)
        self.assertEqual([], self.events("EVENT_SKIP", "EVENT_FLIP", "EVENT_REORDER", since=killed))
        self.place_calls()
        fault = self.lab.faults.break_("hubs blackhole")
        confirmed = self.event("EVENT_CONFIRMED", fault, 20)
        self.confirmed("TEAMS_SIGNALLING", fault, 20)
        self.wait(self.all_on_backup, 40, "every group on the PBX, those of mute sites too")
        self.measured("fault to the last group on the PBX", time.time() - fault)
        self.assert_emergency_calls_ring("carrier-1", ("carrier-2", "pbx1"))
        for agent in gone:
            self.lab.start(agent)
        self.lab.faults.heal()
        self.wait(self.all_at_home, HOMECOMING, "every group home")
        self.stop_calls()
        self.assert_no_caller_suffers(since=confirmed.time)


if __name__ == "__main__":
    story.tell()
