// What a STUN server answers to a Binding request, byte by byte (RFC 8489 §5, §14).
#pragma once

#include <string>

namespace dialtone {

// A header of this type with the id of `request`, then `attributes`.
inline std::string StunResponse(const std::string& request, const std::string& type,
                                const std::string& attributes) {
  const auto length = static_cast<char>(attributes.size());
  return type + std::string(1, '\0') + length + request.substr(4, 16) + attributes;
}

// XOR-MAPPED-ADDRESS 192.0.2.1:32853, as in RFC 5769 §2.2.
inline std::string StunSuccess(const std::string& request) {
  return StunResponse(request, "\x01\x01",
                      std::string("\x00\x20\x00\x08\x00\x01\xa1\x47\xe1\x12\xa6\x43", 12));
}

// ERROR-CODE with the reason "no".
inline std::string StunError(const std::string& request, int code) {
  std::string attribute("\x00\x09\x00\x06\x00\x00", 6);
  attribute += static_cast<char>(code / 100);
  attribute += static_cast<char>(code % 100);
  attribute += std::string("no\0\0", 4);
  return StunResponse(request, "\x01\x11", attribute);
}

}  // namespace dialtone
