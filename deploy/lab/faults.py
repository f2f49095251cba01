"""Faults by name: `hubs blackhole`, `hub1 silent`, `site lon dark`, ... and `heal`.

A fault in force stands in the lab's state with the time it began, so every later command knows of it.
"""

import time

import kamailio_rpc
import network
import processes
import topology
from topology import LabError

# The switches of teams.cfg, and what they are set to; None leaves one alone.
_SWITCHES = ("options", "invite")
_HUB_SWITCHES = {"silent": (0, 0), "503": (503, 503), "trying": (None, 100)}
_HUB_WORDS = {
    "blackhole": "no packet reaches {who} and none comes back",
    "silent": "{who}: TCP and TLS live, but no SIP request is answered",
    "503": "{who}: OPTIONS and INVITE answered with 503",
    "trying": "{who}: OPTIONS fine; INVITE gets 100 and never rings",
}
_SITE_WORDS = {
    "uplink-down": "access line of {who} cut in both directions; the management link lives",
    "dark": "access line and management link of {who} cut",
}
_SWITCH_WORDS = {
    "busy": "{who} answers every call with 486",
    "silent": "{who} answers nothing, OPTIONS neither",
    "trying": "{who} answers calls with 100 and never rings",
}
HEAL = "heal"


def catalogue():
    """{fault: what it does}, in the order they are listed."""
    found = {}
    for who, said in [("hubs", "all three hubs")] + [(hub, hub) for hub in topology.HUBS]:
        found.update({f"{who} {kind}": words.format(who=said) for kind, words in _HUB_WORDS.items()})
    for branch in topology.BRANCHES:
        found.update({f"site {branch.name} {kind}": words.format(who=branch.name)
                      for kind, words in _SITE_WORDS.items()})
    for switch in (*topology.CARRIERS, topology.PBX):
        found.update({f"{switch} {kind}": words.format(who=switch) for kind, words in _SWITCH_WORDS.items()})
    return found


class Faults:
    """Breaks and heals one lab."""

    def __init__(self, lab, state, parts):
        self._lab = lab
        self._state = state
        self._parts = parts

    def in_force(self):
        """{fault: seconds since 1970 when it began}."""
        return self._state.read()["faults"]

    def break_(self, name):
        """Puts a fault in force and returns when it began, in seconds since 1970."""
        if name not in catalogue():
            raise LabError(f"no fault named \"{name}\"; `lab faults` lists them")
        for other in self.in_force():
            if _concern(name) & _concern(other):
                raise LabError(f"\"{other}\" is in force already and concerns the same; heal it first")
        began = time.time()
        self._apply(name)
        with self._state.change() as facts:
            facts["faults"][name] = facts["last_fault"] = began
        return began

    def heal(self, name=None):
        """Ends one fault, or all; returns when, in seconds since 1970."""
        ended = list(self.in_force()) if name is None else [name]
        healed = time.time()
        for fault in ended:
            if fault not in self.in_force():
                raise LabError(f"\"{fault}\" is not in force")
            self._undo(fault)
            with self._state.change() as facts:
                del facts["faults"][fault]
        return healed

    # ---- how

    def _apply(self, name):
        who, kind = name.rsplit(" ", 1)
        if who.startswith("hub"):
            self._break_hubs(name, _hubs(who), kind)
        elif who.startswith("site "):
            for short, interface in self._cables(who.removeprefix("site "), kind):
                network.drop_interface(self._lab, short, _table(name), interface)
        else:
            self._restart_switch(who, kind)

    def _undo(self, name):
        who, kind = name.rsplit(" ", 1)
        if kind == "blackhole":
            network.remove_table(self._lab, topology.CORE, "ip", _table(name))
        elif who.startswith("hub"):
            for hub in _hubs(who):
                for key, value in zip(_SWITCHES, _HUB_SWITCHES[kind]):
                    if value is not None:
                        self._teams("htable.delete", "fault", f"{hub}.{key}")
        elif who.startswith("site "):
            for short, _ in self._cables(who.removeprefix("site "), kind):
                network.remove_table(self._lab, short, "netdev", _table(name))
        else:
            self._restart_switch(who, "answer")

    def _break_hubs(self, name, hubs, kind):
        if kind == "blackhole":
            network.drop_addresses(self._lab, topology.CORE, _table(name), [self._lab.hub(hub) for hub in hubs])
            return
        for hub in hubs:
            for key, value in zip(_SWITCHES, _HUB_SWITCHES[kind]):
                if value is not None:
                    self._teams("htable.seti", "fault", f"{hub}.{key}", value)

    def _teams(self, *words):
        kamailio_rpc.call(self._state.path("run", "teams.sock"), *words)

    def _cables(self, site, kind):
        """(namespace, interface) at both ends of what is cut, no namespace twice."""
        branch = next(branch for branch in topology.BRANCHES if branch.name == site)
        cables = [("isp-" + branch.isp, "to-" + site), (topology.gateway(site), "uplink")]
        if kind == "dark":
            cables += [(topology.MANAGEMENT, "to-" + site), (site, "mgmt")]
        return cables

    def _restart_switch(self, name, scenario):
        processes.stop(self._state, name)
        self._parts.start_switch(name, scenario)
        processes.wait_until(lambda: self._parts.ready(name), 5, f"{name} to listen again", self._state)


def _hubs(who):
    return topology.HUBS if who == "hubs" else (who,)


def _concern(name):
    """What a fault works on; two faults in force never share any of it."""
    who, _ = name.rsplit(" ", 1)
    return set(_hubs(who)) if who.startswith("hub") else {who}


def _table(name):
    """Name of a fault's nft table."""
    return "fault_" + name.replace(" ", "_").replace("-", "_")
