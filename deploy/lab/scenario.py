"""From a scenario file (tests/scenarios/README.md) to what the lab can show of it, and from what was seen to whether the
file's truths held. Pure: text and observations in, deeds and findings out.

Only for files that `dialtone simulate` has read without an error: what is wrong in a file is said by its reader alone.
"""

import dataclasses
import re

import faults
import topology

EVERYBODY = tuple(branch.name for branch in topology.BRANCHES)  # sites 0, 1, 2
AGENTS_OF = {site: "agent-" + site for site in EVERYBODY}

_HUBS = frozenset(topology.HUBS)
_MEDIA = frozenset(("media1", "media2"))
_TEAMS = _HUBS | _MEDIA | {"signin", "call"}
_MICROSOFT = _TEAMS | {"m365"}
_INTERNET = frozenset(("inet1", "inet2"))
_LAYER = frozenset(("voice", "vmedia", "carrier"))
_OFF_LAN = _MICROSOFT | _INTERNET | _LAYER | {"ispref"}
_TARGETS = {"hubs": _HUBS, "media": _MEDIA, "teams": _TEAMS, "microsoft365": _MICROSOFT, "voicelayer": _LAYER,
            "names": _HUBS | {"signin", "m365", "inet2", "voice", "call"}, "offlan": _OFF_LAN,
            "beyond-isp": _OFF_LAN - {"ispref"}}

# (kind, targets) of what hits everybody: the lab's faults. Calls to Teams go through its hubs here.
_FOR_EVERYBODY = {
    ("blackhole", _HUBS | {"call"}): ("hubs blackhole",),
    ("blackhole", _HUBS): ("hubs blackhole",),
    ("error503", _HUBS | {"call"}): ("hubs 503",),
    ("error503", _HUBS): ("hubs 503",),
    ("error503", frozenset(("call",))): ("invite 503",),
    **{("blackhole", frozenset((hub,))): (f"{hub} blackhole",) for hub in topology.HUBS},
    **{("error503", frozenset((hub,))): (f"{hub} 503",) for hub in topology.HUBS},
    ("blackhole", _MEDIA): ("media blackhole",),
    ("loss", _MEDIA): ("media loss 30",),
    ("oneway", frozenset(("call",))): ("media one-way",),
    ("blackhole", frozenset(("signin",))): ("signin down",),
    ("error503", frozenset(("signin",))): ("signin 503",),
    ("blackhole", _TEAMS): ("hubs blackhole", "media blackhole", "signin down"),
    ("blackhole", frozenset(("carrier",))): ("carrier down",),
}
_LOSS = 30.0  # per cent: the one that the lab knows
SETTLING = 15.0  # seconds after a truth that still belong to it
NAMED_AFTER = 10.0  # seconds from the first confirmation to the diagnosis that is judged


@dataclasses.dataclass(frozen=True)
class Deed:
    """What is done to the lab, from `begin` to `end` (seconds since time 0)."""

    begin: float
    end: float
    kind: str  # fault, stop (a part that neither works nor dies), kill
    name: str  # of the lab's fault, or of the part


@dataclasses.dataclass(frozen=True)
class Truth:
    """What is true for a while, for those of the lab's sites that it concerns."""

    line: int
    words: str
    begin: float
    end: float
    domains: frozenset
    sites: tuple
    flip: str  # yes, no, may


@dataclasses.dataclass
class Script:
    """What the lab plays of a file."""

    name: str = ""
    sites: int = 0
    duration: float = 0.0
    policy: str = ""
    deeds: list = dataclasses.field(default_factory=list)
    truths: list = dataclasses.field(default_factory=list)
    expectations: list = dataclasses.field(default_factory=list)  # terms, not judged here
    skipped: list = dataclasses.field(default_factory=list)  # (line, words, why, begin, end, sites)

    def begins(self):
        """When the first deed is due."""
        return min(deed.begin for deed in self.deeds)

    def spoils(self, truth):
        """Whether something was left out that this truth may speak of."""
        return any(begin < truth.end and end > truth.begin and set(sites) & set(truth.sites)
                   for *_, begin, end, sites in self.skipped)


def seconds(word):
    """A duration such as 8s, 250ms, 1m30s."""
    units = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
    return sum(float(number) * units[unit] for number, unit in re.findall(r"([0-9.]+)(ms|s|m|h)", word))


def read(text):
    """The Script of a valid file."""
    script = Script()
    where = _Where()
    lines = [(number, line.split("#")[0].split()) for number, line in enumerate(text.splitlines(), 1)]
    for number, words in lines:
        if not words or words[0] in ("source", "note"):
            continue
        if words[0] == "scenario":
            script.name = words[1]
        elif words[0] == "sites":
            where.take_sites(words)
            script.sites = where.sites
        elif words[0] == "site":
            where.take_site(words)
        elif words[0] == "duration":
            script.duration = seconds(words[1])
        elif words[0] == "policy":
            script.policy = words[1]
        elif words[0] == "report-path":
            where.reports_share_uplink = words[1] == "uplink"
        elif words[0] == "expect":
            script.expectations += words[1:]
    for number, words in lines:
        if words and words[0] == "at":
            _take_event(script, where, number, words)
    script.deeds.sort(key=lambda deed: deed.begin)
    return script


def _take_event(script, where, line, words):
    begin, _, end = words[1].partition("..")
    begin, end = seconds(begin), min(seconds(end), script.duration) if end else seconds(begin)
    given = _named(words)
    sites = where.of(words)
    if words[2] == "truth":
        if sites:
            domains = frozenset(given["domain"].split(","))
            if "network" in domains:
                domains |= {"site-network", "isp-core"}
            script.truths.append(Truth(line, " ".join(words), begin, end, domains, sites, given["flip"]))
        return
    deeds, why = _deeds(where, words, given, sites, begin, end)
    why = why or _clash(script.deeds, deeds)
    if why:
        script.skipped.append((line, " ".join(words), why, begin, end, EVERYBODY if sites is None else sites))
    else:
        script.deeds += deeds


def _deeds(where, words, given, sites, begin, end):
    """([Deed], why there are none)."""
    if words[2:4] == ["detector", "down"]:
        return [Deed(begin, end, "kill", "detector")], ""
    if words[2] == "operator":
        return [], "an operator's orders are not played: give them yourself, `lab dialtone ...`"
    if sites is None:
        return [], "the lab draws no sites: it wants global, isp, region or site"
    if not sites:
        return [], f"it concerns none of the lab's sites, which are 0 to {min(where.sites, len(EVERYBODY)) - 1}"
    if words[2] == "agent":
        kind = {"stall": "stop", "silent": "kill"}.get(words[3])
        if kind is None:
            return [], f"the lab has no agents with {words[3]}"
        return [Deed(begin, end, kind, AGENTS_OF[site]) for site in sites], ""
    if words[2] == "backup":
        if sites != where.everybody():
            return [], "the lab's PBXes are everybody's"
        return [Deed(begin, end, "fault", f"{pbx} down") for pbx in topology.PBXES], ""
    names, why = _faults_of(where, words[3], given, sites)
    if why:
        return [], why
    if "ramp-in" in given or "ramp-out" in given:
        return [], "the lab's faults come and go at once"
    spans = _spans(begin, end, given.get("flap"))
    return [Deed(*span, "fault", name) for span in spans for name in names], ""


def _faults_of(where, kind, given, sites):
    """(names of the lab's faults, why there are none)."""
    targets = frozenset().union(*(_TARGETS.get(word, {word}) for word in given["targets"].split(",")))
    severity = float(given.get("severity", "100%").rstrip("%"))
    if severity != (_LOSS if kind == "loss" else 100.0):
        return (), f"the lab loses {_LOSS:g} % of media packets, or all of what is asked"
    if kind == "blackhole" and targets == _OFF_LAN:
        return tuple(f"site {site} {'dark' if where.reports_share_uplink else 'uplink-down'}" for site in sites), ""
    if kind == "blackhole" and targets == _MICROSOFT | _INTERNET:
        return tuple(f"site {site} blinded" for site in sites), ""
    isp = {tuple(branch.name for branch in topology.BRANCHES if branch.isp == isp): isp for isp in topology.ISPS}.get(sites)
    if isp and kind == "blackhole" and targets in (_OFF_LAN - {"ispref"}, _MICROSOFT):
        return (f"isp {isp} {'peering' if targets == _MICROSOFT else 'core'}",), ""
    if sites == where.everybody() and (kind, targets) in _FOR_EVERYBODY:
        return _FOR_EVERYBODY[kind, targets], ""
    return (), f"the lab has no fault that is {kind} of {given['targets']} at {', '.join(sites)}"


def _spans(begin, end, flap):
    """The fault's times in force."""
    if flap is None:
        return [(begin, end)]
    on, off = map(seconds, flap.split("/"))
    spans = []
    while begin < end:
        spans.append((begin, min(begin + on, end)))
        begin += on + off
    return spans


def _clash(known, new):
    """Why the lab cannot have both, if so."""
    for other in known:
        for deed in new:
            if deed.begin >= other.end or other.begin >= deed.end or deed.kind == "kill" or other.kind == "kill":
                continue
            if deed.kind == other.kind == "fault" and faults.concern(deed.name) & faults.concern(other.name):
                return f"\"{other.name}\" is in force then and concerns the same"
    return ""


def _named(words):
    """{word: the word after it} of a line."""
    return dict(zip(words[2:], words[3:]))


class _Where:
    """Which sites of the lab a scope means."""

    def __init__(self):
        self.sites = 0
        self.reports_share_uplink = False
        self._isps = self._regions = 0
        self._own = {}  # site: {"isp": n, "region": n}, where the file says so

    def take_sites(self, words):
        given = dict(zip(words[2::2], words[3::2]))
        self.sites = int(words[1])
        self._isps = int(given.get("isps", min(4, self.sites)))
        self._regions = int(given.get("regions", min(2, self.sites)))

    def take_site(self, words):
        for site in _numbers(words[1]):
            self._own.setdefault(site, {}).update(
                {word: int(value) for word, value in zip(words[2::2], words[3::2]) if word in ("isp", "region")})

    def everybody(self):
        return EVERYBODY[:self.sites]

    def of(self, words):
        """Names of the lab's sites among those that the scope of a line means; None when it draws them."""
        if "scope" not in words:
            return self.everybody()
        kind, *more = words[words.index("scope") + 1:]
        if kind == "global":
            return self.everybody()
        if kind == "fraction":
            return None
        meant = _numbers(more[0])
        return tuple(name for site, name in enumerate(self.everybody()) if self._label(kind, site) in meant)

    def _label(self, kind, site):
        if kind == "site":
            return site
        usual = site % self._isps if kind == "isp" else site // self._isps % self._regions
        return self._own.get(site, {}).get(kind, usual)


def _numbers(word):
    """{numbers} of a list such as 0-2,7."""
    found = set()
    for part in word.split(","):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found


# ---- what came of it

@dataclasses.dataclass
class Seen:
    """What was observed; times in seconds since time 0."""

    away: dict = dataclasses.field(default_factory=dict)       # site: [(from, until; None: to the end)]
    diagnoses: list = dataclasses.field(default_factory=list)  # (time, {(domain word, sites)} in force), at each look
    skips: list = dataclasses.field(default_factory=list)      # when every hub was passed by


def judge(script, seen):
    """[(holds: True, False or None for not judged, words)], first the truths in their order, then the rest."""
    findings = [_judge_truth(script, truth, seen) for truth in script.truths]
    strays = []
    for site, spells in seen.away.items():
        strays += [f"{site} at {begin:.0f} s" for begin, _ in spells if not _may_move(script, site, begin)]
    blamed = [truth for truth in script.truths if truth.domains & {"teams-signalling", "teams-all", "microsoft365", "hub1",
                                                                   "hub2", "hub3"}]
    strays += [f"a skip of every hub at {when:.0f} s" for when in seen.skips
               if not any(truth.begin <= when < truth.end + SETTLING for truth in blamed)]
    findings.append((None if script.skipped and strays else not strays,
                     "no false move" + (": " + ", ".join(strays) if strays else "")))
    return findings


def _may_move(script, site, when):
    return any(truth.flip in ("yes", "may") and site in truth.sites and truth.begin <= when < truth.end + SETTLING
               for truth in script.truths)


def _judge_truth(script, truth, seen):
    name = f"line {truth.line}, {' or '.join(sorted(truth.domains))} at {', '.join(truth.sites)}, flip {truth.flip}"
    if script.spoils(truth):
        return None, f"{name}: not judged, for something of that time was not played"
    moved = {site: [max(begin, truth.begin) for begin, until in seen.away.get(site, [])
                    if begin < truth.end and (until is None or until > truth.begin)] for site in truth.sites}
    first = min((min(times) for times in moved.values() if times), default=None)
    said = "; ".join(f"{site} moved at {min(times):.0f} s" if times else f"{site} stayed" for site, times in moved.items())
    stayed = [site for site, times in moved.items() if not times]
    named, right = _naming(truth, seen, first if truth.flip == "yes" else None)
    holds = right and (truth.flip == "may" or (not stayed if truth.flip == "yes" else len(stayed) == len(moved)))
    return holds, f"{name}: {said}; {named}"


def _naming(truth, seen, when):
    """(what was named, whether that is right): at `when`, else 10 s after the first confirmation."""
    looks = [(time, [(word, sites) for word, sites in diagnoses if set(sites) & set(truth.sites)])
             for time, diagnoses in seen.diagnoses if truth.begin <= time < truth.end + SETTLING]
    named = [(time, diagnoses) for time, diagnoses in looks if diagnoses]
    if not named:
        return "nobody was accused", truth.flip != "yes"
    when = named[0][0] + NAMED_AFTER if when is None else when
    _, judged = next((look for look in reversed(named) if look[0] <= when), named[0])
    words = sorted({word for word, _ in judged})
    return f"named {', '.join(words)}", bool(truth.domains & set(words))
