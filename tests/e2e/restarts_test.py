#!/usr/bin/env python3
"""Programs die in the middle of a fault: calls do not notice, and what was decided holds."""

import os
import shutil
import subprocess
import time

import story
from story import BACKUP, BACKUP_HOP, HOME, HOMECOMING, LabStory


class Restarts(LabStory):
    """kill -9, of each program and of all."""

    name = "dead"

    def break_and_wait_until_moved(self):
        """All hubs vanish, every group goes to the PBX. Returns the time of the fault."""
        fault = self.lab.faults.break_("hubs blackhole")
        self.wait(self.all_on_backup, 25, "every group on the PBX")
        self.wait(self.in_sync, 5, "wanted and confirmed to agree")
        return fault

    def assert_calls_go_to_the_pbx(self):
        for call in self.lab.calls.dial("carrier-1", [numbers[3] for numbers in story.NUMBERS.values()]):
            self.assertIsNotNone(call.answered, call)
            self.assertEqual((BACKUP_HOP,), call.tried)

    def epoch(self):
        return int((self.lab.status() or {}).get("epoch", 0))

    def test_1_a_detector_killed_in_a_fault_goes_on_from_its_journal(self):
        self.break_and_wait_until_moved()
        epoch, diagnosis = self.epoch(), self.diagnosis("TEAMS_SIGNALLING")
        self.lab.kill("detector")
        self.assert_nothing_moves(2)
        self.assert_emergency_calls_ring("carrier-1", ("carrier-2", "pbx1"))
        self.lab.start("detector")
        self.assert_nothing_moves(8)
        self.wait(lambda: self.epoch() > 0, 10, "the detector to answer")
        self.assertGreater(self.epoch(), epoch)
        self.wait(self.in_sync, 10, "the router to confirm the new epoch")
        self.wait(lambda: self.diagnosis("TEAMS_SIGNALLING"), 10, "the diagnosis in force")
        self.assertEqual(diagnosis["id"], self.diagnosis("TEAMS_SIGNALLING")["id"], "the same diagnosis, not a new one")
        healed = self.lab.faults.heal()
        self.wait(self.all_at_home, HOMECOMING, "every group home")
        self.measured("heal to all home, decided from the journal", time.time() - healed)

    def test_2_a_detector_without_its_journal_adopts_what_it_finds(self):
        epoch = self.epoch()
        code, _, said = self.lab.dialtone("failover", "group", "g-nyc", "--reason", "story", "--confirm", "g-nyc")
        self.assertEqual(0, code, said)
        self.wait(lambda: self.shares()["g-nyc"] == {BACKUP: 100}, 5, "g-nyc on the PBX")
        self.lab.kill("detector")
        journal = self.lab.state.path("journal")
        shutil.rmtree(journal)
        os.mkdir(journal)
        self.lab.start("detector")
        self.assert_nothing_moves(15)
        self.assertGreater(self.epoch(), epoch)
        holds = self.lab.status().get("holds", [])
        self.assertEqual(["g-nyc"], [hold["scope"].get("group") for hold in holds], "the operator's move is a hold")
        code, _, said = self.lab.dialtone("failback", "group", "g-nyc", "--reason", "story", "--confirm", "g-nyc")
        self.assertEqual(0, code, said)
        self.wait(self.all_at_home, 10, "g-nyc home")
        self.assertEqual([], self.lab.status().get("holds", []))

    def test_3_a_router_killed_in_the_middle_of_a_flip_finishes_it(self):
        # Kamailio hears nothing for a while: the router is stopped when the plan file is written and the tables are not.
        self.lab.suspend("kamailio")
        ordered = subprocess.Popen(self.lab.dialtone_command("failover", "all", "--reason", "story", "--confirm",
                                                             "all 300"), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        time.sleep(1.5)
        self.lab.kill("router")
        self.lab.resume("kamailio")
        self.assertEqual({group: {HOME: 100} for group in story.GROUPS}, self.shares())
        self.assert_emergency_calls_ring("carrier-1", ("carrier-2", "pbx1"))
        self.lab.start("router")
        took = self.wait(self.all_on_backup, 10, "every group on the PBX")
        self.measured("router's start to the flip finished", took)
        ordered.wait(timeout=40)
        self.wait(self.in_sync, 10, "wanted and confirmed to agree")
        self.assert_calls_go_to_the_pbx()
        code, _, said = self.lab.dialtone("failback", "all", "--reason", "story", "--confirm", "all 300")
        self.assertEqual(0, code, said)
        self.wait(self.all_at_home, 10, "every group home")

    def test_4_a_voice_layer_restarted_without_its_router_keeps_every_route(self):
        self.break_and_wait_until_moved()
        before = self.routes()
        self.lab.kill("router")
        self.lab.kill("kamailio")
        self.lab.start("kamailio")
        self.assertEqual(before, self.routes(), "0 groups change route")
        self.assert_calls_go_to_the_pbx()
        self.assert_emergency_calls_ring("carrier-1", ("carrier-2", "pbx1"))
        self.lab.start("router")
        self.wait(self.in_sync, 10, "wanted and confirmed to agree")
        self.assertEqual(before, self.routes())
        self.lab.faults.heal()
        self.wait(self.all_at_home, HOMECOMING, "every group home")

    def test_5_with_everything_dead_calls_go_as_the_voice_layer_last_knew(self):
        self.place_calls()
        self.break_and_wait_until_moved()
        before = self.routes()
        dead = [part for part in story.OURS if part != "kamailio"]
        for part in dead:
            self.lab.kill(part)
        moment = time.time()
        self.assert_nothing_moves(5)
        self.assertEqual(before, self.routes())
        calls = self.wait_for_calls_since(moment, 80)
        self.assertEqual({(BACKUP_HOP,)}, {call.tried for call in calls})
        self.assertEqual([], [call for call in calls if call.answered is None])
        self.assert_emergency_calls_ring("carrier-1", ("carrier-2", "pbx1"))
        self.stop_calls()
        for part in dead:
            self.lab.start(part)
        self.assertEqual(before, self.routes())
        self.lab.faults.heal()
        self.wait(self.all_at_home, HOMECOMING, "every group home")

    def test_6_a_restarted_voice_layer_is_repaired(self):
        self.break_and_wait_until_moved()
        self.lab.kill("kamailio")
        os.remove(self.lab.state.path("run", "plan.sqlite"))
        self.lab.start("kamailio")
        took = self.wait(self.all_on_backup, 10, "the router to write its tables again")
        self.measured("restart without a plan file to every group repaired", took)
        self.assertLessEqual(took, 2)


if __name__ == "__main__":
    story.tell()
