#include "base/ip_and_port.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"

#include <arpa/inet.h>

namespace dialtone {

std::optional<IpAndPort> ParseIpAndPort(absl::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos) return std::nullopt;
  absl::string_view ip = text.substr(0, colon);
  const absl::string_view port_text = text.substr(colon + 1);
  // SimpleAtoi alone would take " 80" and "+80".
  uint32_t port = 0;
  if (!std::all_of(port_text.begin(), port_text.end(), absl::ascii_isdigit) ||
      !absl::SimpleAtoi(port_text, &port) || port > 65535) {
    return std::nullopt;
  }
  const bool is_v6 = absl::ConsumePrefix(&ip, "[");
  if (is_v6 && !absl::ConsumeSuffix(&ip, "]")) return std::nullopt;
  IpAndPort result = {std::string(ip), static_cast<uint16_t>(port), is_v6};
  in6_addr binary;  // large enough for both families
  if (inet_pton(is_v6 ? AF_INET6 : AF_INET, result.ip.c_str(), &binary) != 1) return std::nullopt;
  return result;
}

}  // namespace dialtone
