#!/usr/bin/env python3
"""An ISP fails, or its way to Microsoft does: its sites are hit and no other."""

import time

import story
from story import BACKUP, HOME, HOMECOMING, HUBS, NOTHING_MOVES, LabStory


class Isps(LabStory):
    """ISP a has London and Paris, ISP b New York."""

    name = "isp"

    def test_a_cut_peering_moves_the_numbers_of_its_isp(self):
        self.place_calls()
        fault = self.lab.faults.break_("isp a peering")
        self.wait(lambda: self.shares()["g-lon"] == self.shares()["g-par"] == {BACKUP: 100}, 60,
                  "the numbers of London and Paris on the PBX")
        self.measured("fault to the numbers of ISP a on the PBX", time.time() - fault)
        accused = [each for each in self.lab.status()["diagnoses"] if each.get("state") == "CONFIRMED"]
        print("\n".join(f"  {each['sentence']}" for each in accused))
        for each in accused:
            self.assertEqual(("ISP", "a"), (each["scope"], each["scopeName"]))
            self.assert_evident(each)
        evidence = {item["target"] for each in accused for item in each["evidence"] if item.get("bad")}
        self.assertTrue(evidence & {"relay1", "relay2", "sign-in"}, evidence)
        self.assertEqual({HOME: 100}, self.shares()["g-nyc"])
        self.assert_calls_ring(HUBS, sites=["nyc"])
        self.assertEqual([], self.events("EVENT_SKIP", "EVENT_REORDER", since=fault), "the vantage's hubs are fine")
        self.assert_emergency_calls_ring("carrier-1", ("carrier-2", "pbx1"))
        self.lab.faults.heal()
        self.wait(self.all_at_home, HOMECOMING, "every group home")
        self.stop_calls()
        self.assert_no_caller_suffers(since=fault)

    def test_a_cut_core_moves_only_whose_backup_avoids_it(self):
        fault = self.lab.faults.break_("isp a core")
        self.confirmed("ISP_CORE", fault, 30, scope="ISP", scopeName="a")
        self.assert_accused_only("ISP_CORE")
        self.wait(lambda: self.shares()["g-par"] == {BACKUP: 100}, 60, "the numbers of Paris on the PBX")
        self.measured("fault to the numbers of Paris on the PBX", time.time() - fault)
        self.assertGreater(time.time() - fault, 30, "a network fault must have lasted")
        self.assert_emergency_calls_ring("carrier-1", ("carrier-2", "pbx1"))
        self.assert_nothing_moves(NOTHING_MOVES - (time.time() - fault))
        self.assertEqual({HOME: 100}, self.shares()["g-lon"])
        self.assertEqual({HOME: 100}, self.shares()["g-nyc"])
        self.assert_calls_ring(HUBS, sites=["lon", "nyc"])
        self.assert_accused_only("ISP_CORE")


if __name__ == "__main__":
    story.tell()
