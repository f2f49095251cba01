#!/usr/bin/env python3
"""Signalling is fine and people do not hear each other, or cannot sign in."""

import time

import story
from story import HOMECOMING, HUBS, PLAIN, VOICE_LAYER, LabStory


class MediaAndSignIn(LabStory):
    """Faults of Teams that its hubs do not show."""

    name = "media"

    def move_and_come_home(self, fault, domain, calls=40):
        """All numbers go to the PBX for a fault of this domain, so many calls are answered there, and they come home."""
        self.confirmed(domain, fault, 30, scope="GLOBAL")
        self.wait(self.all_on_backup, 30, "every group on the PBX")
        moved = time.time()
        self.measured("fault to the last group on the PBX", moved - fault)
        self.assert_accused_only(domain)
        self.assert_emergency_calls_ring("carrier-1", ("carrier-2", "pbx1"))
        self.wait_for_calls_since(moved, calls, 20)
        healed = self.lab.faults.heal()
        self.wait(self.all_at_home, HOMECOMING, "every group home")
        self.measured("heal to all home", time.time() - healed)
        moves = [group for event in self.events("EVENT_FLIP", since=fault) for group in event.groups]
        self.assertEqual(sorted(story.GROUPS), sorted(moves), "each group moved once")
        self.assertEqual([], self.events("EVENT_SKIP", since=fault), "no hub is passed by for it")
        return moved, healed

    def test_lost_media_moves_the_numbers(self):
        self.place_calls()
        fault = self.lab.faults.break_("media loss 30")
        self.move_and_come_home(fault, "TEAMS_MEDIA")
        self.stop_calls()
        self.assert_no_caller_suffers(since=fault)

    def test_silent_media_ends_in_dead_air_for_those_who_stay(self):
        self.place_calls(beside=True)
        fault = self.lab.faults.break_("media blackhole")
        moved, healed = self.move_and_come_home(fault, "TEAMS_MEDIA", calls=160)
        self.stop_calls()
        during = lambda layer, since: [call for call in self.judged(layer, since).dead_air if call.sent < healed - 4]
        self.measured("calls on dead air", len(during(VOICE_LAYER, fault)))
        self.measured("the same with the dispatcher alone", len(during(PLAIN, fault)))
        self.assertEqual([], during(VOICE_LAYER, moved))
        self.assertTrue(during(PLAIN, moved), "without Dialtone they talk to nobody")

    def test_one_way_media_is_seen_by_no_probe_and_blamed_on_nobody(self):
        self.place_calls()
        fault = self.lab.faults.break_("media one-way")
        self.assert_nothing_moves(15)
        self.stop_calls()
        judged = self.judged(VOICE_LAYER, fault)
        self.assertEqual(([], []), (judged.lost, judged.delayed))
        self.assertTrue(judged.dead_air, "the lab hears it")
        self.assertEqual([], self.domains(fault))

    def test_sign_in_down_moves_the_numbers(self):
        self.place_calls()
        fault = self.lab.faults.break_("signin down")
        self.move_and_come_home(fault, "IDENTITY")
        self.stop_calls()
        self.assert_no_caller_suffers(since=fault)

    def test_sign_in_that_answers_503_is_named(self):
        fault = self.lab.faults.break_("signin 503")
        self.confirmed("IDENTITY", fault, 30)
        self.assert_accused_only("IDENTITY")
        self.assert_calls_ring(HUBS)


if __name__ == "__main__":
    story.tell()
