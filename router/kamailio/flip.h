// How the records of many groups change at one moment.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "router/plan_text.h"
#include "router/route_table.h"

namespace dialtone::router {

// What the voice layer's table of groups was last read to hold. Nothing: no record, or none that
// can be read.
using KnownRecords = std::map<std::string, std::optional<PlanRecord>, std::less<>>;

// A record to be written.
struct RecordWrite {
  std::string group;
  PlanRecord record;

  bool operator==(const RecordWrite&) const = default;
};

// Two steps. The first prepares: each record holds the new plan and the one in force, and nothing
// changes yet. The second sets the commit counter, and with it all groups at once. Broken off
// anywhere, each group still has one of the two plans, and doing it again from what is then read
// ends well.
struct Flip {
  std::vector<RecordWrite> prepare;  // empty: all is as wanted
  // What the counter must be set to; nothing: the records are in force as they are written.
  std::optional<uint64_t> commit;

  bool operator==(const Flip&) const = default;
};

// The flip to `wanted` from what is known of every group of it, the counter standing at
// `committed`. A record that an unfinished flip left waits for the very counter that this one sets:
// it is written anew, even if its group need not change.
Flip PlanFlip(const std::vector<GroupPlan>& wanted, const KnownRecords& known, uint64_t committed);

}  // namespace dialtone::router
