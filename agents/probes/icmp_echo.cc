#include "agents/probes/icmp_echo.h"

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "openssl/rand.h"

#include "base/check.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>

namespace dialtone::agents {
namespace {

constexpr int kMostPacketsAtOnce = 32;
// Of both ICMP and ICMPv6 echo: type, code, checksum, identifier, sequence.
constexpr size_t kHeaderSize = 8;

// RFC 1071. The kernel computes ICMPv6's, and overwrites this on a ping socket.
uint16_t ChecksumOf(absl::string_view bytes) {
  uint32_t sum = 0;
  for (size_t i = 0; i + 1 < bytes.size(); i += 2) {
    uint16_t word = 0;
    std::memcpy(&word, bytes.data() + i, sizeof(word));
    sum += word;
  }
  while ((sum >> 16) != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

// A raw IPv4 socket delivers the IP header too.
absl::string_view WithoutIpHeader(absl::string_view packet) {
  if (packet.size() < sizeof(ip)) return {};
  const size_t length = static_cast<size_t>(static_cast<unsigned char>(packet[0]) & 0x0f) * 4;
  return packet.size() < length ? absl::string_view() : packet.substr(length);
}

}  // namespace

absl::StatusOr<std::unique_ptr<IcmpEcho>> IcmpEcho::Make(Loop& loop, const Target& target,
                                                         std::string source) {
  std::unique_ptr<IcmpEcho> probe(new IcmpEcho(loop, target, std::move(source)));
  Measurement failure;
  if (!probe->Open(&failure) && failure.outcome == Outcome::kNotPossible) {
    return absl::PermissionDeniedError(failure.detail);
  }
  return probe;
}

IcmpEcho::IcmpEcho(Loop& loop, const Target& target, std::string source)
    : peer_(AddressOf(target.address, 0)),
      source_(std::move(source)),
      patience_(target.timeout),
      in_flight_(loop, patience_, "no echo") {
  CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(payload_.data()),
                   static_cast<int>(payload_.size())) == 1);
  std::memcpy(&identifier_, payload_.data(), sizeof(identifier_));
}

bool IcmpEcho::Start(Done done) {
  if (fd_.is_open()) TakeErrors();
  Measurement failure;
  if (!fd_.is_open() && !Open(&failure)) {
    done(failure);
    return true;
  }
  const uint16_t sequence = ++last_sequence_;
  in_flight_.Await(absl::StrCat(sequence), std::move(done));
  const std::string request = RequestWith(sequence);
  if (send(fd_.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) {
    BreakBy(FailedBy(errno, Phase::kAnswer, "cannot send"));
  }
  return true;
}

bool IcmpEcho::Open(Measurement* failure) {
  const int protocol = is_v6() ? static_cast<int>(IPPROTO_ICMPV6) : static_cast<int>(IPPROTO_ICMP);
  is_raw_ = false;
  OpenedSocket opened = OpenDatagramSocket(peer_, SOCK_DGRAM, protocol, source_);
  if (!opened.ok() &&
      (opened.error == EACCES || opened.error == EPERM || opened.error == EPROTONOSUPPORT)) {
    is_raw_ = true;
    opened = OpenDatagramSocket(peer_, SOCK_RAW, protocol, source_);
    if (!opened.ok() && (opened.error == EACCES || opened.error == EPERM)) {
      *failure = {.outcome = Outcome::kNotPossible, .detail = "icmp not permitted"};
      return false;
    }
  }
  if (opened.ok() &&
      !watch_.Start(opened.fd.get(), FD_READ, &CallReady<IcmpEcho, &IcmpEcho::OnReady>, this)) {
    opened.fd.Close();
    opened.error = EMFILE;
  }
  if (!opened.ok()) {
    *failure = FailedBy(opened, Phase::kAnswer);
    return false;
  }
  fd_ = std::move(opened.fd);
  return true;
}

void IcmpEcho::OnReady(int /*flags*/) {
  char buffer[2048];
  for (int i = 0; i < kMostPacketsAtOnce; ++i) {
    const std::optional<Datagram> datagram = Receive(fd_.get(), buffer, sizeof(buffer));
    if (!datagram) break;
    const bool has_ip_header = is_raw_ && !is_v6();
    TakeReply(has_ip_header ? WithoutIpHeader(datagram->bytes) : datagram->bytes, datagram->waited);
  }
  TakeErrors();
}

void IcmpEcho::TakeReply(absl::string_view packet, absl::Duration waited) {
  if (packet.size() < kHeaderSize + payload_.size()) return;
  const auto type = static_cast<unsigned char>(packet[0]);
  if (type != (is_v6() ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY)) return;
  if (packet.substr(kHeaderSize, payload_.size()) !=
      absl::string_view(payload_.data(), payload_.size())) {
    return;
  }
  uint16_t sequence = 0;
  std::memcpy(&sequence, packet.data() + 6, sizeof(sequence));
  in_flight_.OnAnswer(absl::StrCat(ntohs(sequence)), waited,
                      {.outcome = Outcome::kAnswered, .phase = Phase::kAnswer});
}

void IcmpEcho::TakeErrors() {
  const int error = TakeError(fd_.get());
  if (error != 0) BreakBy(FailedBy(error, Phase::kAnswer, "the network answers"));
}

void IcmpEcho::BreakBy(const Measurement& failure) {
  watch_.Stop();
  fd_.Close();
  in_flight_.FailAll(failure);
}

std::string IcmpEcho::RequestWith(uint16_t sequence) const {
  std::string packet(kHeaderSize, '\0');
  packet[0] = static_cast<char>(is_v6() ? ICMP6_ECHO_REQUEST : ICMP_ECHO);
  const uint16_t in_network_order = htons(sequence);
  std::memcpy(&packet[4], &identifier_, sizeof(identifier_));
  std::memcpy(&packet[6], &in_network_order, sizeof(in_network_order));
  packet.append(payload_.data(), payload_.size());
  const uint16_t checksum = is_v6() ? uint16_t{0} : ChecksumOf(packet);
  std::memcpy(&packet[2], &checksum, sizeof(checksum));
  return packet;
}

}  // namespace dialtone::agents
