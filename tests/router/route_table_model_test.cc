// Random writers, calls, readings and restarts against a model that is too simple to be wrong.
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "router/route_table.h"
#include "tests/router/sample_topology.h"

namespace dialtone::router {
namespace {

constexpr size_t kGroupsPer10s = 2;

// The contract of SetRoutes in the shortest words: maps and comparisons.
struct Model {
  Version version;
  std::map<std::string, GroupWish> wanted;
  std::optional<std::map<std::string, HopWish>> hops;  // absent: not known since the restart
  absl::Time lease_end = absl::InfinitePast();

  static bool Fits(const GroupWish& wish, const Topology& topology) {
    for (const Group& group : topology.groups) {
      if (group.name != wish.group) continue;
      int sum = 0;
      std::set<std::string> seen;
      for (const Share& share : wish.shares) {
        if (!absl::c_linear_search(group.Routes(), share.route)) return false;
        if (share.percent < 0 || share.percent > 100 || !seen.insert(share.route).second)
          return false;
        sum += share.percent;
      }
      return sum == 100 && wish.origin != Origin::kUnset;
    }
    return false;
  }

  static bool Fits(const HopWish& wish) {
    if (!std::set<std::string>{"t1", "t2", "t3", "pbx1"}.contains(wish.hop)) return false;
    if (wish.state == HopState::kNormal) return true;
    return wish.state != HopState::kUnset && wish.hop != "pbx1" && wish.percent >= 1 &&
           wish.percent <= 100;
  }

  static std::map<std::string, HopWish> NotNormal(const Proposal& proposal) {
    std::map<std::string, HopWish> hops_wanted;
    for (const HopWish& wish : proposal.hop_states) {
      if (wish.state != HopState::kNormal) hops_wanted.emplace(wish.hop, wish);
    }
    return hops_wanted;
  }

  ProposalResult Judge(const Proposal& proposal, Writer writer, const Topology& topology) const {
    if (proposal.version.epoch == 0 || proposal.version.generation == 0)
      return ProposalResult::kInvalid;
    if (proposal.version < version) return ProposalResult::kOlder;
    std::map<std::string, GroupWish> groups;
    for (const GroupWish& wish : proposal.groups) {
      if (!Fits(wish, topology) || !groups.emplace(wish.group, wish).second)
        return ProposalResult::kInvalid;
    }
    std::set<std::string> hop_names;
    for (const HopWish& wish : proposal.hop_states) {
      if (!Fits(wish) || !hop_names.insert(wish.hop).second) return ProposalResult::kInvalid;
    }
    if (proposal.version == version) {
      const bool same = groups == wanted && (!hops || *hops == NotNormal(proposal));
      return same ? ProposalResult::kRepeated : ProposalResult::kConflicting;
    }
    for (const auto& [name, wish] : groups) {
      if (wanted.contains(name) && wanted.at(name) == wish) continue;
      const bool glass = wish.origin == Origin::kBreakGlass;
      if (writer == Writer::kDetector ? glass : !glass) return ProposalResult::kNotPermitted;
    }
    for (const auto& [name, wish] : wanted) {
      if (!groups.contains(name)) return ProposalResult::kShrunk;
    }
    return ProposalResult::kAccepted;
  }

  void Accept(const Proposal& proposal, absl::Time now) {
    version = proposal.version;
    for (const GroupWish& wish : proposal.groups) wanted[wish.group] = wish;
    hops = NotNormal(proposal);
    lease_end = now + absl::Seconds(30);
  }
};

class World {
 public:
  explicit World(uint64_t seed) : random_(seed) { Restart(); }

  void Step() {
    now_ += absl::Milliseconds(Below(3000));
    table_->Advance(now_);
    NoteMoves();
    switch (Below(8)) {
      case 0:
      case 1:
      case 2:
      case 3:
        ProposeSomething();
        break;
      case 4:
        RenewSomething();
        break;
      case 5:
        Calls();
        break;
      case 6:
        ReadBack();
        break;
      case 7:
        if (Below(10) == 0) Restart();
        break;
    }
    NoteMoves();
    Check();
  }

  int accepted() const { return accepted_; }

 private:
  int Below(int end) { return static_cast<int>(random_() % static_cast<uint64_t>(end)); }
  template <typename T>
  T OneOf(std::vector<T> choices) {
    return choices[static_cast<size_t>(Below(static_cast<int>(choices.size())))];
  }

  // A restart keeps what was stored; the voice layer keeps its plans.
  void Restart() {
    table_ = std::make_unique<RouteTable>(topology_, SampleInventory(), kGroupsPer10s);
    StoredTable stored{model_.version, {}};
    for (const auto& [name, wish] : model_.wanted) stored.groups.push_back(wish);
    EXPECT_TRUE(table_->Restore(stored).empty());
    model_.hops.reset();
    model_.lease_end = absl::InfinitePast();
    calls_ = {};
    moves_.clear();
    before_ = table_->Plans();
  }

  std::vector<Share> SomeShares(const std::string& group) {
    const bool wild = Below(15) == 0;
    const std::string backup = group == "par" || wild ? "pstn" : "pbx";
    if (Below(3) > 0) return {{OneOf<std::string>({"teams", backup}), 100}};
    const int first = wild ? OneOf<int>({-1, 101, 99}) : OneOf<int>({5, 25, 50, 100, 0});
    return {{"teams", first}, {backup, 100 - first + (wild ? Below(2) : 0)}};
  }

  GroupWish SomeWish(const std::string& group) {
    // Mostly what is wanted already, so that tables with a single change occur.
    if (model_.wanted.contains(group) && Below(2) == 0) return model_.wanted.at(group);
    GroupWish wish = On(group, "teams");
    wish.shares = SomeShares(group);
    wish.ignore_hop_states = Below(4) == 0;
    wish.origin = OneOf<Origin>({Origin::kAuto, Origin::kAuto, Origin::kAuto, Origin::kAuto,
                                 Origin::kOperator, Origin::kBreakGlass});
    if (Below(20) == 0) wish.origin = Origin::kUnset;
    return wish;
  }

  void ProposeSomething() {
    Proposal proposal{model_.version, {}, {}};
    proposal.version.generation += static_cast<uint64_t>(OneOf<int>({-1, 0, 1, 1, 1, 1, 2}));
    if (Below(8) == 0) proposal.version = {model_.version.epoch + 1, 1};
    for (const char* group : {"lon", "nyc", "par"}) {
      if (Below(20) > 0) proposal.groups.push_back(SomeWish(group));
    }
    if (Below(20) == 0) proposal.groups.push_back(SomeWish(OneOf<std::string>({"rome", "nyc"})));
    while (Below(2) == 0) {
      proposal.hop_states.push_back(
          {OneOf<std::string>({"t1", "t2", "t3"}),
           OneOf<HopState>({HopState::kNormal, HopState::kLastInRoute, HopState::kAfterBackups}),
           OneOf<int>({100, 100, 10, 1}), ""});
      if (Below(20) == 0) proposal.hop_states.back().hop = OneOf<std::string>({"pbx1", "t9"});
      if (Below(20) == 0) proposal.hop_states.back().percent = OneOf<int>({0, 101});
    }
    const Writer writer = Below(4) > 0 ? Writer::kDetector : Writer::kOperator;
    const Judgement judgement = table_->Judge(proposal, writer);
    const ProposalResult expected = model_.Judge(proposal, writer, topology_);
    ASSERT_EQ(ToString(judgement.result), ToString(expected)) << judgement.reason;
    if (!judgement.accepted()) return;
    ++accepted_;
    for (const GroupWish& wish : proposal.groups) {
      if (wish.origin != Origin::kAuto) free_.insert(wish.group);
    }
    table_->Accept(proposal, now_);
    model_.Accept(proposal, now_);
  }

  void RenewSomething() {
    Version version = model_.version;
    if (Below(3) == 0) ++version.generation;
    const bool renewed = table_->Renew(version, now_);
    ASSERT_EQ(renewed, version == model_.version && model_.hops.has_value());
    if (renewed) model_.lease_end = now_ + absl::Seconds(30);
  }

  void Calls() {
    if (Below(5) == 0) {
      table_->LostCalls(now_);
      return;
    }
    std::vector<HopCounters> counters;
    for (const char* hop : {"t1", "t2", "t3"}) {
      HopCounters& counter = calls_[hop];
      const int sent = Below(30);
      counter.hop = hop;
      counter.sent += static_cast<uint64_t>(sent);
      counter.answered += static_cast<uint64_t>(Below(3) == 0 ? Below(sent + 1) : sent);
      counters.push_back(counter);
    }
    table_->ObserveCalls(counters, now_);
  }

  void ReadBack() {
    std::vector<PlanReading> readings;
    for (const GroupPlan& plan : table_->Plans()) {
      if (Below(2) == 0) continue;
      readings.push_back(
          {plan.group, Below(4) > 0 ? std::optional<Plan>(plan.plan) : std::nullopt});
      if (Below(4) == 0) readings.back().plan = ParsePlan("-|100:pbx,teams");
      // A group that nobody named may move to where it is found; that is no automatic move.
      if (!model_.wanted.contains(plan.group)) free_.insert(plan.group);
    }
    table_->Confirm(readings, now_);
  }

  // Remembers which automatic groups changed their plan, and when.
  void NoteMoves() {
    const std::vector<GroupPlan> after = table_->Plans();
    for (size_t i = 0; i < after.size(); ++i) {
      if (after[i] != before_[i] && !free_.contains(after[i].group)) moves_.push_back(now_);
    }
    free_.clear();
    before_ = after;
  }

  void Check() {
    ASSERT_EQ(table_->version(), model_.version);
    for (const GroupState& state : table_->groups()) CheckGroup(state);
    while (!moves_.empty() && now_ - moves_.front() >= absl::Seconds(10)) moves_.pop_front();
    ASSERT_LE(moves_.size(), kGroupsPer10s) << "the speed limit was broken";
    CheckHopStates();
    ASSERT_GT(table_->NextWake(), now_) << "it would wake for nothing";
  }

  void CheckGroup(const GroupState& state) {
    const std::string& name = state.group->name;
    const auto wanted = model_.wanted.find(name);
    ASSERT_EQ(state.wanted.has_value(), wanted != model_.wanted.end()) << name;
    if (state.wanted) {
      ASSERT_EQ(*state.wanted, wanted->second);
      const Plan plan =
          MakePlan(*state.group, wanted->second.shares, wanted->second.ignore_hop_states);
      ASSERT_EQ(state.waiting, state.plan != plan) << name;
      ASSERT_EQ(state.in_sync(), !state.waiting && state.confirmed == plan) << name;
    }
    ASSERT_EQ(ParsePlan(FormatPlan(state.plan)), state.plan);
    for (const PlanShare& share : state.plan.shares) {
      ASSERT_THAT(share.routes, ::testing::UnorderedElementsAreArray(state.group->Routes()));
      ASSERT_TRUE(share.routes.front() == state.group->home_route ||
                  share.routes.back() == state.group->home_route);
    }
  }

  void CheckHopStates() {
    const HopStates& states = table_->hop_states();
    std::set<std::string> told;
    for (const HopWish& wish : states.in_force()) {
      ASSERT_TRUE(model_.hops && model_.hops->contains(wish.hop) && model_.lease_end > now_);
      ASSERT_NE(wish.hop, "pbx1");
      const HopCalls calls = table_->calls().Of(wish.hop);
      const bool answers =
          calls.recently_sent >= 10 && calls.recently_answered * 10 >= calls.recently_sent * 9;
      ASSERT_FALSE(wish.state == HopState::kAfterBackups && answers);
      told.insert(wish.hop);
    }
    for (const RefusedHop& refused : states.refused()) ASSERT_TRUE(told.insert(refused.hop).second);
    ASSERT_EQ(told.size(), model_.hops ? model_.hops->size() : 0) << "each is in force or refused";
  }

  std::mt19937_64 random_;
  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  const Topology topology_ = SampleTopology();
  std::unique_ptr<RouteTable> table_;
  Model model_;
  std::map<std::string, HopCounters> calls_;
  std::vector<GroupPlan> before_;
  std::set<std::string> free_;  // groups whose next change is not the speed limit's
  std::deque<absl::Time> moves_;
  int accepted_ = 0;
};

TEST(RouteTableModel, HoldsItsPromisesWhateverItIsTold) {
  int accepted = 0;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    World world(seed);
    for (int step = 0; step < 250; ++step) {
      world.Step();
      if (::testing::Test::HasFatalFailure()) return;
    }
    accepted += world.accepted();
  }
  EXPECT_GT(accepted, 500) << "the proposals are too wild to reach anything";
}

}  // namespace
}  // namespace dialtone::router
