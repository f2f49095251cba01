// Random streams of events: what the core may never do, checked after every event.
#include <random>
#include <set>

#include "gtest/gtest.h"

#include "detector/core.h"
#include "detector/domains.h"
#include "tests/detector/story.h"

namespace dialtone::detector {
namespace {

// A world without sense: results, reports, orders and breaks in any order. A failure prints its
// seed.
class Chaos {
 public:
  Chaos(unsigned seed, Policy policy)
      : policy_(policy),
        random_(seed),
        core_(fleet_, policy, CoreStart{.epoch = 1, .journal = {}}, now_) {
    router_ = Story::LabRouter(fleet_);
    for (SiteIndex site = 0; site < 4; ++site) Tell(AgentConnected{.site = site, .run_id = 1});
    Tell(router_);
  }

  void Run(int steps) {
    for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) Step();
  }

  int flips() const { return flips_; }
  int confirmed() const { return confirmed_; }
  int restarts() const { return restarts_; }

 private:
  int Draw(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

  void Step() {
    now_ += absl::Milliseconds(Draw(200));
    const int what = Draw(100);
    if (what < 70) {
      Say(Draw(4));
    } else if (what < 78) {
      Tell(router_);
    } else if (what < 82) {
      BreakSomething();
    } else if (what < 90) {
      Order();
    } else if (what < 92) {
      Tell(RouterLost{.voice_layer = 0, .error = "gone"});
    } else if (what < 94) {
      Absurd();
    } else if (what < 95) {
      Restart();
    } else {
      Tell(Wake{});
    }
  }

  // Everything a site probes, as it is now.
  void Say(SiteIndex site) {
    Batch batch{.site = site, .run_id = 1};
    for (TargetIndex target = 0; target < static_cast<int>(fleet_.targets.size()); ++target) {
      const auto& sites = fleet_.targets[static_cast<std::size_t>(target)].sites;
      if (!std::binary_search(sites.begin(), sites.end(), site)) continue;
      const bool is_bad = broken_.contains({site, target}) || Draw(50) == 0;
      const absl::Time sent = now_ - absl::Milliseconds(Draw(400));
      batch.results.push_back({.target = target,
                               .sequence = ++sequence_,
                               .sent = sent,
                               .outcome = is_bad ? bad_outcome_ : Outcome::kAnswered,
                               .code = is_bad ? 503 : 200});
      if (!is_bad && (target == Story::kPing || target == Story::kTcp)) {
        witness_[site] = std::max(witness_[site], sent);
      }
    }
    Tell(batch);
  }

  void BreakSomething() {
    const Outcome outcomes[] = {Outcome::kTimedOut, Outcome::kRejected, Outcome::kTlsFailed};
    bad_outcome_ = outcomes[Draw(3)];
    const int what = Draw(5);
    if (what == 0) broken_.clear();
    for (SiteIndex site = 0; site < 4; ++site) {
      for (TargetIndex hub = Story::kHub1; hub <= Story::kHub3 && what == 1; ++hub) {
        broken_.insert({site, hub});
      }
      if (what == 2) broken_.insert({site, Draw(3)});
    }
    const SiteIndex at = Draw(4);
    for (TargetIndex target = 0; target < Story::kLanLon && what == 3; ++target) {
      broken_.insert({at, target});
    }
    if (what == 4) broken_.insert({Draw(4), Draw(7)});
  }

  void Order() {
    const ScopeSelector scopes[] = {
        {}, {ScopeSelector::Kind::kSite, "lon"}, {ScopeSelector::Kind::kGroup, "g-nyc"}};
    const ScopeSelector scope = scopes[Draw(3)];
    switch (Draw(6)) {
      case 0:
        Tell(OperatorFreeze{.frozen = Draw(3) == 0, .author = "ana", .reason = "x"});
        break;
      case 1:
        Tell(OperatorHold{
            .scope = scope, .duration = absl::Seconds(Draw(20)), .author = "ana", .reason = "x"});
        break;
      case 2:
        Tell(OperatorHold{.verb = OperatorHold::Verb::kClear, .scope = scope});
        break;
      case 3:
        Tell(OperatorPlan{.failback = Draw(2) == 0, .scope = scope});
        break;
      case 4:
        Tell(OperatorApply{.plan_id = plan_id_, .author = "ana", .reason = "x"});
        break;
      case 5:
        Tell(SetRoutesEnded{.voice_layer = 0,
                            .generation = generation_,
                            .result = static_cast<SetRoutesEnded::Result>(Draw(3)),
                            .error = "x"});
        break;
    }
  }

  // Old runs, doubled sequences, times beyond reason: none may count.
  void Absurd() {
    const absl::Duration ages[] = {-absl::Hours(100), absl::Minutes(10), absl::ZeroDuration()};
    Batch batch{.site = Draw(4), .run_id = static_cast<std::uint64_t>(1 + Draw(2))};
    for (int i = 0; i < 20; ++i) {
      batch.results.push_back({.target = Draw(3),
                               .sequence = static_cast<std::uint64_t>(Draw(3)),
                               .sent = now_ - ages[Draw(3)],
                               .outcome = Outcome::kTimedOut,
                               .late_by = absl::Seconds(Draw(2))});
    }
    Tell(batch);
  }

  // The next detector goes on from the journal: it moves nothing by itself.
  void Restart() {
    ++restarts_;
    Core next(fleet_, policy_, CoreStart{.epoch = 2, .journal = journal_, .journal_time = now_},
              now_);
    ASSERT_TRUE(next.Handle(Wake{}, now_).wishes.empty());
    const View before = core_.Look(now_);
    ASSERT_EQ(next.Look(now_).frozen, before.frozen);
    const auto held = std::count_if(before.holds.begin(), before.holds.end(),
                                    [this](const Hold& hold) { return hold.until > now_; });
    ASSERT_EQ(next.Look(now_).holds.size(), static_cast<std::size_t>(held));
    for (const Wish& wish : next.Handle(router_, now_).wishes) {
      ASSERT_GT(wish.generation, generation_);
      for (const GroupRoute& route : wish.groups) {
        for (const GroupView& group : before.groups) {
          if (fleet_.groups[static_cast<std::size_t>(group.group)].name != route.group) continue;
          if (IsStep(group.group, route, before)) continue;
          ASSERT_EQ(route.shares, group.wanted->shares) << route.group;
        }
      }
    }
  }

  // A step that fell due at just that moment is no doing of the restart.
  static bool IsStep(GroupIndex, const GroupRoute& route, const View& before) {
    for (const GroupView& group : before.groups) {
      if (group.wanted.has_value() && route.since > group.wanted->since) return true;
    }
    return false;
  }

  template <typename What>
  void Tell(const What& what) {
    constexpr bool is_apply = std::is_same_v<What, OperatorApply>;
    const Effects effects = core_.Handle(what, now_);
    Check(effects, is_apply);
    for (const JournalRecord& record : effects.journal) {
      if (record.value.empty()) {
        ASSERT_EQ(journal_.erase(record.key), 1U) << "erases what was never written";
      } else {
        journal_[record.key] = record.value;
      }
    }
    for (const OperatorAnswer& answer : effects.answers) {
      if (!answer.plan_id.empty()) plan_id_ = answer.plan_id;
    }
    for (const Wish& wish : effects.wishes) {
      if (Draw(10) > 0) Apply(wish);
    }
  }

  void Apply(const Wish& wish) {
    router_.epoch = 1;
    router_.generation = wish.generation;
    router_.hop_states = wish.hop_states;
    for (const GroupRoute& wanted : wish.groups) {
      for (RouterGroup& group : router_.groups) {
        if (group.group != wanted.group) continue;
        group.wanted = wanted;
        group.confirmed = wanted.shares;
      }
    }
  }

  void Check(const Effects& effects, bool is_apply) {
    ASSERT_GT(core_.NextWake(), now_);
    for (const Wish& wish : effects.wishes) CheckWish(wish);
    for (const LeaseRenewal& renewal : effects.renewals) {
      ASSERT_EQ(renewal.generation, generation_);
    }
    if (effects.occurrences.empty()) return;
    const View view = core_.Look(now_);
    for (const Occurrence& occurrence : effects.occurrences) {
      ASSERT_EQ(occurrence.id, ++last_occurrence_);
      ASSERT_EQ(occurrence.time, now_);
      ASSERT_FALSE(occurrence.sentence.empty());
      if (!is_apply) CheckStep(occurrence, view);
      if (occurrence.kind == OccurrenceKind::kConfirmed) CheckAccusation(occurrence, view);
    }
    if (!policy_.may_act) {
      ASSERT_TRUE(view.hops.empty());
    }
  }

  void CheckWish(const Wish& wish) {
    ASSERT_GT(wish.generation, generation_);
    generation_ = wish.generation;
    std::set<std::string> groups;
    for (const GroupRoute& route : wish.groups) {
      ASSERT_TRUE(groups.insert(route.group).second);
      int sum = 0;
      for (const Share& share : route.shares) sum += share.percent;
      ASSERT_EQ(sum, 100);
    }
    ASSERT_EQ(groups.size(), fleet_.groups.size()) << "the whole table";
    for (const HopStateEntry& entry : wish.hop_states) {
      ASSERT_EQ(entry.hop[0], 't') << "no hop of a backup route";
    }
  }

  // No automatic step while observing or frozen; none of a held group.
  void CheckStep(const Occurrence& occurrence, const View& view) {
    switch (occurrence.kind) {
      case OccurrenceKind::kFlip:
      case OccurrenceKind::kFailback:
      case OccurrenceKind::kSkip:
      case OccurrenceKind::kReorder:
        break;
      default:
        return;
    }
    ASSERT_TRUE(policy_.may_act) << occurrence.sentence;
    ASSERT_FALSE(view.frozen) << occurrence.sentence;
    if (occurrence.kind == OccurrenceKind::kFlip) ++flips_;
    for (const std::string& group : occurrence.groups) {
      for (const Hold& hold : view.holds) {
        ASSERT_NE(hold.scope.kind, ScopeSelector::Kind::kAll);
        ASSERT_FALSE(hold.scope.name == "lon" && group == "g-lon");
        ASSERT_NE(hold.scope.name, group);
      }
    }
  }

  // Teams is accused only by sites whose own witness answered since the fault began: by two, or by
  // the only one. Others, the mute too, may go along.
  void CheckAccusation(const Occurrence& occurrence, const View& view) {
    ++confirmed_;
    for (const Diagnosis& diagnosis : view.diagnoses) {
      if (diagnosis.id != occurrence.diagnosis || !Domains::IsMicrosoft(diagnosis.domain)) continue;
      std::size_t accusers = 0;
      for (const SiteIndex site : diagnosis.sites) {
        if (witness_[site] >= diagnosis.onset) ++accusers;
      }
      ASSERT_GE(accusers, std::min<std::size_t>(2, diagnosis.sites.size())) << occurrence.sentence;
    }
  }

  const Fleet fleet_ = Story::LabFleet();
  const Policy policy_;
  std::minstd_rand random_;
  absl::Time now_ = absl::FromUnixSeconds(1'000'000);
  Core core_;
  RouterReport router_;
  std::map<std::string, std::string> journal_;
  std::set<std::pair<SiteIndex, TargetIndex>> broken_;
  Outcome bad_outcome_ = Outcome::kTimedOut;
  absl::Time witness_[4] = {absl::InfinitePast(), absl::InfinitePast(), absl::InfinitePast(),
                            absl::InfinitePast()};
  std::uint64_t sequence_ = 100;
  std::uint64_t generation_ = 0;
  std::uint64_t last_occurrence_ = 0;
  std::string plan_id_;
  int flips_ = 0;
  int confirmed_ = 0;
  int restarts_ = 0;
};

constexpr int kSteps = 1000;  // some two minutes of the world

TEST(CoreProperty, NoStreamOfEventsMakesItBreakItsRules) {
  int flips = 0;
  int confirmed = 0;
  int restarts = 0;
  for (unsigned seed = 1; seed <= 10 && !HasFailure(); ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Chaos chaos(seed, Story::LabPolicy());
    chaos.Run(kSteps);
    flips += chaos.flips();
    confirmed += chaos.confirmed();
    restarts += chaos.restarts();
  }
  // The streams reach what they are to test.
  EXPECT_GT(flips, 0);
  EXPECT_GT(confirmed, 20);
  EXPECT_GT(restarts, 50);
}

TEST(CoreProperty, InObserveModeNoStreamOfEventsMakesItAct) {
  Policy policy = Story::LabPolicy();
  policy.may_act = false;
  for (unsigned seed = 101; seed <= 103 && !HasFailure(); ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Chaos(seed, policy).Run(kSteps);
  }
}

}  // namespace
}  // namespace dialtone::detector
