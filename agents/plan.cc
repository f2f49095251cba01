#include "agents/plan.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include <arpa/inet.h>

namespace dialtone::agents {
namespace {

constexpr size_t kLongestName = 64;
constexpr absl::Duration kShortestInterval = absl::Milliseconds(100);
constexpr absl::Duration kLongestInterval = absl::Hours(1);
constexpr absl::Duration kShortestTimeout = absl::Milliseconds(50);
constexpr absl::Duration kLongestTimeout = absl::Seconds(5);

bool IsName(absl::string_view text) {
  return !text.empty() && text.size() <= kLongestName &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_islower(static_cast<unsigned char>(c)) ||
                  absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '-' || c == '_';
         });
}

bool IsWithin(absl::Duration value, absl::Duration least, absl::Duration most) {
  return value >= least && value <= most;
}

std::string OutOfRange(absl::string_view what, absl::Duration given, absl::string_view expected) {
  return absl::StrCat(what, " is ", absl::FormatDuration(given), ", expected ", expected);
}

std::optional<std::string> RefusalOfPeer(const Target& target,
                                         const std::set<std::string>& profiles) {
  const bool is_tls = target.kind == ProbeKind::kSipOptionsTls;
  if (!IsIpLiteral(target.address)) {
    return absl::StrCat("address is \"", target.address, "\", expected an IPv4 or IPv6 literal");
  }
  const bool wants_port = target.kind != ProbeKind::kIcmpEcho;
  if (wants_port && (target.port < 1 || target.port > 65535)) {
    return absl::StrCat("port is ", target.port, ", expected 1 to 65535");
  }
  if (is_tls && !IsHostName(target.server_name)) {
    return absl::StrCat("server_name is \"", target.server_name, "\", expected a host name");
  }
  if (!target.server_name.empty() && !IsHostName(target.server_name)) {
    return absl::StrCat("server_name is \"", target.server_name, "\", expected a host name");
  }
  if (is_tls && profiles.count(TlsProfileOf(target)) == 0) {
    return absl::StrCat("tls_profile is \"", TlsProfileOf(target),
                        "\", which this agent does not have");
  }
  return std::nullopt;
}

}  // namespace

bool IsHostName(absl::string_view text) {
  return !text.empty() && text.size() <= 253 && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.';
  });
}

bool IsIpLiteral(const std::string& text) {
  unsigned char buffer[sizeof(in6_addr)];
  return inet_pton(AF_INET, text.c_str(), buffer) == 1 ||
         inet_pton(AF_INET6, text.c_str(), buffer) == 1;
}

std::string TlsProfileOf(const Target& target) {
  return target.tls_profile.empty() ? "default" : target.tls_profile;
}

std::optional<std::string> RefusalOf(const Target& target, const std::set<std::string>& profiles) {
  if (!IsName(target.name)) {
    return absl::StrCat("name is \"", target.name,
                        "\", expected 1 to 64 lower case letters, digits, '-' or '_'");
  }
  if (!target.kind) return "the kind of probe is not known to this agent";
  if (auto refusal = RefusalOfPeer(target, profiles)) return refusal;
  if (!IsWithin(target.interval, kShortestInterval, kLongestInterval)) {
    return OutOfRange("interval", target.interval, "100 ms to 1 h");
  }
  if (!IsWithin(target.phase, absl::ZeroDuration(), target.interval)) {
    return OutOfRange("phase", target.phase, "0 to the interval");
  }
  const bool connects =
      target.kind == ProbeKind::kSipOptionsTls || target.kind == ProbeKind::kTcpConnect;
  if (connects && !IsWithin(target.connect_timeout, kShortestTimeout, kLongestTimeout)) {
    return OutOfRange("connect_timeout", target.connect_timeout, "50 ms to 5 s");
  }
  if (target.kind != ProbeKind::kTcpConnect &&
      !IsWithin(target.timeout, kShortestTimeout, kLongestTimeout)) {
    return OutOfRange("timeout", target.timeout, "50 ms to 5 s");
  }
  if (target.fresh_handshake_interval < absl::ZeroDuration()) {
    return OutOfRange("fresh_handshake_interval", target.fresh_handshake_interval, "0 or more");
  }
  return std::nullopt;
}

}  // namespace dialtone::agents
