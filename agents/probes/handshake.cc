#include "agents/probes/handshake.h"

#include <utility>

namespace dialtone::agents {

class Handshake::Attempt final : private Connection::Listener {
 public:
  Attempt(Handshake& probe, SslPointer ssl, Done done)
      : done_(std::move(done)),
        last_(ssl == nullptr ? Phase::kConnect : Phase::kTlsHandshake),
        connection_(probe.loop_, probe.patiences_, *this, std::move(ssl)) {
    connection_.Open(probe.peer_, probe.source_);
  }

  bool is_over() const { return connection_.is_closed(); }

 private:
  void OnOpen() override {
    Measurement measurement = {.outcome = Outcome::kAnswered, .phase = last_};
    connection_.TellTimes(&measurement);
    measurement.round_trip = measurement.tls_time ? measurement.tls_time : measurement.connect_time;
    connection_.Close();
    done_(measurement);
  }

  void OnBytes(absl::string_view /*bytes*/) override {}

  void OnEnd(const Measurement& how) override { done_(how); }

  const Done done_;
  const Phase last_;
  Connection connection_;
};

Handshake::Handshake(Loop& loop, const Target& target, TlsContext* context, std::string source)
    : loop_(loop),
      target_(target),
      context_(context),
      peer_(AddressOf(target.address, target.port)),
      source_(std::move(source)),
      patiences_(target.connect_timeout) {}

Handshake::~Handshake() = default;

bool Handshake::Start(Done done) {
  std::erase_if(attempts_, [](const auto& attempt) { return attempt->is_over(); });
  SslPointer ssl;
  if (context_ != nullptr) {
    context_->Refresh(loop_.Now());
    ssl = context_->NewSession(target_.server_name);
  }
  attempts_.push_back(std::make_unique<Attempt>(*this, std::move(ssl), std::move(done)));
  return true;
}

}  // namespace dialtone::agents
