// The SQLite file that Kamailio loads its tables `num` and `grp` from when it starts.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "router/database.h"
#include "router/inventory.h"
#include "router/route_table.h"

namespace dialtone::router {

// Holds what is wanted, written before Kamailio's memory is: a Kamailio that starts while no router
// runs begins with the routes that were last wanted. Plans stand there as records with E = 0, in
// force at once. Hop states are never in it.
//
// Tables num and grp, columns key_name and key_value; a row `inventory` among the numbers names
// which inventory they are. journal_mode=DELETE, so that Kamailio needs one file only, which the
// router never replaces: it may be open elsewhere. Owned by one thread.
class PlanFile {
 public:
  // The key among the numbers; no number looks like it.
  static constexpr char kInventoryKey[] = "inventory";

  // Opens or makes the file, its tables and its directory. A damaged file is moved aside, never
  // deleted, and made anew: Kamailio would start without it (deploy/kamailio/start.sh).
  static absl::StatusOr<std::unique_ptr<PlanFile>> Open(const std::string& path, absl::Time now);

  // The name that a damaged file was given; empty: none was found.
  const std::string& moved_aside() const { return moved_aside_; }

  // The plans in the file, ascending by group; nothing for a record that cannot be read.
  absl::StatusOr<std::vector<PlanReading>> ReadPlans() const;

  // Makes the plans those of `plans`, of all groups, in one transaction that touches only rows that
  // change. Rows of other groups go.
  absl::Status WritePlans(const std::vector<GroupPlan>& plans);

  // Makes the numbers those of `inventory`, in one transaction; nothing happens when the row
  // `inventory` says that they are.
  absl::Status WriteNumbers(const Inventory& inventory);

 private:
  explicit PlanFile(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  static absl::StatusOr<std::unique_ptr<PlanFile>> OpenFile(const std::string& path);

  std::unique_ptr<Database> database_;
  std::string moved_aside_;
};

// Which inventory this is: its size and a digest of its content (FNV-1a, 64 bits: it tells two
// exports apart, and defends against nobody).
std::string InventoryMark(const Inventory& inventory);

}  // namespace dialtone::router
