#include "agents/probes/sip_message.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "openssl/rand.h"

#include "agents/libre.h"
#include "base/check.h"

namespace dialtone::agents {
namespace {

constexpr absl::string_view kVersion = "SIP/2.0";
constexpr absl::string_view kBranchCookie = "z9hG4bK";  // RFC 3261 §8.1.1.7
constexpr uint32_t kLongestRetryAfter = 3600;           // seconds
constexpr absl::Duration kShortestPause = absl::Seconds(1);
constexpr absl::Duration kLongestPause = absl::Minutes(1);

struct Deref {
  void operator()(void* object) const { mem_deref(object); }
};

std::string RandomToken() {
  std::array<unsigned char, 8> bits = {};
  CHECK(RAND_bytes(bits.data(), static_cast<int>(bits.size())) == 1);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(bits.data()), bits.size()));
}

absl::string_view View(const pl& text) { return {text.p == nullptr ? "" : text.p, text.l}; }

// libre keeps the status in 16 bits without looking: "65736" would be 200.
bool HasStatusOfThreeDigits(absl::string_view bytes) {
  if (bytes.size() < 13) return false;
  const absl::string_view digits = bytes.substr(8, 3);
  return std::all_of(digits.begin(), digits.end(),
                     [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }) &&
         (bytes[11] == ' ' || bytes[11] == '\r') && digits[0] >= '1' && digits[0] <= '6';
}

// Whether the first line, as far as it has come, may be SIP's: "SIP/2.0 ..." or "... SIP/2.0".
bool MayBeginSip(absl::string_view bytes) {
  const size_t end = bytes.find("\r\n");
  if (end == absl::string_view::npos) return true;
  const absl::string_view line = bytes.substr(0, end);
  return absl::StartsWith(line, kVersion) || absl::EndsWith(line, kVersion);
}

bool AppendVia(const sip_hdr* header, const sip_msg* /*message*/, void* headers) {
  absl::StrAppend(static_cast<std::string*>(headers), "Via: ", View(header->val), "\r\n");
  return false;  // go on
}

std::string ReplyHeadersOf(const sip_msg& message) {
  std::string headers;
  sip_msg_hdr_apply(&message, true, SIP_HDR_VIA, &AppendVia, &headers);
  const bool has_tag = message.to.tag.l > 0;
  absl::StrAppend(&headers, "From: ", View(message.from.val), "\r\n", "To: ", View(message.to.val),
                  has_tag ? "" : absl::StrCat(";tag=", RandomToken()), "\r\n",
                  "Call-ID: ", View(message.callid), "\r\n", "CSeq: ", message.cseq.num, " ",
                  View(message.cseq.met), "\r\n");
  return headers;
}

SipMessage MessageOf(const sip_msg& parsed) {
  SipMessage message;
  message.code = parsed.req ? 0 : parsed.scode;
  message.method = std::string(View(parsed.req ? parsed.met : parsed.cseq.met));
  message.branch = std::string(View(parsed.via.branch));
  if (parsed.req) message.reply_headers = ReplyHeadersOf(parsed);
  if (const sip_hdr* retry = sip_msg_hdr(&parsed, SIP_HDR_RETRY_AFTER)) {
    message.has_retry_after = true;
    message.retry_after = absl::Seconds(std::min(pl_u32(&retry->val), kLongestRetryAfter));
  }
  return message;
}

}  // namespace

std::string WriteSip(const SipOptions& options) {
  return absl::StrCat("OPTIONS ", options.request_uri, " SIP/2.0\r\n",  //
                      "Via: SIP/2.0/", options.transport, " ", options.sent_by,
                      ";branch=", options.branch,                                        //
                      ";rport\r\n",                                                      //
                      "Max-Forwards: 70\r\n",                                            //
                      "From: <sip:", options.own_host, ">;tag=", RandomToken(), "\r\n",  //
                      "To: <sip:", options.peer_host, ">\r\n",                           //
                      "Call-ID: ", RandomToken(), "@", options.own_host, "\r\n",         //
                      "CSeq: 1 OPTIONS\r\n",                                             //
                      "Contact: <", options.contact_uri, ">\r\n",                        //
                      "Accept: application/sdp\r\n",                                     //
                      "User-Agent: dialtone-agent/", DIALTONE_VERSION, "\r\n",           //
                      "Content-Length: 0\r\n\r\n");
}

ParsedSip ParseSip(absl::string_view bytes, bool is_stream) {
  const absl::string_view head = bytes.substr(0, kLongestSipMessage);
  if (!MayBeginSip(head)) return {};
  const bool is_response = absl::StartsWith(head, kVersion);
  std::unique_ptr<mbuf, Deref> buffer(mbuf_alloc(head.size() + 1));
  CHECK(buffer != nullptr);
  std::memcpy(buffer->buf, head.data(), head.size());
  buffer->end = head.size();

  sip_msg* decoded = nullptr;
  const int error = sip_msg_decode(&decoded, buffer.get());
  if (error == ENODATA && is_stream && bytes.size() < kLongestSipMessage) {
    return {.result = SipParse::kIncomplete};
  }
  if (error != 0) return {};
  const std::unique_ptr<sip_msg, Deref> parsed(decoded);
  if (is_response && !HasStatusOfThreeDigits(head)) return {};
  if (parsed->req && !pl_isset(&parsed->met)) return {};
  if (!pl_isset(&parsed->via.branch) || !pl_isset(&parsed->callid)) return {};

  size_t length = buffer->pos;
  if (is_stream) {
    uint32_t body = 0;
    // RFC 3261 §18.3: required on streams.
    if (!absl::SimpleAtoi(View(parsed->clen), &body) || body > kLongestSipMessage) return {};
    length += body;
    if (length > kLongestSipMessage) return {};
    if (length > bytes.size()) return {.result = SipParse::kIncomplete};
  }
  return {.result = SipParse::kMessage, .length = length, .message = MessageOf(*parsed)};
}

std::string ReplyTo(const SipMessage& request) {
  const bool is_options = request.method == "OPTIONS";
  return absl::StrCat(kVersion, is_options ? " 200 OK\r\n" : " 405 Method Not Allowed\r\n",
                      request.reply_headers, "Allow: OPTIONS\r\n", "Server: dialtone-agent/",
                      DIALTONE_VERSION, "\r\n", "Content-Length: 0\r\n\r\n");
}

bool IsFinalAnswerToOptions(const SipMessage& message) {
  return message.code >= 200 && message.method == "OPTIONS";
}

Measurement AnsweredBy(const SipMessage& answer) {
  Measurement measurement;
  measurement.outcome = OutcomeOfSipStatus(answer.code, answer.has_retry_after);
  measurement.phase = Phase::kAnswer;
  measurement.code = answer.code;
  if (measurement.outcome != Outcome::kAnswered) {
    measurement.detail = absl::StrCat("SIP ", answer.code);
    if (answer.has_retry_after) {
      absl::StrAppend(&measurement.detail, ", Retry-After ",
                      absl::ToInt64Seconds(answer.retry_after), " s");
    }
  }
  return measurement;
}

absl::Duration PauseAskedBy(const SipMessage& answer) {
  if (OutcomeOfSipStatus(answer.code, answer.has_retry_after) != Outcome::kThrottled) return {};
  return std::clamp(answer.retry_after, kShortestPause, kLongestPause);
}

std::string RandomBranch() { return absl::StrCat(kBranchCookie, RandomToken()); }

}  // namespace dialtone::agents
