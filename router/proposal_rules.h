// What a proposal must look like by itself, whatever came before it.
#pragma once

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"

#include "router/proposal.h"
#include "router/topology.h"

namespace dialtone::router {

// Knows the names of a topology, and says what is wrong with a proposal: unknown names, shares, hop
// states on hops that must stay as they are, texts, sizes. The topology must outlive it.
class ProposalRules {
 public:
  static constexpr size_t kMaxGroups = 20'000;
  static constexpr size_t kMaxHopStates = 100;
  static constexpr size_t kMaxReasonCharacters = 500;

  explicit ProposalRules(const Topology& topology);

  // kTooMany or kInvalid with the first thing that is wrong, or kAccepted.
  Judgement Check(const Proposal& proposal) const;

  // The group of that name, or nothing.
  const Group* FindGroup(absl::string_view name) const;

 private:
  std::string CheckGroup(const GroupWish& wish) const;
  std::string CheckHopState(const HopWish& wish) const;

  absl::flat_hash_map<std::string, const Group*> groups_;
  absl::flat_hash_set<std::string> hops_;
  absl::flat_hash_set<std::string> protected_hops_;
};

}  // namespace dialtone::router
