"""What one lab remembers on disk: its block, its programs, the faults in force.

Below /run/dialtone-lab/NAME lie state.json, the generated configuration, certificates, logs, journals, sockets.
Every command of the lab is a process of its own, so the file is read and written under a lock.
"""

import contextlib
import fcntl
import json
import os
import shutil
import time

from topology import LabError

ROOT = "/run/dialtone-lab"


class State:
    """The state directory of one lab."""

    def __init__(self, name):
        self.name = name
        self.directory = os.path.join(ROOT, name)

    def path(self, *parts):
        return os.path.join(self.directory, *parts)

    def exists(self):
        return os.path.exists(self.path("state.json"))

    def create(self, facts):
        """A new, empty state directory."""
        shutil.rmtree(self.directory, ignore_errors=True)
        for sub in ("config", "log", "tls", "run", "journal", "store"):
            os.makedirs(self.path(sub))
        os.chmod(self.directory, 0o700)
        self._write({"made": time.time(), "processes": {}, "faults": {}, **facts})

    def remove(self):
        shutil.rmtree(self.directory, ignore_errors=True)

    def read(self):
        """All of it; LabError when this lab is not up."""
        try:
            with open(self.path("state.json"), encoding="utf-8") as file:
                return json.load(file)
        except FileNotFoundError as error:
            raise LabError(f"lab {self.name} is not up: `lab up --name {self.name}` starts it") from error

    @contextlib.contextmanager
    def change(self):
        """Gives the facts to be changed, and writes them; nobody else does meanwhile."""
        with open(self.path("lock"), "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            facts = self.read()
            yield facts
            self._write(facts)

    def _write(self, facts):
        fresh = self.path("state.json.new")
        with open(fresh, "w", encoding="utf-8") as file:
            json.dump(facts, file, indent=1)
        os.replace(fresh, self.path("state.json"))


def all_names():
    """Names of the labs on this machine."""
    return sorted(os.listdir(ROOT)) if os.path.isdir(ROOT) else []
