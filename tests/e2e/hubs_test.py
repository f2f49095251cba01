#!/usr/bin/env python3
"""All of Teams' hubs fail, each in their own way."""

import time

import story
from story import BACKUP_HOP, HOMECOMING, PLAIN, VOICE_LAYER, LabStory


class AllHubs(LabStory):
    """Every hub at once: the fault that Dialtone is bought for."""

    name = "hubs"

    def test_black_holed_hubs_move_the_calls_and_a_heal_brings_them_home(self):
        self.place_calls()
        fault = self.lab.faults.break_("hubs blackhole")
        suspected = self.event("EVENT_SUSPECTED", fault, 10)
        self.measured("fault to suspicion", suspected.time - fault)
        confirmed = self.event("EVENT_CONFIRMED", fault, 15)
        self.measured("fault to diagnosis", confirmed.time - fault)
        print(f"  {confirmed.sentence}")
        self.assertIn("teams-signalling", confirmed.sentence)
        self.assertEqual("TEAMS_SIGNALLING", (self.diagnosis("TEAMS_SIGNALLING") or {}).get("domain"))
        skipped = self.event("EVENT_SKIP", fault, 10)
        self.measured("fault to skip", skipped.time - fault)

        self.wait(self.all_on_backup, 20, "every group on the PBX")
        self.measured("fault to the last group on the PBX", time.time() - fault)
        self.wait(self.in_sync, 5, "wanted and confirmed to agree")
        self.assert_emergency_calls_ring("carrier-1", ("carrier-2", "pbx1"))
        self.assert_emergency_calls_ring("pbx", ("carrier-1", "carrier-2"), caller_id=story.NUMBERS["lon"][0])
        late = self.wait_for_calls_since(confirmed.time + 2, 60)
        self.assertEqual({(BACKUP_HOP,)}, {call.tried for call in late if call.answered})
        self.assert_evident(self.diagnosis("TEAMS_SIGNALLING"))

        healed = self.lab.faults.heal()
        self.wait(self.all_at_home, HOMECOMING, "every group home")
        self.measured("heal to all home", time.time() - healed)
        steps = [event.sentence for event in self.events("EVENT_FAILBACK", since=healed)]
        self.assertGreaterEqual(len(steps), 3, steps)
        home = time.time()
        after = self.wait_for_calls_since(home, 60)
        self.assertTrue(all(call.by.startswith("hub") for call in after))
        self.stop_calls()
        self.assert_no_caller_suffers(since=confirmed.time)
        moved = [group for event in self.events("EVENT_FLIP", since=fault) for group in event.groups]
        self.assertEqual(sorted(story.GROUPS), sorted(moved), "each group moved once")

    def test_hubs_that_answer_503_lose_no_call(self):
        self.place_calls()
        fault = self.lab.faults.break_("hubs 503")
        confirmed = self.event("EVENT_CONFIRMED", fault, 15)
        self.measured("fault to diagnosis", confirmed.time - fault)
        self.assertIsNotNone(self.diagnosis("TEAMS_SIGNALLING"))
        self.assert_emergency_calls_ring("carrier-1", ("carrier-2", "pbx1"))
        self.wait(self.all_on_backup, 20, "every group on the PBX")
        self.measured("fault to the last group on the PBX", time.time() - fault)
        self.lab.faults.heal()
        self.wait(self.all_at_home, HOMECOMING, "every group home")
        self.stop_calls()
        self.assertEqual([], self.calls(lambda call: call.sent >= fault and call.answered is None))
        self.assert_no_caller_suffers(since=fault)

    def test_hubs_that_never_ring_let_the_pbx_ring_in_time(self):
        fault = self.lab.faults.break_("hubs trying")
        calls = self.lab.calls.dial("carrier-1", [numbers[7] for numbers in story.NUMBERS.values()])
        for call in calls:
            self.assertIsNotNone(call.answered, call)
            self.assertEqual("pbx1", call.by)
            self.assertLessEqual(call.delay, 4.5)
        self.measured("INVITE to ringing at the PBX, longest", max(call.delay for call in calls))
        self.assert_emergency_calls_ring("carrier-1", ("carrier-2", "pbx1"))
        # Nobody can see this by OPTIONS; what must not be is a wrong diagnosis.
        time.sleep(5)
        self.assertEqual([], self.domains(fault))

    def test_hubs_that_refuse_calls_and_answer_options_lose_no_call(self):
        self.place_calls(beside=True)
        fault = self.lab.faults.break_("invite 503")
        self.assert_emergency_calls_ring("carrier-1", ("carrier-2", "pbx1"))
        self.assert_nothing_moves(12)
        self.stop_calls()
        ours, theirs = self.judged(VOICE_LAYER, fault), self.judged(PLAIN, fault)
        self.measured("calls in the fault", ours.calls)
        self.measured("their longest delay", ours.delays[-1])
        self.measured("lost by the dispatcher alone", len(theirs.lost))
        self.assertEqual(([], []), (ours.lost, ours.delayed))
        self.assertEqual({BACKUP_HOP}, {call.by for call in ours.answered})
        self.assertGreater(len(theirs.lost), theirs.calls * 0.9)
        # Only a test call could see it.
        self.assertEqual([], self.domains(fault))


if __name__ == "__main__":
    story.tell()
