// Which hypotheses lost to one, and why.
#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "detector/clearance.h"
#include "detector/hypothesis.h"

namespace dialtone::detector {
namespace {

constexpr std::size_t kMostRunnersUp = 5;
// Of what is shown.
constexpr double kRounding = 0.05;

std::string ExplainsLess(double nats, double best) {
  return nats < best - kRounding
             ? absl::StrFormat("explains less: %.1f against %.1f nats", nats, best)
             : absl::StrFormat("explains no more: %.1f nats", nats);
}

}  // namespace

std::vector<RunnerUp> RunnersUp(const Fleet& fleet, const Observations& observations,
                                const Attendance& attendance, const Hypothesis& hypothesis,
                                absl::Time now) {
  const Domains& domains = observations.domains();
  const Clearance clearance(observations, attendance, now);
  const auto score_of = [&](DomainIndex domain) -> const Score& {
    return hypothesis.pool == kNone ? observations.score(hypothesis.sites[0], domain)
                                    : observations.pooled(hypothesis.pool, domain);
  };
  std::vector<RunnerUp> lost;
  for (const DomainIndex rival : hypothesis.pool == kNone
                                     ? observations.AccusedAt(hypothesis.sites[0])
                                     : observations.AccusedIn(hypothesis.pool)) {
    if (rival == hypothesis.domain || !domains[rival].is_candidate ||
        !domains.Overlap(rival, hypothesis.domain)) {
      continue;
    }
    const Score& score = score_of(rival);
    const Charge charge{.domain = rival, .severity = score.severity(), .since = hypothesis.rose};
    const TargetIndex clean = clearance.Refuter(hypothesis.sites, charge);
    const double nats = static_cast<double>(score.best());
    lost.push_back(
        {.domain = domains[rival].name,
         .hub = domains[rival].name == FaultDomain::kHub ? domains[rival].alone : kNone,
         .scope = hypothesis.scope,
         .score = nats,
         .why = clean != kNone
                    ? absl::StrCat(fleet.targets[static_cast<std::size_t>(clean)].name, " answers")
                    : ExplainsLess(nats, hypothesis.score)});
  }
  std::stable_sort(lost.begin(), lost.end(),
                   [](const RunnerUp& a, const RunnerUp& b) { return a.score > b.score; });
  if (lost.size() > kMostRunnersUp) lost.resize(kMostRunnersUp);
  return lost;
}

}  // namespace dialtone::detector
