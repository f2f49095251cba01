"""Two authorities: Dialtone's own (deploy/certificates.sh: agents, detector, router, operator), and one that plays the
public authority of the SIP world, which Teams' hubs and the SBCs show each other."""

import os

import network
import topology

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DAYS = "30"
HUB_DOMAIN = "teams.example"
SIGN_IN_NAME, OTHER_NAME = "login.microsoft.example", "outlook.microsoft.example"


def hub_name(hub):
    """The name a hub's certificate carries, and the request URI sent there."""
    return f"{hub}.{HUB_DOMAIN}"


def sbc_name(site):
    """The name a site's SBC is registered with in Teams."""
    return f"sbc.{site}.example"


def make(state):
    """All certificates of a lab, below tls/dialtone and tls/sip of its state directory."""
    sites = [branch.name for branch in topology.BRANCHES] + [topology.VANTAGE]
    network.run([os.path.join(REPOSITORY, "deploy", "certificates.sh"), "--directory", state.path("tls", "dialtone"),
                 "--days", DAYS, "detector/main", f"router/{topology.VOICE_LAYER}", "operator/lab",
                 *[f"agent/{site}" for site in sites]])
    directory = state.path("tls", "sip")
    os.makedirs(directory, exist_ok=True)
    _authority(directory)
    _leaf(directory, "hubs", HUB_DOMAIN, [hub_name(hub) for hub in topology.HUBS])
    _leaf(directory, "microsoft", SIGN_IN_NAME, [SIGN_IN_NAME, OTHER_NAME])
    for site in [branch.name for branch in topology.BRANCHES] + [topology.VOICE_LAYER, topology.PLAIN]:
        _leaf(directory, f"sbc-{site}", sbc_name(site), [sbc_name(site)])


def _authority(directory):
    network.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-days", DAYS, "-subj", "/CN=Authority of the lab's SIP world",
                 "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
                 "-keyout", os.path.join(directory, "ca.key"), "-out", os.path.join(directory, "ca.pem")])


def _leaf(directory, stem, common_name, dns_names):
    path = os.path.join(directory, stem)
    alternatives = ",".join("DNS:" + name for name in dns_names)
    network.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-subj", f"/CN={common_name}", "-keyout", path + ".key", "-out", path + ".csr"])
    with open(path + ".ext", "w", encoding="ascii") as file:
        file.write(f"subjectAltName={alternatives}\nextendedKeyUsage=serverAuth,clientAuth\n")
    network.run(["openssl", "x509", "-req", "-in", path + ".csr", "-CA", os.path.join(directory, "ca.pem"),
                 "-CAkey", os.path.join(directory, "ca.key"), "-CAcreateserial", "-days", DAYS,
                 "-extfile", path + ".ext", "-out", path + ".pem"])


def dialtone_files(state, role, name):
    """TlsFiles of one of Dialtone's programs."""
    return files(state.path("tls", "dialtone"), f"{role}-{name}")


def sip_files(state, site):
    """TlsFiles of a site's SBC towards Teams."""
    return files(state.path("tls", "sip"), f"sbc-{site}")


def files(directory, stem):
    """TlsFiles of a certificate in a directory that holds its authority too."""
    path = os.path.join(directory, stem)
    return {"certificate_file": path + ".pem", "private_key_file": path + ".key",
            "authority_file": os.path.join(directory, "ca.pem")}
