#!/usr/bin/env python3
"""One hub of three falls silent."""

import glob
import json
import time

import story
from story import FIRST_HUB_HOP, LabStory


class OneHub(LabStory):
    """Calls go around it, and nothing else moves."""

    name = "hub"

    def test_1_calls_pass_a_silent_hub_by_and_come_back_to_it(self):
        self.place_calls()
        before = self.plans()
        self.assertEqual(0, self.lab.dialtone("status")[0], "exit code of status in peace")
        fault = self.lab.faults.break_("hub1 silent")
        time.sleep(10)
        self.assertEqual(10, self.lab.dialtone("status")[0], "exit code of status in a fault")
        late = self.wait_for_calls_since(fault + 3, 60)
        last_first = max((call.sent for call in self.calls() if call.sent >= fault and call.tried[:1] == (FIRST_HUB_HOP,)),
                         default=fault)
        self.measured("fault to the last call that tried hub1 first", last_first - fault)
        self.assertEqual([], [call for call in late if call.tried[:1] == (FIRST_HUB_HOP,)])
        self.assertEqual(before, self.plans(), "no number moves for one hub")
        self.assertEqual([], self.events("EVENT_FLIP", since=fault))
        self.assert_emergency_calls_ring("carrier-1", ("carrier-2", "pbx1"))

        healed = self.lab.faults.heal()
        time.sleep(6)
        back = [call for call in self.wait_for_calls_since(healed, 60) if call.tried[:1] == (FIRST_HUB_HOP,)]
        self.assertTrue(back, "hub1 is first again")
        self.measured("heal to hub1 first again", back[0].sent - healed)
        self.assertLessEqual(back[0].sent - healed, 5)
        settled = self.wait_for_calls_since(healed + 5, 20)
        self.assertEqual({FIRST_HUB_HOP}, {call.tried[0] for call in settled})
        self.stop_calls()
        self.assert_no_caller_suffers(since=fault)

    def test_2_the_lease_ends_by_itself_when_the_detector_is_dead(self):
        self.place_calls()
        fault = self.lab.faults.break_("hub1 silent")
        self.event("EVENT_CONFIRMED", fault, 20)
        self.wait_for_calls_since(fault + 3, 20)
        self.lab.kill("detector")
        healed = self.lab.faults.heal()
        first = lambda: self.calls(lambda call: call.sent >= healed and call.tried[:1] == (FIRST_HUB_HOP,))
        self.wait(first, 40, "hub1 first again")
        self.measured("heal to hub1 first again, detector dead", first()[0].sent - healed)
        self.assertLessEqual(first()[0].sent - healed, 35)
        self.lab.start("detector")
        self.stop_calls()

    def test_3_what_was_recorded_is_decided_again_to_the_last_bit(self):
        recordings = sorted(glob.glob(self.lab.state.path("recordings", "*.recording")))
        self.assertGreaterEqual(len(recordings), 2, "one for each start of the detector")
        for recording in recordings:
            code, printed, said = self.lab.dialtone("replay", recording, "-o", "json")
            self.assertEqual(0, code, printed + said)
            report = json.loads(printed)
            self.assertTrue(report["complete"] and report["identical"], printed)
            self.measured("steps replayed", int(report["steps"]))
            self.measured("decisions made again", int(report["redecided"]))


if __name__ == "__main__":
    story.tell()
