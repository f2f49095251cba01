"""Tells people what happens, in plain words and in the order of time: one line each, with the seconds since the fault.

What comes within a moment is kept back for that long, so that lines from different sources stand in their order,
and so that one thing said of three hops or of three groups is one line.
"""

import re
import sys
import time

import report

KEPT_BACK = 0.5  # seconds from the moment something happened until it is told

# What the detector's events are called. Kinds that are not here are not told.
HEADINGS = {
    "EVENT_SUSPECTED": "suspicion", "EVENT_CONFIRMED": "diagnosis", "EVENT_ENDED": "over", "EVENT_REORDER": "reorder",
    "EVENT_SKIP": "skip", "EVENT_FLIP": "flip", "EVENT_FAILBACK": "failback", "EVENT_ROUTE_CONFIRMED": "read back",
    "EVENT_BLOCKED": "blocked", "EVENT_ALARM": "alarm",
}


class Teller:
    """Prints what it is told of. `zero`: the moment that times are counted from, once there is one."""

    def __init__(self, out=sys.stdout):
        self._out = out
        self._waiting = []    # (when, heading, words, what it is said of)
        self._diagnoses = {}  # sentence: the short name it goes by once it was told
        self._routes = None   # what was read back last
        self.zero = None

    def say(self, heading, words, when=None, of=""):
        """Something happened (now, unless `when` says otherwise). `of`: the hop or group in the words, if any."""
        self._waiting.append((time.time() if when is None else when, heading, words, of))

    def take(self, event):
        """An event of the detector."""
        heading = HEADINGS.get(event.kind)
        if heading is None:
            return
        if event.kind == "EVENT_ROUTE_CONFIRMED":
            self._take_routes(event)
            return
        of = event.hop or (event.groups[0] if len(event.groups) == 1 else "")
        self.say(heading, event.sentence, event.time, of)

    def _take_routes(self, event):
        """Only when the shares are others than the last time: hop states are read back too."""
        routes = event.sentence.partition(": ")[2]
        known, self._routes = self._routes, routes
        if known is not None and routes != known:
            self.say("read back", f"the voice layer has {routes}", event.time)

    def know_routes(self, routes):
        """What everybody knows already, as the detector words it."""
        self._routes = routes

    def tell(self, everything=False):
        """Prints what is old enough."""
        horizon = float("inf") if everything else time.time() - KEPT_BACK
        self._waiting.sort(key=lambda line: line[0])
        while self._waiting and self._waiting[0][0] <= horizon:
            when, heading, words, of = self._waiting.pop(0)
            also = [line for line in self._waiting if of and line[1] == heading and line[3]
                    and words.replace(of, "") == line[2].replace(line[3], "")]
            self._waiting = [line for line in self._waiting if line not in also]
            if also:
                words = words.replace(of, f"{of} (and {report.listed([line[3] for line in also])})", 1)
            self._print(when, heading, self._shorten(heading, words))

    def _shorten(self, heading, words):
        """A diagnosis is told in full once; after that by its beginning."""
        for sentence, name in self._diagnoses.items():
            words = words.replace(sentence, name)
        if heading == "diagnosis":
            self._diagnoses.setdefault(words, re.split(r"[:;]", words)[0])
        return words.removeprefix(heading + ": ").removeprefix("suspected: ")

    def _print(self, when, heading, words):
        clock = "" if self.zero is None else f"{when - self.zero:+.1f} s"
        print(f"{clock:>9}  {heading:<10} {words}", file=self._out, flush=True)
