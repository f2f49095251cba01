#!/usr/bin/env python3
"""What is not Teams fails beside it: resolver, carrier, PBX. It is named, and no number leaves home for it."""

import time

import story
from story import BACKUP_HOP, HOMECOMING, HUBS, NEXT_BACKUP, NEXT_BACKUP_HOP, NOTHING_MOVES, LabStory


class Neighbours(LabStory):
    """Faults of others."""

    name = "near"

    def test_a_failing_resolver_and_a_dead_carrier_are_named_and_move_nothing(self):
        self.place_calls()
        fault = self.lab.faults.break_("dns servfail")
        self.confirmed("DNS", fault, 30)
        self.assert_accused_only("DNS")
        self.stop_calls()
        self.assert_no_caller_suffers(since=fault)

        carrier = self.lab.faults.break_("carrier down")
        self.confirmed("CARRIER", carrier, 30)
        ours = story.NUMBERS["lon"][0]
        self.assert_emergency_calls_ring("teams", ("carrier-2", BACKUP_HOP), caller_id=ours)
        out = self.lab.calls.dial("teams", ["+442079460000"], caller_id=ours)[0]
        self.assertEqual("carrier-2", out.by, "calls out take the other trunk")
        self.assert_nothing_moves(NOTHING_MOVES - (time.time() - carrier))
        self.assert_accused_only("DNS", "CARRIER")
        self.assertEqual([], self.events("EVENT_SKIP", "EVENT_FLIP", "EVENT_REORDER", since=fault))

    def test_a_dead_pbx_leaves_the_next_backup(self):
        pbx = self.lab.faults.break_("pbx down")
        self.confirmed("VOICE_LAYER", pbx, 30)
        self.assert_calls_ring(HUBS)
        self.assertEqual([], self.events("EVENT_SKIP", "EVENT_FLIP", since=pbx))
        # What it answered a moment ago proves nothing any more.
        fault = self.lab.faults.break_("hubs blackhole")
        self.confirmed("TEAMS_SIGNALLING", fault, 15)
        self.wait(lambda: self.all_on(NEXT_BACKUP), 20, "every group on the second PBX")
        self.measured("fault to the last group on the second PBX", time.time() - fault)
        moved = [group for event in self.events("EVENT_FLIP", since=fault) for group in event.groups]
        self.assertEqual(sorted(story.GROUPS), sorted(moved), "nobody went to the dead one first")
        self.assert_calls_ring((NEXT_BACKUP_HOP,))
        self.assert_emergency_calls_ring("carrier-1", ("carrier-2",))

    def test_a_pbx_that_dies_under_the_calls_is_left_while_there_is_another(self):
        self.lab.faults.break_("hubs blackhole")
        self.wait(self.all_on_backup, 30, "every group on the PBX")
        first = self.lab.faults.break_("pbx down")
        self.wait(lambda: self.all_on(NEXT_BACKUP), 30, "every group on the second PBX")
        self.measured("death of the PBX to the last group on the second", time.time() - first)
        self.assert_calls_ring((NEXT_BACKUP_HOP,))
        second = self.lab.faults.break_("pbx-2 down")
        blocked = self.event("EVENT_BLOCKED", second, 40, lambda event: NEXT_BACKUP in event.sentence)
        self.measured("death of the second to the word that there is none", blocked.time - second)
        print(f"  {blocked.sentence}")
        self.assertIn("no good answer", blocked.sentence)
        self.assert_accused_only("TEAMS_SIGNALLING", "VOICE_LAYER")
        self.lab.faults.heal()
        self.wait(self.all_at_home, HOMECOMING, "every group home")


if __name__ == "__main__":
    story.tell()
