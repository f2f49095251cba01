"""Makes and removes the lab's namespaces, links, routes and black holes, with iproute2 and nftables.

Black holes are nft tables at the ingress hook or in prerouting, one table per fault, so that healing is deleting a
table. Never in output: there a drop is an error at the sender, which no outage gives.
"""

import json
import os
import shutil
import signal
import stat
import subprocess
import time

import topology
from topology import LabError

HOSTS, TUNNELS = "/etc/hosts", "/dev/net/tun"
COMMAND_TIMEOUT = 120  # seconds; a busy machine takes its time


def run(command, given=None):
    """Runs a command to its end and returns what it printed; LabError with its own words if it fails."""
    try:
        done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=COMMAND_TIMEOUT, check=False)
    except FileNotFoundError as error:
        raise LabError(f"{command[0]} is not installed; deploy/install-packages.sh installs what the lab needs") from error
    if done.returncode != 0:
        raise LabError(f"{' '.join(command)} failed: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def existing(prefix):
    """Namespaces on this machine whose name begins with `prefix-`."""
    listed = run(["ip", "-j", "netns", "list"]).strip()
    names = [entry["name"] for entry in json.loads(listed)] if listed else []
    return [name for name in names if name.startswith(prefix + "-")]


def build(lab, start_links):
    """Makes everything of `lab` (a Topology). Addresses, links, forwarding, routes; no fault. `start_links` makes the
    interfaces of the links in user space."""
    for short in lab.namespaces():
        run(["ip", "netns", "add", lab.namespace(short)])
    have_tunnels()
    start_links()
    for link in topology.links(lab):
        if link.shape is not None:
            continue
        left, right = link.left, link.right
        run(["ip", "link", "add", left.interface, "netns", lab.namespace(left.namespace), "type", "veth",
             "peer", "name", right.interface, "netns", lab.namespace(right.namespace)])
    for end in topology.management_ends(lab):
        run(["ip", "link", "add", end.interface, "netns", lab.namespace(end.namespace), "type", "veth",
             "peer", "name", "to-" + end.namespace, "netns", lab.namespace(topology.MANAGEMENT)])
    for short in lab.namespaces():
        run(["ip", "-n", lab.namespace(short), "-batch", "-"], "\n".join(_setup(lab, short)) + "\n")
        _set_kernel(lab, short)


def have_tunnels():
    """Links in user space need /dev/net/tun; a container may lack the file, not the driver."""
    if not os.path.exists(TUNNELS):
        os.makedirs(os.path.dirname(TUNNELS), exist_ok=True)
        os.mknod(TUNNELS, 0o666 | stat.S_IFCHR, os.makedev(10, 200))


def _setup(lab, short):
    """The lines of `ip -batch` for one namespace: addresses, then links up, then routes."""
    lines = ["link set lo up"]
    ends = [end for link in topology.links(lab) for end in (link.left, link.right)]
    ends += topology.management_ends(lab)
    for end in ends:
        if end.namespace == short:
            lines += [f"address add {address}/24 dev {end.interface}" for address in end.addresses]
            lines.append(f"link set {end.interface} up")
    for isp in topology.ISPS:
        if short == topology.access(isp):
            lines.append(f"address add {lab.isp_witness(isp)}/32 dev lo")
    if short == topology.MANAGEMENT:
        lines += ["link add bridge type bridge", f"address add {lab.detector}/24 dev bridge", "link set bridge up"]
        for end in topology.management_ends(lab):
            lines += [f"link set to-{end.namespace} master bridge", f"link set to-{end.namespace} up"]
    lines += [f"route add {destination} via {via}" for name, destination, via in topology.routes(lab) if name == short]
    return lines


def _set_kernel(lab, short):
    """What a new namespace lacks: ICMP sockets for everybody, and forwarding in routers."""
    forwards = short in topology.routers()
    inside(lab, short, ["sysctl", "-q", "-w", "net.ipv4.ping_group_range=0 2147483647",
                        f"net.ipv4.ip_forward={int(forwards)}"])


def inside(lab, short, command, given=None):
    """Runs a command in a namespace of the lab, to its end."""
    return run(["ip", "netns", "exec", lab.namespace(short), *command], given)


def listens(lab, short, protocol, address):
    """Somebody listens on ADDRESS:PORT in a namespace."""
    shown = inside(lab, short, ["ss", "-Hln" + protocol[0]])
    shown = shown.replace("[::ffff:", "").replace("]:", ":")  # gRPC's sockets are of both families
    return any(address in line.split() for line in shown.splitlines())


def remove(prefix):
    """Removes every namespace `prefix-...`, what runs in it, and its name files; returns how many there were."""
    names = existing(prefix)
    for name in names:
        _stop_all(name)
    for name in names:
        run(["ip", "netns", "delete", name])
        shutil.rmtree(os.path.join("/etc/netns", name), ignore_errors=True)
    return len(names)


def _stop_all(namespace):
    """Kills what still runs in a namespace of ours."""
    for _ in range(20):
        pids = run(["ip", "netns", "pids", namespace]).split()
        if not pids:
            return
        for pid in pids:
            try:
                os.kill(int(pid), signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.05)
    raise LabError(f"processes in {namespace} do not die: {' '.join(pids)}")


def have_hosts_file(say):
    """`ip netns exec` lays a namespace's name file over the machine's; a bare machine may have none to lay it over."""
    if not os.path.exists(HOSTS):
        say(f"{HOSTS} is missing on this machine: made an empty one (names in namespaces are laid over it)")
        with open(HOSTS, "a", encoding="ascii"):
            pass


def write_hosts(lab, short, hosts):
    """Names that programs in a namespace resolve without DNS: {name: address}. See have_hosts_file."""
    directory = os.path.join("/etc/netns", lab.namespace(short))
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, "hosts"), "w", encoding="ascii") as file:
        file.write("127.0.0.1 localhost\n")
        for name, address in hosts.items():
            file.write(f"{address} {name}\n")


# ---- black holes

def drop_addresses(lab, short, table, addresses):
    """In a router namespace: packets from or to `addresses` vanish."""
    listed = ", ".join(addresses)
    inside(lab, short, ["nft", "-f", "-"], f"""
table ip {table} {{
  chain prerouting {{
    type filter hook prerouting priority raw; policy accept;
    ip saddr {{ {listed} }} drop
    ip daddr {{ {listed} }} drop
  }}
}}
""")


def drop_interface(lab, short, table, interface):
    """Whatever arrives on an interface vanishes. One such table per fault and namespace."""
    inside(lab, short, ["nft", "-f", "-"], f"""
table netdev {table} {{
  chain ingress {{ type filter hook ingress device "{interface}" priority 0; policy drop; }}
}}
""")


def remove_table(lab, short, family, table):
    """Undoes a black hole."""
    inside(lab, short, ["nft", "delete", "table", family, table])
