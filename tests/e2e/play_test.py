#!/usr/bin/env python3
"""A scenario file on the real parts: `lab play`."""

import os
import subprocess
import sys

import story
from story import REPOSITORY, LabStory

HUBS_SILENT = """scenario short-outage v1
note All hubs silent.
sites 3
duration 26s
at 2s..18s fault blackhole targets hubs,call scope global
at 2s..18s truth domain {domain} scope global flip yes
"""


class Play(LabStory):
    """Files that can be read, shown and held, and others."""

    name = "play"

    def play(self, text):
        """(exit code, what it printed) of `lab play` of a file with this text."""
        path = self.lab.state.path("run", "story.scn")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        done = subprocess.run([sys.executable, "-B", os.path.join(REPOSITORY, "deploy", "lab", "lab"), "play",
                               "--name", self.lab.name, path], capture_output=True, text=True, timeout=180, check=False)
        print(done.stdout + done.stderr, flush=True)
        return done.returncode, done.stdout + done.stderr

    def test_1_what_cannot_be_read_or_shown_touches_nothing(self):
        code, said = self.play(HUBS_SILENT.format(domain="weather"))
        self.assertEqual(2, code)
        self.assertIn("story.scn:6:", said)
        code, said = self.play("scenario slow v1\nsites 3\nduration 9s\nat 2s..8s fault slow targets hubs scope global\n")
        self.assertEqual(2, code)
        self.assertIn("skipped, line 4", said)
        self.assertEqual([], self.events("EVENT_SUSPECTED"))

    def test_2_a_truth_that_holds(self):
        code, said = self.play(HUBS_SILENT.format(domain="teams-signalling"))
        self.assertEqual(0, code, said)
        self.assertIn("named teams-signalling", said)
        self.assertIn("no false move", said)

    def test_3_a_truth_that_does_not_hold(self):
        code, said = self.play("scenario wrong v1\nsites 3\nduration 6s\nat 1s..4s backup dead scope global\n"
                               "at 1s..4s truth domain carrier scope global flip yes\n")
        self.assertEqual(10, code, said)
        self.assertIn("DOES NOT HOLD", said)


if __name__ == "__main__":
    story.tell()
