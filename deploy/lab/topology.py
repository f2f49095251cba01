"""Names and addresses of one lab: what stands where, and on which link.

Everything hangs off a prefix (names of namespaces) and an address block, so that two labs run side by side. All of
it lives in network namespaces; the machine's own network is never touched.

      witness   dns   vl1   plain   pbx   pbx-2   carrier-1   carrier-2
         |       |     |      |      |      |         |           |
         +-------+-----+------+-----inet----+---------+-----------+         the internet's core
                             |       |       |
                   isp-a-core       edge       isp-b-core        edge: where Microsoft's network begins; behind it
                    |      |         |          |      |         teams (hub1..3, sign-in, another service) and
                    |      +-peering-+-peering--+      |         media (relays, audio of calls)
                  isp-a           |     |            isp-b       isp-x: access router, and the ISP's own witness
                 |     |        teams media            |
            lon-gw   par-gw                          nyc-gw
               |        |                              |
              lon      par                            nyc
               +--------+------------ mgmt ------------+---- vl1            management links; mgmt has the detector

The uplinks of the branches and the link to `media` are made in user space (link_main.cc): their delay, jitter, loss and
rate can be changed while calls run.
"""

import dataclasses
import ipaddress
import re
from typing import Optional

# Ports that several parts must agree on.
SIP_PORT = 5060
SIP_TLS_PORT = 5061
DETECTOR_PORT = 7443
ROUTER_PORT = 7444
DETECTOR_METRICS_PORT = 9100
ROUTER_METRICS_PORT = 9101
AGENT_METRICS_PORT = 9102
CALLER_PORT = 5070
HTTPS_PORT = 443
DNS_PORT = 53
STUN_PORT = 3478
TEAMS_MEDIA_PORT = 49152  # where hubs say that audio goes (teams.cfg)

HUBS = ("hub1", "hub2", "hub3")
RELAYS = ("relay1", "relay2")
NUMBERS_PER_GROUP = 100


class LabError(Exception):
    """Something the person at the keyboard can act on; shown without a traceback."""


@dataclasses.dataclass(frozen=True)
class Shape:
    """What a link in user space does to packets, each way. See shaper.h."""

    delay: float = 0.0   # ms
    jitter: float = 0.0  # ms, standard deviation
    loss: float = 0.0    # per cent
    burst: float = 1.0   # packets lost in a row, mean
    rate: float = 0.0    # kbit/s; 0: no limit

    def words(self):
        """As the link's control socket takes it."""
        return " ".join(f"{field.name}={getattr(self, field.name):g}" for field in dataclasses.fields(self))


@dataclasses.dataclass(frozen=True)
class Branch:
    """A branch office: its agent, its gateway, its uplink through an ISP, its management link."""

    name: str
    region: str
    isp: str
    index: int  # its place in the address block
    number_prefix: str  # E.164 with +; three digits follow
    backup_avoids_uplink: bool  # its backup does not need the branch's uplink
    uplink: Shape  # its access line when nothing is broken


BRANCHES = (
    Branch("lon", "eu", "a", 1, "+4420555501", False, Shape(delay=4, jitter=0.2, rate=50_000)),
    Branch("par", "eu", "a", 2, "+3315555501", True, Shape(delay=8, jitter=0.4, rate=50_000)),
    Branch("nyc", "us", "b", 3, "+1212555501", False, Shape(delay=15, jitter=0.8, rate=50_000)),
)
MEDIA_SHAPE = Shape(delay=2, jitter=0.1)
# The site beside the voice layer: an agent, no users.
VANTAGE = "vantage"
VOICE_LAYER = "vl1"
VANTAGE_REGION, VANTAGE_ISP = "core", "c"

# Namespaces that are a router and nothing else.
CORE, EDGE = "inet", "edge"
ISPS = ("a", "b")
TEAMS, MEDIA, WITNESS, DNS, MANAGEMENT = "teams", "media", "witness", "dns", "mgmt"
PBXES = ("pbx", "pbx-2")
PBX = PBXES[0]
CARRIERS = ("carrier-1", "carrier-2")
PLAIN = "plain"  # the voice layer without Dialtone, for comparison


def access(isp):
    """Namespace of an ISP's access router, which also is the ISP's own witness."""
    return "isp-" + isp


def backbone(isp):
    """Namespace of an ISP's core: beyond it lie the internet and the peering with Microsoft."""
    return f"isp-{isp}-core"


def gateway(branch_name):
    """Namespace of a branch's LAN gateway."""
    return branch_name + "-gw"


def numbers_of(branch):
    """Phone numbers of a branch's group, E.164 with +."""
    digits = len(str(NUMBERS_PER_GROUP - 1))
    return [f"{branch.number_prefix}{i:0{digits}d}" for i in range(NUMBERS_PER_GROUP)]


def group_of(branch):
    """Name of a branch's number group."""
    return "g-" + branch.name


class Topology:
    """The addresses of one lab, and the real names of its namespaces."""

    def __init__(self, name, block):
        if not re.fullmatch(r"[a-z][a-z0-9]{0,11}", name):
            raise LabError(f"--name {name}: expected 1 to 12 lower case letters and digits, a letter first")
        try:
            network = ipaddress.ip_network(block)
        except ValueError as error:
            raise LabError(f"--block {block}: expected an IPv4 /16 such as 10.77.0.0/16 ({error})") from error
        if network.version != 4 or network.prefixlen != 16:
            raise LabError(f"--block {block}: expected an IPv4 /16 such as 10.77.0.0/16")
        self.name = name
        self.block = str(network)
        self._base = ".".join(str(network.network_address).split(".")[:2])

    def namespace(self, short):
        """The namespace's name on this machine."""
        return f"{self.name}-{short}"

    def address(self, subnet, host):
        return f"{self._base}.{subnet}.{host}"

    # ---- addresses by role; the last but one number says the link

    def hub(self, hub):
        return self.address(3, 11 + HUBS.index(hub))

    def relay(self, relay):
        """One of Teams' media relays (STUN)."""
        return self.address(14, 11 + RELAYS.index(relay))

    @property
    def teams_audio(self):
        """Where the audio of calls answered by Teams goes."""
        return self.address(14, 20)

    @property
    def sign_in(self):
        return self.address(3, 31)

    @property
    def other_microsoft(self):
        """Another service of Microsoft 365, which is not Teams."""
        return self.address(3, 41)

    @property
    def dns(self):
        return self.address(11, 10)

    @property
    def witness_ping(self):
        return self.address(4, 10)

    @property
    def witness_sip(self):
        return self.address(4, 11)

    @property
    def voice_layer(self):
        return self.address(5, 10)

    @property
    def voice_layer_gateway(self):
        return self.address(5, 1)

    @property
    def plain(self):
        """The voice layer without Dialtone."""
        return self.address(19, 10)

    def pbx(self, pbx=PBX):
        return self.address((6, 18)[PBXES.index(pbx)], 10)

    def carrier(self, carrier):
        return self.address(7 + CARRIERS.index(carrier), 10)

    def isp_witness(self, isp):
        return self.address(9, ISPS.index(isp) + 1)

    def uplink(self, branch):
        """The branch's address on its access line: what other sites probe."""
        return self.address(20 + branch.index, 2)

    def lan_gateway(self, branch):
        return self.address(30 + branch.index, 1)

    def agent(self, branch):
        """The agent on the branch's LAN."""
        return self.address(30 + branch.index, 10)

    @property
    def detector(self):
        return self.address(200, 2)

    def management(self, site):
        """Address on the management network: of a branch's agent, or of the voice layer's machine."""
        hosts = {branch.name: 30 + branch.index for branch in BRANCHES}
        hosts[VOICE_LAYER] = 5
        return self.address(200, hosts[site])

    def namespaces(self):
        """Short names of all namespaces."""
        shorts = [CORE, EDGE, TEAMS, MEDIA, WITNESS, DNS, VOICE_LAYER, PLAIN, *PBXES, *CARRIERS, MANAGEMENT]
        for isp in ISPS:
            shorts += [access(isp), backbone(isp)]
        for branch in BRANCHES:
            shorts += [branch.name, gateway(branch.name)]
        return shorts


@dataclasses.dataclass(frozen=True)
class End:
    """One end of a link: namespace, interface, addresses in it (all /24)."""

    namespace: str
    interface: str
    addresses: tuple


@dataclasses.dataclass(frozen=True)
class Link:
    """A cable between two namespaces; with a name and a shape it is one in user space."""

    left: End
    right: End
    name: str = ""
    shape: Optional[Shape] = None


def links(topology):
    """All point-to-point links. The management network is a bridge: see management_ends."""
    at = topology.address
    found = []
    for router, subnet, short, hosts in (
        (CORE, 4, WITNESS, (10, 11)),
        (CORE, 5, VOICE_LAYER, (10,)),
        (CORE, 6, PBXES[0], (10,)),
        (CORE, 7, CARRIERS[0], (10,)),
        (CORE, 8, CARRIERS[1], (10,)),
        (CORE, 11, DNS, (10,)),
        (CORE, 15, EDGE, (2,)),
        (CORE, 18, PBXES[1], (10,)),
        (CORE, 19, PLAIN, (10,)),
        (EDGE, 3, TEAMS, (11, 12, 13, 31, 41)),
    ):
        found.append(_cable(topology, router, short, subnet, hosts))
    found.append(_cable(topology, EDGE, MEDIA, 14, (11, 12, 20), "media", MEDIA_SHAPE))
    for index, isp in enumerate(ISPS):
        found += [_cable(topology, CORE, backbone(isp), 1 + index, (2,)),
                  _cable(topology, backbone(isp), access(isp), 16 + index, (2,)),
                  Link(End(EDGE, "peering-" + isp, (at(12 + index, 1),)),
                       End(backbone(isp), "peering", (at(12 + index, 2),)))]
    for branch in BRANCHES:
        found.append(Link(End(access(branch.isp), "to-" + branch.name, (at(20 + branch.index, 1),)),
                          End(gateway(branch.name), "uplink", (topology.uplink(branch),)), branch.name, branch.uplink))
        found.append(Link(End(gateway(branch.name), "lan", (topology.lan_gateway(branch),)),
                          End(branch.name, "lan", (topology.agent(branch),))))
    return found


def _cable(topology, router, short, subnet, hosts, name="", shape=None):
    """The link by which a namespace hangs on a router: .1 there, `hosts` here."""
    return Link(End(router, "to-" + short, (topology.address(subnet, 1),)),
                End(short, "uplink", tuple(topology.address(subnet, host) for host in hosts)), name, shape)


def shaped_links(topology):
    """{name: link} of the links in user space."""
    return {link.name: link for link in links(topology) if link.shape is not None}


def management_ends(topology):
    """Who hangs on the management bridge, by one interface `mgmt` each."""
    return [End(site, "mgmt", (topology.management(site),))
            for site in [branch.name for branch in BRANCHES] + [VOICE_LAYER]]


def routes(topology):
    """(namespace, destination, via) of every route that is not a connected one."""
    at = topology.address
    found = [(short, "default", at(subnet, 1)) for short, subnet in (
        (TEAMS, 3), (WITNESS, 4), (VOICE_LAYER, 5), (PBXES[0], 6), (CARRIERS[0], 7), (CARRIERS[1], 8), (DNS, 11),
        (MEDIA, 14), (EDGE, 15), (PBXES[1], 18), (PLAIN, 19))]
    microsoft = [at(subnet, 0) + "/24" for subnet in (3, 14)]
    found += [(CORE, network, at(15, 2)) for network in microsoft]
    for index, isp in enumerate(ISPS):
        found += [(access(isp), "default", at(16 + index, 1)), (backbone(isp), "default", at(1 + index, 1))]
        found += [(backbone(isp), network, at(12 + index, 1)) for network in microsoft]
        customers = [topology.isp_witness(isp) + "/32"]
        for branch in BRANCHES:
            if branch.isp == isp:
                lan = at(30 + branch.index, 0) + "/24"
                customers += [at(20 + branch.index, 0) + "/24", lan]
                found.append((access(isp), lan, topology.uplink(branch)))
        for network in customers:
            found += [(CORE, network, at(1 + index, 2)), (EDGE, network, at(12 + index, 2)),
                      (backbone(isp), network, at(16 + index, 2))]
    for branch in BRANCHES:
        found += [(gateway(branch.name), "default", at(20 + branch.index, 1)),
                  (branch.name, "default", topology.lan_gateway(branch))]
    return found


def routers():
    """Namespaces that forward packets."""
    return [CORE, EDGE, *map(access, ISPS), *map(backbone, ISPS), *(gateway(branch.name) for branch in BRANCHES)]
