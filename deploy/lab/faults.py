"""Faults by name: `hubs blackhole`, `hub1 silent`, `site lon dark`, ... and `heal`.

A fault in force stands in the lab's state with the time it began, so every later command knows of it.
"""

import os
import time

import control
import kamailio_rpc
import network
import processes
import topology
from topology import LabError

# The switches of teams.cfg, and what they are set to; None leaves one alone.
_SWITCHES = ("options", "invite")
_HUB_SWITCHES = {"silent": (0, 0), "503": (503, 503), "trying": (None, 100)}
_INVITES = "invite 503"
_HUB_WORDS = {
    "blackhole": "no packet reaches {who} and none comes back",
    "silent": "{who}: TCP and TLS live, but no SIP request is answered",
    "503": "{who}: OPTIONS and INVITE answered with 503",
    "trying": "{who}: OPTIONS fine; INVITE gets 100 and never rings",
}
_MEDIA_LOSS = topology.Shape(loss=30, burst=3)
_MEDIA_WORDS = {
    "loss 30": "three of ten media packets from Teams to its users are lost, in bursts",
    "one-way": "Teams hears its callers and they do not hear Teams; its relays answer",
    "blackhole": "no media packet reaches Teams and none comes back; signalling and sign-in live",
}
_SIGN_IN_WORDS = {
    "down": "no packet reaches Microsoft's sign-in and none comes back",
    "503": "sign-in answers 503",
}
_ISP_WORDS = {
    "core": "ISP {who}: nothing gets beyond its access routers; its own witness there answers",
    "peering": "ISP {who}: its way to Microsoft is cut, the rest of the internet lives",
}
_SITE_WORDS = {
    "uplink-down": "access line of {who} cut in both directions; the management link lives",
    "dark": "access line and management link of {who} cut",
    "blinded": "{who} reaches neither Teams nor the witnesses on the internet; its ISP and the voice layer it does",
}
_SWITCH_WORDS = {
    "down": "no packet reaches {who} and none comes back",
    "busy": "{who} answers every call with 486",
    "silent": "{who} answers nothing, OPTIONS neither",
    "trying": "{who} answers calls with 100 and never rings",
}
# The other name of the first carrier, by which all calls come in; `pbx` is the first PBX already.
_CARRIER = "carrier"
HEAL = "heal"


def catalogue():
    """{fault: what it does}, in the order they are listed."""
    found = {}
    for who, said in [("hubs", "all three hubs")] + [(hub, hub) for hub in topology.HUBS]:
        found.update({f"{who} {kind}": words.format(who=said) for kind, words in _HUB_WORDS.items()})
    found[_INVITES] = "all three hubs: OPTIONS fine, every INVITE answered with 503"
    found.update({f"media {kind}": words for kind, words in _MEDIA_WORDS.items()})
    found.update({f"signin {kind}": words for kind, words in _SIGN_IN_WORDS.items()})
    found["dns servfail"] = "the resolver answers every query with SERVFAIL"
    for isp in topology.ISPS:
        found.update({f"isp {isp} {kind}": words.format(who=isp) for kind, words in _ISP_WORDS.items()})
    for branch in topology.BRANCHES:
        found.update({f"site {branch.name} {kind}": words.format(who=branch.name)
                      for kind, words in _SITE_WORDS.items()})
    found[f"{_CARRIER} down"] = f"{topology.CARRIERS[0]}, by which calls come in, is cut off: the trunk to it too"
    for switch in (*topology.CARRIERS, *topology.PBXES):
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
            if concern(name) & concern(other):
                raise LabError(f"\"{other}\" is in force already and concerns the same; heal it first")
        began = time.time()
        self._apply(name)
        # At the end of one transaction, or when the last hub was told: calls rang on until then.
        if self._cut_addresses(*_split(name)) or name == _INVITES or name.startswith("hub"):
            began = time.time()
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
        who, kind = _split(name)
        cut = self._cut_addresses(who, kind)
        if cut:
            network.drop_addresses(self._lab, cut[0], _table(name), cut[1])
        elif who.startswith(("site ", "isp ")):
            for short, interface in self._cables(who, kind):
                network.drop_interface(self._lab, short, _table(name), interface)
        elif who == "media" and kind == "loss 30":
            self._parts.world.shape_link("media", "up", _MEDIA_LOSS.words())
        elif who == "media":
            control.tell(self._state.path("run", "audio.sock"), "mute")
        elif who == "signin":
            open(self._state.path("run", "sign-in-refuses"), "w", encoding="ascii").close()
        elif who == "dns":
            self._replace("dns", self._parts.world.start_broken_dns)
        elif who in (*topology.CARRIERS, *topology.PBXES):
            self._replace(who, lambda: self._parts.world.start_switch(who, kind))
        else:
            self._set_hubs(_hubs(who), kind)

    def _undo(self, name):
        who, kind = _split(name)
        cut = self._cut_addresses(who, kind)
        if cut:
            network.remove_table(self._lab, cut[0], "ip", _table(name))
        elif who.startswith(("site ", "isp ")):
            for short, _ in self._cables(who, kind):
                network.remove_table(self._lab, short, "netdev", _table(name))
        elif who == "media" and kind == "loss 30":
            self._parts.world.shape_link("media")
        elif who == "media":
            control.tell(self._state.path("run", "audio.sock"), "speak")
        elif who == "signin":
            os.remove(self._state.path("run", "sign-in-refuses"))
        elif who == "dns":
            self._replace("dns", self._parts.world.start_dns)
        elif who in (*topology.CARRIERS, *topology.PBXES):
            self._replace(who, lambda: self._parts.world.start_switch(who, "answer"))
        else:
            self._set_hubs(_hubs(who), kind, undo=True)

    def _cut_addresses(self, who, kind):
        """(router namespace, addresses that nothing reaches there), or None for a fault of another kind."""
        lab = self._lab
        if who.startswith("hub") and kind == "blackhole":
            return topology.EDGE, [lab.hub(hub) for hub in _hubs(who)]
        if who == "media" and kind == "blackhole":
            return topology.EDGE, [*map(lab.relay, topology.RELAYS), lab.teams_audio]
        if who == "signin" and kind == "down":
            return topology.EDGE, [lab.sign_in]
        if who in topology.CARRIERS and kind == "down":
            return topology.CORE, [lab.carrier(who)]
        if who in topology.PBXES and kind == "down":
            return topology.CORE, [lab.pbx(who)]
        if kind == "blinded":
            return topology.gateway(who.removeprefix("site ")), [
                *map(lab.hub, topology.HUBS), *map(lab.relay, topology.RELAYS), lab.sign_in, lab.other_microsoft,
                lab.witness_ping, lab.witness_sip]
        return None

    def _cables(self, who, kind):
        """(namespace, interface) at both ends of what is cut, no namespace twice."""
        if who.startswith("isp "):
            isp = who.removeprefix("isp ")
            if kind == "peering":
                return [(topology.EDGE, "peering-" + isp), (topology.backbone(isp), "peering")]
            return [(topology.backbone(isp), "to-" + topology.access(isp)), (topology.access(isp), "uplink")]
        site = who.removeprefix("site ")
        branch = next(branch for branch in topology.BRANCHES if branch.name == site)
        cables = [(topology.access(branch.isp), "to-" + site), (topology.gateway(site), "uplink")]
        if kind == "dark":  # silent first: no report of the dead uplink gets out
            cables = [(topology.MANAGEMENT, "to-" + site), (site, "mgmt"), *cables]
        return cables

    def _set_hubs(self, hubs, kind, undo=False):
        settings = (None, 503) if kind == _INVITES else _HUB_SWITCHES[kind]
        for hub in hubs:
            for key, value in zip(_SWITCHES, settings):
                if value is not None and undo:
                    self._teams("htable.delete", "fault", f"{hub}.{key}")
                elif value is not None:
                    self._teams("htable.seti", "fault", f"{hub}.{key}", value)

    def _teams(self, *words):
        kamailio_rpc.call(self._state.path("run", "teams.sock"), *words)

    def _replace(self, name, start):
        """Stops a part of the world and starts another in its place."""
        processes.stop(self._state, name)
        start()
        processes.wait_until(lambda: self._parts.ready(name), 5, f"{name} to listen again", self._state)


def _split(name):
    """(who or what, kind) of a fault."""
    if name == _INVITES:
        return "hubs", name
    if name.startswith(("media ", "signin ")):
        return tuple(name.split(" ", 1))
    who, kind = name.rsplit(" ", 1)
    return (topology.CARRIERS[0] if who == _CARRIER else who), kind


def _hubs(who):
    return topology.HUBS if who == "hubs" else (who,)


def concern(name):
    """What a fault works on; two faults in force never share any of it."""
    who, _ = _split(name)
    return set(_hubs(who)) if who.startswith("hub") else {who}


def _table(name):
    """Name of a fault's nft table."""
    return "fault_" + name.replace(" ", "_").replace("-", "_")
