// operator.proto <-> plain structs, and every check of what an operator asks for.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "detector/effects.h"
#include "detector/event.h"
#include "detector/fleet.h"
#include "detector/view.h"
#include "dialtone/v1/operator.pb.h"

namespace dialtone::detector {

// Limits of operator.proto.
inline constexpr size_t kMaxReason = 500;
inline constexpr absl::Duration kShortestHold = absl::Minutes(1);
inline constexpr absl::Duration kLongestHold = absl::Hours(24 * 30);
inline constexpr size_t kMaxHistory = 1'000;
inline constexpr size_t kDefaultHistory = 100;
inline constexpr int kMaxEventGroups = 100;

// Requests. INVALID_ARGUMENT names the field, what was given and what was expected. `author` is the
// name in the certificate.
absl::StatusOr<OperatorPlan> Decode(const v1::PlanRequest& request);
absl::StatusOr<OperatorApply> Decode(const v1::ApplyRequest& request, const std::string& author);
absl::StatusOr<OperatorHold> Decode(const v1::HoldRequest& request, const std::string& author);
absl::StatusOr<OperatorFreeze> Decode(const v1::FreezeRequest& request, const std::string& author);

// What the view does not know of itself.
struct Presence {
  absl::Time now = {};
  std::uint64_t epoch = 0;
  std::string journal_error = {};  // empty: the journal is written
};

v1::StatusResponse EncodeStatus(const Fleet& fleet, const View& view, const Presence& presence);

// NOT_FOUND for a site that is not configured.
absl::StatusOr<v1::SitesResponse> EncodeSites(const Fleet& fleet, const View& view,
                                              const v1::SitesRequest& request, absl::Time now);

// NOT_FOUND for a site, group or diagnosis that is not there.
absl::StatusOr<v1::ExplainResponse> Explain(const Fleet& fleet, const View& view,
                                            const v1::ExplainRequest& request);

v1::PlanResponse EncodePlanAnswer(const OperatorAnswer& answer);
v1::HoldResponse EncodeHoldAnswer(const OperatorAnswer& answer);
v1::ApplyResponse EncodeApplyAnswer(const OperatorAnswer& answer);
v1::HoldEntry EncodeHold(const Hold& hold);
v1::Event EncodeOccurrence(const Occurrence& occurrence);
v1::SiteStatus EncodeSite(const Fleet& fleet, const SiteView& view);
v1::OperatorGroupStatus EncodeGroup(const Fleet& fleet, const GroupView& view);
v1::Diagnosis EncodeDiagnosis(const Fleet& fleet, const Diagnosis& diagnosis);

}  // namespace dialtone::detector
