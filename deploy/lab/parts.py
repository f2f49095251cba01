"""The programs of a lab: what each is started with, in which namespace, and how one knows that it is ready."""

import os

import certificates
import network
import processes
import topology
from topology import LabError

HERE = os.path.dirname(os.path.abspath(__file__))
READY_PATIENCE = 15.0  # seconds; everything starts in one or two, on a busy machine

# Every Kamailio that speaks TLS: shared memory for its connections, private memory for its tables.
KAMAILIO_ARGUMENTS = ("-DD", "-E", "-m", "128", "-M", "64")
VOICE_LAYER_START = os.path.join(certificates.REPOSITORY, "deploy", "kamailio", "start.sh")

AGENTS = tuple(f"agent-{site}" for site in [branch.name for branch in topology.BRANCHES] + [topology.VANTAGE])
# In the order of their start: the world first, then ours.
WORLD = ("witness", "teams", "pbx", "carrier-1", "carrier-2")
OURS = ("router", "kamailio", "detector", *AGENTS)


def programs(directory):
    """Paths of our programs below a build directory."""
    found = {}
    for name, room in (("dialtone", "cli"), ("dialtone-agent", "agents"), ("dialtone-detector", "detector"),
                       ("dialtone-router", "router")):
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

    def start(self, name, wait=True):
        """Starts one part by name and, unless told otherwise, waits until it is ready."""
        if name == "witness":
            self._start_witness()
        elif name == "teams":
            self._start_teams()
        elif name == "pbx":
            self.start_switch("pbx", "answer")
        elif name in topology.CARRIERS:
            self.start_switch(name, "answer")
        elif name == "kamailio":
            self._start_voice_layer()
        elif name in ("detector", "router", *AGENTS):
            self._start_daemon(name)
        else:
            raise LabError(f"no part named {name}; parts: {', '.join(WORLD + OURS)}")
        if wait:
            self.wait(name)

    def wait(self, name):
        """Returns when a part is ready."""
        processes.wait_until(lambda: self.ready(name), READY_PATIENCE, f"{name} to be ready; see "
                             + self._state.path("log", name + ".log"), self._state)

    def ready(self, name):
        """The part answers (world, voice layer), or listens (detector, router); agents: it runs."""
        lab = self._lab
        if name == "witness":
            return self.listens(topology.WITNESS, "tcp", f"{lab.witness_sip}:{topology.SIP_PORT}")
        if name == "teams":
            return all(self.listens(topology.TEAMS, "tcp", f"{lab.hub(hub)}:{topology.SIP_TLS_PORT}")
                       for hub in topology.HUBS) and os.path.exists(self._state.path("run", "teams.sock"))
        if name == "pbx":
            return self.listens(topology.PBX, "udp", f"{lab.pbx}:{topology.SIP_PORT}")
        if name in topology.CARRIERS:
            return self.listens(name, "udp", f"{lab.carrier(name)}:{topology.SIP_PORT}")
        if name == "kamailio":
            # Without its name in the hosts file it would start without its TLS listener, and say so only in its log.
            return (self.listens(topology.VOICE_LAYER, "udp", f"{lab.voice_layer}:{topology.SIP_PORT}")
                    and self.listens(topology.VOICE_LAYER, "tcp", f"{lab.voice_layer}:{topology.SIP_TLS_PORT}"))
        if name == "detector":
            return self.listens(topology.MANAGEMENT, "tcp", f"{lab.detector}:{topology.DETECTOR_PORT}")
        if name == "router":
            address = f"{lab.management(topology.VOICE_LAYER)}:{topology.ROUTER_PORT}"
            return self.listens(topology.VOICE_LAYER, "tcp", address)
        return True

    def listens(self, namespace, protocol, address):
        """Somebody listens on ADDRESS:PORT in a namespace."""
        shown = network.inside(self._lab, namespace, ["ss", "-Hln" + protocol[0]])
        shown = shown.replace("[::ffff:", "").replace("]:", ":")  # gRPC's sockets are of both families
        return any(address in line.split() for line in shown.splitlines())

    # ---- the world

    def _start_witness(self):
        path = self._fill("witness.cfg", {"ADDRESS": self._lab.witness_sip})
        self._run("witness", topology.WITNESS, ["kamailio", "-DD", "-E", "-m", "32", "-M", "8", "-f", path])

    def _start_teams(self):
        tls = self._write_tls("teams", "hubs")
        path = self._fill("teams.cfg", {
            **{hub.upper(): self._lab.hub(hub) for hub in topology.HUBS}, "VOICE_LAYER": self._lab.voice_layer,
            "RPC_SOCKET": self._state.path("run", "teams.sock"), "TLS_CONFIG": tls})
        self._run("teams", topology.TEAMS, ["kamailio", *KAMAILIO_ARGUMENTS, "-f", path])

    def start_switch(self, name, scenario):
        """A SIPp that answers calls as a PBX or a carrier: scenario answer, busy, trying or silent."""
        address = self._lab.pbx if name == "pbx" else self._lab.carrier(name)
        answers_as = "pbx1" if name == "pbx" else name
        self._run(name, name, ["sipp", "-nostdin", "-sf", os.path.join(HERE, "sipp", scenario + ".xml"),
                               "-key", "answered_by", answers_as, "-i", address, "-p", str(topology.SIP_PORT),
                               "-l", "5000", "-f", "3600", "-buff_size", "1048576"])

    # ---- ours

    def _start_voice_layer(self):
        """The shipped configuration, with the site file that the router's own command writes."""
        self._write_tls("voice-layer", "sbc-" + topology.VOICE_LAYER)
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

    def _write_tls(self, name, certificate):
        """Configuration of a Kamailio's TLS module, mutual both ways; returns its path."""
        path, directory = self._state.path("config", name + "-tls.cfg"), self._state.path("tls", "sip")
        with open(path, "w", encoding="ascii") as file:
            for side in ("server", "client"):
                file.write(f"[{side}:default]\nmethod = TLSv1.2+\nverify_certificate = yes\n"
                           f"require_certificate = yes\nprivate_key = {directory}/{certificate}.key\n"
                           f"certificate = {directory}/{certificate}.pem\nca_list = {directory}/ca.pem\n\n")
        return path

    def _fill(self, template, values):
        """Writes config/TEMPLATE with @NAME@ replaced by its value; returns its path."""
        with open(os.path.join(HERE, template), encoding="ascii") as file:
            text = file.read()
        for key, value in values.items():
            text = text.replace(f"@{key}@", value)
        path = self._state.path("config", template)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        return path
