#!/usr/bin/env python3
"""What `dialtone-router render` writes is what Kamailio takes: one configuration, rendered, started, called through.
The environment's DIALTONE_ROUTER names the program."""

import os
import subprocess
import unittest

from sip import Caller, Switch
from voice_layer import ADDRESSES, OURS, PEERS, PROBE, PROXY, STRANGER, VoiceLayer, main

CONFIGURATION = """
voice_layer: "vl1"
grpc {{ address: "127.0.0.1:7444" insecure_loopback: true }}
state_directory: "{directory}/store"
inventory_file: "{directory}/numbers.csv"
kamailio {{
  rpc_socket: "{directory}/kamailio.sock"
  plan_file: "{directory}/plan.sqlite"
  site_file: "{directory}/dialtone-site.cfg"
  address_file: "{directory}/dialtone-addresses.txt"
  listen: "udp:{listen}:5060"
}}
{hops}
routes {{ name: "teams" hops: ["t1", "t2", "t3"] ring_timeout {{ seconds: 4 }} is_teams: true }}
routes {{ name: "pbx" hops: "pbx1" ring_timeout {{ seconds: 6 }} }}
routes {{ name: "trunk-a" hops: "a1" ring_timeout {{ seconds: 20 }} }}
routes {{ name: "trunk-b" hops: "b1" ring_timeout {{ seconds: 20 }} }}
groups {{ name: "g1" home_route: "teams" backup_routes: "pbx" }}
peers {{ name: "carrier-a" kind: PEER_CARRIER addresses: "{a1}" route: "trunk-a" emergency_table: "gb" }}
peers {{ name: "carrier-b" kind: PEER_CARRIER addresses: "{b1}" route: "trunk-b" emergency_table: "us" }}
peers {{ name: "teams" kind: PEER_TEAMS addresses: "127.0.0.20/30" route: "teams" emergency_table: "gb"
        caller_ids: "+44205555*" outbound_calls_per_minute: 30 }}
peers {{ name: "pbx" kind: PEER_PBX addresses: "{pbx1}" route: "pbx" emergency_table: "us"
        caller_ids: ["+442055550100", "+12125550100"] }}
emergency_tables {{ name: "gb" numbers: "999" outside_prefixes: ["9", "0"] hops: ["a1", "b1", "pbx1"] }}
emergency_tables {{ name: "us" numbers: "933" hops: ["b1", "a1", "pbx1"] }}
outbound {{ hops: ["a1", "b1"] allowed_prefixes: ["+44", "+1"] }}
probe_addresses: "{probe}"
"""


@unittest.skipUnless("DIALTONE_ROUTER" in os.environ, "DIALTONE_ROUTER names no program")
class Rendered(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.layer = VoiceLayer()
        cls.addClassCleanup(cls.layer.close)
        for name in ("dialtone-site.cfg", "dialtone-addresses.txt", "plan.sqlite"):
            os.unlink(cls.layer.path(name))
        hops = "\n".join(f'hops {{ name: "{hop}" uri: "sip:{address}:5060;transport=udp" }}'
                         for hop, address in ADDRESSES.items())
        cls.layer.write("router.textproto", CONFIGURATION.format(
            directory=cls.layer.directory, hops=hops, listen=PROXY[0], probe=PROBE, **ADDRESSES))
        cls.layer.write("numbers.csv", f"number,group\n+{OURS},g1\n")
        run = subprocess.run([os.environ["DIALTONE_ROUTER"], "render", "--config", cls.layer.path("router.textproto")],
                             capture_output=True, text=True, check=False)
        if run.returncode != 0:
            raise AssertionError(run.stderr)
        cls.layer.start()
        cls.switches = {}
        for hop, address in ADDRESSES.items():
            cls.switches[hop] = Switch(hop, address)
            cls.addClassCleanup(cls.switches[hop].close)

    def setUp(self):
        for switch in self.switches.values():
            switch.reset()

    def caller(self, address):
        caller = Caller(address, PROXY)
        self.addCleanup(caller.close)
        return caller

    def test_the_plan_is_there_and_whole(self):
        self.assertNotIn("without it", self.layer.log())
        self.assertEqual(self.layer.get("grp", "g1"), "0;-|100:teams,pbx;")
        self.assertEqual(self.layer.get("num", OURS), "g1")

    def test_calls_to_a_number_of_ours_go_home_and_then_to_the_backup(self):
        carrier = self.caller(ADDRESSES["a1"])
        self.assertEqual(carrier.call("+" + OURS).answered_by, "t1")
        for hub in ("t1", "t2", "t3"):
            self.switches[hub].behaviour = 503
        call = carrier.call("+" + OURS)
        self.assertEqual((call.answered_by, call.tried), ("pbx1", ["t1", "t2", "t3", "pbx1"]))
        self.assertEqual(carrier.call("+442099999999").answered_by, "pbx1")

    def test_each_peer_has_its_emergency_table(self):
        for hop, number, trunk in (("t1", "999", "a1"), ("t1", "9112", "a1"), ("a1", "0999", "b1"), ("pbx1", "933", "b1"),
                                   ("pbx1", "911", "b1"), ("b1", "112", "a1"), ("t3", "112", "a1")):
            with self.subTest(hop=hop, number=number):
                self.assertEqual(self.caller(ADDRESSES[hop]).call(number).answered_by, trunk)
        self.caller(ADDRESSES["pbx1"]).call("x", uri="urn:service:sos")
        self.assertEqual(self.switches["b1"].calls[-1].user, "933")

    def test_calls_out_are_for_those_who_may(self):
        for hop, caller_id, number, status in (
                ("t2", "+442055551234", "+442071234567", 200), ("t2", "+12125550100", "+442071234567", 403),
                ("pbx1", "+12125550100", "+12125559999", 200), ("pbx1", "+442055551234", "+442071234567", 403),
                ("pbx1", "+442055550100", "+33140000000", 403)):
            with self.subTest(hop=hop, caller_id=caller_id, number=number):
                call = self.caller(ADDRESSES[hop]).call(number, caller_id=caller_id)
                self.assertEqual((call.status, call.answered_by), (status, "a1" if status == 200 else ""))

    def test_peers_and_probes_are_answered_and_nobody_else(self):
        for hop in PEERS:
            self.assertEqual(self.caller(ADDRESSES[hop]).ask().header("Contact"), f"<sip:{PROXY[0]}:5060;transport=udp>")
        self.assertEqual(self.caller(PROBE).ask().status, 200)
        self.assertIsNone(self.caller(STRANGER).ask(wait=0.3))
        self.assertEqual(self.caller("127.0.0.24").call("+" + OURS, wait=0.5).replies, [])  # beside the /30 of Teams


if __name__ == "__main__":
    main()
