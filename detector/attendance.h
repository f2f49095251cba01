// Which agents are heard, and which of their results are new.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "detector/event.h"
#include "detector/fleet.h"

namespace dialtone::detector {

// An agent says something at least once a second; three silent batches make its site mute.
inline constexpr absl::Duration kMuteAfter = absl::Seconds(3);

// Keeps the roll of agents: run, stream, last batch, and a window over the sequence numbers of the
// run, so that doubled results count once in whatever order they come. Silence is exact: the sites
// stand in a list by their last batch, so the next one to fall mute is known without a tick.
class Attendance {
 public:
  explicit Attendance(int sites);

  void OnConnected(const AgentConnected& connected, absl::Time now);
  // False: of a run that is over, nothing changed.
  bool OnDisconnected(const AgentDisconnected& disconnected);
  // False: of a run that is over. Otherwise the site is heard; `was_mute` says whether it was not.
  bool OnBatch(const Batch& batch, absl::Time now, bool* was_mute);
  // Whether the sequence is seen for the first time in this run (and not hopelessly old).
  bool IsNew(SiteIndex site, std::uint64_t sequence);

  // The sites that fell mute by `now` and were not told of before.
  std::vector<SiteIndex> FallMute(absl::Time now);
  absl::Time next_wake() const;
  // Sites that were heard once and are not now. Changes of who is heard count up `revision`.
  int mute() const { return mute_; }
  std::uint64_t revision() const { return revision_; }

  // The same roll, with those sites not heard.
  Attendance Without(const std::vector<SiteIndex>& sites) const;

  bool is_heard(SiteIndex site) const { return At(site).is_heard; }
  bool is_connected(SiteIndex site) const { return At(site).is_connected; }
  // Heard once since the start.
  bool is_known(SiteIndex site) const { return At(site).last_batch > absl::InfinitePast(); }
  absl::Time last_batch(SiteIndex site) const { return At(site).last_batch; }
  const std::string& version(SiteIndex site) const { return At(site).version; }

 private:
  // As wide as what one agent may have in flight: 14 targets at 5 Hz with time-outs of 6 s.
  static constexpr std::uint64_t kWindow = 1024;

  struct Agent {
    std::optional<std::uint64_t> run_id;
    std::string version;
    bool is_connected = false;
    bool is_heard = false;
    absl::Time last_batch = absl::InfinitePast();
    std::uint64_t highest = 0;
    std::bitset<kWindow> seen;
    SiteIndex before = kNone;  // neighbours in the list of the heard, oldest first
    SiteIndex after = kNone;
  };

  Agent& At(SiteIndex site) { return agents_[static_cast<std::size_t>(site)]; }
  const Agent& At(SiteIndex site) const { return agents_[static_cast<std::size_t>(site)]; }
  void Unlink(SiteIndex site);
  void Append(SiteIndex site);

  std::vector<Agent> agents_;
  SiteIndex oldest_ = kNone;
  SiteIndex newest_ = kNone;
  int mute_ = 0;
  std::uint64_t revision_ = 0;
};

}  // namespace dialtone::detector
