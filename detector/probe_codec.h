// probe.proto <-> plain structs, and every check of what an agent sends.
#pragma once

#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "detector/effects.h"
#include "detector/event.h"
#include "detector/fleet.h"
#include "detector/report_intake.h"
#include "dialtone/v1/probe.pb.h"

namespace dialtone::detector {

// Limits of probe.proto.
inline constexpr int kMaxResultsPerMessage = 1'000;
inline constexpr int kMaxDetail = 200;
inline constexpr absl::Duration kMaxAge = absl::Hours(1);
inline constexpr absl::Duration kMaxRoundTrip = absl::Seconds(60);
inline constexpr std::uint32_t kMaxDnsCode = 23;  // RFC 6895 section 2.3
inline constexpr std::uint32_t kMaxPackets = 1'000;
inline constexpr size_t kMaxPath = 1'000;
// Longest wait for a resolver: shorter than for other answers, since everything else waits for it.
inline constexpr absl::Duration kLongestNameLookup = absl::Seconds(1);
inline constexpr int kMaxTargetsPerPlan = 200;
inline constexpr int kMaxTargetsPerBurst = 50;
inline constexpr absl::Duration kShortestInterval = absl::Milliseconds(100);
inline constexpr absl::Duration kLongestBurst = absl::Seconds(60);

// Decodes what agents send. Made once from the fleet; read by any thread.
class ReportDecoder {
 public:
  explicit ReportDecoder(const Fleet& fleet);

  // Nothing for a name that no site has.
  SiteIndex FindSite(absl::string_view name) const;

  // The results of a message of `site` that are in order; the others are only counted. Ages are
  // taken back from `now`. `intake` refuses what is too much or came before.
  std::vector<ProbeResult> Decode(const v1::ReportRequest& request, SiteIndex site, absl::Time now,
                                  ReportIntake* intake, ReportCounts* counts) const;

 private:
  ReportFate DecodeResult(const v1::ProbeResult& message, SiteIndex site, absl::Time now,
                          ProbeResult* result) const;

  const Fleet& fleet_;
  absl::flat_hash_map<std::string, SiteIndex> sites_;
  absl::flat_hash_map<std::string, TargetIndex> targets_;
};

// What the agent of `site` shall probe. The version is the plan's own: it rises with the detector's
// starts, so that a plan of a later start is newer.
v1::ReportResponse EncodePlan(const Fleet& fleet, const Policy& policy, SiteIndex site,
                              std::uint64_t version);

// Within the limits of the proto: what is beyond them is cut.
v1::ProbeBurst EncodeBurst(const Fleet& fleet, const BurstRequest& burst);

// The fault domain that a target's failure would be blamed on alone, for the agent's own metrics.
FaultDomain DomainOf(TargetRole role);

}  // namespace dialtone::detector
