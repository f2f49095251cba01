"""From the caller's log to what callers lived through. Pure: lines in, calls and outcomes out.

The words are defined once, here; tables print DEFINITIONS below their figures.
"""

import dataclasses
import re
from typing import Optional

SLOW = 4.0       # seconds a caller bears; the budget of "delayed"
AUDIBLE = 0.5    # share of the audio that has to come back
LEAST_AUDIO = 3  # packets; a call that was over sooner is not judged

DEFINITIONS = {
    "calls": "INVITEs sent in the span; retransmissions do not count again.",
    "answered": "got a 2xx to the INVITE.",
    "lost": "sent after the fault began, and never got a 2xx to the INVITE.",
    "cut": "in progress when the fault came (INVITE sent before it), and ended badly: no 2xx, or BYE unanswered. No proxy "
           "saves these.",
    "delay": "from the first INVITE to the first 18x or 2xx.",
    "delayed": f"calls whose delay was over {SLOW:g} s.",
    "dead air": "answered, and less than half of what the caller said came back (the other side echoes each packet of audio).",
    "longest": "the longest delay.",
    "suspicion": "the detector sees that something is wrong, not yet what.",
    "diagnosis": "it has named what is broken, for whom, and whose it is.",
    "skip": "calls try every hub after the PBX only; nobody waits for a dead hub any more.",
    "confirmed flip": "every number's route is the PBX, read back from the voice layer.",
    "home": "every number's route is Teams again, read back from the voice layer.",
    "first rerouted call": "the first whose first hop tried was the backup's: its caller did not wait for a dead hub.",
}


@dataclasses.dataclass
class Call:
    """One call, as its caller saw it. Times are seconds since 1970."""

    number: int
    sent: float
    group: str
    call_id: str
    uri: str
    rang: Optional[float] = None       # first 18x
    answered: Optional[float] = None   # 2xx
    failed: Optional[float] = None     # final failure, or none in time
    code: Optional[int] = None         # of the failure; 0: no final answer in time
    ended: Optional[float] = None      # BYE answered, or given up
    bye_code: Optional[int] = None     # of a BYE that failed; None: it was answered
    sent_audio: Optional[int] = None       # packets of audio sent; None: not known (yet)
    received_audio: Optional[int] = None   # and come back from the other side
    by: str = ""                       # who rang first, else who answered
    tried: tuple = ()                  # hops in the order tried, as the voice layer said

    @property
    def delay(self):
        """Seconds to the first 18x or 2xx; None when there was none."""
        first = self.rang if self.rang is not None else self.answered
        return None if first is None else first - self.sent

    @property
    def dead_air(self):
        """Answered, and the other side was not to be heard for half of the talk or more."""
        return (self.answered is not None and self.sent_audio is not None and self.sent_audio >= LEAST_AUDIO
                and self.received_audio < self.sent_audio * AUDIBLE)

    @property
    def over(self):
        """Its INVITE has its final answer."""
        return self.answered is not None or self.failed is not None


class CallLog:
    """Takes the lines of caller.xml's log and keeps the calls."""

    def __init__(self):
        self.calls = {}

    def add(self, line):
        """One line; returns the Call it belongs to, None for anything else (a line not whole yet, or torn by SIPp
        when it is told to end, a banner)."""
        words = line.split()
        if len(words) < 4 or words[0] not in "IRAFEBM" or not words[1].isdigit():
            return None
        try:
            number, when = int(words[1]), float(words[2]) + float(words[3]) / 1e6
        except ValueError:
            return None
        if words[0] == "I":
            if len(words) != 7:
                return None
            self.calls[number] = Call(number, when, *words[4:])
            return self.calls[number]
        call = self.calls.get(number)
        if call is not None:
            _TAKE[words[0]](call, when, line)
        return call


def _take_reply(call, line):
    found = re.search(r"by=\s*(\S*) tried=\s*(.*)$", line)
    if not found:
        return
    if found.group(1):
        call.by = found.group(1)
    if found.group(2):
        call.tried = tuple(re.findall(r"[a-z][a-z0-9_-]*", found.group(2)))


def _take_ringing(call, when, line):
    if call.rang is None:
        call.rang = when
    _take_reply(call, line)


def _take_answer(call, when, line):
    call.answered = when
    _take_reply(call, line)


def _take_failure(call, when, line):
    call.failed, call.code = when, int(line.split()[4])


def _take_end(call, when, _):
    call.ended = when


def _take_bad_end(call, when, line):
    call.ended, call.bye_code = when, int(line.split()[4])


def _take_audio(call, _, line):
    call.sent_audio, call.received_audio = map(int, line.split()[4:6])


_TAKE = {"M": _take_audio, "R": _take_ringing, "A": _take_answer, "F": _take_failure, "E": _take_end, "B": _take_bad_end}


@dataclasses.dataclass
class Outcomes:
    """What DEFINITIONS says, over one span of time."""

    calls: int
    answered: list
    lost: list
    cut: list
    delayed: list
    dead_air: list
    delays: list  # seconds, sorted

    def delay_at(self, share):
        """The delay that a share of the calls did not exceed."""
        return self.delays[min(len(self.delays) - 1, int(share * len(self.delays)))] if self.delays else None


def judge(calls, fault, start=None, end=None, over=False):
    """Outcomes of the calls sent in [start, end), with the fault beginning at `fault`; None leaves an edge open.
    Calls that the fault cut were sent before it, whatever the span.
    A call whose INVITE has no final answer yet is not judged, unless all are `over`: then its caller gave up."""
    span = [call for call in calls if (start is None or call.sent >= start) and (end is None or call.sent < end)]
    before = [call for call in calls if fault is not None and call.sent < fault]
    after = [call for call in span if fault is None or call.sent >= fault]
    return Outcomes(
        calls=len(span),
        answered=[call for call in span if call.answered is not None],
        lost=[call for call in after if call.answered is None and (over or call.failed is not None)],
        cut=[call for call in before if _ended_badly(call, fault)],
        delayed=[call for call in span if call.delay is not None and call.delay > SLOW],
        dead_air=[call for call in span if call.dead_air],
        delays=sorted(call.delay for call in span if call.delay is not None))


def _ended_badly(call, fault):
    last = call.ended if call.ended is not None else call.failed
    if last is not None and last < fault:
        return False
    return call.bye_code is not None or (call.failed is not None and call.answered is None)


def first_rerouted(calls, fault, backup_hops):
    """The first call sent after `fault` whose first hop tried was a backup's, or None."""
    for call in sorted(calls, key=lambda call: call.sent):
        if call.sent >= fault and call.tried and call.tried[0] in backup_hops:
            return call
    return None
