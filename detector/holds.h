// The operators' pins, and the freeze.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "detector/agenda.h"
#include "detector/event.h"
#include "detector/fleet.h"

namespace dialtone::detector {

// Knows what an operator has pinned. No automatic step moves what a hold covers; while frozen there
// is no automatic step at all, and those in force stay in force.
class Holds {
 public:
  explicit Holds(const Fleet& fleet) : fleet_(fleet) {}

  // Sets a hold, or changes the one of the same scope.
  void Set(Hold hold);
  // Removes all that lie within `scope`: a site's, and those of its groups. False: there is none.
  bool Clear(const ScopeSelector& scope);
  // Removes those that have ended, and returns them.
  std::vector<Hold> Expire(Agenda* agenda);

  void Freeze(bool frozen, std::string reason);

  // The hold that covers a group; null when there is none.
  const Hold* Covering(GroupIndex group) const;
  // The same without the hold of `scope` itself.
  const Hold* CoveringBesides(const ScopeSelector& scope, GroupIndex group) const;
  const std::vector<Hold>& all() const { return holds_; }
  bool frozen() const { return frozen_; }
  const std::string& frozen_reason() const { return frozen_reason_; }

  void Save(std::map<std::string, std::string>* journal) const;
  void Restore(const std::map<std::string, std::string>& journal);

 private:
  const Fleet& fleet_;
  std::vector<Hold> holds_;
  bool frozen_ = false;
  std::string frozen_reason_;
};

// Whether `scope` covers a group of `fleet`.
bool Covers(const Fleet& fleet, const ScopeSelector& scope, GroupIndex group);
// "site lon", "group g-lon", "all".
std::string ScopeWords(const ScopeSelector& scope);

}  // namespace dialtone::detector
