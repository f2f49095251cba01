#!/usr/bin/env python3
"""A branch loses its network: it is not Teams' fault, and numbers stay where they are unless their backup helps."""

import time

import story
from story import BACKUP, HOME, HOMECOMING, NOTHING_MOVES, LabStory


class BranchNetworks(LabStory):
    """Faults of one branch's links."""

    name = "net"

    def test_1_a_backup_that_avoids_the_uplink_takes_the_numbers(self):
        fault = self.lab.faults.break_("site par uplink-down")
        moved = lambda: self.shares()["g-par"] == {BACKUP: 100}
        self.wait(moved, 60, "the numbers of par on the PBX")
        self.measured("fault to the numbers of par on the PBX", time.time() - fault)
        self.assertGreater(time.time() - fault, 30, "a network fault must have lasted")
        self.assertEqual({HOME: 100}, self.shares()["g-lon"])
        self.assertEqual({HOME: 100}, self.shares()["g-nyc"])
        self.assert_emergency_calls_ring("carrier-1", ("carrier-2", "pbx1"))
        self.lab.faults.heal()
        self.wait(self.all_at_home, HOMECOMING, "every group home")

    def test_2_a_cut_uplink_is_named_and_moves_nothing(self):
        self.place_calls()
        fault = self.lab.faults.break_("site lon uplink-down")
        confirmed = self.event("EVENT_CONFIRMED", fault, 30)
        self.measured("fault to diagnosis", confirmed.time - fault)
        print(f"  {confirmed.sentence}")
        self.assertIsNotNone(self.diagnosis("SITE_NETWORK"))
        self.assert_emergency_calls_ring("carrier-1", ("carrier-2", "pbx1"))
        self.assert_nothing_moves(NOTHING_MOVES - (time.time() - fault))
        for sentence in self.domains(fault):
            self.assertIn("lon", sentence)
        status = self.lab.status()
        accused = [each["domain"] for each in status["diagnoses"] if each["domain"] not in ("SITE_NETWORK", "ISP_CORE")]
        self.assertEqual([], accused)
        self.assertEqual([], self.events("EVENT_SKIP", "EVENT_FLIP", "EVENT_REORDER", since=fault))
        self.stop_calls()
        self.assert_no_caller_suffers(since=fault)

    def test_3_a_dark_site_is_an_alarm_and_moves_nothing(self):
        fault = self.lab.faults.break_("site lon dark")
        alarm = self.event("EVENT_ALARM", fault, 30, lambda event: "lon" in event.sentence)
        self.measured("fault to alarm", alarm.time - fault)
        print(f"  {alarm.sentence}")
        self.confirmed("UNREACHABLE", fault, 30, scope="SITE")
        self.assert_emergency_calls_ring("carrier-1", ("carrier-2", "pbx1"))
        self.assert_nothing_moves(NOTHING_MOVES - (time.time() - fault))
        status = self.lab.status()
        self.assertTrue(next(site for site in status["sites"] if site["site"] == "lon").get("isMute"))
        self.assertEqual([], [each["domain"] for each in status.get("diagnoses", []) if each["domain"] != "UNREACHABLE"])
        self.assertEqual([], self.events("EVENT_SKIP", "EVENT_FLIP", "EVENT_REORDER", since=fault))


if __name__ == "__main__":
    story.tell()
