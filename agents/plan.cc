#include "agents/plan.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "base/check.h"

#include <arpa/inet.h>

namespace dialtone::agents {
namespace {

constexpr size_t kLongestName = 64;
constexpr size_t kLongestPath = 1000;
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

// An absolute path with or without a query (RFC 9110 §7.1): nothing that could end the request
// line.
bool IsHttpPath(absl::string_view text) {
  return !text.empty() && text.size() <= kLongestPath && text[0] == '/' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

bool IsWithin(absl::Duration value, absl::Duration least, absl::Duration most) {
  return value >= least && value <= most;
}

std::string OutOfRange(absl::string_view what, absl::Duration given, absl::string_view expected) {
  return absl::StrCat(what, " is ", absl::FormatDuration(given), ", expected ", expected);
}

// What a kind of probe needs to know.
struct Needs {
  bool port = false;
  bool tls = false;  // a server name and a profile
  bool connect_timeout = false;
  bool timeout = false;  // of the answer
};

Needs NeedsOf(ProbeKind kind) {
  switch (kind) {
    case ProbeKind::kIcmpEcho:
      return {.timeout = true};
    case ProbeKind::kSipOptionsUdp:
    case ProbeKind::kStunBinding:
    case ProbeKind::kDnsQuery:
      return {.port = true, .timeout = true};
    case ProbeKind::kTcpConnect:
      return {.port = true, .connect_timeout = true};
    case ProbeKind::kTlsConnect:
      return {.port = true, .tls = true, .connect_timeout = true};
    case ProbeKind::kSipOptionsTls:
    case ProbeKind::kHttpsGet:
      return {.port = true, .tls = true, .connect_timeout = true, .timeout = true};
  }
  CHECK(false) << "no such probe kind";
}

std::optional<std::string> RefusalOfPeer(const Target& target, const Needs& needs,
                                         const std::set<std::string>& profiles) {
  if (!IsIpLiteral(target.address)) {
    return absl::StrCat("address is \"", target.address, "\", expected an IPv4 or IPv6 literal");
  }
  if (needs.port && (target.port < 1 || target.port > 65535)) {
    return absl::StrCat("port is ", target.port, ", expected 1 to 65535");
  }
  if ((needs.tls || !target.server_name.empty()) && !IsHostName(target.server_name)) {
    return absl::StrCat("server_name is \"", target.server_name, "\", expected a host name");
  }
  if (needs.tls && profiles.count(TlsProfileOf(target)) == 0) {
    return absl::StrCat("tls_profile is \"", TlsProfileOf(target),
                        "\", which this agent does not have");
  }
  return std::nullopt;
}

std::optional<std::string> RefusalOfRequest(const Target& target) {
  if (target.kind == ProbeKind::kHttpsGet && !IsHttpPath(target.path)) {
    return absl::StrCat("path is \"", absl::CHexEscape(target.path.substr(0, kLongestPath)),
                        "\", expected 1 to 1000 visible characters, the first a '/'");
  }
  if (target.kind == ProbeKind::kDnsQuery && !IsHostName(target.query)) {
    return absl::StrCat("query is \"", absl::CHexEscape(target.query), "\", expected a host name");
  }
  return std::nullopt;
}

std::optional<std::string> RefusalOfTimes(const Target& target, const Needs& needs) {
  if (!IsWithin(target.interval, kShortestInterval, kLongestInterval)) {
    return OutOfRange("interval", target.interval, "100 ms to 1 h");
  }
  if (!IsWithin(target.phase, absl::ZeroDuration(), target.interval)) {
    return OutOfRange("phase", target.phase, "0 to the interval");
  }
  if (needs.connect_timeout &&
      !IsWithin(target.connect_timeout, kShortestTimeout, kLongestTimeout)) {
    return OutOfRange("connect_timeout", target.connect_timeout, "50 ms to 5 s");
  }
  if (needs.timeout && !IsWithin(target.timeout, kShortestTimeout, kLongestTimeout)) {
    return OutOfRange("timeout", target.timeout, "50 ms to 5 s");
  }
  if (target.fresh_handshake_interval < absl::ZeroDuration()) {
    return OutOfRange("fresh_handshake_interval", target.fresh_handshake_interval, "0 or more");
  }
  return std::nullopt;
}

// A block of addresses: those whose first `bits` are those of `prefix`.
struct Block {
  uint32_t prefix;
  int bits;
};

// RFC 6890 and multicast: who answers there is nobody of the public internet.
constexpr Block kSpecialV4[] = {
    {0x00000000, 8},  {0x0a000000, 8},  {0x64400000, 10}, {0x7f000000, 8},  {0xa9fe0000, 16},
    {0xac100000, 12}, {0xc0000000, 24}, {0xc0000200, 24}, {0xc0a80000, 16}, {0xc6120000, 15},
    {0xc6336400, 24}, {0xcb007100, 24}, {0xe0000000, 3},
};

bool IsPublicV4(uint32_t address) {
  return std::none_of(std::begin(kSpecialV4), std::end(kSpecialV4), [&](const Block& block) {
    return (address ^ block.prefix) >> (32 - block.bits) == 0;
  });
}

// 2000::/3 is all that has been given out; 2001:db8::/32 is for documents.
bool IsPublicV6(const unsigned char* bytes) {
  const bool is_document =
      bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0x0d && bytes[3] == 0xb8;
  return bytes[0] >> 5 == 1 && !is_document;
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

bool IsPublic(const std::string& address) {
  in_addr v4 = {};
  if (inet_pton(AF_INET, address.c_str(), &v4) == 1) return IsPublicV4(ntohl(v4.s_addr));
  in6_addr v6 = {};
  return inet_pton(AF_INET6, address.c_str(), &v6) == 1 && IsPublicV6(v6.s6_addr);
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
  const Needs needs = NeedsOf(*target.kind);
  if (auto refusal = RefusalOfPeer(target, needs, profiles)) return refusal;
  if (auto refusal = RefusalOfRequest(target)) return refusal;
  return RefusalOfTimes(target, needs);
}

}  // namespace dialtone::agents
