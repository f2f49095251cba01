#!/usr/bin/env python3
"""Who may do what: strangers, wrong certificates, calls that must not go in circles; and metrics that parse."""

import subprocess
import time

import story  # first: it puts the lab's modules on the path
from story import LabStory

import certificates
import network
import textproto
import topology

TRUNKS = ("carrier-1", "carrier-2")


class Access(LabStory):
    """A healthy lab and those who try their luck."""

    name = "door"

    def operator_with(self, files, *arguments):
        """Exit code and words of `dialtone` with these TLS files."""
        path = self.lab.state.path("config", "intruder.textproto")
        textproto.write(path, {"detectors": {"address": f"{self.lab.topology.detector}:{topology.DETECTOR_PORT}",
                                             "identity": "detector/main"}, "tls": files}, "An intruder.")
        command = self.lab.dialtone_command(*arguments)
        command[command.index("--config") + 1] = path
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        return done.returncode, done.stderr

    def test_a_certificate_of_another_role_gets_nothing(self):
        for role, name in (("agent", "lon"), ("router", topology.VOICE_LAYER), ("detector", "main")):
            files = certificates.dialtone_files(self.lab.state, role, name)
            for verb in (["status"], ["freeze", "--reason", "mischief"]):
                with self.subTest(role=role, verb=verb[0]):
                    code, said = self.operator_with(files, *verb)
                    self.assertEqual(7, code, said)
        self.assertFalse(self.lab.status().get("frozen"))

    def test_a_certificate_of_another_authority_gets_nothing(self):
        directory = self.lab.state.path("tls", "intruder")
        network.run([story.REPOSITORY + "/deploy/certificates.sh", "--directory", directory, "operator/lab"])
        files = certificates.files(directory, "operator-lab")
        files["authority_file"] = self.lab.state.path("tls", "dialtone", "ca.pem")
        code, said = self.operator_with(files, "status", "--timeout", "3")
        self.assertEqual(8, code, said)

    def test_an_agent_with_an_operators_certificate_is_not_heard(self):
        path = self.lab.state.path("config", "agent-intruder.textproto")
        lab = self.lab.topology
        textproto.write(path, {
            "detectors": {"address": f"{lab.detector}:{topology.DETECTOR_PORT}", "identity": "detector/main"},
            "tls": certificates.dialtone_files(self.lab.state, "operator", "lab")}, "An intruder.")
        namespace = lab.namespace(topology.MANAGEMENT)
        with subprocess.Popen(["ip", "netns", "exec", namespace, self.lab.state.read()["programs"]["dialtone-agent"],
                               "--config", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as intruder:
            time.sleep(4)
            intruder.kill()
        self.assertTrue(self.lab.healthy())
        self.assertEqual({"lon", "par", "nyc", "vantage"}, {site["site"] for site in self.lab.status()["sites"]})

    def test_a_scanner_gets_no_call_and_no_answer(self):
        before = self.event_count("stranger")
        for call in self.lab.calls.dial("witness", [story.NUMBERS["lon"][0], "+442079460000", "112"]):
            self.assertIsNone(call.answered)
            self.assertIsNone(call.rang)
            self.assertEqual(0, call.code, "not even an answer")
        self.assertGreater(self.event_count("stranger"), before)

    def event_count(self, key):
        try:
            return int(story.kamailio_rpc.call(self.lab.state.path("run", "kamailio.sock"), "htable.get", "event",
                                               key)["item"]["value"])
        except story.LabError:
            return 0  # nothing counted yet

    def test_a_call_out_of_teams_never_returns_to_teams(self):
        ours = story.NUMBERS["lon"][0]
        out, inside = self.lab.calls.dial("teams", ["+442079460000", story.NUMBERS["par"][0]], caller_id=ours)
        self.assertIn(out.by, TRUNKS)
        self.assertEqual("pbx1", inside.by, "to a number of ours: by its backup, not back to Teams")
        stranger = self.lab.calls.dial("teams", ["+442079460000"], caller_id="+4989555501")[0]
        self.assertEqual(403, stranger.code, "a caller id that is not provisioned")

    def test_emergency_calls_pass_a_bad_first_trunk(self):
        ours = story.NUMBERS["lon"][0]
        self.assert_emergency_calls_ring("carrier-1", ("carrier-2", "pbx1"))
        self.assert_emergency_calls_ring("teams", (*TRUNKS, "pbx1"), caller_id=ours)
        for kind in ("busy", "silent"):
            with self.subTest(first_trunk=kind):
                self.lab.faults.break_(f"carrier-1 {kind}")
                self.assert_emergency_calls_ring("teams", ("carrier-2", "pbx1"), caller_id=ours)
                self.lab.faults.heal()
        self.lab.faults.break_("carrier-1 trying")
        slow = self.lab.calls.dial("teams", ["112"], caller_id=ours)[0]
        self.assertIn(slow.by, ("carrier-2", "pbx1"))
        self.measured("emergency call past a trunk that never rings", slow.delay)
        self.assertLessEqual(slow.delay, 21)

    def test_every_program_serves_metrics_that_parse(self):
        pages = {"detector": (topology.MANAGEMENT, f"{self.lab.topology.detector}:{topology.DETECTOR_METRICS_PORT}"),
                 "router": (topology.VOICE_LAYER, f"127.0.0.1:{topology.ROUTER_METRICS_PORT}"),
                 "agent": ("lon", f"127.0.0.1:{topology.AGENT_METRICS_PORT}")}
        fetch = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=5).read().decode())"
        for program, (namespace, address) in pages.items():
            with self.subTest(program=program):
                text = network.inside(self.lab.topology, namespace,
                                      ["python3", "-c", fetch, f"http://{address}/metrics"])
                self.assertIn(f"dialtone_{program}_", text)
                checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True,
                                         timeout=20, check=False)
                self.assertEqual((0, ""), (checked.returncode, checked.stdout + checked.stderr))
                self.measured(f"metric lines of the {program}",
                              sum(1 for line in text.splitlines() if line and not line.startswith("#")))


if __name__ == "__main__":
    story.tell()
