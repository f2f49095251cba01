#include "agents/probes/sip_options_udp.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

#include "agents/probes/sip_message.h"

#include <netinet/in.h>

namespace dialtone::agents {
namespace {

// A flood of datagrams must not keep the loop from everything else.
constexpr int kMostDatagramsAtOnce = 32;

}  // namespace

SipOptionsUdp::SipOptionsUdp(Loop& loop, const Target& target, std::string source)
    : loop_(loop),
      target_(target),
      peer_(AddressOf(target.address, target.port)),
      source_(std::move(source)),
      patience_(target.timeout),
      in_flight_(loop, patience_, "no SIP answer") {}

bool SipOptionsUdp::Start(Done done) {
  if (loop_.Now() < paused_until_) return false;
  if (fd_.is_open()) TakeErrors();
  Measurement failure;
  if (!fd_.is_open() && !Open(&failure)) {
    done(failure);
    return true;
  }
  const std::string branch = RandomBranch();
  const std::string request = RequestWith(branch);
  in_flight_.Await(branch, std::move(done));
  if (send(fd_.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) {
    BreakBy(FailedBy(errno, Phase::kAnswer, "cannot send"));
  }
  return true;
}

bool SipOptionsUdp::Open(Measurement* failure) {
  OpenedSocket opened = OpenDatagramSocket(peer_, SOCK_DGRAM, IPPROTO_UDP, source_);
  const std::optional<LocalEnd> local = opened.ok() ? LocalEndOf(opened.fd.get()) : std::nullopt;
  if (!local || !watch_.Start(opened.fd.get(), FD_READ,
                              &CallReady<SipOptionsUdp, &SipOptionsUdp::OnReady>, this)) {
    if (opened.ok()) opened.error = EMFILE;
    *failure = FailedBy(opened, Phase::kAnswer);
    return false;
  }
  fd_ = std::move(opened.fd);
  local_ = *local;
  return true;
}

void SipOptionsUdp::OnReady(int /*flags*/) {
  Read();
  TakeErrors();
}

void SipOptionsUdp::Read() {
  static char buffer[kLongestSipMessage];  // the loop's thread alone
  for (int i = 0; i < kMostDatagramsAtOnce; ++i) {
    const std::optional<Datagram> datagram = Receive(fd_.get(), buffer, sizeof(buffer));
    if (!datagram) return;
    const ParsedSip parsed = ParseSip(datagram->bytes, /*is_stream=*/false);
    if (parsed.result != SipParse::kMessage) continue;
    if (parsed.message.code == 0) {
      const std::string reply = ReplyTo(parsed.message);
      // A lost reply is asked for again (RFC 3261 §17.2.2).
      (void)send(fd_.get(), reply.data(), reply.size(), MSG_NOSIGNAL);
      continue;
    }
    if (IsFinalAnswerToOptions(parsed.message)) {
      paused_until_ = std::max(paused_until_, loop_.Now() + PauseAskedBy(parsed.message));
      in_flight_.OnAnswer(parsed.message.branch, datagram->waited, AnsweredBy(parsed.message));
    }
  }
}

void SipOptionsUdp::TakeErrors() {
  const int error = TakeError(fd_.get());
  if (error != 0) BreakBy(FailedBy(error, Phase::kAnswer, "the network answers"));
}

void SipOptionsUdp::BreakBy(const Measurement& failure) {
  watch_.Stop();
  fd_.Close();
  in_flight_.FailAll(failure);
}

std::string SipOptionsUdp::RequestWith(const std::string& branch) const {
  const std::string own_host = HostInUri(local_.ip);
  const std::string peer_host =
      target_.server_name.empty() ? HostInUri(target_.address) : target_.server_name;
  return WriteSip({.request_uri = absl::StrCat("sip:", peer_host, ":", target_.port),
                   .transport = "UDP",
                   .own_host = own_host,
                   .sent_by = absl::StrCat(own_host, ":", local_.port),
                   .contact_uri = absl::StrCat("sip:", own_host, ":", local_.port),
                   .peer_host = peer_host,
                   .branch = branch});
}

}  // namespace dialtone::agents
