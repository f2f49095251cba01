// Everything the probes said, kept per path, per site and per hypothesis.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "detector/chance.h"
#include "detector/domains.h"
#include "detector/event.h"
#include "detector/fleet.h"
#include "detector/link.h"
#include "detector/path_health.h"
#include "detector/paths.h"
#include "detector/scopes.h"
#include "detector/score.h"
#include "detector/testimony.h"
#include "detector/thresholds.h"

namespace dialtone::detector {

// Turns each result into evidence: what it says of its path, and how many nats it adds to or takes
// from every hypothesis about its site, its ISP, its region and everyone. One result costs as much
// as its target has domains, whatever the size of the fleet; good results of scopes without any
// sign cost next to nothing.
//
// A score never passes its ceiling, so that a recovery is seen at once. When the hypothesis that
// explains a result best is at the ceiling, the others that explain the same result slide down by
// what it would have gained: the differences between them stay what they are.
class Observations {
 public:
  // Above the threshold of its scope: a recovered fault is below it after three good results.
  static constexpr double kHeadroom = 6;
  // While any hypothesis about a path's site, or wider, stands this high, nothing is learned. Of a
  // wide one that is about what convicts: the lines of many sites together are suspected often, and
  // must still be learned, or they will be for ever.
  static constexpr float kSuspicion = 8;
  static constexpr float kWideSuspicion = 22;

  explicit Observations(const Fleet& fleet, const Policy& policy);

  // A new result, of a path that exists, of a site that is heard; it was received at `now`.
  void OnResult(SiteIndex site, const ProbeResult& result, absl::Time now);

  const Fleet& fleet() const { return fleet_; }
  const Domains& domains() const { return domains_; }
  const Thresholds& thresholds() const { return thresholds_; }
  const Paths& paths() const { return paths_; }
  const Scopes& scopes() const { return scopes_; }
  const PathHealth& path(PathIndex path) const { return health_[static_cast<std::size_t>(path)]; }
  // Health of the path from `site` to `target`; null when the site does not probe it.
  const PathHealth* Find(SiteIndex site, TargetIndex target) const;
  // What speaks for a domain at one site, and in a scope.
  const Score& score(SiteIndex site, DomainIndex domain) const;
  const Score& pooled(ScopeIndex scope, DomainIndex domain) const;
  // The domains with a score at the site, or in the scope: the sets first.
  std::vector<DomainIndex> AccusedAt(SiteIndex site) const;
  std::vector<DomainIndex> AccusedIn(ScopeIndex scope) const;
  // The best score of the site; the best of the scope.
  float highest(SiteIndex site) const { return highest_[static_cast<std::size_t>(site)]; }
  float pooled_highest(ScopeIndex scope) const {
    return pooled_highest_[static_cast<std::size_t>(scope)];
  }
  // When an internet witness last answered the site; the ISP's own does not count.
  absl::Time last_internet_good(SiteIndex site) const {
    return internet_good_[static_cast<std::size_t>(site)];
  }
  // Time between two probes of `target` now, bursts aside.
  absl::Duration interval(TargetIndex target) const {
    return intervals_[static_cast<std::size_t>(target)];
  }
  const Link& link(SiteIndex site) const { return links_[static_cast<std::size_t>(site)]; }

  // Whether any hypothesis about the site has left zero; and those sites, in no order.
  bool HasSigns(SiteIndex site) const { return sign_at_[static_cast<std::size_t>(site)] != kNone; }
  const std::vector<SiteIndex>& SitesWithSigns() const { return signs_; }
  // Changes with every bad result, and with every good one of a site that shows signs.
  std::uint64_t revision() const { return revision_; }
  // Changes with every bad result alone, and with what was forgotten.
  std::uint64_t bad_revision() const { return bad_revision_; }
  // Paths whose last results said three times: it is our own certificate or configuration.
  const std::vector<PathIndex>& OwnConfigurationPaths() const { return own_configuration_; }
  static constexpr int kOwnConfigurationRun = 3;

  // Forgets what spoke for `domain`, those that overlap it and the calls that needed it, at `site`:
  // its fault is over at `now`. Probes sent before that are no news, however late their losses
  // become known.
  void Clear(SiteIndex site, DomainIndex domain, absl::Time now);
  // The same for what was pooled over the scopes that hold any of `sites`.
  void ClearPooled(const std::vector<SiteIndex>& sites, DomainIndex domain);
  // A fault of `domain` is found at `site`: what speaks for its end counts from here on.
  void ExpectRecovery(SiteIndex site, DomainIndex domain);

  // The fault of a site's line is found, or found over: whatever the site loses beyond its line
  // then is its line's, and nothing that it says is pooled over scopes wider than `widest`. Where a
  // fifth of the sites loses everything, the noise of the others would make a fault of everyone's.
  void PoolUpTo(SiteIndex site, Scope widest) {
    pooled_up_to_[static_cast<std::size_t>(site)] = widest;
  }

  // What was learned of the lines, as journal values by key: of at most one site per call, and of
  // each at most once in kSaveEvery; empty when none is due. And back.
  static constexpr absl::Duration kSaveEvery = absl::Hours(1);
  std::map<std::string, std::string> LearnedNow(absl::Time now);
  void Restore(const std::map<std::string, std::string>& journal);
  static constexpr absl::string_view kLearnedKey = "learned/";

 private:
  // Scores that one result touches: those of the sets, and of its target alone.
  struct Block {
    Score* sets = nullptr;   // of a site or scope, by set
    Score* alone = nullptr;  // null: the target has none here
    float ceiling = 0;
  };
  Block BlockAt(SiteIndex site, PathIndex path);
  Block BlockIn(ScopeIndex scope, TargetIndex target);
  // chance.cc
  Chance ChanceOf(SiteIndex site, PathIndex path, const ProbeResult& result,
                  const Testimony& testimony) const;
  double CallBurstChance(SiteIndex site, absl::Time sent) const;
  bool OtherMediaIsBad(SiteIndex site, TargetRole role, absl::Time sent) const;
  bool IsCalm(SiteIndex site) const;
  void NoteNetwork(SiteIndex site, const ProbeResult& result, const Testimony& testimony,
                   const PathHealth& health, double chance);
  void NoteOwnConfiguration(PathIndex path);
  void Weigh(SiteIndex site, PathIndex path, const ProbeResult& result, const Testimony& testimony,
             const Chance& chance, absl::Time now);
  struct Excess {  // by which the best explanation would have passed the ceiling
    float nats = 0;
    DomainIndex best = kNone;
    int severities = kWithLossy;  // that the result spoke for
  };
  Excess WeighIn(const Block& block, std::uint32_t sets, const ProbeResult& result,
                 const Testimony& testimony, absl::Time began, int severities,
                 Weights* weights) const;
  void SlideAlone(SiteIndex site, TargetIndex but, const Excess& excess);
  void SlideAloneIn(ScopeIndex scope, TargetIndex but, const Excess& excess);
  Says SaysOf(DomainIndex domain, const Testimony& testimony) const;
  void NoteSigns(SiteIndex site);
  void NotePooled(ScopeIndex scope);
  bool IsDue(SiteIndex site, absl::Time now) const;
  void NoteNews(bool is_bad) {
    ++revision_;
    if (is_bad) ++bad_revision_;
  }

  const Fleet& fleet_;
  const absl::Duration burst_interval_;
  const bool fast_bursts_;
  const Thresholds thresholds_;
  const Domains domains_;
  const Paths paths_;
  const Scopes scopes_;
  std::vector<absl::Duration> intervals_;
  std::vector<PathHealth> health_;         // by path
  std::vector<absl::Time> over_since_;     // by path: bad ones sent before say nothing any more
  std::vector<Link> links_;                // by site
  std::vector<absl::Time> internet_good_;  // by site
  std::uint32_t way_sets_ = 0;             // sets about the way to a target, not the target
  std::vector<Score> sets_at_;             // by site and set
  std::vector<Score> alone_at_;            // by path
  std::vector<float> highest_;             // by site: the best score
  std::vector<int> sign_at_;               // by site: position in signs_
  std::vector<SiteIndex> signs_;
  std::vector<int> slot_;                 // by target: among those that several sites probe
  std::vector<TargetIndex> slot_target_;  // by slot
  std::vector<Score> sets_in_;            // by scope and set
  std::vector<Score> alone_in_;           // by scope and slot
  std::vector<float> pooled_highest_;     // by scope
  std::vector<Scope> pooled_up_to_;       // by site
  std::vector<PathIndex> own_configuration_;
  std::uint64_t revision_ = 0;
  std::uint64_t bad_revision_ = 0;
  SiteIndex next_saved_ = 0;
  std::vector<absl::Time> saved_;  // by site
};

}  // namespace dialtone::detector
