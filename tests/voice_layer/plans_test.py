#!/usr/bin/env python3
"""Plans and hop states: which calls draw which route, when a plan takes effect, where a call never goes back to, and
what a suspected or dead hub changes for how long."""

import time
from collections import Counter

from voice_layer import HOME, OURS, Story, main

FLIPPED = "-|100:pbx,teams"


class Shares(Story):

    def answered_by(self, calls):
        """Which hop answered how many of so many calls."""
        return Counter(call.answered_by for call in self.carrier.place("+" + OURS, calls))

    def test_a_share_of_the_calls_draws_each_route(self):
        for percent in (5, 25, 50):
            with self.subTest(percent):
                self.layer.set("grp", "g1", f"0;-|{percent}:teams,pbx/{100 - percent}:pbx,teams;")
                got = self.answered_by(400)
                print(f"    asked {percent} %, got {got['t1'] / 4} %", flush=True)
                self.assertEqual(got["t1"] + got["pbx1"], 400)
                # Four standard deviations of 400 draws.
                self.assertAlmostEqual(got["t1"] / 400, percent / 100, delta=4 * (percent * (100 - percent) / 4e6) ** .5)

    def test_all_calls_draw_a_share_of_100(self):
        self.layer.set("grp", "g1", f"0;{FLIPPED};")
        self.assertEqual(self.answered_by(100), {"pbx1": 100})
        self.layer.set("grp", "g1", f"0;{HOME};")
        self.assertEqual(self.answered_by(100), {"t1": 100})

    def test_the_calls_at_home_stay_at_home_as_their_share_grows(self):
        home = set()
        for percent in (10, 40, 80):
            self.layer.set("grp", "g1", f"0;-|{percent}:teams,pbx/{100 - percent}:pbx,teams;")
            calls = [self.carrier.start("+" + OURS, call_id=f"draw-{i}") for i in range(60)]
            now = {call.call_id for call in calls if call.wait(3.0).answered_by == "t1"}
            self.assertLessEqual(home, now)
            home = now
            for call in calls:
                call.in_dialog("BYE")
            time.sleep(0.2)
        self.assertGreater(len(home), 30)

    def test_the_percentage_of_a_hop_state_is_drawn_apart_from_the_share(self):
        # Half the calls at home, half of those past the hubs: a quarter, three quarters. Drawn alike, a half each.
        self.layer.set("grp", "g1", "0;-|50:teams,pbx/50:pbx,teams;")
        for hop in ("t1", "t2", "t3"):
            self.layer.set("hs", hop, "A;50")
        got = self.answered_by(400)
        self.assertAlmostEqual(got["t1"] / 400, 0.25, delta=0.09)
        self.assertEqual(got["t1"] + got["pbx1"], 400)  # the same draw for all three hubs: none went to t2


class TwoPhaseCommit(Story):

    def test_a_staged_plan_takes_effect_at_its_commit_and_not_before(self):
        staged = int(self.layer.get("ctl", "commit")) + 1
        for group in ("g1", "g3"):
            self.layer.set("grp", group, f"{staged};{FLIPPED};{HOME}")
        numbers = (OURS, "442055550300")
        for number in numbers:
            self.assert_answered_by("t1", self.carrier.call("+" + number))
        self.layer.set("ctl", "commit", staged)
        for number in numbers:
            self.assert_answered_by("pbx1", self.carrier.call("+" + number))

    def test_an_older_commit_than_the_present_is_in_force(self):
        self.layer.set("ctl", "commit", 7)
        self.layer.set("grp", "g1", f"6;{FLIPPED};{HOME}")
        self.assert_answered_by("pbx1", self.carrier.call("+" + OURS))

    def test_no_call_takes_the_new_plan_before_the_commit_nor_the_old_one_after(self):
        staged = int(self.layer.get("ctl", "commit")) + 1
        self.layer.set("grp", "g1", f"{staged};{FLIPPED};{HOME}")
        before = self.carrier.place("+" + OURS, 100)
        self.layer.set("ctl", "commit", staged)
        after = self.carrier.place("+" + OURS, 100)
        self.assertEqual({call.answered_by for call in before}, {"t1"})
        self.assertEqual({call.answered_by for call in after}, {"pbx1"})

    def test_a_write_takes_effect_for_the_next_call(self):
        began = time.monotonic()
        self.layer.set("grp", "g1", f"0;{FLIPPED};")
        written = time.monotonic() - began
        call = self.carrier.call("+" + OURS)
        self.assert_answered_by("pbx1", call)
        print(f"    written in {written * 1e3:.2f} ms", flush=True)


class NotBack(Story):

    def test_a_call_out_of_teams_takes_the_plan_without_teams(self):
        call = self.teams.call("+" + OURS)
        self.assert_answered_by("pbx1", call)
        self.assertEqual(call.tried, ["pbx1"])

    def test_a_call_out_of_teams_to_a_group_of_teams_alone_goes_nowhere(self):
        call = self.teams.call("+442055550200")
        self.assertEqual((call.status, call.answered_by), (480, ""))

    def test_a_call_out_of_teams_never_returns_to_teams_when_all_else_fails(self):
        self.behave(pbx1=500)
        self.assertEqual(self.teams.call("+" + OURS).tried, ["pbx1"])
        self.assertEqual(sum(self.called(hub) for hub in ("t1", "t2", "t3")), 0)

    def test_another_route_to_teams_is_teams_too(self):
        self.layer.set("route", "teams-2", "t2|4000|1")
        self.layer.set("grp", "g1", "0;-|100:teams-2,pbx;")
        self.assert_answered_by("pbx1", self.teams.call("+" + OURS))
        self.assert_answered_by("t2", self.carrier.call("+" + OURS))

    def test_teams_is_teams_even_when_no_route_is_said_to_lead_to_it(self):
        self.layer.set("peer", "teams", "teams|||60|gb")
        try:
            self.assert_answered_by("pbx1", self.teams.call("+" + OURS))
        finally:
            self.layer.set("peer", "teams", "teams|teams||60|gb")

    def test_a_call_out_of_the_pbx_does_not_return_to_the_pbx(self):
        self.behave(t1=503, t2=503, t3=500)
        self.assertEqual(self.pbx.call("+" + OURS).tried, ["t1", "t2", "t3"])

    def test_a_call_that_the_pbx_hands_back_does_not_return_to_teams(self):
        self.teams.call("+" + OURS)
        sent = self.switches["pbx1"].calls[0].header("X-Dialtone-Origin")
        self.assertEqual(sent, "teams")
        call = self.pbx.call("+442055550200", headers=[("X-Dialtone-Origin", sent)])
        self.assertEqual((call.status, sum(self.called(hub) for hub in ("t1", "t2", "t3"))), (480, 0))

    def test_nonsense_in_the_header_changes_nothing(self):
        for text in ("x y", ",,,", "\"|;", "gone"):
            with self.subTest(text):
                call = self.carrier.call("+" + OURS, headers=[("X-Dialtone-Origin", text)])
                self.assert_answered_by("t1", call)

    def test_tables_that_are_lost_do_not_send_a_call_back(self):
        self.layer.rpc("htable.delete", "grp", "g1")
        self.assert_answered_by("pbx1", self.teams.call("+" + OURS))


class HopStates(Story):

    def test_a_suspected_hub_is_tried_last_in_its_route(self):
        self.layer.set("hs", "t1", "L;100")
        self.behave(t2=503, t3=503)
        call = self.carrier.call("+" + OURS)
        self.assert_answered_by("t1", call)
        self.assertEqual(call.tried, ["t2", "t3", "t1"])

    def test_all_hubs_suspected_changes_no_order(self):
        for hub in ("t1", "t2", "t3"):
            self.layer.set("hs", hub, "L;100")
        self.behave(t1=503, t2=503, t3=503)
        self.assertEqual(self.carrier.call("+" + OURS).tried, ["t1", "t2", "t3", "pbx1"])

    def test_a_dead_hub_is_tried_after_every_backup_route_but_is_tried(self):
        self.layer.set("hs", "t1", "A;100")
        self.behave(t2=503, t3=503, pbx1=503)
        call = self.carrier.call("+" + OURS)
        self.assert_answered_by("t1", call)
        self.assertEqual(call.tried, ["t2", "t3", "pbx1", "t1"])

    def test_with_all_hubs_dead_no_call_waits(self):
        for hub in ("t1", "t2", "t3"):
            self.layer.set("hs", hub, "A;100")
            self.switches[hub].behaviour = "silent"
        call = self.carrier.call("+" + OURS)
        self.assert_answered_by("pbx1", call)
        self.assertLess(call.delay, 0.5)

    def test_a_state_holds_for_its_percentage_of_calls(self):
        self.layer.set("hs", "t1", "A;30")
        got = Counter(call.answered_by for call in self.carrier.place("+" + OURS, 400))
        self.assertEqual(got["t1"] + got["t2"], 400)
        self.assertAlmostEqual(got["t2"] / 400, 0.30, delta=0.095)

    def test_a_group_may_ignore_hop_states(self):
        self.layer.set("hs", "t1", "A;100")
        self.layer.set("hs", "t2", "L;100")
        self.assert_answered_by("t1", self.carrier.call("+442055550300"))
        self.assert_answered_by("t3", self.carrier.call("+" + OURS))

    def test_a_call_in_its_first_attempt_profits_too(self):
        self.behave(t1="silent", t2="silent")
        call = self.carrier.start("+" + OURS)
        time.sleep(0.3)
        self.layer.set("hs", "t2", "A;100")
        self.layer.set("hs", "t3", "A;100")
        self.assert_answered_by("pbx1", call.wait(4.0))
        self.assertEqual(call.tried, ["t1", "pbx1"])

    def test_nonsense_is_no_state(self):
        for text in ("", "X;100", "A", "A;", "L;0", ";"):
            with self.subTest(text):
                self.layer.set("hs", "t1", text)
                self.assert_answered_by("t1", self.carrier.call("+" + OURS))

    def test_a_state_ends_by_itself_unless_it_is_renewed(self):
        # 30 s: renewed after 4 s it is there at 32 s, gone at 35 s. A shorter one beside it, for the calls.
        began = time.monotonic()
        self.layer.set("hs", "t1", "A;100")
        self.layer.set("hs", "t2", "A;100")
        self.layer.rpc("htable.setxs", "hs", "t3", "A;100", 2)
        self.assert_answered_by("pbx1", self.carrier.call("+" + OURS))
        time.sleep(4.0)
        self.assert_answered_by("t3", self.carrier.call("+" + OURS))
        self.layer.set("hs", "t2", "A;100")
        time.sleep(max(0.0, began + 32.0 - time.monotonic()))
        self.assertIsNone(self.layer.get("hs", "t1"))
        self.assertEqual(self.layer.get("hs", "t2"), "A;100")
        self.assert_answered_by("t1", self.carrier.call("+" + OURS))
        time.sleep(max(0.0, began + 36.0 - time.monotonic()))
        self.assertIsNone(self.layer.get("hs", "t2"))


if __name__ == "__main__":
    main()
