// probe.proto <-> plain structs. What a detector sends is cut to the limits of the proto here, what
// makes no sense in it is refused target by target by RefusalOf.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/time/time.h"

#include "agents/measurement.h"
#include "agents/outbox.h"
#include "agents/plan.h"
#include "agents/spool.h"
#include "dialtone/v1/probe.pb.h"

namespace dialtone::agents {

// Longest Measurement::detail sent.
inline constexpr size_t kLongestDetail = 200;

// `now` is Clock::TimeNow(), what the age is counted to.
v1::ProbeResult EncodeResult(const Result& result, absl::Time now);

// The results of `batch`, still in the spool, with their ages; lacks hello and dropped results.
v1::ReportRequest EncodeBatch(const Outbox::Batch& batch, const Spool& spool, absl::Time now,
                              absl::Time wall_now);

// The plan of a response, with the domains of its targets; nothing when it carries none.
std::optional<Plan> DecodePlan(const v1::ReportResponse& response);

// The burst of a response; nothing when it carries none.
std::optional<Burst> DecodeBurst(const v1::ReportResponse& response);

// The gap that the detector asks for between two batches; zero: none.
absl::Duration DecodeBatchInterval(const v1::ReportResponse& response);

}  // namespace dialtone::agents
