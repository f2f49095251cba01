"""What runs in a lab: how each part of Dialtone is started, in which namespace, and how one knows that it is ready.
The world around it is in world.py."""

import os

import certificates
import network
import processes
import topology
from topology import LabError
from world import KAMAILIO_ARGUMENTS, World, write_tls

READY_PATIENCE = 15.0  # seconds; everything starts in one or two, on a busy machine
VOICE_LAYER_START = os.path.join(certificates.REPOSITORY, "deploy", "kamailio", "start.sh")

AGENTS = tuple(f"agent-{site}" for site in [branch.name for branch in topology.BRANCHES] + [topology.VANTAGE])
OURS = ("router", "kamailio", "detector", *AGENTS)  # in the order of their start

# Programs, and the folders of the build directory that they are in.
PROGRAMS = {"dialtone": "cli", "dialtone-agent": "agents", "dialtone-detector": "detector", "dialtone-router": "router",
            "dialtone-lab-link": "deploy/lab", "dialtone-lab-echo": "deploy/lab"}


def programs(directory):
    """Paths of our programs below a build directory."""
    found = {}
    for name, room in PROGRAMS.items():
        places = [os.path.join(directory, room, name), os.path.join(directory, name)]
        here = [place for place in places if os.access(place, os.X_OK)]
        if not here:
            raise LabError(f"no {name} below {directory}: build it (deploy/demo.sh does), or say --bin DIRECTORY")
        found[name] = os.path.abspath(here[0])
    return found


class Parts:
    """Starts the parts of one lab. `lab` is its Topology, `state` its State."""

    def __init__(self, lab, state):
        self._lab = lab
        self._state = state
        self.world = World(lab, state)

    def start(self, name, wait=True):
        """Starts one part by name and, unless told otherwise, waits until it is ready."""
        if name in self.world.parts:
            self.world.start(name)
        elif name == "kamailio":
            self._start_voice_layer()
        elif name in OURS:
            self._start_daemon(name)
        else:
            raise LabError(f"no part named {name}; parts: {', '.join((*self.world.parts, *OURS))}")
        if wait:
            self.wait(name)

    def wait(self, name):
        """Returns when a part is ready."""
        processes.wait_until(lambda: self.ready(name), READY_PATIENCE, f"{name} to be ready; see "
                             + self._state.path("log", name + ".log"), self._state)

    def ready(self, name):
        """The part answers (world, voice layer), or listens (detector, router); agents: it runs."""
        lab = self._lab
        if name in self.world.parts:
            return self.world.ready(name)
        if name == "kamailio":
            # Without its name in the hosts file it would start without its TLS listener, and say so only in its log.
            return (network.listens(lab, topology.VOICE_LAYER, "udp", f"{lab.voice_layer}:{topology.SIP_PORT}")
                    and network.listens(lab, topology.VOICE_LAYER, "tcp",
                                        f"{lab.voice_layer}:{topology.SIP_TLS_PORT}"))
        if name == "detector":
            return network.listens(lab, topology.MANAGEMENT, "tcp", f"{lab.detector}:{topology.DETECTOR_PORT}")
        if name == "router":
            address = f"{lab.management(topology.VOICE_LAYER)}:{topology.ROUTER_PORT}"
            return network.listens(lab, topology.VOICE_LAYER, "tcp", address)
        return True

    def _start_voice_layer(self):
        """The shipped configuration, with the site file that the router's own command writes."""
        write_tls(self._state, "voice-layer", "sbc-" + topology.VOICE_LAYER)
        network.run([self._state.read()["programs"]["dialtone-router"], "render", "--config",
                     self._state.path("config", "router.textproto")])
        self._run("kamailio", topology.VOICE_LAYER, [VOICE_LAYER_START, *KAMAILIO_ARGUMENTS],
                  directory=self._state.path("config"))

    def _start_daemon(self, name):
        role = "agent" if name in AGENTS else name
        namespace = {"detector": topology.MANAGEMENT, "router": topology.VOICE_LAYER,
                     "agent-" + topology.VANTAGE: topology.VOICE_LAYER}.get(name, name.removeprefix("agent-"))
        program = self._state.read()["programs"]["dialtone-" + role]
        self._run(name, namespace, [program, "--config", self._state.path("config", name + ".textproto")])

    def _run(self, name, namespace, command, directory=None):
        processes.start(self._state, name, self._lab.namespace(namespace), command, directory)
