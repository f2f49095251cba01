#!/usr/bin/env python3
"""A branch loses its network: it is not Teams' fault, and numbers stay where they are unless their backup helps."""

import os
import subprocess
import time

import story
from story import BACKUP, HOME, HOMECOMING, NOTHING_MOVES, REPOSITORY, LabStory


class BranchNetworks(LabStory):
    """Faults of one branch's links."""

    name = "net"

    def in_words(self, *words):
        """What a newcomer types after `deploy/lab/lab`, as README has it; returns what is printed."""
        done = subprocess.run([os.path.join(REPOSITORY, "deploy", "lab", "lab"), *words], capture_output=True, text=True,
                              timeout=60, check=False, env={**os.environ, "LAB_NAME": self.lab.name})
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        return done.stdout

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
        fault = time.time()
        self.in_words("fault", "site", "lon", "uplink-down")
        self.confirmed("SITE_NETWORK", fault, 30, scope="SITE", scopeName="lon")
        explained = self.in_words("dialtone", "explain")
        for words in ("site-network of lon is down", "Owner: the access line of lon", "hub1 from lon: ", "Evidence",
                      "g-lon stays at home: its backup does not avoid the uplink"):
            self.assertIn(words, explained)
        self.assert_emergency_calls_ring("carrier-1", ("carrier-2", "pbx1"))
        self.assert_nothing_moves(NOTHING_MOVES - (time.time() - fault))
        for sentence in self.domains(fault):
            self.assertIn("lon", sentence)
        status = self.lab.status()
        accused = [each["domain"] for each in status["diagnoses"] if each["domain"] not in ("SITE_NETWORK", "ISP_CORE")]
        self.assertEqual([], accused)
        self.assertEqual([], self.events("EVENT_SKIP", "EVENT_FLIP", "EVENT_REORDER", since=fault))
        self.stop_calls()
        self.assertIn("lost", self.in_words("calls", "report"))
        self.assert_no_caller_suffers(since=fault)

    def test_3_a_dark_site_is_an_alarm_and_moves_nothing(self):
        fault = self.lab.faults.break_("site lon dark")
        alarm = self.event("EVENT_ALARM", fault, 30, lambda event: "lon" in event.sentence)
        self.measured("fault to alarm", alarm.time - fault)
        print(f"  {alarm.sentence}")
        unreachable = self.confirmed("UNREACHABLE", fault, 30, scope="SITE")
        self.assertIn("no batch for", unreachable["sentence"])
        failing = {(item["target"], item["site"]) for item in unreachable["evidence"] if item.get("target")}
        self.assertEqual({("uplink-lon", site) for site in ("par", "nyc", "vantage")}, failing)
        self.assert_emergency_calls_ring("carrier-1", ("carrier-2", "pbx1"))
        self.assert_nothing_moves(NOTHING_MOVES - (time.time() - fault))
        status = self.lab.status()
        self.assertTrue(next(site for site in status["sites"] if site["site"] == "lon").get("isMute"))
        self.assertEqual([], [each["domain"] for each in status.get("diagnoses", []) if each["domain"] != "UNREACHABLE"])
        self.assertEqual([], self.events("EVENT_SKIP", "EVENT_FLIP", "EVENT_REORDER", since=fault))


if __name__ == "__main__":
    story.tell()
