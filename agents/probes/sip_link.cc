#include "agents/probes/sip_link.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/check.h"

namespace dialtone::agents {
namespace {

// Where the SBC listens; the answer comes over the connection of the request whatever it says.
constexpr int kSipsPort = 5061;

}  // namespace

SipLink::Shared::Shared(Loop& the_loop, const Target& the_target, const TlsContext& the_context,
                        std::string the_source)
    : loop(the_loop),
      target(the_target),
      context(the_context),
      peer(AddressOf(the_target.address, the_target.port)),
      source(std::move(the_source)),
      handshakes(the_target.connect_timeout),
      answer(the_target.timeout) {}

SipLink::SipLink(Shared& shared, Owner& owner, bool closes_when_answered)
    : shared_(shared),
      owner_(owner),
      closes_when_answered_(closes_when_answered),
      generation_(shared.context.generation()),
      connection_(shared.loop, shared.handshakes, *this,
                  shared.context.NewSession(shared.target.server_name)),
      in_flight_(shared.loop, shared.answer, "no SIP answer") {}

void SipLink::Open(std::vector<Probe::Done> first) {
  first_ = std::move(first);
  is_connecting_ = true;
  began_ = shared_.loop.Now();
  connection_.Open(shared_.peer, shared_.source);
}

void SipLink::Ask(Probe::Done done) {
  const std::string branch = RandomBranch();
  in_flight_.Await(branch, std::move(done));
  connection_.Send(RequestWith(branch));
}

void SipLink::OnOpen() {
  is_connecting_ = false;
  for (Probe::Done& done : std::exchange(first_, {})) {
    if (!connection_.is_open()) {
      done({.outcome = Outcome::kRefused, .phase = Phase::kAnswer, .detail = "connection closed"});
      continue;
    }
    Ask(TellingTimes(std::move(done)));
  }
}

Probe::Done SipLink::TellingTimes(Probe::Done done) {
  Measurement times;
  connection_.TellTimes(&times);
  // A warm link's request may be asked once more over another link, and outlive this one.
  SipLink* const closed_after = closes_when_answered_ ? this : nullptr;
  return [times, closed_after, done = std::move(done)](Measurement measurement) {
    // Asked once more, it tells of the link that carried the answer.
    if (!measurement.connect_time) {
      measurement.connect_time = times.connect_time;
      measurement.tls_time = times.tls_time;
      measurement.certificate_not_after = times.certificate_not_after;
    }
    done(std::move(measurement));
    if (closed_after != nullptr) closed_after->connection_.Close();
  };
}

void SipLink::OnBytes(absl::string_view bytes) {
  incoming_.append(bytes.data(), bytes.size());
  for (;;) {
    // Keep-alives between messages (RFC 5626 §3.5.1).
    while (absl::StartsWith(incoming_, "\r\n")) incoming_.erase(0, 2);
    if (incoming_.empty()) return;
    const ParsedSip parsed = ParseSip(incoming_, /*is_stream=*/true);
    switch (parsed.result) {
      case SipParse::kIncomplete:
        return;
      case SipParse::kMalformed:
        connection_.Close();
        return OnEnd({.outcome = Outcome::kRejected,
                      .phase = Phase::kAnswer,
                      .detail = "the target does not speak SIP"});
      case SipParse::kMessage:
        incoming_.erase(0, parsed.length);
        if (!TakeMessage(parsed.message)) return;
    }
  }
}

void SipLink::OnEnd(const Measurement& how) {
  is_connecting_ = false;
  std::vector<Probe::Done> unanswered = std::exchange(first_, {});
  for (Probe::Done& done : in_flight_.TakeAll()) unanswered.push_back(std::move(done));
  owner_.OnLinkEnd(*this, how, std::move(unanswered));
}

bool SipLink::TakeMessage(const SipMessage& message) {
  if (message.code == 0) {
    connection_.Send(ReplyTo(message));
  } else if (IsFinalAnswerToOptions(message)) {
    is_proven_ = true;
    owner_.OnAnswer(message);
    in_flight_.OnAnswer(message.branch, absl::ZeroDuration(), AnsweredBy(message));
  }
  return connection_.is_open();
}

std::string SipLink::RequestWith(const std::string& branch) const {
  const Target& target = shared_.target;
  const std::string& fqdn = shared_.context.fqdn();
  return WriteSip(
      {.request_uri = absl::StrCat("sip:", target.server_name, ":", target.port, ";transport=tls"),
       .transport = "TLS",
       .own_host = fqdn,
       .sent_by = absl::StrCat(fqdn, ":", kSipsPort),
       .contact_uri = absl::StrCat("sip:", fqdn, ":", kSipsPort, ";transport=tls"),
       .peer_host = target.server_name,
       .branch = branch});
}

}  // namespace dialtone::agents
