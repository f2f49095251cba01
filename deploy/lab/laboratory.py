"""One lab as a whole: up, down, what stands, what is broken."""

import json
import os
import signal
import subprocess

import calls
import certificates
import configuration
import events
import faults
import network
import parts
import processes
import topology
import world
from state import State
from topology import LabError

DEFAULT_NAME, DEFAULT_BLOCK = "lab", "10.77.0.0/16"
DEFAULT_POLICY = os.path.join(world.HERE, "policy.textproto")
SETTLED_PATIENCE = 20.0  # seconds from the last start until status says that all is well


class Lab:
    """Names one lab, running or not. `lab.up(...)` makes it; later commands find it by its name."""

    def __init__(self, name=DEFAULT_NAME):
        self.name = name
        self.state = State(name)

    def _open(self):
        """The facts of a lab that is up."""
        return self.state.read()

    @property
    def topology(self):
        return topology.Topology(self.name, self._open()["block"])

    @property
    def parts(self):
        return parts.Parts(self.topology, self.state)

    @property
    def faults(self):
        return faults.Faults(self.topology, self.state, self.parts)

    @property
    def calls(self):
        return calls.Calls(self.topology, self.state)

    # ---- life

    def up(self, programs, block=DEFAULT_BLOCK, policy=DEFAULT_POLICY, say=print):
        """Makes the lab and starts everything in it; returns when the detector says that all is well."""
        if os.geteuid() != 0:
            raise LabError("the lab makes network namespaces: run it as root")
        if self.state.exists() and any(processes.alive(record) for record in self.state.read()["processes"].values()):
            raise LabError(f"lab {self.name} is up already; `lab down --name {self.name}` ends it")
        plan = topology.Topology(self.name, block)
        found = parts.programs(programs)
        if not os.path.exists(policy):
            raise LabError(f"--policy {policy}: no such file")
        network.remove(self.name)
        self.state.create({"block": plan.block, "programs": found, "policy": os.path.abspath(policy)})
        try:
            self._make(plan, say)
        except BaseException:
            self._stop_all()
            network.remove(self.name)
            say(f"lab {self.name} did not come up; its logs stay in {self.state.path('log')}")
            raise

    def _make(self, plan, say):
        say(f"network: {len(plan.namespaces())} namespaces {self.name}-..., addresses {plan.block}")
        starter = self.parts
        network.build(plan, starter.world.start_links)
        network.have_hosts_file(say)
        for short in (topology.VOICE_LAYER, topology.TEAMS):
            network.write_hosts(plan, short, {certificates.sbc_name(topology.VOICE_LAYER): plan.voice_layer})
        say("certificates and configuration")
        certificates.make(self.state)
        configuration.write_all(plan, self.state, self.state.read()["policy"])
        say("the world: " + ", ".join(starter.world.parts))
        for name in starter.world.parts:
            starter.start(name, wait=False)
        for name in starter.world.parts:
            starter.wait(name)
        say("Dialtone: " + ", ".join(parts.OURS))
        for name in parts.OURS:
            starter.start(name)
        self.wait_until_healthy()

    def down(self):
        """Stops and removes everything of this name; returns how many namespaces there were."""
        if self.state.exists():
            self._stop_all()
        removed = network.remove(self.name)
        self.state.remove()
        return removed

    def _stop_all(self):
        """At once: nobody needs a clean end here."""
        for name in self.state.read()["processes"]:
            processes.stop(self.state, name, signal.SIGKILL)

    def check(self):
        """LabError when something died that nobody stopped."""
        processes.check(self.state)

    # ---- parts

    def kill(self, name):
        """kill -9, as a machine would lose it."""
        if not processes.stop(self.state, name, signal.SIGKILL):
            raise LabError(f"{name} was not running")

    def stop(self, name):
        """A clean stop."""
        if not processes.stop(self.state, name):
            raise LabError(f"{name} was not running")

    def start(self, name):
        """Starts a part that was stopped or killed, and waits until it is ready."""
        record = self.state.read()["processes"].get(name)
        if record and processes.alive(record):
            raise LabError(f"{name} runs already")
        self.parts.start(name)

    def suspend(self, name):
        """The part stops where it is, until `resume`: it neither answers nor dies."""
        processes.send(self.state, name, signal.SIGSTOP)

    def resume(self, name):
        """Ends `suspend`."""
        processes.send(self.state, name, signal.SIGCONT)

    def parts_not_running(self):
        """Parts of Dialtone and the voice layer that were stopped or killed, in the order of their start."""
        records = self.state.read()["processes"]
        return [name for name in parts.OURS if not processes.alive(records[name])]

    # ---- asking Dialtone

    def dialtone_command(self, *arguments):
        """The operator's CLI in the management namespace, with the operator's certificate."""
        facts = self._open()
        return ["ip", "netns", "exec", self.topology.namespace(topology.MANAGEMENT), facts["programs"]["dialtone"],
                "--config", self.state.path("config", "dialtone.textproto"), *arguments]

    def dialtone(self, *arguments, timeout=40.0):
        """Runs the CLI; returns (exit code, standard output, standard error)."""
        done = subprocess.run(self.dialtone_command(*arguments), capture_output=True, text=True, timeout=timeout,
                              stdin=subprocess.DEVNULL, check=False)
        return done.returncode, done.stdout, done.stderr

    def status(self):
        """StatusResponse as proto3 JSON; None while the detector cannot be asked."""
        code, out, _ = self.dialtone("status", "-o", "json", "--timeout", "3")
        return json.loads(out) if code in (0, 10) and out.strip() else None

    def watch(self):
        """An EventWatch on this lab's detector."""
        return events.EventWatch(self.dialtone_command("watch", "-o", "json"))

    def healthy(self):
        """Everything is green, says the detector."""
        status = self.status()
        return bool(status and status.get("allHealthy"))

    def wait_until_healthy(self, seconds=SETTLED_PATIENCE):
        processes.wait_until(self.healthy, seconds, f"`dialtone status` of lab {self.name} to be all green; "
                             "`lab dialtone status` shows what is not", self.state, pause=0.3)
