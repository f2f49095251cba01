// SIP OPTIONS over TLS.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "agents/loop.h"
#include "agents/plan.h"
#include "agents/probe.h"
#include "agents/probes/sip_link.h"
#include "agents/probes/tls_context.h"

namespace dialtone::agents {

// Asks over one warm connection, as an SBC does, and from time to time over a fresh one, because
// new calls may need new connections and a warm one says nothing of certificates.
//
// Two silent requests in a row: the connection is under suspicion itself (TCP backs off for minutes
// when packets were lost), and the next request goes over a new one.
//
// The warm connection was closed under a request: hubs do that when they are relieved of load. The
// request is asked once more over a new connection, and that counts.
//
// A connection that cannot be had is tried again after 0.9 s; when it is TLS that fails, after 1,
// 2, 4, then 8 s, for each attempt costs a signature. Meanwhile, and while a connection is being
// set up, Start says "not now".
//
// After 503 or 429 it is silent as long as the hub asks, at most a minute.
class SipOptionsTls final : public Probe, private SipLink::Owner {
 public:
  // `context` and the loop outlive the probe.
  SipOptionsTls(Loop& loop, const Target& target, TlsContext& context, std::string source);

  bool Start(Done done) override;

 private:
  void OnAnswer(const SipMessage& answer) override;
  void OnLinkEnd(SipLink& link, const Measurement& how, std::vector<Done> unanswered) override;

  bool FreshIsDue(absl::Time now) const;
  bool WarmIsUsable() const;
  std::unique_ptr<SipLink> NewLink(bool closes_when_answered);
  void OpenWarm(std::vector<Done> first);
  void OpenFresh(Done done, absl::Time now);
  // The warm link, if any, gets no more requests; it lives until those under way have ended.
  void RetireWarm();
  void ForgetRetired();
  void DelayNextAttempt(const SipLink& link, const Measurement& how);
  absl::Duration Jittered(absl::Duration delay);

  SipLink::Shared shared_;
  TlsContext& context_;
  std::unique_ptr<SipLink> warm_;
  std::unique_ptr<SipLink> fresh_;
  std::vector<std::unique_ptr<SipLink>> retired_;
  absl::Time next_fresh_ = absl::InfiniteFuture();
  absl::Time next_attempt_ = absl::InfinitePast();
  absl::Time paused_until_ = absl::InfinitePast();
  int tls_failures_ = 0;  // since the last answer
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace dialtone::agents
