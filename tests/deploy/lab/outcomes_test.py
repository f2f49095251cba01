#!/usr/bin/env python3
"""What callers lived through, from the lines of their logs."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), *[os.pardir] * 3, "deploy", "lab"))

import outcomes  # noqa: E402  (the path comes first)

ANSWERED = ["I 1 1000 000000 g-lon id@x sip:1@y", "R 1 1000 060000 180 by=[ hub1] tried=[ t1]",
            "A 1 1000 260000 200 audio=[10.0.0.1]:[49152] by=[ hub1] tried=[ t1]", "E 1 1003 300000"]


def calls_of(*lines):
    log = outcomes.CallLog()
    for line in lines:
        log.add(line)
    return list(log.calls.values())


class Outcomes(unittest.TestCase):
    def test_an_answered_call_is_neither_lost_nor_delayed(self):
        judged = outcomes.judge(calls_of(*[line.replace("[", "").replace("]", "") for line in ANSWERED]), 999.0)
        self.assertEqual((1, 1, 0, 0, 0), (judged.calls, len(judged.answered), len(judged.lost), len(judged.delayed),
                                           len(judged.dead_air)))
        self.assertAlmostEqual(0.06, judged.delays[0])

    def test_a_call_refused_in_the_fault_is_lost_and_one_from_before_is_cut(self):
        refused = ["I 1 1000 0 g id u", "F 1 1001 0 503"]
        self.assertEqual(1, len(outcomes.judge(calls_of(*refused), 999.0).lost))
        self.assertEqual(0, len(outcomes.judge(calls_of(*refused), 999.0).cut))
        self.assertEqual(0, len(outcomes.judge(calls_of(*refused), 1000.5).lost))
        self.assertEqual(1, len(outcomes.judge(calls_of(*refused), 1000.5).cut))
        judged = outcomes.judge(calls_of(*refused), 1000.5, start=1000.5)
        self.assertEqual((0, 1), (judged.calls, len(judged.cut)), "cut calls were sent before the span")

    def test_a_call_without_an_end_is_lost_once_all_are_over(self):
        waiting = calls_of("I 1 1000 0 g id u", "R 1 1001 0 180 by= tried=")
        self.assertEqual([], outcomes.judge(waiting, 999.0).lost)
        self.assertEqual(waiting, outcomes.judge(waiting, 999.0, over=True).lost)

    def test_a_call_that_rings_after_more_than_four_seconds_is_delayed(self):
        late = ["I 1 1000 0 g id u", "R 1 1004 100000 180 by= pbx1 tried= t1,pbx1"]
        call = calls_of(*late)[0]
        self.assertEqual(("t1", "pbx1"), call.tried)
        self.assertEqual(1, len(outcomes.judge([call], None).delayed))

    def test_dead_air_is_an_answered_call_whose_audio_did_not_come_back(self):
        for received, is_dead in ((15, False), (10, False), (7, True), (0, True)):
            with self.subTest(received=received):
                call = calls_of(*ANSWERED, f"M 1 1004 0 15 {received}")[0]
                self.assertEqual(is_dead, call.dead_air)
        self.assertFalse(calls_of(*ANSWERED)[0].dead_air, "nothing is known yet")
        self.assertFalse(calls_of(*ANSWERED, "M 1 1004 0 2 0")[0].dead_air, "too short to be judged")

    def test_lines_that_are_no_lines_are_passed_over(self):
        self.assertEqual([], calls_of("", "nonsense", "I 1 1000", "A 7 1000 0 200 by= tried=",
                                      "I 1 1000 g-nyc id u"))


if __name__ == "__main__":
    unittest.main()
