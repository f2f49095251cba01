// The last accepted table and its version on disk.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "router/database.h"
#include "router/proposal.h"
#include "router/route_table.h"

namespace dialtone::router {

// `router.sqlite`: one row a group and one for the version. WAL with synchronous=FULL: what Save()
// returned OK for is there after a power cut (0.3 ms for one group, 8 ms for 10,000). One process
// at a time: a second router on the same directory is refused. Owned by one thread.
//
// A damaged file is moved aside, never deleted, and the start goes on without it: the voice layer
// keeps its routes and the next writer's table is accepted whatever its version. That is safer than
// a router that does not start.
class Store {
 public:
  // FAILED_PRECONDITION: the directory is in use or cannot be had, or the file is of a newer
  // version of the program.
  static absl::StatusOr<std::unique_ptr<Store>> Open(const std::string& directory, absl::Time now);

  // What was saved last; version 0 when nothing was.
  const StoredTable& contents() const { return contents_; }

  // The name that a damaged file was given; empty: none was found.
  const std::string& moved_aside() const { return moved_aside_; }

  // Drops groups that the configuration knows no more: if one comes back in a year, its route of
  // today must not.
  absl::Status Forget(const std::vector<std::string>& groups);

  // All of it or nothing. `changed` replaces rows of the same groups; the others stay, for a table
  // never shrinks.
  absl::Status Save(Version version, const std::vector<GroupWish>& changed);

 private:
  explicit Store(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  static absl::StatusOr<std::unique_ptr<Store>> OpenFile(const std::string& path);
  absl::Status Prepare();
  absl::Status Load();

  std::unique_ptr<Database> database_;
  StoredTable contents_;
  std::string moved_aside_;
};

}  // namespace dialtone::router
