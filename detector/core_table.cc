// How the core decides where calls go, and what it wants from the routers.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "detector/core_state.h"

namespace dialtone::detector {
namespace {

// Routes are decided anew this often though nothing happened: a backup's proof may have lapsed.
constexpr absl::Duration kDecideAtLeastEvery = absl::Seconds(1);
// With news of some path no sooner than this after the last time, and not so often that it takes
// more than a tenth of a core: a decision costs a microsecond a group.
constexpr absl::Duration kPause = absl::Milliseconds(50);
constexpr absl::Duration kPausePerGroup = absl::Microseconds(10);

// As much of a reason as a router takes, in bytes, at the end of a character.
std::string Shortened(std::string reason) {
  constexpr std::size_t kMost = 500;
  constexpr absl::string_view kCut = "...";
  if (reason.size() <= kMost) return reason;
  std::size_t end = kMost - kCut.size();
  while (end > 0 && (static_cast<unsigned char>(reason[end]) & 0xC0) == 0x80) --end;
  reason.resize(end);
  return absl::StrCat(reason, kCut);
}

}  // namespace

// Routes depend on diagnoses, routers, orders and time. Most events are batches of good results,
// which change none of these: thousands of them a second must cost next to nothing.
bool Core::State::AreRoutesDue(Agenda* agenda) const {
  if (must_decide_) return true;
  const absl::Duration pause =
      std::max(kPause, kPausePerGroup * static_cast<double>(fleet.groups.size()));
  const absl::Time by_news = has_news_ ? routes_decided_ + pause : absl::InfiniteFuture();
  return agenda->Passed(std::min(routes_due_, by_news));
}

void Core::State::DecideRoutes(Agenda* agenda) {
  const absl::Time now = agenda->now();
  const Facts facts = FactsAt(now);
  Agenda later(now);
  hop_plan_.Decide(facts, &cap_, &later, &chronicle_);
  plan_.Decide(facts, &cap_, &later, &chronicle_);
  WantTables(&later);
  must_decide_ = false;
  has_news_ = false;
  routes_decided_ = now;
  routes_due_ = std::min(later.next(), now + kDecideAtLeastEvery);
  agenda->Passed(routes_due_);
}

void Core::State::WantTables(Agenda* agenda) {
  const Facts facts = FactsAt(agenda->now());
  for (VoiceLayerIndex layer = 0; layer < static_cast<int>(fleet.voice_layers.size()); ++layer) {
    if (!routers_.standing(layer).is_read) continue;
    bool differs = false;  // from what the router has
    std::vector<GroupRoute> table = TableOf(facts, layer, agenda->now(), &differs);
    // Who only observes asks for what an operator ordered, until the router has it.
    if (table.empty() || (!policy.may_act && !differs)) continue;
    std::vector<HopStateEntry> hop_states = hop_plan_.in_force(layer);
    for (HopStateEntry& entry : hop_states) entry.reason = Shortened(std::move(entry.reason));
    routers_.Want(layer, std::move(table), std::move(hop_states), agenda, &effects_);
  }
}

// The whole table of one voice layer.
std::vector<GroupRoute> Core::State::TableOf(const Facts& facts, VoiceLayerIndex layer,
                                             absl::Time now, bool* differs) const {
  std::vector<GroupRoute> table;
  for (GroupIndex group = 0; group < static_cast<int>(fleet.groups.size()); ++group) {
    const Group& what = fleet.groups[static_cast<std::size_t>(group)];
    const GroupStanding& standing = plan_.standing(group);
    if (what.voice_layer != layer || !standing.wanted.has_value()) continue;
    const RouterGroup* const known = routers_.Find(what);
    if (known == nullptr) continue;  // known to one side only: never moved
    GroupRoute route = *standing.wanted;
    const BackupProof proof = ProofOf(facts, group, "", now);
    route.ignore_hop_states =
        holds_.Covering(group) != nullptr || (proof.route.empty() && proof.is_known);
    route.reason = Shortened(std::move(route.reason));
    const std::vector<Share> home = {{.route = known->home_route, .percent = 100}};
    *differs |= route.shares != (known->wanted.has_value() ? known->wanted->shares : home);
    table.push_back(std::move(route));
  }
  // A group that only the router knows is repeated as it is: a table without it would have shrunk,
  // which the router refuses.
  for (const RouterGroup& known : routers_.standing(layer).report.groups) {
    if (known.wanted.has_value() && !IsOurs(fleet, layer, known.group)) {
      table.push_back(*known.wanted);
    }
  }
  return table;
}

}  // namespace dialtone::detector
