// What comes back from an HTTP/1.1 server, read as it arrives.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace dialtone::agents {

// Longest answer that is read: of a longer body the rest is not waited for.
inline constexpr size_t kLongestHttpHeader = 16 << 10;
inline constexpr size_t kLongestHttpBody = 256 << 10;

// Reads one response with Boost.Beast's parser and keeps nothing of its body. Interim answers (1xx,
// RFC 9110 §15.2) are passed over.
class HttpResponse {
 public:
  enum class State { kIncomplete, kWhole, kMalformed };

  HttpResponse();
  ~HttpResponse();
  HttpResponse(const HttpResponse&) = delete;
  HttpResponse& operator=(const HttpResponse&) = delete;

  // The next bytes of the connection. Not to be called after kWhole or kMalformed.
  State Take(absl::string_view bytes);

  // The server closed the connection, which ends a body of unknown length.
  State TakeEnd();

  // Of a whole response.
  int status() const;
  // How long Retry-After asks to stay away (RFC 9110 §10.2.3), at most a minute; a date counts as a
  // minute. Nothing: it does not ask.
  std::optional<absl::Duration> retry_after() const;

 private:
  struct Parser;

  std::unique_ptr<Parser> parser_;
  std::string incoming_;  // not parsed yet: part of a header, at most kLongestHttpHeader
  size_t interim_answers_ = 0;
};

}  // namespace dialtone::agents
