#include "detector/simulation/site_moves.h"

#include <array>
#include <cstddef>
#include <map>

namespace dialtone::detector::simulation {
namespace {

constexpr std::size_t kHubs = 3;

}  // namespace

std::vector<BackupStay> StaysOf(const RunRecord& run) {
  std::vector<BackupStay> stays;
  std::map<SiteIndex, std::size_t> open;  // position in `stays`
  for (const ShareChange& change : run.shares) {
    const auto found = open.find(change.site);
    if (change.backup_percent > 0 && found == open.end()) {
      open.emplace(change.site, stays.size());
      stays.push_back({.site = change.site,
                       .when = {.from = change.at, .to = absl::InfiniteDuration()},
                       .origin = change.origin,
                       .diagnosis = change.diagnosis});
    } else if (change.backup_percent == 0 && found != open.end()) {
      stays[found->second].when.to = change.at;
      open.erase(found);
    }
  }
  return stays;
}

std::vector<FullSkip> FullSkipsOf(const RunRecord& run) {
  std::vector<FullSkip> skips;
  std::map<SiteIndex, std::array<bool, kHubs>> after_backups;
  std::map<SiteIndex, std::size_t> open;  // position in `skips`
  for (const HopChange& change : run.hops) {
    if (change.hub < 1 || change.hub > static_cast<int>(kHubs)) continue;
    std::array<bool, kHubs>& hubs = after_backups[change.site];
    hubs[static_cast<std::size_t>(change.hub) - 1] = change.state == HopState::kAfterBackups;
    const bool is_full = hubs[0] && hubs[1] && hubs[2];
    const auto found = open.find(change.site);
    if (is_full && found == open.end()) {
      open.emplace(change.site, skips.size());
      skips.push_back(
          {.site = change.site, .when = {.from = change.at, .to = absl::InfiniteDuration()}});
    } else if (!is_full && found != open.end()) {
      skips[found->second].when.to = change.at;
      open.erase(found);
    }
  }
  return skips;
}

}  // namespace dialtone::detector::simulation
