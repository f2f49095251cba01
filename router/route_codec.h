// dialtone.v1 messages of the route service <-> plain structs.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "dialtone/v1/route.pb.h"
#include "router/message.h"
#include "router/proposal.h"

namespace dialtone::router {

// INVALID_ARGUMENT for times that are none. What the values mean is judged by ProposalRules; an
// enum of a newer version and a number that is too large become values that it refuses. Times are
// cut to microseconds, as they are stored: a proposal repeated after a restart is the same.
absl::StatusOr<Proposal> DecodeProposal(const v1::SetRoutesRequest& request);

// The routes and home and backup names of `topology` stand in it too.
v1::ReadRoutesResponse EncodePicture(const Picture& picture, const Topology& topology);

v1::RefusedHopState EncodeRefused(const RefusedHop& refused);

// The code and the reason that a writer is told; OK when accepted.
absl::Status ToStatus(const Judgement& judgement);

}  // namespace dialtone::router
