#!/usr/bin/env python3
"""What is left when things die: Kamailio killed and started again with nobody to write its tables, a plan file that
is missing, empty or broken, a router at work in it."""

import os
import shutil
import sqlite3
import time
import unittest

from sip import Caller, Switch
from voice_layer import ADDRESSES, GROUPS, HOME, NUMBERS, OURS, VoiceLayer, main, write_plan

FLIPPED = "-|100:pbx,teams"


class Restart(unittest.TestCase):

    def setUp(self):
        self.layer = VoiceLayer()
        self.addCleanup(self.layer.close)
        self.switches = {}
        for hop, address in ADDRESSES.items():
            self.switches[hop] = Switch(hop, address)
            self.addCleanup(self.switches[hop].close)
        self.carrier, self.teams, self.pbx = (self.caller(hop) for hop in ("a1", "t1", "pbx1"))

    def caller(self, hop):
        caller = Caller(ADDRESSES[hop], (self.layer.address, 5060))
        self.addCleanup(caller.close)
        return caller

    def answers(self, caller, number):
        return caller.call(number).answered_by

    def test_no_group_changes_its_route_by_a_restart_while_flipped(self):
        groups = {f"h{i}": f"0;{(HOME, FLIPPED)[i % 2]};" for i in range(40)}
        numbers = {str(442055551000 + i): f"h{i}" for i in range(40)}
        write_plan(self.layer.plan, numbers, groups)
        self.layer.start()
        before = {number: self.answers(self.carrier, "+" + number) for number in numbers}
        self.assertEqual(set(before.values()), {"t1", "pbx1"})
        boot = self.layer.get("ctl", "boot")
        self.layer.set("hs", "t2", "A;100")
        self.layer.stop(kill=True)
        began = time.monotonic()
        self.layer.start()
        print(f"    back after {(time.monotonic() - began) * 1000:.0f} ms", flush=True)
        self.assertEqual({number: self.answers(self.carrier, "+" + number) for number in numbers}, before)
        self.assertNotEqual(self.layer.get("ctl", "boot"), boot)
        self.assertEqual(int(self.layer.get("ctl", "commit")), 0)
        self.assertIsNone(self.layer.get("hs", "t2"))

    def test_a_call_in_progress_ends_well_after_a_restart(self):
        self.layer.start()
        call = self.carrier.call("+" + OURS)
        self.assertEqual(call.answered_by, "t1")
        self.layer.stop(kill=True)
        self.layer.start()
        self.assertEqual(call.in_dialog("BYE").status, 200)
        self.assertEqual(self.switches["t1"].requests[-1].method, "BYE")

    def broken_plans(self):
        """Ways of a plan file to be of no use: a name, and what makes it so."""
        path = self.layer.plan

        def write(data):
            with open(path, "wb") as file:
                file.write(data)

        def cut():
            write_plan(path, {str(442055552000 + i): "g1" for i in range(5000)}, GROUPS)
            os.truncate(path, os.path.getsize(path) // 2)

        def table_missing():
            os.unlink(path)
            with sqlite3.connect(path) as file:
                file.execute("CREATE TABLE num (key_name TEXT, key_value TEXT)")
            file.close()

        return {"missing": lambda: os.unlink(path), "empty": lambda: write(b""), "junk": lambda: write(b"junk" * 999),
                "cut": cut, "a table missing": table_missing, "a directory": lambda: (os.unlink(path), os.mkdir(path))}

    def test_without_a_plan_calls_take_the_default_routes_and_it_says_so(self):
        for name, destroy in self.broken_plans().items():
            with self.subTest(name):
                destroy()
                self.layer.start()
                self.assertEqual(self.answers(self.carrier, "+" + OURS), "t1")
                self.assertEqual(self.answers(self.pbx, "112"), "a1")
                self.assertEqual(self.carrier.call("112").answered_by, "b1")
                self.assertIn("starting without it", self.layer.log())
                # The router may repair it while it runs.
                self.layer.set("num", OURS, "g1")
                self.layer.set("grp", "g1", f"0;{FLIPPED};")
                self.assertEqual(self.answers(self.carrier, "+" + OURS), "pbx1")
                self.layer.stop()
                if os.path.isdir(self.layer.plan):
                    os.rmdir(self.layer.plan)
                elif os.path.exists(self.layer.plan):
                    os.unlink(self.layer.plan)
                write_plan(self.layer.plan, NUMBERS, GROUPS)

    def test_a_router_at_work_in_the_plan_does_not_keep_it_from_starting(self):
        with sqlite3.connect(self.layer.plan, isolation_level=None) as file:
            file.execute("BEGIN IMMEDIATE")
            file.execute("UPDATE grp SET key_value = 'x'")
            self.layer.start()
            self.assertEqual(self.answers(self.carrier, "+" + OURS), "t1")
            self.assertEqual(self.layer.get("grp", "g1"), GROUPS["g1"])
            file.execute("ROLLBACK")
        file.close()

    def test_a_router_that_died_at_work_left_the_plan_before(self):
        groups = {f"h{i}": f"0;{HOME};" for i in range(3000)}
        write_plan(self.layer.plan, NUMBERS, groups | GROUPS)
        with sqlite3.connect(self.layer.plan, isolation_level=None) as file:
            file.execute("PRAGMA cache_size = 2")  # so that the change goes to the file before it is whole
            file.execute("BEGIN")
            file.execute("UPDATE grp SET key_value = ?", (f"0;{FLIPPED};",))
            for end in ("", "-journal"):
                shutil.copy(self.layer.plan + end, self.layer.path("left") + end)
            file.execute("ROLLBACK")
        file.close()
        for end in ("", "-journal"):
            os.rename(self.layer.path("left") + end, self.layer.plan + end)
        self.layer.start()
        self.assertNotIn("starting without it", self.layer.log())
        self.assertEqual(self.layer.get("grp", "h2999"), groups["h2999"])
        self.assertEqual(self.answers(self.carrier, "+" + OURS), "t1")

    def test_the_plan_file_is_never_written_here(self):
        self.layer.start()
        self.layer.set("grp", "g1", f"0;{FLIPPED};")
        self.layer.stop()
        with sqlite3.connect(self.layer.plan) as file:
            rows = dict(file.execute("SELECT key_name, key_value FROM grp"))
        file.close()
        self.assertEqual(rows, GROUPS)

    def test_many_numbers_and_groups_are_loaded(self):
        groups = {f"h{i}": f"0;{FLIPPED};" for i in range(1000)}
        numbers = {str(442000000000 + i): f"h{i % 1000}" for i in range(20000)}
        write_plan(self.layer.plan, numbers, groups)
        began = time.monotonic()
        self.layer.start()
        print(f"    20,000 numbers, 1,000 groups: up after {(time.monotonic() - began) * 1000:.0f} ms", flush=True)
        for number in ("442000000000", "442000019999"):
            self.assertEqual(self.answers(self.carrier, "+" + number), "pbx1")


if __name__ == "__main__":
    main()
