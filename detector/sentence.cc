#include "detector/sentence.h"

#include <algorithm>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "detector/domains.h"

namespace dialtone::detector {
namespace {

// More sites or targets than this are counted, not listed.
constexpr std::size_t kMostListed = 5;

std::string List(const std::vector<std::string>& names) {
  if (names.size() < 2) return absl::StrJoin(names, "");
  if (names.size() > kMostListed) {
    const std::vector<std::string> first(names.begin(), names.begin() + kMostListed);
    return absl::StrCat(absl::StrJoin(first, ", "), " and ", names.size() - kMostListed, " more");
  }
  const std::vector<std::string> first(names.begin(), names.end() - 1);
  return absl::StrCat(absl::StrJoin(first, ", "), " and ", names.back());
}

std::string SitesOf(const Fleet& fleet, const Diagnosis& diagnosis) {
  std::vector<std::string> names;
  for (const SiteIndex site : diagnosis.sites) {
    names.push_back(fleet.sites[static_cast<std::size_t>(site)].name);
  }
  if (names.size() > kMostListed) return absl::StrCat(names.size(), " sites");
  return List(names);
}

// What the evidence says of the targets accused, and of the witnesses.
struct Findings {
  std::vector<std::string> targets;
  std::string detail;  // of the strongest piece
  bool witness_answers = false;
};

Findings Read(const Fleet& fleet, const Diagnosis& diagnosis) {
  Findings findings;
  std::set<TargetIndex> seen;
  for (const Evidence& evidence : diagnosis.evidence) {
    if (evidence.is_witness) {
      findings.witness_answers |= evidence.bad == 0;
    } else if (evidence.bad > 0 && seen.insert(evidence.target).second) {
      if (findings.detail.empty()) findings.detail = evidence.detail;
    }
  }
  for (const TargetIndex target : seen) {
    findings.targets.push_back(fleet.targets[static_cast<std::size_t>(target)].name);
  }
  return findings;
}

std::string Whom(const Fleet& fleet, const Diagnosis& diagnosis) {
  switch (diagnosis.scope) {
    case Scope::kGlobal:
      return "for everyone";
    case Scope::kRegion:
      return absl::StrCat("in region ", diagnosis.scope_name);
    case Scope::kIsp:
      return absl::StrCat("for ISP ", diagnosis.scope_name);
    case Scope::kSite:
    case Scope::kPath:
      return absl::StrCat("at ", SitesOf(fleet, diagnosis));
  }
  return "";
}

std::string IspOf(const Fleet& fleet, const Diagnosis& diagnosis) {
  if (diagnosis.scope == Scope::kIsp) return diagnosis.scope_name;
  if (diagnosis.sites.empty()) return "unknown";
  return fleet.sites[static_cast<std::size_t>(diagnosis.sites.front())].isp;
}

std::string TargetName(const Fleet& fleet, const Diagnosis& diagnosis) {
  const Findings findings = Read(fleet, diagnosis);
  if (diagnosis.hub != kNone) return fleet.targets[static_cast<std::size_t>(diagnosis.hub)].name;
  return findings.targets.empty() ? std::string(Word(diagnosis.domain)) : List(findings.targets);
}

// "hub1 and hub2 fail from lon (no answer in 0.34 s)".
std::string What(const Fleet& fleet, const Diagnosis& diagnosis) {
  const Findings findings = Read(fleet, diagnosis);
  if (findings.targets.empty()) return "";
  std::string what = absl::StrCat(List(findings.targets),
                                  findings.targets.size() == 1 ? " fails from " : " fail from ",
                                  SitesOf(fleet, diagnosis));
  if (!findings.detail.empty()) absl::StrAppend(&what, " (", findings.detail, ")");
  if (Domains::IsMicrosoft(diagnosis.domain) && findings.witness_answers) {
    absl::StrAppend(&what, " while internet witnesses answer");
  }
  return what;
}

// "no batch for 4s, and uplink-lon fails from par, nyc and vantage (no answer in 0.34 s)": the
// evidence against a silent site is what others see of it.
std::string Silence(const Fleet& fleet, const Diagnosis& diagnosis) {
  std::string silence;
  const Evidence* strongest = nullptr;
  std::vector<std::string> observers;
  for (const Evidence& evidence : diagnosis.evidence) {
    if (evidence.target == kNone) silence = evidence.detail;
    if (evidence.target == kNone || evidence.bad == 0) continue;
    observers.push_back(fleet.sites[static_cast<std::size_t>(evidence.site)].name);
    if (strongest == nullptr || evidence.bad > strongest->bad) strongest = &evidence;
  }
  if (strongest == nullptr) return silence;
  return absl::StrCat(silence, silence.empty() ? "" : ", and ",
                      fleet.targets[static_cast<std::size_t>(strongest->target)].name,
                      " fails from ", List(observers), " (", strongest->detail, ")");
}

std::string Subject(const Fleet& fleet, const Diagnosis& diagnosis) {
  switch (diagnosis.domain) {
    case FaultDomain::kHub:
      return absl::StrCat(TargetName(fleet, diagnosis), " of Teams is down ",
                          Whom(fleet, diagnosis));
    case FaultDomain::kTeamsSignalling:
      return absl::StrCat("teams-signalling is down ", Whom(fleet, diagnosis));
    case FaultDomain::kTeamsMedia:
    case FaultDomain::kIdentity:
    case FaultDomain::kTeamsCalling:
    case FaultDomain::kTeamsAll:
    case FaultDomain::kMicrosoft365:
      return absl::StrCat(Word(diagnosis.domain), " is down ", Whom(fleet, diagnosis));
    case FaultDomain::kSiteNetwork:
      return absl::StrCat("site-network of ", SitesOf(fleet, diagnosis),
                          " is down: nothing off its LAN answers, so Teams is not accused");
    case FaultDomain::kIspCore:
      return absl::StrCat("isp-core: nothing beyond ISP ", IspOf(fleet, diagnosis), " answers ",
                          SitesOf(fleet, diagnosis), ", so Teams is not accused");
    case FaultDomain::kLan:
      return absl::StrCat("lan of ", SitesOf(fleet, diagnosis),
                          " is down: even its own gateway does not answer");
    case FaultDomain::kVoiceLayer:
      return absl::StrCat("voice-layer: ", TargetName(fleet, diagnosis), " does not answer ",
                          Whom(fleet, diagnosis));
    case FaultDomain::kCertificate:
      return absl::StrCat("certificate or SIP configuration of ", SitesOf(fleet, diagnosis),
                          " is refused by ", TargetName(fleet, diagnosis));
    case FaultDomain::kUnreachable:
      return absl::StrCat(SitesOf(fleet, diagnosis),
                          " is unreachable: its agent is silent and its uplink does not answer "
                          "the other sites");
    case FaultDomain::kUnknown:
      return absl::StrCat("unknown at ", SitesOf(fleet, diagnosis),
                          ": Teams fails, but so do the witnesses, so nobody is accused");
    case FaultDomain::kMediaPath:
    case FaultDomain::kDns:
    case FaultDomain::kCarrier:
      return absl::StrCat(Word(diagnosis.domain), " fails ", Whom(fleet, diagnosis));
  }
  return "";
}

}  // namespace

std::string OwnerOf(const Fleet& fleet, const Diagnosis& diagnosis) {
  if (Domains::IsMicrosoft(diagnosis.domain)) {
    // Others reach it.
    return diagnosis.scope == Scope::kIsp
               ? absl::StrCat("Microsoft, or the way from ISP ", IspOf(fleet, diagnosis), " to it")
               : "Microsoft";
  }
  switch (diagnosis.domain) {
    case FaultDomain::kSiteNetwork:
      return absl::StrCat("the access line of ", SitesOf(fleet, diagnosis), " (ISP ",
                          IspOf(fleet, diagnosis), ")");
    case FaultDomain::kIspCore:
      return absl::StrCat("ISP ", IspOf(fleet, diagnosis));
    case FaultDomain::kLan:
      return absl::StrCat("the local network of ", SitesOf(fleet, diagnosis));
    case FaultDomain::kVoiceLayer:
      return "whoever runs the voice layer and its backup";
    case FaultDomain::kCarrier:
      return "the carrier";
    case FaultDomain::kCertificate:
      return "whoever keeps our certificates and SIP registration";
    case FaultDomain::kUnreachable:
      return absl::StrCat("the network or the power of ", SitesOf(fleet, diagnosis));
    case FaultDomain::kMediaPath:
    case FaultDomain::kDns:
      return absl::StrCat("the network team of ", SitesOf(fleet, diagnosis));
    default:
      return "not known yet";
  }
}

std::string DiagnosisSentence(const Fleet& fleet, const Diagnosis& diagnosis) {
  std::string sentence = Subject(fleet, diagnosis);
  const std::string what = diagnosis.domain == FaultDomain::kUnreachable ? Silence(fleet, diagnosis)
                                                                         : What(fleet, diagnosis);
  if (!what.empty()) absl::StrAppend(&sentence, "; ", what);
  return absl::StrCat(sentence, ". Owner: ", OwnerOf(fleet, diagnosis), ".");
}

}  // namespace dialtone::detector
