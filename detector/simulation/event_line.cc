#include "detector/simulation/event_line.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace dialtone::detector::simulation {
namespace {

constexpr int kMaxAddresses = 64;                             // of one name
constexpr absl::Duration kUsualClockStep = absl::Minutes(1);  // of a clock-jump without `by`

// "A..B".
std::optional<Span> TakeSpan(LineReader& line) {
  constexpr absl::string_view kExpected = "a time such as 60s..5m, its end after its beginning";
  const FileWord* word = line.TakeWord(kExpected);
  if (word == nullptr) return std::nullopt;
  const std::pair<std::string, std::string> ends =
      absl::StrSplit(word->text, absl::MaxSplits("..", 1));
  const auto from = ParseDuration(ends.first);
  const auto to = ParseDuration(ends.second);
  if (!from.has_value() || !to.has_value() || *from >= *to) {
    line.Note(word, kExpected);
    return std::nullopt;
  }
  return Span{.from = *from, .to = *to};
}

// What follows the kind of a fault, if anything.
bool TakeKindValue(LineReader& line, Fault* fault) {
  if (fault->kind == FaultKind::kReject) {
    const auto code = line.TakeCount(400, 699, "the status of the answer");
    if (!code.has_value()) return false;
    fault->code = *code;
  }
  if (fault->kind == FaultKind::kAddress) {
    constexpr absl::string_view kExpected = "how many of how many addresses are dead, such as 1/4";
    const FileWord* word = line.TakeWord(kExpected);
    if (word == nullptr) return false;
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(word->text, absl::MaxSplits('/', 1));
    const auto dead = ParseCount(parts.first, 1, kMaxAddresses);
    const auto all = ParseCount(parts.second, 1, kMaxAddresses);
    if (!dead.has_value() || !all.has_value() || *dead > *all) {
      line.Note(word, kExpected);
      return false;
    }
    fault->dead = *dead;
    fault->addresses = *all;
  }
  return true;
}

// One "WORD VALUE" of a fault. False: an error is noted.
bool TakeFaultOption(LineReader& line, Fault* fault, bool* has_targets, bool* has_where) {
  enum class Option { kTargets, kScope, kSeverity, kDelay, kRampIn, kRampOut, kFlap };
  static constexpr std::pair<absl::string_view, Option> kOptions[] = {
      {"targets", Option::kTargets}, {"scope", Option::kScope},    {"severity", Option::kSeverity},
      {"delay", Option::kDelay},     {"ramp-in", Option::kRampIn}, {"ramp-out", Option::kRampOut},
      {"flap", Option::kFlap}};
  const auto option =
      line.TakeOneOf(kOptions, "targets, scope, severity, delay, ramp-in, ramp-out or flap");
  if (!option.has_value()) return false;
  const auto take_duration = [&line](absl::Duration* value, absl::string_view what) {
    const auto duration = line.TakeDuration(what);
    *value = duration.value_or(absl::ZeroDuration());
    return duration.has_value();
  };
  switch (*option) {
    case Option::kTargets: {
      const auto targets = line.TakeTargets();
      fault->targets = targets.value_or(ProbedSet());
      *has_targets = true;
      return targets.has_value();
    }
    case Option::kScope: {
      auto where = line.TakeWhere();
      if (!where.has_value()) return false;
      fault->where = *std::move(where);
      *has_where = true;
      return true;
    }
    case Option::kSeverity: {
      const auto severity = line.TakeShare("the severity");
      fault->severity = severity.value_or(0);
      return severity.has_value();
    }
    case Option::kDelay:
      return take_duration(&fault->delay, "the delay");
    case Option::kRampIn:
      return take_duration(&fault->ramp_in, "the ramp");
    case Option::kRampOut:
      return take_duration(&fault->ramp_out, "the ramp");
    case Option::kFlap: {
      const auto split = line.TakeSplit("how long on and how long off");
      if (!split.has_value()) return false;
      fault->flap_on = split->first;
      fault->flap_off = split->second;
      return true;
    }
  }
  return false;
}

void ReadFault(LineReader& line, Span when, Scenario* scenario) {
  using Kind = FaultKind;
  static constexpr std::pair<absl::string_view, Kind> kKinds[] = {
      {"blackhole", Kind::kBlackhole},
      {"error503", Kind::kError503},
      {"slow", Kind::kSlow},
      {"loss", Kind::kLoss},
      {"oneway", Kind::kOneWay},
      {"reject", Kind::kReject},
      {"refuse", Kind::kRefuse},
      {"tls-stall", Kind::kTlsStall},
      {"certificate", Kind::kCertificate},
      {"throttle", Kind::kThrottle},
      {"address", Kind::kAddress}};
  const auto kind = line.TakeOneOf(
      kKinds,
      "blackhole, error503, slow, loss, oneway, reject CODE, refuse, tls-stall, certificate, "
      "throttle or address K/N");
  if (!kind.has_value()) return;
  Fault fault{.when = when, .kind = *kind};
  if (!TakeKindValue(line, &fault)) return;
  bool has_targets = false;
  bool has_where = false;
  while (!line.AtEnd()) {
    if (!TakeFaultOption(line, &fault, &has_targets, &has_where)) return;
  }
  if (!has_targets) line.NoteMissing("targets");
  if (!has_where) line.NoteMissing("scope");
  if (has_targets && has_where) scenario->faults.push_back(std::move(fault));
}

void ReadAgentFault(LineReader& line, Span when, Scenario* scenario) {
  using Kind = AgentFaultKind;
  static constexpr std::pair<absl::string_view, Kind> kKinds[] = {
      {"stall", Kind::kStall},
      {"silent", Kind::kSilent},
      {"late-results", Kind::kLateResults},
      {"clock-jump", Kind::kClockJump}};
  const auto kind = line.TakeOneOf(kKinds, "stall, silent, late-results or clock-jump");
  if (!kind.has_value() || !line.TakeExactly("scope")) return;
  auto where = line.TakeWhere();
  if (!where.has_value()) return;
  AgentFault fault{.when = when, .kind = *kind, .where = *std::move(where)};
  if (*kind == Kind::kClockJump) fault.by = kUsualClockStep;
  if (!line.AtEnd()) {
    if (!line.TakeExactly("by")) return;
    const auto by = line.TakeStep("how far the clock steps");
    if (!by.has_value()) return;
    fault.by = *by;
  }
  if (line.ExpectEnd()) scenario->agent_faults.push_back(std::move(fault));
}

void ReadTruth(LineReader& line, Span when, Scenario* scenario) {
  enum class Part { kDomain, kScope, kFlip, kCalls };
  static constexpr std::pair<absl::string_view, Part> kParts[] = {{"domain", Part::kDomain},
                                                                  {"scope", Part::kScope},
                                                                  {"flip", Part::kFlip},
                                                                  {"calls-degraded", Part::kCalls}};
  static constexpr std::pair<absl::string_view, FlipWish> kWishes[] = {
      {"yes", FlipWish::kYes}, {"no", FlipWish::kNo}, {"may", FlipWish::kMay}};
  Truth truth{.when = when, .line = line.number()};
  bool has_where = false;
  bool has_wish = false;
  while (!line.AtEnd()) {
    const auto part = line.TakeOneOf(kParts, "domain, scope, flip or calls-degraded");
    if (!part.has_value()) return;
    switch (*part) {
      case Part::kDomain: {
        auto domains = line.TakeDomains();
        if (!domains.has_value()) return;
        truth.domains = *std::move(domains);
        break;
      }
      case Part::kScope: {
        auto where = line.TakeWhere();
        if (!where.has_value()) return;
        truth.where = *std::move(where);
        has_where = true;
        break;
      }
      case Part::kFlip: {
        const auto wish = line.TakeOneOf(kWishes, "yes, no or may");
        if (!wish.has_value()) return;
        truth.flip = *wish;
        has_wish = true;
        break;
      }
      case Part::kCalls: {
        const auto share = line.TakeShare("the share of calls hurt");
        if (!share.has_value()) return;
        truth.calls_degraded = *share;
        break;
      }
    }
  }
  if (truth.domains.empty()) line.NoteMissing("domain");
  if (!has_where) line.NoteMissing("scope");
  if (!has_wish) line.NoteMissing("flip");
  if (!truth.domains.empty() && has_where && has_wish) {
    scenario->truths.push_back(std::move(truth));
  }
}

// "backup dead scope SCOPE" and "detector down".
void ReadIncident(LineReader& line, Span when, IncidentKind kind, Scenario* scenario) {
  Incident incident{.when = when, .kind = kind};
  if (!line.TakeExactly(kind == IncidentKind::kBackupDead ? "dead" : "down")) return;
  if (kind == IncidentKind::kBackupDead) {
    if (!line.TakeExactly("scope")) return;
    auto where = line.TakeWhere();
    if (!where.has_value()) return;
    incident.where = *std::move(where);
  }
  if (line.ExpectEnd()) scenario->incidents.push_back(std::move(incident));
}

// "at T operator VERB [scope SCOPE]".
void ReadOrder(LineReader& line, absl::Duration at, Scenario* scenario) {
  using Verb = OperatorOrder::Verb;
  static constexpr std::pair<absl::string_view, Verb> kVerbs[] = {
      {"failover", Verb::kFailover}, {"failback", Verb::kFailback}, {"hold", Verb::kHold},
      {"release", Verb::kRelease},   {"freeze", Verb::kFreeze},     {"unfreeze", Verb::kUnfreeze}};
  if (!line.TakeExactly("operator")) return;
  const auto verb = line.TakeOneOf(kVerbs, "failover, failback, hold, release, freeze or unfreeze");
  if (!verb.has_value()) return;
  OperatorOrder order{.at = at, .verb = *verb};
  if (*verb != Verb::kFreeze && *verb != Verb::kUnfreeze) {
    if (!line.TakeExactly("scope")) return;
    auto where = line.TakeWhere();
    if (!where.has_value()) return;
    order.where = *std::move(where);
  }
  if (line.ExpectEnd()) scenario->orders.push_back(std::move(order));
}

}  // namespace

void ReadEvent(LineReader& line, Scenario* scenario) {
  if (!line.NextContains("..")) {
    const auto at = line.TakeDuration("when: A..B, or for an operator's order a time");
    if (at.has_value()) ReadOrder(line, *at, scenario);
    return;
  }
  const std::optional<Span> when = TakeSpan(line);
  if (!when.has_value()) return;
  enum class What { kFault, kAgent, kTruth, kBackup, kDetector };
  static constexpr std::pair<absl::string_view, What> kWhats[] = {{"fault", What::kFault},
                                                                  {"agent", What::kAgent},
                                                                  {"truth", What::kTruth},
                                                                  {"backup", What::kBackup},
                                                                  {"detector", What::kDetector}};
  const auto what = line.TakeOneOf(kWhats, "fault, agent, truth, backup or detector");
  if (!what.has_value()) return;
  switch (*what) {
    case What::kFault:
      return ReadFault(line, *when, scenario);
    case What::kAgent:
      return ReadAgentFault(line, *when, scenario);
    case What::kTruth:
      return ReadTruth(line, *when, scenario);
    case What::kBackup:
      return ReadIncident(line, *when, IncidentKind::kBackupDead, scenario);
    case What::kDetector:
      return ReadIncident(line, *when, IncidentKind::kDetectorDown, scenario);
  }
}

}  // namespace dialtone::detector::simulation
