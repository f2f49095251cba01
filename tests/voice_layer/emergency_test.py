#!/usr/bin/env python3
"""Emergency calls: in every form people dial, whatever the first trunk does, whatever the tables say, they ring an
independent trunk."""

import time

from voice_layer import ADDRESSES, STRANGER, Story, main
from sip import Caller

# As dialled -> what the trunk is given. The table of Britain: 112, 911, 999; outside line 9 or 0.
DIALLED = {
    "112": "112", "911": "911", "999": "999",
    "+112": "112", "+911": "911", "+999": "999",
    "9112": "112", "0112": "112", "9911": "911", "0999": "999", "9999": "999",
    "1-1-2": "112", "112;phone-context=+44": "112",
}
URIS = {
    "urn:service:sos": "999", "urn:service:sos.police": "999", "URN:service:SOS": "999",
    "tel:112": "112", "tel:999;phone-context=+44": "999",
}


class EmergencyNumbers(Story):

    def dial_all(self, hop):
        """Dials every form; each is answered by `hop`, in one attempt or after others."""
        slowest = 0.0
        for dialled, expected in [*DIALLED.items(), *URIS.items()]:
            with self.subTest(dialled):
                before = self.called(hop)
                call = self.pbx.call(dialled, uri=dialled if dialled in URIS else None)
                self.assert_answered_by(hop, call)
                self.assertEqual(self.switches[hop].calls[before].user, expected)
                slowest = max(slowest, call.delay)
        for hub in ("t1", "t2", "t3"):
            self.assertEqual(self.called(hub), 0)
        return slowest

    def test_every_form_rings_the_first_trunk(self):
        self.assertLess(self.dial_all("a1"), 0.5)

    def test_every_form_rings_the_second_when_the_first_is_busy(self):
        self.behave(a1=486)
        self.assertLess(self.dial_all("b1"), 0.5)

    def test_every_form_rings_the_second_when_the_first_is_silent(self):
        self.behave(a1="silent")
        calls = {}
        for dialled, expected in [*DIALLED.items(), *URIS.items()]:
            calls[dialled] = expected, self.pbx.start(dialled, uri=dialled if dialled in URIS else None)
        for dialled, (expected, call) in calls.items():
            with self.subTest(dialled):
                self.assert_answered_by("b1", call.wait(4.0))
                self.assertLess(call.delay, 2.0)
                got = next(i for i in self.switches["b1"].calls if i.header("Call-ID") == call.call_id)
                self.assertEqual(got.user, expected)

    def test_every_form_waits_for_a_first_trunk_that_rings_slowly(self):
        self.behave(a1=("slow", 2.5))
        calls = [self.pbx.start(dialled, uri=dialled if dialled in URIS else None) for dialled in [*DIALLED, *URIS]]
        for call in calls:
            with self.subTest(call.number):
                self.assert_answered_by("a1", call.wait(6.0))
        self.assertEqual(self.called("b1"), 0)

    def test_every_failure_tries_the_next_trunk(self):
        for status in (400, 403, 404, 408, 480, 486, 487, 488, 500, 503, 600, 603, 302):
            with self.subTest(status):
                self.behave(a1=status)
                self.assert_answered_by("b1", self.pbx.call("112"))

    def test_a_failure_after_ringing_tries_the_next_trunk(self):
        self.behave(a1=("late", 486))
        self.assert_answered_by("b1", self.pbx.call("112"))

    def test_the_third_trunk_is_tried_too(self):
        self.behave(a1="silent", b1=486)
        call = self.teams.call("999")
        self.assert_answered_by("pbx1", call)
        self.assertEqual(call.tried, ["a1", "b1", "pbx1"])

    def test_the_callers_cancel_ends_it(self):
        self.behave(a1="rings")
        call = self.pbx.start("112")
        time.sleep(0.3)
        call.cancel()
        self.assertEqual(call.wait(2.0).status, 487)
        self.assertEqual(self.called("b1"), 0)

    def test_it_does_not_go_back_to_where_it_came_from(self):
        for caller, first in ((self.carrier, "b1"), (self.carrier_b, "a1"), (self.pbx, "a1"), (self.teams, "a1")):
            self.assert_answered_by(first, caller.call("112"))
        self.behave(a1=503, b1=500)
        self.assertEqual(self.pbx.call("112").tried, ["a1", "b1"])

    def test_no_header_keeps_it_from_a_trunk(self):
        call = self.pbx.call("112", headers=[("X-Dialtone-Origin", "trunk-a,trunk-b")])
        self.assert_answered_by("a1", call)

    def test_a_peer_of_another_country_takes_its_own_table(self):
        self.layer.set("peer", "teams", "teams|teams||60|us")
        try:
            self.assert_answered_by("b1", self.teams.call("911"))
            self.assertEqual(self.teams.call("urn", uri="urn:service:sos").answered_by, "b1")
            self.assertEqual(self.switches["b1"].calls[-1].user, "911")
            self.assertEqual(self.teams.call("999").status, 403)  # no emergency number there
        finally:
            self.layer.set("peer", "teams", "teams|teams||60|gb")

    def test_a_peer_without_a_table_has_one(self):
        self.layer.set("peer", "pbx", "pbx|pbx||60|")
        try:
            self.assert_answered_by("a1", self.pbx.call("999"))
        finally:
            self.layer.set("peer", "pbx", "pbx|pbx||60|gb")

    def test_longer_numbers_are_no_emergency(self):
        for number in ("+1125550100", "9115", "1129"):
            self.carrier.call(number)
            self.assertEqual(self.called("b1"), 0)


class EmergencyBeforeAllElse(Story):

    def test_no_table_reaches_it(self):
        layer = self.layer
        for table in ("num", "grp", "hop", "route", "site", "allowed", "certificate"):
            layer.rpc("htable.flush", table)
        for hop in ADDRESSES:
            layer.set("hs", hop, "A;100")
            layer.set("hop", hop, f"sip:{STRANGER}:5060;transport=udp|")
        layer.set("num", "112", "g1")
        layer.set("grp", "g1", "0;-|100:teams;")
        for second in range(3):
            layer.set("minute", f"pbx:{int(time.time()) // 60 + second}", 1000)
        self.assert_answered_by("a1", self.pbx.call("112"))
        self.behave(a1=486)
        self.assert_answered_by("b1", self.pbx.call("112", caller_id="nobody-known"))

    def test_a_stranger_gets_no_answer_even_so(self):
        stranger = Caller(STRANGER, (self.layer.address, 5060))
        self.addCleanup(stranger.close)
        self.assertEqual(stranger.call("112", wait=1.0).replies, [])
        self.assertEqual(sum(self.called(hop) for hop in ADDRESSES), 0)


class EmergencyWithoutRinging(Story):

    def test_a_trunk_that_says_100_and_does_not_ring_for_20_s_is_left(self):
        self.behave(a1="trying")
        call = self.pbx.call("112", wait=25.0)
        self.assert_answered_by("b1", call)
        print(f"    second trunk rings after {call.delay * 1000:.0f} ms", flush=True)
        self.assertGreater(call.delay, 19.5)
        self.assertLess(call.delay, 20.5)


if __name__ == "__main__":
    main()
