#!/usr/bin/env python3
"""Teams over mutual TLS: what it is shown, whom it lets in, and what a bad certificate costs a caller."""

import os
import subprocess
import time
import unittest

import tls
from sip import Caller, Switch, UdpSocket, wait_for
from voice_layer import ADDRESSES, OURS, VoiceLayer, main

SBC, HUBS = "sbc.example.com", "sip.pstnhub.microsoft.com"


class Tls(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        with open("/etc/hosts", encoding="ascii") as file:
            hosts = file.read()
        cls.layer = VoiceLayer()
        cls.addClassCleanup(cls.layer.close)
        cls.good = tls.Authority(cls.layer.path("good"))
        cls.bad = tls.Authority(cls.layer.path("bad"))
        for name in (SBC, HUBS, "sbc.partner.example", "mallory.example"):
            cls.good.issue(name)
        cls.bad.issue(HUBS)
        cls._serve_tls(hosts)
        cls.layer.start()

    @classmethod
    def _serve_tls(cls, hosts):
        """The example's TLS again, which the other tests do without; its name resolves in this mount namespace."""
        layer = cls.layer
        layer.write("hosts", hosts + f"\n{layer.address} {SBC}\n")
        layer.bind("hosts", "/etc/hosts")
        layer.write("tls.cfg", layer.shipped("tls.cfg").replace("/etc/kamailio/tls/sbc", layer.path("good/" + SBC))
                    .replace("/etc/kamailio/tls/authorities.pem", layer.path("good/ca.pem")))
        site = layer.read("dialtone-site.cfg")
        for hop in ("t1", "t2", "t3"):
            site = site.replace(f"sip:{ADDRESSES[hop]}:5060;transport=udp|sip", f"sip:{ADDRESSES[hop]}:5061;transport=tls|sip")
        site = site.replace('"teams|teams||', f'"teams|teams|{HUBS}|')
        site = site.replace("listen=udp", f'#!define DIALTONE_TLS_FILE "{layer.path("tls.cfg")}"\n'
                            f"listen=tls:{layer.address}:5061 advertise {SBC}:5061\nlisten=udp")
        layer.write("dialtone-site.cfg", site)

    def setUp(self):
        # The connections of the test before are gone: an INVITE sent over one that is just being closed is lost.
        wait_for(lambda: self.layer.rpc("core.tcp_info")["opened_connections"] == 0, 5.0)

    def switch(self, name, transport):
        switch = Switch(name, ADDRESSES[name], 5061 if name[0] == "t" else 5060, transport)
        self.addCleanup(switch.close)
        return switch

    def hub(self, name, authority=None, trusts=None):
        return self.switch(name, tls.server((authority or self.good).context(HUBS, server=True, trusts=trusts or self.good)))

    def client(self, context, address=ADDRESSES["t1"]):
        proxy = (self.layer.address, 5061)
        caller = Caller(address, proxy, transport=tls.client(context, proxy))
        self.addCleanup(caller.close)
        return caller

    def carrier(self):
        caller = Caller(ADDRESSES["a1"], (self.layer.address, 5060))
        self.addCleanup(caller.close)
        return caller

    def test_it_shows_its_name_in_via_and_record_route(self):
        hub = self.hub("t1")
        call = self.carrier().call("+" + OURS)
        self.assertEqual((call.status, call.answered_by), (200, "t1"))
        invite = hub.calls[0]
        self.assertTrue(invite.all("Via")[0].startswith(f"SIP/2.0/TLS {SBC}:5061;"), invite.all("Via"))
        self.assertIn(f"sip:{SBC}:5061;transport=tls", invite.all("Record-Route")[0])
        self.assertEqual(invite.uri, f"sip:+{OURS}@{HUBS}:5061;user=phone;transport=tls")
        self.assertEqual(call.in_dialog("INVITE").status, 200)
        self.assertEqual(call.in_dialog("BYE", 3).status, 200)
        wait_for(lambda: len(hub.requests) == 3)  # Kamailio's children may let the BYE overtake the ACK
        self.assertEqual(sorted(request.method for request in hub.requests), ["ACK", "ACK", "BYE"])

    def test_teams_calls_out_and_the_call_can_end(self):
        trunk = Switch("a1", ADDRESSES["a1"])
        self.addCleanup(trunk.close)
        teams = self.client(self.good.context(HUBS))
        reply = teams.ask("OPTIONS")
        self.assertEqual((reply.status, reply.header("Contact")), (200, f"<sip:{SBC}:5061;transport=tls>"))
        call = teams.call("+442071234567")
        self.assertEqual((call.status, call.answered_by), (200, "a1"))
        self.assertEqual(call.in_dialog("BYE").status, 200)

    def test_teams_address_with_another_certificate_or_over_udp_is_a_stranger(self):
        mallory = self.client(self.good.context("mallory.example"))
        self.assertIsNone(mallory.ask("OPTIONS", wait=0.5))
        self.assertEqual(mallory.call("+442071234567", wait=0.5).replies, [])
        over_udp = Caller(ADDRESSES["t1"], (self.layer.address, 5060))
        self.addCleanup(over_udp.close)
        self.assertIsNone(over_udp.ask("OPTIONS", wait=0.5))

    def test_a_peer_without_addresses_is_known_by_its_certificate(self):
        partner = self.client(self.good.context("sbc.partner.example"), "127.0.0.77")
        self.assertEqual(partner.ask("OPTIONS").status, 200)
        stranger = self.client(self.good.context(HUBS), "127.0.0.77")  # a name that is for known addresses alone
        self.assertIsNone(stranger.ask("OPTIONS", wait=0.5))

    def test_no_certificate_and_a_strange_authoritys_get_no_connection(self):
        for context in (self.good.context(None), self.bad.context(HUBS, trusts=self.good)):
            try:
                caller = self.client(context)
                self.assertIsNone(caller.ask("OPTIONS", wait=0.5))
                self.assertTrue(caller.transport.ended.wait(1.0))  # TLS 1.3 tells a client after its own handshake
            except OSError:
                pass

    def test_a_hub_with_a_bad_certificate_is_passed_over(self):
        self.hub("t1", authority=self.bad, trusts=self.good)
        self.hub("t2")
        call = self.carrier().call("+" + OURS)
        self.assertEqual((call.status, call.answered_by), (200, "t2"))
        print(f"    next hop after a bad certificate: {call.delay * 1000:.0f} ms", flush=True)
        self.assertLess(call.delay, 2.0)

    def test_hubs_that_refuse_connections_are_passed_over(self):
        self.switch("pbx1", UdpSocket)
        call = self.carrier().call("+" + OURS)
        self.assertEqual((call.status, call.answered_by), (200, "pbx1"))
        print(f"    PBX when no hub takes connections: {call.delay * 1000:.0f} ms", flush=True)
        self.assertLess(call.delay, 3.4)

    def test_a_hub_is_first_again_as_soon_as_its_path_is_whole(self):
        # TCP sends again 6.2 s after the path broke and then at 12.6 s: a connection that was kept would be of no
        # use for another 5 s.
        self.hub("t1")
        self.hub("t2")
        carrier = self.carrier()
        self.assertEqual(carrier.call("+" + OURS).answered_by, "t1")
        self.nft("add table ip hole; add chain ip hole in { type filter hook prerouting priority 0; };"
                 f"add rule ip hole in ip daddr {ADDRESSES['t1']} drop; add rule ip hole in ip saddr {ADDRESSES['t1']} drop")
        try:
            calls = []
            for _ in range(14):
                calls.append(carrier.start("+" + OURS))
                time.sleep(0.5)
        finally:
            self.nft("delete table ip hole")
        self.assertEqual({call.wait(4.0).answered_by for call in calls}, {"t2"})
        healed = time.monotonic()
        while carrier.call("+" + OURS).answered_by != "t1" and time.monotonic() < healed + 10:
            pass
        print(f"    first again after {(time.monotonic() - healed) * 1000:.0f} ms", flush=True)
        self.assertLess(time.monotonic() - healed, 2.5)

    def test_a_hub_that_is_heard_keeps_its_connection(self):
        hub = self.hub("t1")
        self.hub("t2")
        carrier = self.carrier()
        hub.behaviour = ("slow", 2.0)
        heard = carrier.start("+" + OURS)
        wait_for(lambda: len(hub.calls) == 1)
        hub.behaviour = ("slow", 3.5)
        ringing_late = carrier.start("+" + OURS)
        wait_for(lambda: len(hub.calls) == 2)
        time.sleep(0.8)
        hub.behaviour = "silent"
        unheard = carrier.start("+" + OURS)
        self.assertEqual(unheard.wait(3.0).answered_by, "t2")
        self.assertEqual(heard.answered_by, "t1")
        self.assertEqual(ringing_late.wait(3.0).answered_by, "t1")

    @staticmethod
    def nft(commands):
        subprocess.run(["nft", commands], check=True)

    def test_all_tls_children_lived(self):
        self.assertNotRegex(self.layer.log(), "child process|core dump")


class WithoutItsName(unittest.TestCase):

    def test_a_name_that_does_not_resolve_is_said_loudly(self):
        layer = VoiceLayer(changes=[("listen=udp", "listen=tls:127.0.0.10:5061 advertise gone.invalid:5061\nlisten=udp")])
        self.addCleanup(layer.close)
        layer.start()
        self.assertIn("gone.invalid does not resolve", layer.log())
        self.assertTrue(os.path.exists(layer.path("kamailio.sock")))


if __name__ == "__main__":
    main()
