// What was learned of the lines, kept over a restart.
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "detector/observations.h"
#include "detector/saved_fields.h"

namespace dialtone::detector {
namespace {

// The first save of a path comes when its baseline rests on this many results: five minutes at 1
// Hz.
constexpr float kWorthSaving = 300;

void Add(float value, FieldWriter* fields) { fields->Add(absl::StrFormat("%.6g", value)); }

float Value(FieldReader* fields) {
  // What no line can have learned is a journal of somebody else.
  constexpr float kMost = 1e6F;
  float value = 0;
  if (!absl::SimpleAtof(fields->Text(), &value) || !(value >= 0 && value <= kMost)) return 0;
  return value;
}

}  // namespace

bool Observations::IsDue(SiteIndex site, absl::Time now) const {
  const absl::Time saved = saved_[static_cast<std::size_t>(site)];
  if (saved + kSaveEvery > now) return false;
  const std::vector<PathIndex>& paths = paths_.OfSite(site);
  return std::any_of(paths.begin(), paths.end(), [this](PathIndex path) {
    return health_[static_cast<std::size_t>(path)].learned().all >= kWorthSaving;
  });
}

std::map<std::string, std::string> Observations::LearnedNow(absl::Time now) {
  if (saved_.empty()) return {};
  const SiteIndex site = next_saved_;
  next_saved_ = (next_saved_ + 1) % static_cast<int>(saved_.size());
  if (!IsDue(site, now)) return {};
  saved_[static_cast<std::size_t>(site)] = now;
  FieldWriter fields;
  const Link::Learned& line = links_[static_cast<std::size_t>(site)].learned();
  for (const float value : {line.after_any, line.bad_after_any, line.lag_any, line.after_own,
                            line.bad_after_own, line.lag_own, line.requests, line.lost}) {
    Add(value, &fields);
  }
  for (const PathIndex path : paths_.OfSite(site)) {
    const PathHealth::Learned learned = health_[static_cast<std::size_t>(path)].learned();
    fields.Add(fleet_.targets[static_cast<std::size_t>(paths_.target(path))].name);
    Add(learned.bad, &fields);
    Add(learned.all, &fields);
  }
  return {{absl::StrCat(kLearnedKey, fleet_.sites[static_cast<std::size_t>(site)].name),
           fields.text()}};
}

void Observations::Restore(const std::map<std::string, std::string>& journal) {
  for (SiteIndex site = 0; site < static_cast<int>(fleet_.sites.size()); ++site) {
    const auto saved =
        journal.find(absl::StrCat(kLearnedKey, fleet_.sites[static_cast<std::size_t>(site)].name));
    if (saved == journal.end()) continue;
    FieldReader fields(saved->second);
    Link::Learned line;
    for (float* const value : {&line.after_any, &line.bad_after_any, &line.lag_any, &line.after_own,
                               &line.bad_after_own, &line.lag_own, &line.requests, &line.lost}) {
      *value = Value(&fields);
    }
    links_[static_cast<std::size_t>(site)].set_learned(line);
    while (!fields.at_end()) {
      const std::string name = fields.Text();
      const float bad = Value(&fields);
      const float all = Value(&fields);
      for (const PathIndex path : paths_.OfSite(site)) {
        if (fleet_.targets[static_cast<std::size_t>(paths_.target(path))].name != name) continue;
        health_[static_cast<std::size_t>(path)].set_learned(
            {.bad = std::min(bad, all), .all = all});
      }
    }
  }
}

}  // namespace dialtone::detector
