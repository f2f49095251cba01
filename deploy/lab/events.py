"""What the detector says, as it happens: `dialtone watch -o json` of a lab, read line by line."""

import datetime
import json
import queue
import subprocess
import threading
import time

RECONNECT_PAUSE = 0.3  # seconds, while the detector is away


def seconds_of(timestamp):
    """Seconds since 1970 of a proto3 JSON timestamp (RFC 3339, up to nanoseconds, UTC)."""
    whole, _, fraction = timestamp.rstrip("Z").partition(".")
    moment = datetime.datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=datetime.timezone.utc)
    return moment.timestamp() + (float("0." + fraction) if fraction else 0.0)


class Event:
    """One event of the detector; `arrived` is when we read it."""

    def __init__(self, message):
        self.id = int(message.get("id", 0))
        self.time = seconds_of(message["time"]) if "time" in message else time.time()
        self.kind = message.get("kind", "")
        self.sentence = message.get("sentence", "")
        self.groups = message.get("groups", [])
        self.hop = message.get("hop", "")
        self.arrived = time.time()


class EventWatch:
    """Follows the events from its making on, in a thread of its own, across restarts of the detector. Use as a context
    manager."""

    def __init__(self, command):
        """`command` runs `dialtone watch -o json`; --after ID is added."""
        self._command = command
        self._began = time.time()
        self._queue = queue.Queue()
        self._stopping = threading.Event()
        self._process = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.seen = []  # every event taken so far

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        if self._process is not None:
            self._process.kill()
        self._thread.join(timeout=5)

    def _run(self):
        last = 1  # 0 would mean from the moment that the detector answers, which is later than ours
        while not self._stopping.is_set():
            with subprocess.Popen(self._command + ["--after", str(last)], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, text=True) as self._process:
                for line in self._process.stdout:
                    event = Event(json.loads(line))
                    last = max(last, event.id)
                    if event.time >= self._began:
                        self._queue.put(event)
            self._stopping.wait(RECONNECT_PAUSE)

    def read(self):
        """Events that came since the last read, without waiting."""
        fresh = []
        while True:
            try:
                fresh.append(self._queue.get_nowait())
            except queue.Empty:
                self.seen += fresh
                return fresh
