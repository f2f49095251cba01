// Requests to the tables as JSON-RPC 2.0 texts for Kamailio's module jsonrpcs, and its replies.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "router/kamailio/tables.h"

namespace dialtone::router {

// One line of JSON. `id` comes back in the reply.
std::string EncodeRequest(const TableRequest& request, uint32_t id);

// The request in a few words, for errors: "get grp.lon".
std::string Describe(const TableRequest& request);

// A reply and the request that it answers.
struct DecodedReply {
  uint32_t id = 0;
  // INTERNAL: Kamailio's own words for why it refused.
  absl::StatusOr<TableReply> reply = TableReply();
};

// INVALID_ARGUMENT for what is not a reply. A key that does not exist is not an error: no value.
absl::StatusOr<DecodedReply> DecodeReply(absl::string_view text);

}  // namespace dialtone::router
