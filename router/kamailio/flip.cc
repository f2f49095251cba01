#include "router/kamailio/flip.h"

#include "base/check.h"

namespace dialtone::router {

Flip PlanFlip(const std::vector<GroupPlan>& wanted, const KnownRecords& known, uint64_t committed) {
  Flip flip;
  for (const GroupPlan& group : wanted) {
    const auto found = known.find(group.group);
    CHECK(found != known.end()) << "the record of group " << group.group << " was not read";
    const std::optional<PlanRecord>& record = found->second;
    if (!record) {  // nothing is in force
      flip.prepare.push_back({group.group, {0, group.plan, std::nullopt}});
      continue;
    }
    const Plan& in_force = record->InForce(committed);
    const bool waits = record->commit > committed;
    if (in_force == group.plan) {
      if (waits) flip.prepare.push_back({group.group, {0, group.plan, std::nullopt}});
      continue;
    }
    flip.commit = committed + 1;
    flip.prepare.push_back({group.group, {committed + 1, group.plan, in_force}});
  }
  return flip;
}

}  // namespace dialtone::router
