#!/usr/bin/env python3
"""Ordinary calls: which hop answers, and how long a caller waits when one does not."""

import time

from sip import wait_for
from voice_layer import OURS, Story, main

NEXT_HOP = 1.5  # seconds of silence before the next hop


class Routing(Story):

    def test_a_call_goes_to_the_first_hub_of_its_group(self):
        call = self.carrier.call("+" + OURS)
        self.assert_answered_by("t1", call)
        self.assertEqual(call.tried, ["t1"])
        self.assertLess(call.delay, 0.5)

    def test_the_request_uri_names_the_hub_where_the_hop_has_a_name(self):
        self.carrier.call("+" + OURS)
        self.assertEqual(self.switches["t1"].calls[0].uri,
                         f"sip:+{OURS}@sip.pstnhub.microsoft.com:5060;user=phone;transport=udp")

    def test_the_request_uri_is_unchanged_for_a_hop_without_a_name(self):
        self.behave(t1=503, t2=503, t3=503)
        call = self.carrier.call("+" + OURS)
        self.assert_answered_by("pbx1", call)
        self.assertEqual(self.switches["pbx1"].calls[0].uri, call.uri)

    def test_a_silent_hub_costs_one_and_a_half_seconds(self):
        self.behave(t1="silent")
        call = self.carrier.call("+" + OURS)
        self.assert_answered_by("t2", call)
        print(f"    next hop after {call.delay * 1000:.0f} ms", flush=True)
        self.assertGreater(call.delay, NEXT_HOP - 0.1)
        self.assertLess(call.delay, NEXT_HOP + 0.4)

    def test_three_silent_hubs_cost_three_seconds(self):
        self.behave(t1="silent", t2="silent", t3="silent")
        call = self.carrier.call("+" + OURS)
        self.assert_answered_by("pbx1", call)
        self.assertEqual(call.tried, ["t1", "t2", "pbx1"])
        print(f"    PBX after {call.delay * 1000:.0f} ms", flush=True)
        self.assertLess(call.delay, 2 * NEXT_HOP + 0.4)

    def test_three_hubs_that_answer_100_and_never_ring_cost_at_most_four_and_a_half_seconds(self):
        self.behave(t1="trying", t2="trying", t3="trying")
        call = self.carrier.call("+" + OURS)
        self.assert_answered_by("pbx1", call)
        self.assertEqual(call.tried, ["t1", "pbx1"])
        print(f"    PBX rings after {call.delay * 1000:.0f} ms", flush=True)
        self.assertLess(call.delay, 4.5)
        self.assertEqual(self.switches["t1"].cancelled, [call.call_id])

    def test_a_hub_that_repeats_its_100_is_left_no_later(self):
        self.behave(t1="repeats")
        call = self.carrier.call("+" + OURS)
        self.assert_answered_by("pbx1", call)
        self.assertLess(call.delay, 4.5)

    def test_an_invite_that_comes_twice_is_one_call(self):
        call = self.carrier.start("+" + OURS)
        for _ in range(3):
            call.repeat()
        self.assert_answered_by("t1", call.wait(2.0))
        self.assertEqual(sum(self.called(hop) for hop in self.switches), 1)

    def test_a_hub_that_says_503_costs_nothing(self):
        self.behave(t1=503, t2=500)
        call = self.carrier.call("+" + OURS)
        self.assert_answered_by("t3", call)
        self.assertLess(call.delay, 0.5)

    def test_a_hop_that_cannot_be_sent_to_costs_nothing(self):
        self.layer.set("hop", "t1", "sip:198.51.100.77:5060;transport=udp|")  # no route to there
        try:
            call = self.carrier.call("+" + OURS)
        finally:
            self.layer.set("hop", "t1", "sip:127.0.0.21:5060;transport=udp|sip.pstnhub.microsoft.com")
        self.assert_answered_by("t2", call)
        self.assertLess(call.delay, 0.5)

    def test_no_hop_can_be_sent_to(self):
        self.layer.set("grp", "g1", "0;-|100:nowhere;")
        self.layer.set("route", "nowhere", "n1,n2|4000|0")
        for hop in ("n1", "n2"):
            self.layer.set("hop", hop, "sip:198.51.100.77:5060;transport=udp|")
        call = self.carrier.call("+" + OURS)
        self.assertEqual(call.status, 500)
        self.assertLess(time.monotonic() - call.started, 1.0)

    def test_the_last_hop_cannot_be_sent_to(self):
        self.layer.set("grp", "g1", "0;-|100:nowhere;")
        self.layer.set("route", "nowhere", "t1,n1|4000|0")
        self.layer.set("hop", "n1", "sip:198.51.100.77:5060;transport=udp|")
        self.behave(t1=503)
        self.assertEqual(self.carrier.call("+" + OURS).status, 500)

    def test_busy_is_the_callers_answer(self):
        self.behave(t1=486)
        call = self.carrier.call("+" + OURS)
        self.assertEqual((call.status, call.answered_by, call.tried), (486, "t1", ["t1"]))
        self.assertEqual(self.called("t2"), 0)

    def test_a_decline_is_the_callers_answer(self):
        self.behave(t1=603)
        self.assertEqual(self.carrier.call("+" + OURS).status, 603)
        self.assertEqual(self.called("t2"), 0)

    def test_a_failure_after_ringing_tries_the_next_hop(self):
        self.behave(t1=("late", 503))
        self.assert_answered_by("t2", self.carrier.call("+" + OURS))

    def test_ringing_may_last(self):
        self.behave(t1="rings")
        call = self.carrier.start("+" + OURS)
        call.wait(6.0)
        self.assertEqual((call.status, self.called("t2"), self.called("pbx1")), (0, 0, 0))
        call.cancel()
        self.assertEqual(call.wait(2.0).status, 487)

    def test_everything_fails_and_the_caller_is_told(self):
        self.behave(t1=503, t2=503, t3=503, pbx1=500)
        call = self.carrier.call("+" + OURS)
        self.assertEqual(call.status, 500)
        self.assertEqual(call.tried, ["t1", "t2", "t3", "pbx1"])

    def test_a_hub_left_for_its_routes_silence_is_tried_when_nothing_else_is_left(self):
        self.behave(t1="silent", t2="silent", pbx1=503)
        call = self.carrier.call("+" + OURS)
        self.assert_answered_by("t3", call)
        self.assertEqual(call.tried, ["t1", "t2", "pbx1", "t3"])

    def test_a_route_that_does_not_ring_is_not_come_back_to(self):
        self.behave(t1="trying", pbx1=500)
        call = self.carrier.call("+" + OURS)
        self.assertEqual((call.status, call.tried), (500, ["t1", "pbx1"]))

    def test_a_cancel_ends_the_call_while_a_hub_is_silent(self):
        self.behave(t1="silent")
        call = self.carrier.start("+" + OURS)
        time.sleep(0.3)
        call.cancel()
        self.assertEqual(call.wait(4.0).status, 487)
        self.assertEqual(self.called("t2"), 0)

    def test_a_number_with_and_without_plus_is_the_same(self):
        self.assert_answered_by("t1", self.carrier.call(OURS))

    def test_a_tel_uri_is_dialled_too(self):
        self.assert_answered_by("t1", self.carrier.call(OURS, uri=f"tel:+44-20-5555-0100"))

    def test_a_number_that_no_table_knows_takes_the_default_routes(self):
        self.behave(t1=503, t2=503, t3=503)
        self.assert_answered_by("pbx1", self.carrier.call("+442099999999"))

    def test_a_number_whose_group_has_no_record_takes_the_default_routes(self):
        self.layer.rpc("htable.delete", "grp", "g1")
        self.assert_answered_by("t1", self.carrier.call("+" + OURS))

    def test_a_record_that_makes_no_sense_takes_the_default_routes(self):
        for record in ("", "x", "0;;", "0;-|;", "0;-|100:;", "0;-|0:pbx;", "0", "9;;-|"):
            with self.subTest(record):
                self.layer.set("grp", "g1", record)
                self.assert_answered_by("t1", self.carrier.call("+" + OURS))

    def test_unknown_routes_of_a_plan_are_passed_over(self):
        self.layer.set("grp", "g1", "0;-|100:gone,pbx;")
        self.assert_answered_by("pbx1", self.carrier.call("+" + OURS))

    def test_nothing_but_unknown_routes_takes_the_default_routes(self):
        self.layer.set("grp", "g1", "0;-|100:gone;")
        self.assert_answered_by("t1", self.carrier.call("+" + OURS))

    def test_hops_are_counted(self):
        before = {key: self.layer.count(key) for key in ("t1.sent", "t1.answered", "t2.sent", "t2.answered")}
        self.behave(t1=503)
        self.carrier.call("+" + OURS)
        self.behave(t1=486)
        self.carrier.call("+" + OURS)
        gained = {key: self.layer.count(key) - value for key, value in before.items()}
        self.assertEqual(gained, {"t1.sent": 2, "t1.answered": 1, "t2.sent": 1, "t2.answered": 1})

    def test_a_hop_that_never_rang_did_not_answer_though_it_confirms_its_cancel(self):
        before = {key: self.layer.count(key) for key in ("t1.answered", "pbx1.answered")}
        self.behave(t1="trying")
        self.assert_answered_by("pbx1", self.carrier.call("+" + OURS))
        time.sleep(0.2)
        gained = {key: self.layer.count(key) - value for key, value in before.items()}
        self.assertEqual(gained, {"t1.answered": 0, "pbx1.answered": 1})


    def test_a_hop_that_was_given_up_is_not_heard_for_the_next(self):
        before = self.layer.count("pbx1.answered")
        self.behave(t1=("deaf", 4.3, 486), pbx1="trying")
        call = self.carrier.start("+" + OURS)
        call.wait(5.0)
        self.assertEqual((self.called("pbx1"), self.layer.count("pbx1.answered") - before), (1, 0))
        call.cancel()
        self.assertEqual(call.wait(2.0).status, 487)
        self.assertEqual(self.layer.count("pbx1.answered") - before, 0)  # nor does a CANCEL's 487 count


class Dialogs(Story):

    def test_both_ends_can_change_and_end_a_call(self):
        call = self.carrier.call("+" + OURS)
        self.assert_answered_by("t1", call)
        hub = self.switches["t1"]
        self.assertEqual(call.in_dialog("INFO").status, 200)
        self.assertEqual(call.in_dialog("BYE", 3).status, 200)
        self.assertEqual(sorted(request.method for request in hub.requests), ["ACK", "BYE", "INFO"])

    def test_the_called_end_can_end_a_call(self):
        # A caller that also takes requests: the switch at the carrier's end.
        carrier = self.switches["a1"]
        call = self.carrier.start("+" + OURS)
        call.wait(2.0)
        hub = self.switches["t1"]
        invite = hub.calls[0]
        invite.headers = [(name, "<sip:caller@127.0.0.31:5060>" if name == "Contact" else value)
                          for name, value in invite.headers]
        hub.request("BYE", invite, (self.layer.address, 5060))
        wait_for(lambda: hub.replies)
        self.assertEqual(hub.replies[0].status, 200)
        self.assertEqual([request.method for request in carrier.requests], ["BYE"])

    def test_a_call_in_progress_is_not_routed_anew(self):
        call = self.carrier.call("+" + OURS)
        self.layer.set("grp", "g1", "0;-|100:pbx,teams;")
        self.layer.set("hs", "t1", "A;100")
        self.assertEqual(call.in_dialog("BYE").status, 200)
        self.assertEqual(self.switches["t1"].requests[-1].method, "BYE")

    def test_a_slow_answer_in_a_call_is_waited_for(self):
        call = self.carrier.call("+" + OURS)
        self.behave(t1="silent")
        self.switches["t1"].slow_requests = 3.0
        self.assertEqual(call.in_dialog("BYE", wait=5.0).status, 200)

    def test_a_request_in_no_call_is_told_so(self):
        self.assertEqual(self.carrier.call("+" + OURS, to_tag="made-up").status, 481)

    def test_loops_end(self):
        self.assertEqual(self.carrier.call("+" + OURS, max_forwards=0).status, 483)

    def test_a_call_that_comes_round_and_round_ends(self):
        # Whatever leaves to the PBX comes back from another peer, with one hop less each time.
        self.layer.set("hop", "pbx1", f"sip:{self.layer.address}:5060;transport=udp|")
        try:
            self.layer.set("grp", "g1", "0;-|100:pbx;")
            call = self.carrier.call("+" + OURS)
        finally:
            self.layer.set("hop", "pbx1", "sip:127.0.0.41:5060;transport=udp|")
        self.assertIn(call.status, (408, 483, 480))

    def test_methods_that_start_no_call_are_refused(self):
        self.assertEqual(self.carrier.ask("REGISTER").status, 405)
        self.assertEqual(self.carrier.ask("MESSAGE").status, 405)


if __name__ == "__main__":
    main()
