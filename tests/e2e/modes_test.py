#!/usr/bin/env python3
"""Frozen, or told only to observe: Dialtone says what is wrong, and touches nothing."""

import story
from story import BACKUP_HOP, HOMECOMING, POLICY, LabStory

import configuration
import textproto


class Modes(LabStory):
    """All hubs vanish while Dialtone's hands are bound."""

    name = "modes"

    def detector_with(self, policy):
        """Starts the detector anew with another policy file."""
        self.lab.kill("detector")
        textproto.write(self.lab.state.path("config", "detector.textproto"),
                        configuration.detector(self.lab.topology, self.lab.state, policy), "Of a story.")
        self.lab.start("detector")
        self.lab.wait_until_healthy()

    def assert_hands_off(self, fault, because):
        """It is named, status says so by its exit code, explain why nothing is touched; callers are answered all the
        same."""
        self.confirmed("TEAMS_SIGNALLING", fault, 15)
        code, shown, _ = self.lab.dialtone("status")
        self.assertEqual(10, code, shown)
        self.assertIn("teams-signalling", shown)
        self.assert_nothing_moves(12)
        for group in story.GROUPS:
            self.assertRegex(self.lab.dialtone("explain")[1], f"{group} {because}")
        self.assertEqual([], self.events("EVENT_SKIP", "EVENT_FLIP", "EVENT_REORDER", since=fault))
        self.assert_calls_ring((BACKUP_HOP,))
        self.assert_emergency_calls_ring("carrier-1", ("carrier-2", "pbx1"))

    def test_a_freeze_holds_in_a_fault_and_its_end_lets_go(self):
        self.assertEqual(0, self.lab.dialtone("status")[0], "all is well")
        code, _, said = self.lab.dialtone("freeze", "--reason", "story")
        self.assertEqual(0, code, said)
        self.addCleanup(self.lab.dialtone, "unfreeze", "--reason", "story")
        fault = self.lab.faults.break_("hubs blackhole")
        self.assert_hands_off(fault, "stays where it is: frozen: .*story")
        self.assertEqual(1, len(self.events("EVENT_BLOCKED", since=fault)), "all groups in one, once")
        code, _, said = self.lab.dialtone("unfreeze", "--reason", "story")
        self.assertEqual(0, code, said)
        took = self.wait(self.all_on_backup, 20, "every group on the PBX once nothing is frozen")
        self.measured("unfreeze to the last group on the PBX", took)
        self.lab.faults.heal()
        self.wait(self.all_at_home, HOMECOMING, "every group home")

    def test_observing_it_says_what_it_sees_and_moves_nothing(self):
        with open(POLICY, encoding="utf-8") as file:
            text = file.read()
        observe = self.lab.state.path("config", "policy-observe.textproto")
        with open(observe, "w", encoding="utf-8") as file:
            file.write(text.replace("MODE_AUTO", "MODE_OBSERVE"))
        self.addCleanup(self.detector_with, POLICY)
        self.addCleanup(self.lab.faults.heal)
        self.detector_with(observe)
        fault = self.lab.faults.break_("hubs blackhole")
        self.assert_hands_off(fault, "would move to its backup in .*, but the policy only observes")
        self.lab.faults.heal()


if __name__ == "__main__":
    story.tell()
