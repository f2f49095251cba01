// Which hop states may be in force now: the wanted ones, within their lease, unless calls say no.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "router/hop_calls.h"
#include "router/proposal.h"

namespace dialtone::router {

// A hop state as the voice layer has it. kUnset: one that cannot be read.
struct HopReading {
  std::string hop;
  HopState state = HopState::kUnset;
  int percent = 0;

  bool operator==(const HopReading&) const = default;
};

// A hop state reorders or skips a hop within a second of a diagnosis and is therefore weak: it
// lapses 30 s after its writer's last word, is never stored, and a skip yields to calls that are
// answered.
//
//   in force = wanted by the last accepted writer, lease running, and not (a skip whose hop
//   answers)
//
// The last part is judged anew at each look at the calls, not only when asked: a skip that comes
// just before the failing calls fill the window takes effect as soon as they do.
class HopStates {
 public:
  static constexpr absl::Duration kLease = absl::Seconds(30);
  // A skip is refused while at least 90 % of at least 10 calls of the last 5 s were answered.
  static constexpr uint64_t kMinCalls = 10;
  static constexpr uint64_t kAnsweredPercent = 90;

  // The last accepted writer wants these. Begins a lease.
  void Want(std::vector<HopWish> wishes, absl::Time now);

  // The writer is still there.
  void Renew(absl::Time now) { lease_end_ = now + kLease; }

  // Judges all again by what calls say.
  void Judge(const CallWindow& calls, absl::Time now);

  // Whether anything was wanted since the start. Until then the voice layer's own states, left by a
  // router before this one, are let lapse rather than deleted.
  bool known() const { return lease_end_.has_value(); }

  // The wishes as given, NORMAL ones left out.
  const std::vector<HopWish>& wanted() const { return wanted_; }

  const std::vector<HopWish>& in_force() const { return in_force_; }
  const std::vector<RefusedHop>& refused() const { return refused_; }

  // When the lease of wanted states ends. InfiniteFuture: none is wanted, or it has ended.
  absl::Time lease_end() const;

 private:
  std::vector<HopWish> wanted_;
  std::optional<absl::Time> lease_end_;
  bool lapsed_ = false;
  std::vector<HopWish> in_force_;
  std::vector<RefusedHop> refused_;
};

}  // namespace dialtone::router
