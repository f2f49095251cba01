#include "detector/group_names.h"

#include "absl/strings/str_join.h"

namespace dialtone::detector {

std::string Names(const Fleet& fleet, const std::vector<GroupIndex>& groups) {
  return absl::StrJoin(NameList(fleet, groups), ", ");
}

std::vector<std::string> NameList(const Fleet& fleet, const std::vector<GroupIndex>& groups) {
  std::vector<std::string> names;
  names.reserve(groups.size());
  for (const GroupIndex group : groups) {
    names.push_back(fleet.groups[static_cast<std::size_t>(group)].name);
  }
  return names;
}

}  // namespace dialtone::detector
