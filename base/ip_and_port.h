// "IP:PORT" as configuration files and listeners write it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace dialtone {

struct IpAndPort {
  std::string ip;  // without brackets
  uint16_t port = 0;
  bool is_v6 = false;

  // 127.0.0.0/8 or ::1: nobody outside this machine can reach it.
  bool loopback() const { return is_v6 ? ip == "::1" : ip.rfind("127.", 0) == 0; }
};

// "192.0.2.1:7443" or "[2001:db8::1]:7443"; port 0 to 65535. Nothing for anything else, names
// included.
std::optional<IpAndPort> ParseIpAndPort(absl::string_view text);

}  // namespace dialtone
