// The few SIP messages a probe needs. libre parses; what it lets through wrongly is refused here.
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "agents/measurement.h"

namespace dialtone::agents {

// A request to ask a peer whether it lives (RFC 3261 §11).
struct SipOptions {
  std::string request_uri;  // "sip:sip.pstnhub.microsoft.com:5061;transport=tls"
  std::string transport;    // as in Via: "UDP", "TLS"
  std::string own_host;     // FQDN or address, in Via and From
  std::string sent_by;      // host and port of Via
  std::string contact_uri;  // where the peer may send requests
  std::string peer_host;    // in To
  std::string branch;       // tells this request's answer from others
};

// The request as it goes on the wire.
std::string WriteSip(const SipOptions& options);

// What a probe reads of a message.
struct SipMessage {
  int code = 0;             // 100 to 699; 0: this is a request
  std::string method = {};  // of the request, or of the request that is answered
  std::string branch = {};  // of the topmost Via
  bool has_retry_after = false;
  absl::Duration retry_after = {};
  std::string reply_headers = {};  // of a request: Via, From, To, Call-ID and CSeq for its answer
};

enum class SipParse { kMessage, kIncomplete, kMalformed };

struct ParsedSip {
  SipParse result = SipParse::kMalformed;
  size_t length = 0;  // of the message with its body, when result is kMessage
  SipMessage message = {};
};

// Longest message taken, on any transport.
inline constexpr size_t kLongestSipMessage = 64 << 10;

// Reads the message that `bytes` begins with. On a stream the body's length must be given; a
// datagram ends with its message.
ParsedSip ParseSip(absl::string_view bytes, bool is_stream);

// The answer to a request: 200 to OPTIONS, for hubs ping back, 405 to anything else.
std::string ReplyTo(const SipMessage& request);

// Whether this ends a request of ours; provisional answers do not.
bool IsFinalAnswerToOptions(const SipMessage& message);

// What a final answer says of the hub; lacks the round trip.
Measurement AnsweredBy(const SipMessage& answer);

// How long the hub wants to be left alone: Retry-After of 503 and 429, at most a minute. Zero: not
// at all.
absl::Duration PauseAskedBy(const SipMessage& answer);

// A fresh branch with 64 random bits: nobody off the path can answer for a hub.
std::string RandomBranch();

}  // namespace dialtone::agents
