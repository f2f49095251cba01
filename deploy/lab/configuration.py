"""The configuration of the lab's agents, detector, router and operator, in the schema of
proto/dialtone/v1/config.proto, as files below config/ of the state directory."""

import os

import certificates
import textproto
import topology
from textproto import Seconds, Word
from world import PBX_HOPS, TEAMS_HOPS

MADE_BY = "Made by the lab; changes are lost at the next `lab up`."

# Trunks out: one hop and one route for each carrier, both independent of Teams and of the PBX.
TRUNKS = {"carrier-1": ("a1", "trunk-a"), "carrier-2": ("b1", "trunk-b")}
# One backup route for each PBX, of the same name, with one hop; a group tries them in this order.
BACKUPS = PBX_HOPS


def write_all(lab, state, policy_file):
    """Every configuration file of a lab, and its number inventory."""
    write = lambda name, message: textproto.write(state.path("config", name + ".textproto"), message, MADE_BY)
    for branch in topology.BRANCHES:
        write("agent-" + branch.name, _agent(lab, state, branch.name, branch.name, lab.agent(branch)))
    write("agent-" + topology.VANTAGE, _agent(lab, state, topology.VANTAGE, topology.VOICE_LAYER, lab.voice_layer))
    write("detector", detector(lab, state, policy_file))
    write("router", router(lab, state))
    write("dialtone", {"detectors": _detector_endpoint(lab),
                       "tls": certificates.dialtone_files(state, "operator", "lab")})
    with open(state.path("config", "inventory.csv"), "w", encoding="ascii") as file:
        file.write("number,group\n")
        for branch in topology.BRANCHES:
            file.writelines(f"{number},{topology.group_of(branch)}\n" for number in topology.numbers_of(branch))


def _detector_endpoint(lab):
    return {"address": f"{lab.detector}:{topology.DETECTOR_PORT}", "identity": "detector/main"}


def _agent(lab, state, site, sbc, source):
    return {"detectors": _detector_endpoint(lab),
            "tls": certificates.dialtone_files(state, "agent", site),
            "tls_profiles": {"name": "default", "tls": certificates.sip_files(state, sbc),
                             "fqdn": certificates.sbc_name(sbc)},
            "http": {"address": f"127.0.0.1:{topology.AGENT_METRICS_PORT}"},
            "probe_source_address": source}


# ---- detector

def detector(lab, state, policy_file):
    """DetectorConfig."""
    sites = [{"name": branch.name, "region": branch.region, "isp": branch.isp} for branch in topology.BRANCHES]
    sites.append({"name": topology.VANTAGE, "region": topology.VANTAGE_REGION, "isp": topology.VANTAGE_ISP})
    return {
        "grpc": {"address": f"{lab.detector}:{topology.DETECTOR_PORT}",
                 "tls": certificates.dialtone_files(state, "detector", "main")},
        "http": {"address": f"{lab.detector}:{topology.DETECTOR_METRICS_PORT}"},
        "router_tls": certificates.dialtone_files(state, "detector", "main"),
        "state_directory": state.path("journal"),
        "recording": {"directory": state.path("recordings")},
        "policy_file": os.path.abspath(policy_file),
        "sites": sites,
        "voice_layers": {"name": topology.VOICE_LAYER, "vantage_site": topology.VANTAGE,
                         "router": {"address": f"{lab.management(topology.VOICE_LAYER)}:{topology.ROUTER_PORT}",
                                    "identity": f"router/{topology.VOICE_LAYER}"}},
        "targets": _targets(lab),
        "groups": [{"name": topology.group_of(branch), "site": branch.name, "voice_layer": topology.VOICE_LAYER,
                    "backup_avoids_uplink": branch.backup_avoids_uplink} for branch in topology.BRANCHES],
    }


def _targets(lab):
    """What is probed, by whom; sites absent: by all."""
    targets = [{"name": hub, "role": Word("TEAMS_HUB"), "kind": Word("SIP_OPTIONS_TLS"), "address": lab.hub(hub),
                "port": topology.SIP_TLS_PORT, "server_name": certificates.hub_name(hub), "next_hop": hop,
                "found_by_name": True} for hub, hop in zip(topology.HUBS, TEAMS_HOPS)]
    targets += [_stun(relay, "TEAMS_MEDIA_RELAY", lab.relay(relay)) for relay in topology.RELAYS]
    targets += [
        {"name": "sign-in", "role": Word("SIGN_IN"), "kind": Word("HTTPS_GET"), "address": lab.sign_in,
         "port": topology.HTTPS_PORT, "server_name": certificates.SIGN_IN_NAME,
         "path": "/common/v2.0/.well-known/openid-configuration", "found_by_name": True},
        {"name": "outlook", "role": Word("MICROSOFT365_WITNESS"), "kind": Word("TLS_CONNECT"),
         "address": lab.other_microsoft, "port": topology.HTTPS_PORT, "server_name": certificates.OTHER_NAME,
         "found_by_name": True},
        {"name": "resolver", "role": Word("DNS_RESOLVER"), "kind": Word("DNS_QUERY"), "address": lab.dns,
         "port": topology.DNS_PORT, "query": certificates.hub_name(topology.HUBS[0])},
        _ping("internet-ping", "INTERNET_WITNESS", lab.witness_ping),
        {"name": "internet-tcp", "role": Word("INTERNET_WITNESS"), "kind": Word("TCP_CONNECT"),
         "address": lab.witness_sip, "port": topology.SIP_PORT},
        _options("internet-sip", "INTERNET_WITNESS", lab.witness_sip),
        _options(topology.VOICE_LAYER, "VOICE_LAYER_TARGET", lab.voice_layer),
        _stun(topology.VOICE_LAYER + "-media", "VOICE_LAYER_MEDIA", lab.voice_layer),
    ]
    # What only the voice layer talks to, only the agent beside it probes.
    targets += [{**_options(pbx, "BACKUP_HOP", lab.pbx(pbx)), "next_hop": hop} for pbx, hop in BACKUPS.items()]
    targets += [{**_options(carrier, "CARRIER_TRUNK", lab.carrier(carrier)), "sites": [topology.VANTAGE]}
                for carrier in topology.CARRIERS]
    for isp in sorted({branch.isp for branch in topology.BRANCHES}):
        members = [branch.name for branch in topology.BRANCHES if branch.isp == isp]
        targets.append({**_ping("isp-" + isp, "ISP_WITNESS", lab.isp_witness(isp)), "sites": members})
    for branch in topology.BRANCHES:
        targets.append({**_ping("lan-" + branch.name, "LAN_GATEWAY", lab.lan_gateway(branch)),
                        "sites": [branch.name]})
        targets.append({**_ping("uplink-" + branch.name, "SITE_UPLINK", lab.uplink(branch)), "of_site": branch.name})
    targets.append({**_ping("lan-" + topology.VANTAGE, "LAN_GATEWAY", lab.voice_layer_gateway),
                    "sites": [topology.VANTAGE]})
    return targets


def _ping(name, role, address):
    return {"name": name, "role": Word(role), "kind": Word("ICMP_ECHO"), "address": address}


def _stun(name, role, address):
    return {"name": name, "role": Word(role), "kind": Word("STUN_BINDING"), "address": address,
            "port": topology.STUN_PORT}


def _options(name, role, address):
    return {"name": name, "role": Word(role), "kind": Word("SIP_OPTIONS_UDP"), "address": address,
            "port": topology.SIP_PORT}


# ---- router

def router(lab, state):
    """RouterConfig."""
    hops = [{"name": hop, "uri": f"sip:{lab.hub(hub)}:{topology.SIP_TLS_PORT};transport=tls",
             "host": certificates.hub_name(hub)} for hub, hop in zip(topology.HUBS, TEAMS_HOPS)]
    hops += [{"name": hop, "uri": f"sip:{lab.pbx(pbx)}:{topology.SIP_PORT};transport=udp"}
             for pbx, hop in BACKUPS.items()]
    hops += [{"name": hop, "uri": f"sip:{lab.carrier(carrier)}:{topology.SIP_PORT};transport=udp"}
             for carrier, (hop, _) in TRUNKS.items()]
    routes = [{"name": "teams", "hops": TEAMS_HOPS, "ring_timeout": Seconds(4), "is_teams": True}]
    routes += [{"name": route, "hops": [hop], "ring_timeout": Seconds(6)} for route, hop in BACKUPS.items()]
    routes += [{"name": route, "hops": [hop], "ring_timeout": Seconds(20)} for hop, route in TRUNKS.values()]
    return {
        "voice_layer": topology.VOICE_LAYER,
        "grpc": {"address": f"{lab.management(topology.VOICE_LAYER)}:{topology.ROUTER_PORT}",
                 "tls": certificates.dialtone_files(state, "router", topology.VOICE_LAYER)},
        "http": {"address": f"127.0.0.1:{topology.ROUTER_METRICS_PORT}"},
        "state_directory": state.path("store"),
        "inventory_file": state.path("config", "inventory.csv"),
        "kamailio": {"rpc_socket": state.path("run", "kamailio.sock"),
                     "plan_file": state.path("run", "plan.sqlite"),
                     "site_file": state.path("config", "dialtone-site.cfg"),
                     "address_file": state.path("config", "dialtone-addresses.txt"),
                     "listen": [f"udp:{lab.voice_layer}:{topology.SIP_PORT}",
                                f"tls:{lab.voice_layer}:{topology.SIP_TLS_PORT}"],
                     "fqdn": certificates.sbc_name(topology.VOICE_LAYER),
                     "tls_file": state.path("config", "voice-layer-tls.cfg")},
        "hops": hops,
        "routes": routes,
        "groups": [{"name": topology.group_of(branch), "home_route": "teams", "backup_routes": list(BACKUPS)}
                   for branch in topology.BRANCHES],
        "peers": _peers(lab),
        "emergency_tables": {"name": "gb", "numbers": ["999"], "outside_prefixes": ["9", "0"],
                             "hops": [hop for hop, _ in TRUNKS.values()] + [BACKUPS[topology.PBX]]},
        "outbound": {"hops": [hop for hop, _ in TRUNKS.values()], "allowed_prefixes": ["+44", "+33", "+1"]},
        "probe_addresses": [lab.voice_layer, *[address for branch in topology.BRANCHES
                                               for address in (lab.agent(branch), lab.uplink(branch))]],
    }


def _peers(lab):
    """Who may call in. Our own numbers are the caller ids that may be shown outside."""
    ours = [branch.number_prefix + "*" for branch in topology.BRANCHES]
    peers = [{"name": carrier, "kind": Word("PEER_CARRIER"), "addresses": [lab.carrier(carrier)], "route": route,
              "emergency_table": "gb"} for carrier, (_, route) in TRUNKS.items()]
    peers.append({"name": "teams", "kind": Word("PEER_TEAMS"),
                  "addresses": [lab.hub(hub) for hub in topology.HUBS],
                  "certificate_name": certificates.HUB_DOMAIN, "route": "teams", "emergency_table": "gb",
                  "caller_ids": ours})
    peers += [{"name": pbx, "kind": Word("PEER_PBX"), "addresses": [lab.pbx(pbx)], "route": pbx,
               "emergency_table": "gb", "caller_ids": ours} for pbx in BACKUPS]
    return peers
