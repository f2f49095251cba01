// The limit on what automatic steps may have away from home at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <set>
#include <vector>

#include "absl/time/time.h"

#include "detector/facts.h"

namespace dialtone::detector {

// Keeps the account: which per cent of each group's calls flips and skips have away from home,
// against max(the policy's per cent of all numbers, one site). It bounds what a judgement can cost
// that is wrong, or that lying agents have made.
//
// A diagnosis lifts it when it is carried broadly: a region's or the whole world's by two ISPs (or
// all there are), an ISP's by two of its sites while somebody outside that ISP is heard. Where
// calls are seen, they must not contradict evidence of hubs: probes that all fail while calls are
// answered, per attempt at the home route's hops, accuse the probes. That their success fell counts
// from 30 s before a diagnosis was confirmed until it ends, since a skip dries them up. And where
// both the vantage's probes and the calls of its voice layer say that the hubs are gone, that voice
// layer is lifted whatever the scope.
class Cap {
 public:
  static constexpr absl::Duration kCallsLookBack = absl::Seconds(30);
  // A report of calls looks back so far: from then on it is about the fault alone.
  static constexpr absl::Duration kCallsWindow = absl::Seconds(5);

  explicit Cap(const Fleet& fleet);

  // Whether a diagnosis may move calls of a voice layer beyond the cap.
  bool Lifts(const Facts& facts, const ActiveDiagnosis& active, VoiceLayerIndex layer) const;

  // Per cent of a group's calls that are away, by flip and by skip; the larger counts.
  void SetFlipped(GroupIndex group, int percent) { Set(&flipped_, group, percent); }
  void SetSkipped(GroupIndex group, int percent) { Set(&skipped_, group, percent); }

  // The account as it stands, for one round of decisions.
  class Account {
   public:
    Account(const Cap& cap, const Facts& facts);

    // Whether the whole of `group` may move beside what is away already; booked when it may.
    bool Admit(GroupIndex group);

    // The per cent of the calls of `groups`, 0 to 100, that a skip may take away beside what others
    // have away; booked.
    int AdmitShare(const std::vector<GroupIndex>& groups);

    // Numbers that may still move, one site aside.
    double left() const { return std::max(0.0, most_ - away_); }

   private:
    double Numbers(GroupIndex group) const;
    SiteIndex SiteOf(GroupIndex group) const;

    const Cap& cap_;
    const Facts& facts_;
    double most_ = 0;  // the policy's per cent of all numbers
    double away_ = 0;
    std::set<SiteIndex> flipped_sites_;
  };

 private:
  static void Set(std::vector<int>* percents, GroupIndex group, int percent) {
    (*percents)[static_cast<std::size_t>(group)] = percent;
  }
  int Flipped(GroupIndex group) const { return flipped_[static_cast<std::size_t>(group)]; }
  int Away(GroupIndex group) const {
    return std::max(Flipped(group), skipped_[static_cast<std::size_t>(group)]);
  }

  std::vector<int> flipped_;  // by group
  std::vector<int> skipped_;
};

}  // namespace dialtone::detector
