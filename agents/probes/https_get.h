// HTTPS GET: a sign-in endpoint, as browsers and phones reach it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "agents/loop.h"
#include "agents/patience.h"
#include "agents/plan.h"
#include "agents/probe.h"
#include "agents/probes/connection.h"
#include "agents/probes/socket.h"
#include "agents/probes/tls_context.h"

namespace dialtone::agents {

// A fresh connection per measurement: who signs in has none yet. TCP, TLS and the answer each have
// their own deadline; the answer's is for the whole of it, or for its first 256 KiB. The status is
// judged, the body dropped.
//
// An answer that misses its deadline is waited for until the ceiling, for it teaches how long to
// wait the next time. After 429, or 503 with Retry-After, Start says "not now" as long as the
// server asks, at most a minute.
class HttpsGet final : public Probe {
 public:
  // `context` and the loop outlive the probe.
  HttpsGet(Loop& loop, const Target& target, TlsContext& context, std::string source);
  ~HttpsGet() override;

  bool Start(Done done) override;

 private:
  class Attempt;

  Loop& loop_;
  const Target target_;
  TlsContext& context_;
  SocketAddress peer_;
  std::string source_;
  const std::string request_;
  Connection::Patiences handshakes_;
  Patience answer_;
  absl::Time paused_until_ = absl::InfinitePast();
  std::vector<std::unique_ptr<Attempt>> attempts_;  // Schedule::kMostInFlight, and late ones
};

}  // namespace dialtone::agents
