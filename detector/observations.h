// Everything the probes said, kept per path, per site and per hypothesis.
#pragma once

#include <vector>

#include "absl/time/time.h"

#include "detector/domains.h"
#include "detector/event.h"
#include "detector/fleet.h"
#include "detector/link.h"
#include "detector/path_health.h"
#include "detector/paths.h"
#include "detector/score.h"

namespace dialtone::detector {

// Turns each result into evidence: what it says of its path, and how many nats it adds to or takes
// from every hypothesis about its site.
//
// A score never passes kCeiling, so that a recovery is seen at once. When the hypothesis that
// explains a result best is at the ceiling, the others that explain the same result slide down by
// what it would have gained: the differences between them stay what they are.
class Observations {
 public:
  static constexpr float kCeiling = 26;

  explicit Observations(const Fleet& fleet, const Policy& policy);

  // A new result, of a path that exists, of a site that is heard.
  void OnResult(SiteIndex site, const ProbeResult& result);

  const Domains& domains() const { return domains_; }
  const Paths& paths() const { return paths_; }
  const PathHealth& path(PathIndex path) const { return health_[static_cast<std::size_t>(path)]; }
  // Health of the path from `site` to `target`; null when the site does not probe it.
  const PathHealth* Find(SiteIndex site, TargetIndex target) const;
  const Score& score(SiteIndex site, DomainIndex domain) const { return scores_[At(site, domain)]; }
  // When an internet witness last answered the site; the ISP's own does not count.
  absl::Time last_internet_good(SiteIndex site) const {
    return internet_good_[static_cast<std::size_t>(site)];
  }
  // Time between two probes of `target` now, bursts aside.
  absl::Duration interval(TargetIndex target) const {
    return intervals_[static_cast<std::size_t>(target)];
  }
  // Whether any hypothesis about the site has left zero.
  bool HasSigns(SiteIndex site) const { return signs_[static_cast<std::size_t>(site)]; }

  // Forgets what spoke for `domain` and those that overlap it, at `site`: its fault is over at
  // `now`. Probes sent before that are no news, however late their losses become known.
  void Clear(SiteIndex site, DomainIndex domain, absl::Time now);

 private:
  std::size_t At(SiteIndex site, DomainIndex domain) const {
    return static_cast<std::size_t>(site) * static_cast<std::size_t>(domains_.size()) +
           static_cast<std::size_t>(domain);
  }
  Nats BadNatsOf(SiteIndex site, PathIndex path, const ProbeResult& result, bool is_refusal);
  void Weigh(SiteIndex site, const ProbeResult& result, const struct Testimony& testimony,
             const Nats& bad);
  void NoteSigns(SiteIndex site);

  const Fleet& fleet_;
  const bool fast_bursts_;
  const Domains domains_;
  const Paths paths_;
  std::vector<absl::Duration> intervals_;
  std::vector<PathHealth> health_;      // by path
  std::vector<absl::Time> over_since_;  // by path: bad results sent before say nothing any more
  std::vector<Link> links_;             // by site
  std::vector<absl::Time> internet_good_;
  std::vector<bool> signs_;
  std::vector<Score> scores_;  // by site and domain
};

}  // namespace dialtone::detector
