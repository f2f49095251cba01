#!/usr/bin/env python3
"""Scenario files on the lab: what is played of them, and what is held against them."""

import glob
import os
import sys
import unittest

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path.insert(0, os.path.join(REPOSITORY, "deploy", "lab"))

import faults  # noqa: E402  (the path comes first)
import scenario  # noqa: E402
from scenario import Seen  # noqa: E402

HEAD = "scenario x v1\nsites 3 isps 2 regions 1\nsite 1 isp 0\nsite 2 isp 1\nduration 2m\n"


def script(*lines):
    return scenario.read(HEAD + "\n".join(lines))


def deeds(*lines):
    return [(deed.begin, deed.end, deed.name) for deed in script(*lines).deeds]


class WhatIsPlayed(unittest.TestCase):
    """From lines of a file to faults of the lab."""

    def test_faults_of_everybody_have_their_names(self):
        for words, names in (("blackhole targets hubs,call", ["hubs blackhole"]), ("error503 targets call", ["invite 503"]),
                             ("loss targets media severity 30%", ["media loss 30"]), ("oneway targets call", ["media one-way"]),
                             ("blackhole targets hub2", ["hub2 blackhole"]), ("blackhole targets signin", ["signin down"]),
                             ("blackhole targets teams", ["hubs blackhole", "media blackhole", "signin down"]),
                             ("blackhole targets carrier", ["carrier down"])):
            with self.subTest(words):
                kind, _, targets, *severity = words.split()
                line = f"at 5s..1m30s fault {kind} targets {targets} scope global {' '.join(severity)}"
                self.assertEqual([(5, 90, name) for name in names], deeds(line))

    def test_networks_are_found_by_the_sites_they_hold(self):
        self.assertEqual([(5, 9, "site par uplink-down")], deeds("at 5s..9s fault blackhole targets offlan scope site 1"))
        self.assertEqual([(5, 9, "site par dark")], deeds("report-path uplink",
                                                          "at 5s..9s fault blackhole targets offlan scope site 1"))
        self.assertEqual([(5, 9, "isp a core")], deeds("at 5s..9s fault blackhole targets beyond-isp scope isp 0"))
        self.assertEqual([(5, 9, "isp b peering")], deeds("at 5s..9s fault blackhole targets microsoft365 scope site 2"))

    def test_a_flapping_fault_comes_and_goes_and_backups_and_agents_fail(self):
        self.assertEqual([(5, 7, "hubs 503"), (10, 12, "hubs 503")],
                         deeds("at 5s..12s fault error503 targets hubs scope global flap 2s/3s"))
        self.assertEqual([(5, 9, "pbx down"), (5, 9, "pbx-2 down")], deeds("at 5s..9s backup dead scope global"))
        self.assertEqual([(5, 9, "agent-lon"), (5, 9, "agent-nyc")], deeds("at 5s..9s agent silent scope site 0,2"))
        self.assertEqual([(5, 9, "detector")], deeds("at 5s..9s detector down"))

    def test_what_cannot_be_shown_is_skipped_with_a_reason(self):
        for line, why in (("fault slow targets hubs scope global", "no fault that is slow"),
                          ("fault blackhole targets hubs scope site 1", "no fault that is blackhole of hubs at par"),
                          ("fault loss targets media scope global severity 10%", "loses 30 %"),
                          ("fault blackhole targets hubs scope global ramp-in 5s", "come and go at once"),
                          ("fault blackhole targets hubs scope fraction 50%", "draws no sites"),
                          ("fault blackhole targets hubs scope site 7", "none of the lab's sites"),
                          ("agent clock-jump scope global by 1m", "no agents with clock-jump")):
            with self.subTest(line):
                played = script("at 5s..9s " + line)
                self.assertEqual([], played.deeds)
                self.assertIn(why, played.skipped[0][2])

    def test_two_faults_of_the_same_are_one_too_many(self):
        played = script("at 5s..9s fault blackhole targets hubs scope global",
                        "at 8s..12s fault error503 targets hub1 scope global")
        self.assertEqual(["hubs blackhole"], [deed.name for deed in played.deeds])
        self.assertIn("concerns the same", played.skipped[0][2])

    def test_every_scenario_of_ours_is_understood_and_every_fault_exists(self):
        files = glob.glob(os.path.join(REPOSITORY, "tests", "scenarios", "*.scn"))
        self.assertGreater(len(files), 100)
        for path in files:
            with self.subTest(os.path.basename(path)), open(path, encoding="utf-8") as file:
                played = scenario.read(file.read())
                self.assertTrue(played.name and played.sites and played.duration)
                for deed in played.deeds:
                    self.assertTrue(deed.kind != "fault" or deed.name in faults.catalogue(), deed)


class WhatCameOfIt(unittest.TestCase):
    """From what was seen to findings."""

    def judged(self, flip, away=None, named=(), skips=()):
        played = script("at 10s..40s fault blackhole targets hubs,call scope global",
                        f"at 10s..40s truth domain teams-signalling scope global flip {flip}")
        everybody = ("lon", "par", "nyc", "vantage")
        looks = [(float(second), {(word, everybody) for word in named if 12 <= second < 45}) for second in range(60)]
        seen = Seen(away or {}, looks, list(skips))
        return [holds for holds, _ in scenario.judge(played, seen)]

    def test_a_move_that_was_wanted_holds_when_all_moved_for_the_right_reason(self):
        away = {site: [(18.0, 50.0)] for site in scenario.EVERYBODY}
        self.assertEqual([True, True], self.judged("yes", away, ["teams-signalling"]))
        self.assertEqual([False, True], self.judged("yes", away, ["identity"]))
        self.assertEqual([False, True], self.judged("yes", {"lon": [(18.0, None)]}, ["teams-signalling"]))
        self.assertEqual([False, True], self.judged("yes", {site: [(41.0, None)] for site in scenario.EVERYBODY},
                                                    ["teams-signalling"]))

    def test_staying_holds_when_nobody_moved_or_was_wrongly_named(self):
        self.assertEqual([True, True], self.judged("no"))
        self.assertEqual([True, True], self.judged("no", named=["teams-signalling"]))
        self.assertEqual([False, True], self.judged("no", named=["carrier"]))
        self.assertEqual([False, False], self.judged("no", {"par": [(20.0, 25.0)]}))

    def test_moves_and_skips_outside_of_the_truths_are_false(self):
        away = {site: [(18.0, 50.0)] for site in scenario.EVERYBODY}
        away["nyc"].append((56.0, None))
        self.assertEqual([True, False], self.judged("yes", away, ["teams-signalling"]))
        self.assertEqual([True, False], self.judged("may", skips=[5.0]))
        self.assertEqual([True, True], self.judged("may", skips=[12.0]))

    def test_what_was_left_out_leaves_its_truth_open(self):
        played = script("at 10s..40s fault blackhole targets hubs scope site 1", "at 1s..5s detector down",
                        "at 10s..40s truth domain teams-signalling scope site 1 flip yes")
        self.assertEqual([None, True], [holds for holds, _ in scenario.judge(played, Seen())])


if __name__ == "__main__":
    unittest.main()
