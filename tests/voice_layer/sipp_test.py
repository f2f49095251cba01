#!/usr/bin/env python3
"""The same voice layer as another SIP stack sees it: SIPp calls, changes its calls and hangs up, at a rate, while
numbers move and hubs die."""

import os
import subprocess
import time
import unittest

from voice_layer import ADDRESSES, HOME, OURS, VoiceLayer, main

HERE = os.path.dirname(os.path.abspath(__file__))


class Sipp(unittest.TestCase):

    def setUp(self):
        self.layer = VoiceLayer()
        self.addCleanup(self.layer.close)
        self.layer.start()
        self.switches = {}
        for hop in ("t1", "t2", "pbx1"):
            self.start_switch(hop)
        time.sleep(0.3)

    def start_switch(self, hop):
        self.switches[hop] = self.sipp(ADDRESSES[hop], "5060", "sipp_switch.xml")
        self.addCleanup(self.stop_switch, hop)

    def stop_switch(self, hop):
        self.switches[hop].kill()
        self.switches[hop].wait()

    def sipp(self, address, port, scenario, *arguments):
        with open(self.layer.path(f"sipp-{address}-{port}"), "wb") as output:
            return subprocess.Popen(
                ["sipp", "-nostdin", "-i", address, "-p", port, "-sf", os.path.join(HERE, scenario), "-l", "5000",
                 "-buff_size", "4194304", *arguments], cwd=self.layer.directory, stdin=subprocess.DEVNULL,
                stdout=output, stderr=output)

    def call(self, calls, rate, lasting_ms):
        """SIPp placing so many calls a second; see assert_all_well()."""
        return self.sipp(ADDRESSES["a1"], "5070", "sipp_caller.xml", "-s", "+" + OURS, "-m", str(calls), "-r", str(rate),
                         "-d", str(lasting_ms), "-timeout", "50", f"{self.layer.address}:5060")

    def assert_all_well(self, caller, calls):
        status = caller.wait(60)
        self.assertEqual(status, 0, self.layer.read(f"sipp-{ADDRESSES['a1']}-5070")[-3000:] + self.layer.log()[-2000:])
        self.assertEqual(self.answered(), calls)

    def answered(self):
        return sum(self.layer.count(hop + ".answered") for hop in ADDRESSES)

    def test_calls_are_made_changed_and_ended(self):
        self.assert_all_well(self.call(100, 50, 300), 100)
        self.assertEqual(self.layer.count("t1.sent"), 100)

    def test_a_move_and_its_return_lose_no_call_new_or_in_progress(self):
        caller = self.call(600, 100, 1500)
        time.sleep(2.0)
        self.layer.set("grp", "g1", "0;-|100:pbx,teams;")
        time.sleep(2.0)
        moved = self.layer.count("pbx1.sent")
        self.layer.set("grp", "g1", f"0;{HOME};")
        self.assert_all_well(caller, 600)
        print(f"    {moved} of 600 calls on the PBX", flush=True)
        self.assertGreater(moved, 150)
        self.assertLess(moved, 250)

    def test_a_hub_that_dies_loses_no_new_call(self):
        self.stop_switch("t1")
        self.assert_all_well(self.call(100, 50, 300), 100)
        self.assertEqual((self.layer.count("t1.answered"), self.layer.count("t2.answered")), (0, 100))

    def test_many_calls_a_second(self):
        # 250 a second are well too, on two cores with nothing else to do.
        began = time.monotonic()
        self.assert_all_well(self.call(1000, 125, 300), 1000)
        print(f"    1,000 calls in {time.monotonic() - began:.1f} s, none lost", flush=True)


if __name__ == "__main__":
    main()
