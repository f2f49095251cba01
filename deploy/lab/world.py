"""The world around Dialtone: Teams, witnesses, carriers, PBXes, resolver, links, and the voice layer without Dialtone.
How each is started, in which namespace, and how one knows that it is ready."""

import os
import sys

import certificates
import control
import network
import processes
import topology

HERE = os.path.dirname(os.path.abspath(__file__))

# Every Kamailio that speaks TLS: shared memory for its connections, private memory for its tables.
KAMAILIO_ARGUMENTS = ("-DD", "-E", "-m", "128", "-M", "64")
TEAMS_HOPS = ("t1", "t2", "t3")  # the hubs as the voice layers call them
PBX_HOPS = {"pbx": "pbx1", "pbx-2": "pbx2"}


def write_tls(state, name, certificate):
    """Configuration of a Kamailio's TLS module, mutual both ways; returns its path."""
    path, directory = state.path("config", name + "-tls.cfg"), state.path("tls", "sip")
    with open(path, "w", encoding="ascii") as file:
        for side in ("server", "client"):
            file.write(f"[{side}:default]\nmethod = TLSv1.2+\nverify_certificate = yes\n"
                       f"require_certificate = yes\nprivate_key = {directory}/{certificate}.key\n"
                       f"certificate = {directory}/{certificate}.pem\nca_list = {directory}/ca.pem\n\n")
    return path


class World:
    """Starts the parts of one lab's world. `lab` is its Topology, `state` its State."""

    def __init__(self, lab, state):
        self._lab = lab
        self._state = state
        # name: (how to start it, [(namespace, protocol, address it listens on when it is ready)])
        self._parts = {
            "witness": (self._start_witness, [(topology.WITNESS, "tcp", self._sip(lab.witness_sip))]),
            "teams": (self._start_teams, [(topology.TEAMS, "tcp", f"{lab.hub(hub)}:{topology.SIP_TLS_PORT}")
                                          for hub in topology.HUBS]),
            "microsoft": (self._start_microsoft, [(topology.TEAMS, "tcp", f"{address}:{topology.HTTPS_PORT}")
                                                  for address in (lab.sign_in, lab.other_microsoft)]),
            "relays": (self._start_relays, [(topology.MEDIA, "udp", f"{lab.relay(relay)}:{topology.STUN_PORT}")
                                            for relay in topology.RELAYS]),
            "audio": (self._start_audio, [(topology.MEDIA, "udp", f"{lab.teams_audio}:{topology.TEAMS_MEDIA_PORT}")]),
            "voice-media": (self._start_voice_media,
                            [(topology.VOICE_LAYER, "udp", f"{lab.voice_layer}:{topology.STUN_PORT}")]),
            "dns": (self.start_dns, [(topology.DNS, "udp", f"{lab.dns}:{topology.DNS_PORT}")]),
            "plain": (self._start_plain, [(topology.PLAIN, "udp", self._sip(lab.plain))]),
            **{switch: (lambda switch=switch: self.start_switch(switch, "answer"),
                        [(switch, "udp", self._sip(self._switch_address(switch)))])
               for switch in (*topology.PBXES, *topology.CARRIERS)},
        }

    @property
    def parts(self):
        """Names of the parts, in the order of their start."""
        return tuple(self._parts)

    def start(self, name):
        self._parts[name][0]()

    def ready(self, name):
        listening = all(network.listens(self._lab, *where) for where in self._parts[name][1])
        return listening and (name != "teams" or os.path.exists(self._state.path("run", "teams.sock")))

    # ---- links

    def start_links(self):
        """Makes the interfaces of the links in user space; whoever builds the network gives them addresses."""
        ends = lambda end: f"{self._lab.namespace(end.namespace)},{end.interface}"
        shaped = topology.shaped_links(self._lab)
        self._run("links", topology.EDGE, [self._program("dialtone-lab-link"), self._state.path("run", "links.sock"),
                                           *[f"{name}={ends(link.left)}/{ends(link.right)}"
                                             for name, link in shaped.items()]])
        processes.wait_until(lambda: os.path.exists(self._state.path("run", "links.sock")), 5, "the links", self._state)
        for name in shaped:
            self.shape_link(name)

    def shape_link(self, name, direction="both", words=None):
        """Changes a link in user space, without words back to what it is when nothing is broken; returns what it says."""
        if words is None:
            words = topology.shaped_links(self._lab)[name].shape.words()
        return control.tell(self._state.path("run", "links.sock"), f"{name} {direction} {words}")

    # ---- Teams and the rest of Microsoft

    def _start_teams(self):
        tls = write_tls(self._state, "teams", "hubs")
        path = self._fill("teams.cfg", {
            **{hub.upper(): self._lab.hub(hub) for hub in topology.HUBS}, "VOICE_LAYER": self._lab.voice_layer,
            "AUDIO": self._lab.teams_audio, "AUDIO_PORT": str(topology.TEAMS_MEDIA_PORT),
            "RPC_SOCKET": self._state.path("run", "teams.sock"), "TLS_CONFIG": tls})
        self._run("teams", topology.TEAMS, ["kamailio", *KAMAILIO_ARGUMENTS, "-f", path])

    def _start_microsoft(self):
        path = self._fill("microsoft.conf", {
            "SIGN_IN": self._lab.sign_in, "SIGN_IN_NAME": certificates.SIGN_IN_NAME, "OTHER": self._lab.other_microsoft,
            "OTHER_NAME": certificates.OTHER_NAME, "TLS": self._state.path("tls", "sip", "microsoft"),
            "RUN": self._state.path("run"), "REFUSES": self._state.path("run", "sign-in-refuses")})
        # Without -e it would complain of a log file that belongs to the machine's own nginx.
        self._run("microsoft", topology.TEAMS, ["nginx", "-e", "stderr", "-c", path])

    def _start_relays(self):
        self._run("relays", topology.MEDIA, self._turnserver("relays", map(self._lab.relay, topology.RELAYS)))

    def _start_audio(self):
        self._run("audio", topology.MEDIA, [self._program("dialtone-lab-echo"), self._state.path("run", "audio.sock"),
                                            self._lab.teams_audio, str(topology.TEAMS_MEDIA_PORT)])

    # ---- everybody else

    def _start_voice_media(self):
        """The media of our own voice layer; a real one has rtpengine or an SBC there."""
        self._run("voice-media", topology.VOICE_LAYER, self._turnserver("voice-media", [self._lab.voice_layer]))

    def _turnserver(self, name, addresses):
        return ["turnserver", "-n", "--stun-only", "--no-cli", "--no-tcp", "--no-tls", "--no-dtls", "--no-rfc5780",
                "--relay-threads", "1", "--proc-user", "root", "--log-file", "stdout", "--simple-log",
                "--pidfile", self._state.path("run", name + ".pid"), "--userdb", self._state.path("run", name + ".db"),
                "--listening-port", str(topology.STUN_PORT),
                *[word for address in addresses for word in ("--listening-ip", address)]]

    def start_dns(self):
        """The resolver that everybody uses."""
        names = {certificates.hub_name(hub): self._lab.hub(hub) for hub in topology.HUBS}
        names |= {certificates.SIGN_IN_NAME: self._lab.sign_in, certificates.OTHER_NAME: self._lab.other_microsoft}
        self._run("dns", topology.DNS, ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv",
                                        "--no-hosts", "--user=root", "--log-facility=-", "--pid-file=",
                                        "--bind-interfaces", f"--listen-address={self._lab.dns}",
                                        *[f"--host-record={name},{address}" for name, address in names.items()]])

    def start_broken_dns(self):
        """In its place one that answers SERVFAIL."""
        self._run("dns", topology.DNS, [sys.executable, os.path.join(HERE, "servfail.py"), self._lab.dns,
                                        str(topology.DNS_PORT)])

    def _start_witness(self):
        path = self._fill("witness.cfg", {"ADDRESS": self._lab.witness_sip})
        self._run("witness", topology.WITNESS, ["kamailio", "-DD", "-E", "-m", "32", "-M", "8", "-f", path])

    def start_switch(self, name, scenario):
        """A SIPp that answers calls as a PBX or a carrier, and echoes audio: scenario answer, busy, trying or silent."""
        self._run(name, name, ["sipp", "-nostdin", "-sf", os.path.join(HERE, "sipp", scenario + ".xml"),
                               "-key", "answered_by", PBX_HOPS.get(name, name), "-i", self._switch_address(name),
                               "-p", str(topology.SIP_PORT), "-rtp_echo",
                               "-l", "5000", "-f", "3600", "-buff_size", "1048576"])

    def _start_plain(self):
        """The voice layer without Dialtone."""
        path = self._state.path("config", "dispatcher.list")
        rows = [(f"sip:{self._lab.hub(hub)}:{topology.SIP_TLS_PORT};transport=tls", hop)
                for hub, hop in zip(topology.HUBS, TEAMS_HOPS)]
        rows += [(f"sip:{self._lab.pbx(pbx)}:{topology.SIP_PORT}", hop) for pbx, hop in PBX_HOPS.items()]
        with open(path, "w", encoding="ascii") as file:
            file.writelines(f"1 {uri} 0 {len(rows) - place} hop={hop}\n" for place, (uri, hop) in enumerate(rows))
        callers = "|".join(map(self._lab.carrier, topology.CARRIERS)).replace(".", "[.]")
        config = self._fill("plain.cfg", {"ADDRESS": self._lab.plain, "DESTINATIONS": path, "PEERS": f"^({callers})$",
                                          "TLS_CONFIG": write_tls(self._state, "plain", "sbc-" + topology.PLAIN)})
        self._run("plain", topology.PLAIN, ["kamailio", *KAMAILIO_ARGUMENTS, "-f", config])

    # ---- how

    @staticmethod
    def _sip(address):
        return f"{address}:{topology.SIP_PORT}"

    def _switch_address(self, name):
        return self._lab.pbx(name) if name in topology.PBXES else self._lab.carrier(name)

    def _program(self, name):
        return self._state.read()["programs"][name]

    def _run(self, name, namespace, command):
        processes.start(self._state, name, self._lab.namespace(namespace), command)

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
