"""Starts, watches and stops the lab's programs. Each runs in its namespace, in a process group of its own, and is
known by pid and start time, so that a pid used again is never taken for ours.

A program that is gone though nobody stopped it is an accident of the lab, and every command says so loudly: a
Kamailio that died must never be taken for an outage.
"""

import os
import signal
import subprocess
import time

from topology import LabError

_started = []  # Popen objects of this process's children, kept until it ends: the children may outlive it

STOP_PATIENCE = 5.0  # seconds from SIGTERM to SIGKILL


def _start_time(pid):
    """Clock ticks since boot at which a process started; None when there is no such process (or only its corpse)."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[19])


def alive(record):
    """The process of a state record runs."""
    return _start_time(record["pid"]) == record["start"]


def start(state, name, namespace, command, directory=None):
    """Starts a program in a namespace, working in `directory` (else in run/); its output goes to log/NAME.log."""
    with open(state.path("log", name + ".log"), "ab") as log:
        try:
            child = subprocess.Popen(["ip", "netns", "exec", namespace, *command], stdin=subprocess.DEVNULL,
                                     stdout=log, stderr=log, start_new_session=True,
                                     cwd=directory or state.path("run"))
        except FileNotFoundError as error:
            raise LabError(f"{error.filename} is not installed") from error
    _started.append(child)
    record = {"pid": child.pid, "start": _start_time(child.pid), "namespace": namespace, "command": command,
              "wanted": True}
    with state.change() as facts:
        facts["processes"][name] = record
    return child.pid


def stop(state, name, sent=signal.SIGTERM):
    """Stops a program on purpose. False when it was not running."""
    record = state.read()["processes"].get(name)
    if record is None:
        raise LabError(f"this lab runs no {name}; it runs: {', '.join(sorted(state.read()['processes']))}")
    with state.change() as facts:
        facts["processes"][name]["wanted"] = False
    if not alive(record):
        return False
    _signal(record, sent)
    deadline = time.monotonic() + STOP_PATIENCE
    while alive(record) and time.monotonic() < deadline:
        time.sleep(0.02)
    if alive(record):
        _signal(record, signal.SIGKILL)
        time.sleep(0.05)
    return True


def send(state, name, sent):
    """Sends a signal to a running program, to all its processes."""
    record = state.read()["processes"].get(name)
    if record is None or not alive(record):
        raise LabError(f"{name} does not run")
    _signal(record, sent)


def wait_for_end(state, name, seconds):
    """Waits until a program ends by itself, and forgets it."""
    with state.change() as facts:
        facts["processes"][name]["wanted"] = False
    record = state.read()["processes"][name]
    wait_until(lambda: not alive(record), seconds, f"{name} to end", state)
    with state.change() as facts:
        del facts["processes"][name]


def _signal(record, sent):
    """To the whole group: a Kamailio is several processes."""
    try:
        os.killpg(record["pid"], sent)
    except ProcessLookupError:
        pass


def check(state):
    """LabError when a program is gone that should run."""
    for name, record in state.read()["processes"].items():
        if record["wanted"] and not alive(record):
            raise LabError(f"{name} died by itself; whatever the lab shows since then is not an outage. "
                           f"The end of {state.path('log', name + '.log')}:\n{tail(state, name)}")


def tail(state, name, lines=12):
    """The last lines of a program's log."""
    try:
        with open(state.path("log", name + ".log"), encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-lines:]).rstrip()
    except FileNotFoundError:
        return "(no log)"


def wait_until(condition, seconds, what, state=None, pause=0.05):
    """Waits for `condition()` to be true; LabError naming `what` if it does not come, or if a program dies."""
    deadline = time.monotonic() + seconds
    while not condition():
        if state is not None:
            check(state)
        if time.monotonic() > deadline:
            raise LabError(f"waited {seconds:g} s in vain: {what}")
        time.sleep(pause)
