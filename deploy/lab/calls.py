"""Places calls with SIPp and follows what becomes of them: the steady load of carrier 1, and single calls."""

import itertools
import os
import signal
import time

import outcomes
import parts
import processes
import topology
from topology import LabError

RATE = 20          # calls per second, over the numbers of all groups in turn
TALK_SECONDS = 3   # from answer to BYE
CALLER = "caller"  # the process's name in the lab's state
CALLER_ID = "+15555550100"
# A caller gives up after 30 s without an answer, and 30 s after the last ringing (caller.xml); talk and BYE come on top.
LONGEST_CALL = 75.0


class Calls:
    """The calls of one lab. `lab` is its Topology."""

    def __init__(self, lab, state):
        self._lab = lab
        self._state = state
        self._log_path = state.path("run", "calls.log")

    def start(self, rate=RATE, talk=TALK_SECONDS):
        """Starts the steady load: carrier 1 calls the numbers of all groups in turn."""
        record = self._state.read()["processes"].get(CALLER)
        if record and processes.alive(record):
            raise LabError("calls are being placed already; `lab calls stop` ends that")
        if os.path.exists(self._log_path):
            os.remove(self._log_path)
        numbers = itertools.chain(*zip(*(
            [(number, topology.group_of(branch)) for number in topology.numbers_of(branch)]
            for branch in topology.BRANCHES)))
        rows = [(self.uri(number), group, CALLER_ID) for number, group in numbers]
        command = self._command("carrier-1", rows, self._log_path, "load", talk,
                                ["-r", str(rate), "-l", str(int(rate * LONGEST_CALL))])
        processes.start(self._state, CALLER, self._lab.namespace("carrier-1"), command)

    def stop(self, wait=True):
        """No new calls; those in progress run to their end (half a minute, if nobody answers) or, when nobody
        waits for that, end now. False when nothing was placed."""
        record = self._state.read()["processes"].get(CALLER)
        if record is None or not processes.alive(record):
            return False
        with self._state.change() as facts:
            facts["processes"][CALLER]["wanted"] = False
        if not wait:
            return processes.stop(self._state, CALLER, signal.SIGKILL)
        os.kill(record["pid"], signal.SIGUSR1)  # SIPp: finish the calls in progress, then exit
        deadline = time.monotonic() + LONGEST_CALL
        while processes.alive(record) and time.monotonic() < deadline:
            time.sleep(0.1)
        if processes.alive(record):
            processes.stop(self._state, CALLER)
        return True

    def follow(self):
        """A CallTail on the steady load, from its first call on."""
        return CallTail(self._log_path)

    def uri(self, number):
        """Request URI of a phone number at the voice layer; a URN stays itself."""
        if number.startswith("urn:"):
            return number
        return f"sip:{number}@{self._lab.voice_layer}:{topology.SIP_PORT}"

    def dial(self, caller, numbers, caller_id=CALLER_ID, talk=0.3, port=5071):
        """Places one call to each number, at once, from a namespace; returns outcomes.Call in their order.
        `caller` teams: a user of Teams calls out; his call leaves the first hub by TLS."""
        stem = f"dial-{caller}-{port}"
        log_path = self._state.path("run", stem + ".log")
        if os.path.exists(log_path):
            os.remove(log_path)
        rows = [(self.uri(number), "single", caller_id) for number in numbers]
        command = self._command(caller, rows, log_path, stem, talk, ["-m", str(len(rows)), "-r", "50"], port)
        processes.start(self._state, stem, self._lab.namespace(caller), command)
        processes.wait_for_end(self._state, stem, LONGEST_CALL)
        tail = CallTail(log_path)
        tail.read()
        if len(tail.log.calls) != len(rows):
            raise LabError(f"SIPp placed {len(tail.log.calls)} of {len(rows)} calls:\n"
                           + processes.tail(self._state, stem))
        return [tail.log.calls[number] for number in sorted(tail.log.calls)]

    def _command(self, caller, rows, log_path, stem, talk, how_many, port=topology.CALLER_PORT):
        numbers = self._state.path("run", stem + ".csv")
        with open(numbers, "w", encoding="ascii") as file:
            file.write("SEQUENTIAL\n" + "".join(";".join(row) + "\n" for row in rows))
        if caller == topology.TEAMS:
            source, destination = "127.0.0.1", f"127.0.0.1:{topology.SIP_PORT}"
        else:
            source, destination = self._address(caller), f"{self._lab.voice_layer}:{topology.SIP_PORT}"
        return ["sipp", "-nostdin", "-sf", os.path.join(parts.HERE, "sipp", "caller.xml"), "-inf", numbers,
                "-i", source, "-p", str(port), "-d", str(int(talk * 1000)), *how_many,
                "-trace_logs", "-log_file", log_path, "-f", "3600", destination]

    def _address(self, caller):
        """Where a caller calls from."""
        if caller in topology.CARRIERS:
            return self._lab.carrier(caller)
        places = {topology.PBX: self._lab.pbx, topology.WITNESS: self._lab.witness_sip}
        places.update({branch.name: self._lab.agent(branch) for branch in topology.BRANCHES})
        if caller not in places:
            raise LabError(f"nobody calls from {caller}; callers: {', '.join([*topology.CARRIERS, topology.TEAMS, *places])}")
        return places[caller]



class CallTail:
    """Reads a call log as it grows."""

    def __init__(self, path):
        self._path = path
        self._position = 0
        self._rest = ""
        self.log = outcomes.CallLog()

    def read(self):
        """Takes what is new; returns the calls that got a new line, in the order of the lines."""
        try:
            with open(self._path, encoding="ascii", errors="replace") as file:
                file.seek(self._position)
                text = self._rest + file.read()
                self._position = file.tell()
        except FileNotFoundError:
            return []
        lines = text.split("\n")
        self._rest = lines.pop()
        return [call for call in map(self.log.add, lines) if call is not None]

    @property
    def calls(self):
        return list(self.log.calls.values())
