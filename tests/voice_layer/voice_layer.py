"""A voice layer under test: the shipped configuration, run by a real Kamailio on loopback addresses of a network
namespace of the test's own, with switches around it.

Every test file ends in main(), which starts it again inside new namespaces: nothing of it outlives it, and nothing
outside is touched."""

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

from sip import Caller, Switch

DEPLOY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "deploy", "kamailio")
PROXY = ("127.0.0.10", 5060)
# Addresses of the example's site file, and what stands for them here.
ADDRESSES = {"t1": "127.0.0.21", "t2": "127.0.0.22", "t3": "127.0.0.23", "pbx1": "127.0.0.41", "a1": "127.0.0.31",
             "b1": "127.0.0.32"}
PROBE, STRANGER = "127.0.0.51", "127.0.0.66"
_EXAMPLE = {"t1": "52.114.148.0", "t2": "52.114.132.46", "t3": "52.114.75.24", "pbx1": "192.0.2.20",
            "a1": "198.51.100.1", "b1": "203.0.113.1"}
# Peers' addresses: those of their hops.
PEERS = {"t1": "teams", "t2": "teams", "t3": "teams", "pbx1": "pbx", "a1": "carrier-a", "b1": "carrier-b"}

OURS = "442055550100"  # a number of group g1
HOME = "-|100:teams,pbx"
NUMBERS = {OURS: "g1", "442055550200": "g2", "442055550300": "g3"}
GROUPS = {"g1": f"0;{HOME};", "g2": "0;-|100:teams;", "g3": "0;i|100:teams,pbx;"}


def write_plan(path, numbers, groups):
    """A plan file as the router writes it."""
    with sqlite3.connect(path) as file:
        for table, rows in (("num", numbers), ("grp", groups)):
            file.execute(f"CREATE TABLE IF NOT EXISTS {table} (key_name TEXT PRIMARY KEY, key_value TEXT NOT NULL)"
                         " WITHOUT ROWID")
            file.execute(f"DELETE FROM {table}")
            file.executemany(f"INSERT INTO {table} VALUES (?, ?)", rows.items())
    file.close()


class VoiceLayer:
    """One Kamailio and its files in a directory of its own. `changes` are (old, new) texts of the site file."""

    def __init__(self, changes=(), numbers=None, groups=None, address=PROXY[0]):
        self.directory = tempfile.mkdtemp(prefix="dialtone-voice-layer-")
        self.address = address
        self.plan = os.path.join(self.directory, "plan.sqlite")
        self._process = None
        self._log = open(os.path.join(self.directory, "log"), "ab")
        self._write_site(changes)
        write_plan(self.plan, NUMBERS if numbers is None else numbers, GROUPS if groups is None else groups)

    def _write_site(self, changes):
        lines = [line for line in self.shipped("dialtone-site.example.cfg").splitlines() if "listen=tls" not in line and "DIALTONE_TLS_FILE" not in line
                 and "listen=tcp" not in line]
        text = "\n".join(lines) + "\n"
        for directory in ("/run/dialtone", "/var/lib/dialtone", "/etc/kamailio"):
            text = text.replace(directory, self.directory)
        for hop, address in _EXAMPLE.items():
            text = text.replace(f"sip:{address}:5061;transport=tls", f"sip:{ADDRESSES[hop]}:5060;transport=udp")
            text = text.replace(address, ADDRESSES[hop])
        text = text.replace("192.0.2.10", self.address).replace("|teams|sip.pstnhub.microsoft.com|", "|teams||")
        for old, new in changes:
            if old not in text:
                raise AssertionError(f"the site file has no {old}")
            text = text.replace(old, new)
        self.write("dialtone-site.cfg", text)
        rows = [f"1 {ADDRESSES[hop]} 32 0 {peer}" for hop, peer in PEERS.items()] + [f"2 {PROBE} 32 0 probe"]
        self.write("dialtone-addresses.txt", "\n".join(rows) + "\n")

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    @staticmethod
    def shipped(name):
        """Text of a file of deploy/kamailio."""
        with open(os.path.join(DEPLOY, name), encoding="ascii") as file:
            return file.read()

    def bind(self, name, target):
        """Puts a file of ours in the place of one of the machine's, in this mount namespace alone."""
        subprocess.run(["mount", "--bind", self.path(name), target], check=True)

    def start(self, wait=10.0):
        """Starts Kamailio and waits until it answers; returns self."""
        self._process = subprocess.Popen(
            [os.path.join(DEPLOY, "start.sh"), "-DD", "-E", "-m", "128", "-M", "16"], cwd=self.directory,
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, start_new_session=True)
        end = time.monotonic() + wait
        while True:
            try:
                self.get("ctl", "boot")
                return self
            except OSError as error:
                if self._process.poll() is not None or time.monotonic() > end:
                    raise AssertionError(f"Kamailio did not start: {error}\n{self.log()}") from error
                time.sleep(0.05)

    def stop(self, kill=False):
        """Stops Kamailio; `kill` as a crash would."""
        if self._process is None:
            return
        if kill:
            os.killpg(self._process.pid, 9)
        else:
            self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, 9)
            self._process.wait()
        self._process = None
        if os.path.exists(self.path("kamailio.sock")):
            os.unlink(self.path("kamailio.sock"))

    def close(self):
        self.stop()
        self._log.close()
        shutil.rmtree(self.directory)

    def log(self):
        return self.read("log")

    def rpc(self, method, *arguments):
        """One JSON-RPC call over the datagram socket, as the router makes it; returns the result."""
        path = os.path.join(self.directory, f"test-{time.monotonic_ns()}.sock")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
            client.bind(path)
            try:
                client.settimeout(2.0)
                client.connect(self.path("kamailio.sock"))
                client.send(json.dumps({"jsonrpc": "2.0", "method": method, "params": arguments, "id": 1}).encode())
                answer = json.loads(client.recv(65536))
            finally:
                os.unlink(path)
        if "error" in answer:
            raise KeyError(answer["error"]["message"])
        return answer["result"]

    def get(self, table, key):
        """A value of a table; None when it has none."""
        try:
            return self.rpc("htable.get", table, key)["item"]["value"]
        except KeyError:
            return None

    def set(self, table, key, value):
        self.rpc("htable.seti" if isinstance(value, int) else "htable.sets", table, key, value)

    def count(self, key):
        return int(self.get("cnt", key) or 0)


class Story(unittest.TestCase):
    """A test with a voice layer and switches around it: self.layer, self.switches by hop, self.carrier (calls in over
    trunk a), self.teams and self.pbx (call out). One Kamailio for each class; tables are as at its start in each test."""

    SITE_CHANGES = ()

    @classmethod
    def setUpClass(cls):
        cls.layer = VoiceLayer(cls.SITE_CHANGES)
        cls.addClassCleanup(cls.layer.close)
        cls.layer.start()
        cls.switches = {}
        for hop, address in ADDRESSES.items():
            cls.switches[hop] = Switch(hop, address)
            cls.addClassCleanup(cls.switches[hop].close)
        cls.carrier, cls.carrier_b, cls.teams, cls.pbx = (
            cls._caller(ADDRESSES[hop]) for hop in ("a1", "b1", "t1", "pbx1"))

    @classmethod
    def _caller(cls, address):
        caller = Caller(address, (cls.layer.address, PROXY[1]))
        cls.addClassCleanup(caller.close)
        return caller

    def setUp(self):
        for switch in self.switches.values():
            switch.reset()
        self.layer.rpc("htable.flush", "hs")
        self.layer.rpc("htable.flush", "minute")
        for group, record in GROUPS.items():
            self.layer.set("grp", group, record)

    def behave(self, **behaviours):
        """behave(t1="silent", pbx1=486)"""
        for hop, behaviour in behaviours.items():
            self.switches[hop].behaviour = behaviour

    def assert_answered_by(self, hop, call):
        self.assertEqual((call.status, call.answered_by), (200, hop), [reply.start for reply in call.replies])

    def called(self, hop):
        return len(self.switches[hop].calls)


def main():
    """Runs the tests of the file that calls it, in namespaces of its own."""
    if "DIALTONE_IN_NAMESPACE" not in os.environ:
        os.environ["DIALTONE_IN_NAMESPACE"] = "1"
        os.execvp("unshare", ["unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--",
                              sys.executable, "-B", *sys.argv])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    unittest.main(verbosity=2)
