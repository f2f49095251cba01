"""Places calls with SIPp and follows what becomes of them: the steady load of carrier 1, and single calls."""

import itertools
import os
import signal
import sys
import time

import outcomes
import phone
import processes
import topology
import world
from topology import LabError

RATE = 20          # calls per second, over the numbers of all groups in turn
TALK_SECONDS = 3   # from answer to BYE
# The names of the processes in the lab's state, by the voice layer that is called.
CALLERS = {topology.VOICE_LAYER: "caller", topology.PLAIN: "caller-plain"}
PHONES = {topology.VOICE_LAYER: "phone", topology.PLAIN: "phone-plain"}
HEADINGS = {topology.VOICE_LAYER: "with Dialtone", topology.PLAIN: "dispatcher alone"}
DEFINITIONS = {
    "with Dialtone": "our voice layer, its routes moved by Dialtone.",
    "dispatcher alone": "another Kamailio before the same hubs and PBXes: its dispatcher as the sample configuration of the "
                        "manual has it (OPTIONS every 60 s, next destination after 500 or 2 s of silence).",
}
AUDIO_PORTS = {topology.VOICE_LAYER: 7000, topology.PLAIN: 7002}
CALLER_ID = "+15555550100"
# A caller gives up after 30 s without an answer, and 30 s after the last ringing (caller.xml); talk and BYE come on top.
LONGEST_CALL = 75.0


class Calls:
    """The calls of one lab. `lab` is its Topology."""

    def __init__(self, lab, state):
        self._lab = lab
        self._state = state

    def _log_path(self, layer, kind="calls"):
        return self._state.path("run", f"{kind}-{layer}.log")

    def start(self, rate=RATE, talk=TALK_SECONDS, layers=(topology.VOICE_LAYER,)):
        """Starts the steady load: carrier 1 calls the numbers of all groups in turn, through each of the voice layers
        at the same time."""
        if self.is_placing():
            raise LabError("calls are being placed already; `lab calls stop` ends that")
        numbers = list(itertools.chain(*zip(*(
            [(number, topology.group_of(branch)) for number in topology.numbers_of(branch)]
            for branch in topology.BRANCHES))))
        for place, layer in enumerate(layers):
            for kind in ("calls", "audio"):
                if os.path.exists(self._log_path(layer, kind)):
                    os.remove(self._log_path(layer, kind))
            self._start_phone(layer)
            rows = [(self.uri(number, layer), group, CALLER_ID) for number, group in numbers]
            command = self._command("carrier-1", layer, rows, self._log_path(layer), "load-" + layer, talk,
                                    ["-r", str(rate), "-l", str(int(rate * LONGEST_CALL))],
                                    topology.CALLER_PORT + place * 2)
            processes.start(self._state, CALLERS[layer], self._lab.namespace("carrier-1"), command)

    def _start_phone(self, layer):
        """One that an earlier load left behind goes first."""
        if PHONES[layer] in self._state.read()["processes"]:
            processes.stop(self._state, PHONES[layer], signal.SIGKILL)
        processes.start(self._state, PHONES[layer], self._lab.namespace("carrier-1"), [
            sys.executable, os.path.join(world.HERE, "phone.py"), self._log_path(layer), self._lab.carrier("carrier-1"),
            str(AUDIO_PORTS[layer]), self._log_path(layer, "audio")])

    def is_placing(self):
        """Whether a steady load runs."""
        return any(self._placing(layer) for layer in CALLERS)

    def _placing(self, layer):
        record = self._state.read()["processes"].get(CALLERS[layer])
        return record if record and processes.alive(record) else None

    def stop(self, wait=True):
        """No new calls; those in progress run to their end (half a minute, if nobody answers) or, when nobody
        waits for that, end now. False when nothing was placed."""
        placing = {layer: self._placing(layer) for layer in CALLERS if self._placing(layer)}
        for layer, record in placing.items():
            with self._state.change() as facts:
                facts["processes"][CALLERS[layer]]["wanted"] = False
            if wait:
                os.kill(record["pid"], signal.SIGUSR1)  # SIPp: finish the calls in progress, then exit
        deadline = time.monotonic() + (LONGEST_CALL if wait else 0)
        for layer, record in placing.items():
            while processes.alive(record) and time.monotonic() < deadline:
                time.sleep(0.1)
            if processes.alive(record):
                processes.stop(self._state, CALLERS[layer], signal.SIGKILL)
        if placing and wait:
            time.sleep(phone.ECHO_PATIENCE + 0.2)  # the last words of the last call
        for layer in placing:
            processes.stop(self._state, PHONES[layer], signal.SIGKILL)
        return bool(placing)

    def follow(self, layer=topology.VOICE_LAYER):
        """A CallTail on the steady load through a voice layer, from its first call on."""
        return CallTail(self._log_path(layer), self._log_path(layer, "audio"))

    def _address_of(self, layer):
        return self._lab.plain if layer == topology.PLAIN else self._lab.voice_layer

    def uri(self, number, layer=topology.VOICE_LAYER):
        """Request URI of a phone number at a voice layer; a URN stays itself."""
        if number.startswith("urn:"):
            return number
        return f"sip:{number}@{self._address_of(layer)}:{topology.SIP_PORT}"

    def dial(self, caller, numbers, caller_id=CALLER_ID, talk=0.3, port=5071):
        """Places one call to each number, at once, from a namespace; returns outcomes.Call in their order.
        `caller` teams: a user of Teams calls out; his call leaves the first hub by TLS."""
        stem = f"dial-{caller}-{port}"
        log_path = self._state.path("run", stem + ".log")
        if os.path.exists(log_path):
            os.remove(log_path)
        rows = [(self.uri(number), "single", caller_id) for number in numbers]
        command = self._command(caller, topology.VOICE_LAYER, rows, log_path, stem, talk, ["-m", str(len(rows)), "-r", "50"], port)
        processes.start(self._state, stem, self._lab.namespace(caller), command)
        processes.wait_for_end(self._state, stem, LONGEST_CALL)
        tail = CallTail(log_path)
        tail.read()
        if len(tail.log.calls) != len(rows):
            raise LabError(f"SIPp placed {len(tail.log.calls)} of {len(rows)} calls:\n"
                           + processes.tail(self._state, stem))
        return [tail.log.calls[number] for number in sorted(tail.log.calls)]

    def _command(self, caller, layer, rows, log_path, stem, talk, how_many, port):
        numbers = self._state.path("run", stem + ".csv")
        with open(numbers, "w", encoding="ascii") as file:
            file.write("SEQUENTIAL\n" + "".join(";".join(row) + "\n" for row in rows))
        if caller == topology.TEAMS:
            source, destination = "127.0.0.1", f"127.0.0.1:{topology.SIP_PORT}"
        else:
            source, destination = self._address(caller), f"{self._address_of(layer)}:{topology.SIP_PORT}"
        return ["sipp", "-nostdin", "-sf", os.path.join(world.HERE, "sipp", "caller.xml"), "-inf", numbers,
                "-i", source, "-p", str(port), "-key", "audio_port", str(AUDIO_PORTS[layer]), "-d", str(int(talk * 1000)), *how_many,
                "-trace_logs", "-log_file", log_path, "-f", "3600", destination]

    def _address(self, caller):
        """Where a caller calls from."""
        if caller in topology.CARRIERS:
            return self._lab.carrier(caller)
        places = {**{pbx: self._lab.pbx(pbx) for pbx in topology.PBXES}, topology.WITNESS: self._lab.witness_sip}
        places.update({branch.name: self._lab.agent(branch) for branch in topology.BRANCHES})
        if caller not in places:
            raise LabError(f"nobody calls from {caller}; callers: {', '.join([*topology.CARRIERS, topology.TEAMS, *places])}")
        return places[caller]


class CallTail:
    """Reads a call log, and the log of its audio, as they grow."""

    def __init__(self, *paths):
        self._paths = paths
        self._positions = dict.fromkeys(paths, 0)
        self._rests = dict.fromkeys(paths, "")
        self.log = outcomes.CallLog()

    def read(self):
        """Takes what is new; returns the calls that got a new line, in the order of the lines."""
        return [call for path in self._paths for call in map(self.log.add, self._lines(path)) if call is not None]

    def _lines(self, path):
        """The whole lines that are new in a file."""
        try:
            with open(path, encoding="ascii", errors="replace") as file:
                file.seek(self._positions[path])
                text = self._rests[path] + file.read()
                self._positions[path] = file.tell()
        except FileNotFoundError:
            return []
        lines = text.split("\n")
        self._rests[path] = lines.pop()
        return lines

    @property
    def calls(self):
        return list(self.log.calls.values())
