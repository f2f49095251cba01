#!/usr/bin/env python3
"""Who may talk to the voice layer, and who may call out: strangers get nothing, peers what they are allowed."""

import time

from sip import Caller
from voice_layer import ADDRESSES, OURS, PROBE, STRANGER, Story, main

ABROAD = "+442071234567"  # not ours, an allowed destination


class Strangers(Story):

    def setUp(self):
        super().setUp()
        self.stranger = Caller(STRANGER, (self.layer.address, 5060))
        self.addCleanup(self.stranger.close)

    def assert_nothing_left(self):
        self.assertEqual({hop: self.called(hop) for hop in ADDRESSES}, dict.fromkeys(ADDRESSES, 0))

    def test_a_scanner_gets_no_answer_and_no_call_out(self):
        before = int(self.layer.get("event", "stranger") or 0)
        calls = [self.stranger.start(number) for number in
                 ("+" + OURS, ABROAD, "100", "00442071234567", "112", "urn:service:sos", "")]
        calls += [self.stranger.start("x", method=method) for method in
                  ("OPTIONS", "REGISTER", "SUBSCRIBE", "MESSAGE", "BYE", "CANCEL", "ACK", "INFO", "NOTIFY")]
        # As if in a call, with a route of its own making: towards a trunk, through us.
        calls.append(self.stranger.start("x", to_tag="made-up", uri="sip:+442071234567@127.0.0.31:5060",
                                         routes=[f"<sip:{self.layer.address};lr>", "<sip:127.0.0.31;lr>"]))
        time.sleep(1.0)
        self.assertEqual([reply.start for call in calls for reply in call.replies], [])
        self.assert_nothing_left()
        self.assertGreaterEqual(int(self.layer.get("event", "stranger")) - before, len(calls))

    def test_a_flood_of_scanners_keeps_no_call_waiting(self):
        for i in range(500):
            self.stranger.start(str(i))
        call = self.carrier.call("+" + OURS)
        self.assert_answered_by("t1", call)
        self.assertLess(call.delay, 2.0)
        self.assertEqual(sum(self.called(hop) for hop in ADDRESSES), 1)

    def test_a_probe_gets_answers_to_options_and_nothing_else(self):
        probe = Caller(PROBE, (self.layer.address, 5060))
        self.addCleanup(probe.close)
        reply = probe.ask("OPTIONS")
        self.assertEqual(reply.status, 200)
        self.assertEqual(reply.header("Contact"), "<sip:sbc.example.com:5061;transport=tls>")
        self.assertEqual(probe.call("+" + OURS, wait=0.5).replies, [])
        self.assertIsNone(probe.ask("REGISTER", wait=0.3))
        self.assert_nothing_left()

    def test_every_peer_gets_answers_to_options(self):
        for caller in (self.carrier, self.carrier_b, self.teams, self.pbx):
            self.assertEqual(caller.ask("OPTIONS").status, 200)

    def test_junk_harms_nobody(self):
        for text in ("", "\r\n\r\n", "INVITE", "INVITE sip:x SIP/2.0\r\n\r\n", "x" * 60000, "\0" * 100,
                     "INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.31\r\nCSeq: 9 BYE\r\n\r\n"):
            for caller in (self.stranger, self.carrier):
                caller.transport.send(text, caller.proxy)
        self.assert_answered_by("t1", self.carrier.call("+" + OURS))


class Outbound(Story):

    def test_teams_and_the_pbx_call_out_over_the_first_trunk(self):
        for caller in (self.teams, self.pbx):
            call = caller.call(ABROAD)
            self.assert_answered_by("a1", call)
            self.assertEqual(call.tried, ["a1"])

    def test_a_trunk_that_fails_or_does_not_speak_gives_way_to_the_next(self):
        for behaviour in (503, "silent"):
            self.behave(a1=behaviour)
            self.assert_answered_by("b1", self.pbx.call(ABROAD))

    def test_out_of_teams_nothing_goes_back_to_teams(self):
        self.behave(a1=503, b1=500)
        self.assertEqual(self.teams.call(ABROAD).tried, ["a1", "b1"])
        self.assertEqual(sum(self.called(hub) for hub in ("t1", "t2", "t3")), 0)

    def test_a_carrier_does_not_call_out(self):
        for caller in (self.carrier, self.carrier_b):
            self.assert_answered_by("t1", caller.call(ABROAD))  # the default routes: ours, never a trunk
        self.behave(t1=503, t2=503, t3=503, pbx1=500)
        self.assertEqual(self.carrier.call(ABROAD).tried, ["t1", "t2", "t3", "pbx1"])
        self.assertEqual(self.called("a1") + self.called("b1"), 0)

    def test_only_provisioned_callers_call_out(self):
        for caller_id, status in (("+442055550101", 200), ("442055550101", 200), ("+12125550100", 200),
                                  ("+12125550101", 403), ("+4420555", 403), ("anonymous", 403),
                                  ("0", 403), ("+442055550101;x=y", 200), ("+" + 30 * "4", 403), ("*", 403)):
            with self.subTest(caller_id):
                self.assertEqual(self.pbx.call(ABROAD, caller_id=caller_id).status, status)

    def test_an_asserted_identity_counts_before_from(self):
        ours, theirs = "<sip:+442055550101@test>", "<sip:+15550001111@test>"
        asserted = "P-Asserted-Identity"
        self.assertEqual(self.pbx.call(ABROAD, caller_id="anonymous", headers=[(asserted, ours)]).status, 200)
        self.assertEqual(self.pbx.call(ABROAD, headers=[(asserted, theirs)]).status, 403)

    def test_a_forwarded_call_goes_out_for_its_forwarder(self):
        for header in ("Diversion", "History-Info"):
            for forwarder, status in (("+442055550101", 200), ("+15550001111", 403)):
                with self.subTest(header=header, forwarder=forwarder):
                    call = self.teams.call(ABROAD, caller_id="+33123456789",
                                           headers=[(header, f"<sip:{forwarder}@test>;index=1")])
                    self.assertEqual(call.status, status)

    def test_only_allowed_destinations_are_called(self):
        for number, status in (("+12125550199", 200), ("442071234567", 200), ("+881612345678", 403), ("+44", 200),
                               ("+4", 403), ("00442071234567", 403), ("+4420712345678901234", 403), ("*21*", 403),
                               ("+44abc", 403)):
            with self.subTest(number):
                self.assertEqual(self.pbx.call(number).status, status)

    def test_so_many_calls_a_minute_and_no_more_but_never_for_our_own_numbers(self):
        self.layer.set("peer", "pbx", "pbx|pbx||5|gb")
        try:
            time.sleep(max(0, 3 - (60 - time.time() % 60)))  # not over the turn of a minute
            statuses = [self.pbx.call(ABROAD).status for _ in range(8)]
            self.assertEqual(statuses, [200] * 5 + [403] * 3)
            self.assert_answered_by("t1", self.pbx.call("+" + OURS))
            self.assert_answered_by("a1", self.pbx.call("112"))
            self.assertEqual(self.teams.call(ABROAD).status, 200)
        finally:
            self.layer.set("peer", "pbx", "pbx|pbx||60|gb")


if __name__ == "__main__":
    main()
