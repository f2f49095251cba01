"""Names and addresses of one lab: what stands where, and on which link.

Everything hangs off a prefix (names of namespaces) and an address block, so that two labs run side by side. All of
it lives in network namespaces; the machine's own network is never touched.

                         inet (the internet's core)
      +----------+--------+-----+------+-----+---------+---------+
    isp-a      isp-b    teams  witness vl1  pbx     carrier-1 carrier-2
    |    |       |      hub1..3         |
 lon-gw par-gw nyc-gw                   |
    |    |       |                      |
   lon  par     nyc                     |         uplinks above, management link below
    +----+-------+------- mgmt ---------+         (mgmt: the detector and the operator's desk)
"""

import dataclasses
import ipaddress
import re

# Ports that several parts must agree on.
SIP_PORT = 5060
SIP_TLS_PORT = 5061
DETECTOR_PORT = 7443
ROUTER_PORT = 7444
DETECTOR_METRICS_PORT = 9100
ROUTER_METRICS_PORT = 9101
AGENT_METRICS_PORT = 9102
CALLER_PORT = 5070

HUBS = ("hub1", "hub2", "hub3")
NUMBERS_PER_GROUP = 100


class LabError(Exception):
    """Something the person at the keyboard can act on; shown without a traceback."""


@dataclasses.dataclass(frozen=True)
class Branch:
    """A branch office: its agent, its gateway, its uplink through an ISP, its management link."""

    name: str
    region: str
    isp: str
    index: int  # its place in the address block
    number_prefix: str  # E.164 with +; three digits follow
    backup_avoids_uplink: bool  # its backup does not need the branch's uplink


BRANCHES = (
    Branch("lon", "eu", "a", 1, "+4420555501", False),
    Branch("par", "eu", "a", 2, "+3315555501", True),
    Branch("nyc", "us", "b", 3, "+1212555501", False),
)
# The site beside the voice layer: an agent, no users.
VANTAGE = "vantage"
VOICE_LAYER = "vl1"
VANTAGE_REGION, VANTAGE_ISP = "core", "c"

# Namespaces that are a router and nothing else.
CORE, ISP_A, ISP_B = "inet", "isp-a", "isp-b"
TEAMS, WITNESS, PBX, MANAGEMENT = "teams", "witness", "pbx", "mgmt"
CARRIERS = ("carrier-1", "carrier-2")


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
    def pbx(self):
        return self.address(6, 10)

    def carrier(self, carrier):
        return self.address(7 + CARRIERS.index(carrier), 10)

    def isp_witness(self, isp):
        return self.address(9, "ab".index(isp) + 1)

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
        shorts = [CORE, ISP_A, ISP_B, TEAMS, WITNESS, VOICE_LAYER, PBX, *CARRIERS, MANAGEMENT]
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
    """A cable between two namespaces."""

    left: End
    right: End


def links(topology):
    """All point-to-point links. The management network is a bridge: see management_ends."""
    at = topology.address
    found = []
    for subnet, short, hosts in (
        (1, ISP_A, (2,)),
        (2, ISP_B, (2,)),
        (3, TEAMS, (11, 12, 13)),
        (4, WITNESS, (10, 11)),
        (5, VOICE_LAYER, (10,)),
        (6, PBX, (10,)),
        (7, CARRIERS[0], (10,)),
        (8, CARRIERS[1], (10,)),
    ):
        found.append(Link(End(CORE, "to-" + short, (at(subnet, 1),)),
                          End(short, "uplink", tuple(at(subnet, host) for host in hosts))))
    for branch in BRANCHES:
        isp = "isp-" + branch.isp
        found.append(Link(End(isp, "to-" + branch.name, (at(20 + branch.index, 1),)),
                          End(gateway(branch.name), "uplink", (topology.uplink(branch),))))
        found.append(Link(End(gateway(branch.name), "lan", (topology.lan_gateway(branch),)),
                          End(branch.name, "lan", (topology.agent(branch),))))
    return found


def management_ends(topology):
    """Who hangs on the management bridge, by one interface `mgmt` each."""
    return [End(site, "mgmt", (topology.management(site),))
            for site in [branch.name for branch in BRANCHES] + [VOICE_LAYER]]


def routes(topology):
    """(namespace, destination, via) of every route that is not a connected one."""
    at = topology.address
    found = [(ISP_A, "default", at(1, 1)), (ISP_B, "default", at(2, 1)),
             (TEAMS, "default", at(3, 1)), (WITNESS, "default", at(4, 1)),
             (VOICE_LAYER, "default", at(5, 1)), (PBX, "default", at(6, 1)),
             (CARRIERS[0], "default", at(7, 1)), (CARRIERS[1], "default", at(8, 1)),
             (CORE, topology.isp_witness("a") + "/32", at(1, 2)),
             (CORE, topology.isp_witness("b") + "/32", at(2, 2))]
    for branch in BRANCHES:
        access, lan = at(20 + branch.index, 0) + "/24", at(30 + branch.index, 0) + "/24"
        found += [(CORE, access, at("ab".index(branch.isp) + 1, 2)),
                  (CORE, lan, at("ab".index(branch.isp) + 1, 2)),
                  ("isp-" + branch.isp, lan, topology.uplink(branch)),
                  (gateway(branch.name), "default", at(20 + branch.index, 1)),
                  (branch.name, "default", topology.lan_gateway(branch))]
    return found
