// The phone numbers of a voice layer and the groups they belong to, from a CSV file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace dialtone::router {

// One phone number and its group, by its place in the sorted list of groups.
struct InventoryEntry {
  uint64_t number = 0;  // E.164 without the plus, at most 15 digits
  uint32_t group = 0;

  bool operator==(const InventoryEntry&) const = default;
};

// All numbers in a sorted vector: 16 bytes each, compared and looked up as integers. It never
// changes.
class Inventory {
 public:
  // More numbers than one voice layer was ever measured with.
  static constexpr size_t kMaxNumbers = 2'000'000;
  // More errors than anyone mends before the next attempt.
  static constexpr size_t kMaxErrors = 100;

  Inventory() = default;

  // Reads CSV text: UTF-8, a header line that names the columns `number` and `group` (others are
  // ignored), then one number a line, E.164 with its plus. `groups` are the names that may occur.
  // INVALID_ARGUMENT lists all errors, each as "FILE:LINE: error: what was given, what was
  // expected".
  static absl::StatusOr<Inventory> Parse(absl::string_view csv, absl::string_view file_name,
                                         std::vector<std::string> groups);

  // Ascending by number.
  const std::vector<InventoryEntry>& entries() const { return entries_; }

  // The group of an entry.
  const std::string& GroupName(const InventoryEntry& entry) const { return groups_[entry.group]; }

  // The group that `number` belongs to; nothing for a number that is not ours.
  std::optional<std::string> GroupOf(uint64_t number) const;

  // How many numbers a group holds; 0 for a group that is not known.
  uint64_t CountOf(absl::string_view group) const;

 private:
  Inventory(std::vector<std::string> groups, std::vector<InventoryEntry> entries);

  std::vector<std::string> groups_;  // ascending
  std::vector<InventoryEntry> entries_;
  std::vector<uint64_t> counts_;  // by group
};

// Reads "+12025550199": a plus, no leading zero, 7 to 15 digits (ITU-T E.164 §6; the shortest
// international numbers in use have 7). Nothing for anything else.
std::optional<uint64_t> ParseE164(absl::string_view text);

}  // namespace dialtone::router
