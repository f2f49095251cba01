#!/usr/bin/env python3
"""Two labs on one machine: what happens in one is not felt in the other."""

import story  # first: it puts the lab's modules on the path
from story import HOMECOMING, HUBS, LabStory

import network


class TwoLabs(LabStory):
    """One is broken, the other stays well; one goes, the other stays."""

    name = "two"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.make_lab("twin")

    def test_a_fault_in_one_is_none_in_the_other(self):
        self.assertNotEqual(self.lab.topology.block, self.other.topology.block)
        fault = self.lab.faults.break_("hubs blackhole")
        self.confirmed("TEAMS_SIGNALLING", fault, 20)
        self.wait(self.all_on_backup, 30, "every group on the PBX")
        self.assertTrue(self.other.healthy())
        self.assertEqual({}, self.other.faults.in_force())
        for call in self.other.calls.dial("carrier-1", [numbers[0] for numbers in story.NUMBERS.values()]):
            self.assertIn(call.by, HUBS)
        self.assertGreater(self.other.down(), 0)
        self.assertEqual([], network.existing(self.other.name))
        self.lab.check()
        self.assert_calls_ring(("pbx1",))
        self.lab.faults.heal()
        self.wait(self.all_at_home, HOMECOMING, "every group home")


if __name__ == "__main__":
    story.tell()
