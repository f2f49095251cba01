"""The verb `play`: what the lab can show of a scenario file, on the real parts, and what came of it."""

import os
import subprocess
import sys
import time

import calls
import outcomes
import processes
import report
import scenario
import teller
from topology import LabError

HEALTHY_FOR = 5.0  # seconds before the first deed
LOOK_EVERY = 0.5   # seconds between two looks at the status
TICK = 0.05
DONE, USAGE, DOES_NOT_HOLD = 0, 2, 10
HOME_ROUTE = "teams"
HOPS = {"t1", "t2", "t3"}
MARKS = {True: "holds", False: "DOES NOT HOLD", None: "not judged"}


def run(lab, given):
    """Exit code 0 when all that is judged holds, 10 when something does not, 2 when nothing can be shown."""
    lab.check()
    wrong = _errors(lab, given.file)
    if wrong:
        print(wrong, file=sys.stderr)
        return USAGE
    with open(given.file, encoding="utf-8") as file:
        script = scenario.read(file.read())
    _introduce(script)
    if not script.deeds:
        print(f"lab: {given.file}: nothing of it can be shown here", file=sys.stderr)
        return USAGE
    if lab.faults.in_force():
        raise LabError("a fault is in force; `lab heal` ends all")
    lab.wait_until_healthy()
    with lab.watch() as watch:
        play = Play(lab, script, watch)
        try:
            play.tell()
        finally:
            play.clear_up()
    findings = scenario.judge(script, play.seen)
    print()
    for holds, words in findings:
        print(f"  {MARKS[holds]:<13}  {words}")
    return DOES_NOT_HOLD if any(holds is False for holds, _ in findings) else DONE


def _errors(lab, path):
    """What `dialtone simulate` says is wrong with a file."""
    if not os.path.exists(path):
        return f"{path}: error: cannot be read"
    done = subprocess.run([lab.state.read()["programs"]["dialtone"], "simulate", path, "--runs", "0"],
                          capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    return done.stderr.strip() if done.returncode else ""


def _introduce(script):
    here = scenario.EVERYBODY[:script.sites]
    print(f"scenario {script.name}: " + ", ".join(f"site {place} is {name}" for place, name in enumerate(here))
          + (f"; of its {script.sites} sites the lab has these" if script.sites > len(here) else ""))
    if script.policy:
        print(f"  the lab's own policy decides, not {script.policy}")
    for deed in script.deeds:
        print(f"  {deed.begin:g} s to {deed.end:g} s  {_words(deed)}")
    for line, words, why, *_ in script.skipped:
        print(f"  skipped, line {line}: {words}: {why}")
    if script.expectations:
        print("  judged are the truths; not the figures of many runs: " + " ".join(script.expectations))


def _words(deed):
    return {"fault": "", "stop": "stops: ", "kill": "killed: "}[deed.kind] + deed.name


class Play:
    """One file on one lab."""

    def __init__(self, lab, script, watch):
        self._lab = lab
        self._script = script
        self._watch = watch
        self._teller = teller.Teller()
        self._zero = 0.0          # time 0 of the file, in seconds since 1970
        self._in_force = []       # deeds that were begun
        self._skipped = set()     # hops passed by
        self._looked = 0.0
        self._began = 0.0         # the first of them, in seconds since 1970
        self._began_calls = False
        self.seen = scenario.Seen()

    def tell(self):
        """Plays it through, telling what happens."""
        self._began_calls = not self._lab.calls.is_placing()
        if self._began_calls:
            self._lab.calls.start(layers=tuple(calls.CALLERS))
        self._zero = self._teller.zero = time.time() + HEALTHY_FOR - self._script.begins()
        print("\nWhat happens, with the seconds of the file:", flush=True)
        waiting = list(self._script.deeds)
        while self._now() < self._script.duration:
            while waiting and waiting[0].begin <= self._now():
                self._begin(waiting.pop(0))
            for deed in [deed for deed in self._in_force if deed.end <= self._now()]:
                self._end(deed)
            self._look()
            time.sleep(TICK)
        self._teller.tell(everything=True)
        self._print_calls()

    def clear_up(self):
        """Ends what is still in force."""
        for deed in list(self._in_force):
            self._end(deed)
        if self._began_calls:
            self._lab.calls.stop(wait=False)

    def _now(self):
        return time.time() - self._zero

    def _begin(self, deed):
        began = time.time()
        if deed.kind == "fault":
            began = self._lab.faults.break_(deed.name)
        elif deed.kind == "stop":
            self._lab.suspend(deed.name)
        else:
            self._lab.kill(deed.name)
        self._in_force.append(deed)
        self._teller.say("FAULT", _words(deed), began)
        self._began = self._began or began

    def _end(self, deed):
        self._in_force.remove(deed)
        if deed.kind == "fault":
            self._lab.faults.heal(deed.name)
        elif deed.kind == "stop":
            self._lab.resume(deed.name)
        else:
            self._lab.start(deed.name)
        self._teller.say("over", _words(deed))

    # ---- what is seen

    def _look(self):
        processes.check(self._lab.state)
        for event in self._watch.read():
            self._teller.take(event)
            if event.kind == "EVENT_SKIP":
                self._take_skip(event)
        self._teller.tell()
        if time.time() - self._looked >= LOOK_EVERY:
            self._looked = time.time()
            self._take_status(self._lab.status() or {})

    def _take_skip(self, event):
        """The sentence ends with `again` when a hop is back in its place."""
        if event.sentence.endswith("again"):
            self._skipped.discard(event.hop)
            return
        if not HOPS <= self._skipped and HOPS <= self._skipped | {event.hop}:
            self.seen.skips.append(event.time - self._zero)
        self._skipped.add(event.hop)

    def _take_status(self, status):
        now = self._now()
        for group in status.get("groups", []):
            spells = self.seen.away.setdefault(group["site"], [])
            is_away = any(share["route"] != HOME_ROUTE and share.get("percent") for share in group.get("confirmed", []))
            if is_away and spells and spells[-1][1] is None:
                continue
            if is_away:
                spells.append((now, None))
            elif spells and spells[-1][1] is None:
                spells[-1] = (spells[-1][0], now)
        self.seen.diagnoses.append((now, {
            (each.get("hub") or each["domain"].lower().replace("_", "-"), tuple(each.get("sites", [])))
            for each in status.get("diagnoses", []) if each.get("state") == "CONFIRMED"}))

    def _print_calls(self):
        """What the callers of the first deed and later lived through."""
        judged = {}
        for layer, heading in calls.HEADINGS.items():
            tail = self._lab.calls.follow(layer)
            tail.read()
            judged[heading] = outcomes.judge(tail.calls, self._began, start=self._began)
        print("\nWhat became of the calls since the first fault\n"
              + report.grid([("", list(judged)), *report.outcome_rows(judged.values())]), end="")
