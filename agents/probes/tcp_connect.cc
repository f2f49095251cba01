#include "agents/probes/tcp_connect.h"

#include <algorithm>
#include <utility>

namespace dialtone::agents {

class TcpConnect::Attempt final : private Connection::Listener {
 public:
  Attempt(TcpConnect& probe, Done done)
      : done_(std::move(done)), connection_(probe.loop_, probe.patiences_, *this, nullptr) {
    connection_.Open(probe.peer_, probe.source_);
  }

  bool is_over() const { return is_over_; }

 private:
  void OnOpen() override {
    Measurement measurement = {.outcome = Outcome::kAnswered, .phase = Phase::kConnect};
    measurement.connect_time = connection_.connect_time();
    measurement.round_trip = connection_.connect_time();
    connection_.Close();
    OnEnd(measurement);
  }

  void OnBytes(absl::string_view /*bytes*/) override {}

  void OnEnd(const Measurement& how) override {
    is_over_ = true;
    done_(how);
  }

  Done done_;
  bool is_over_ = false;
  Connection connection_;
};

TcpConnect::TcpConnect(Loop& loop, const Target& target, std::string source)
    : loop_(loop),
      peer_(AddressOf(target.address, target.port)),
      source_(std::move(source)),
      patiences_(target.connect_timeout) {}

TcpConnect::~TcpConnect() = default;

bool TcpConnect::Start(Done done) {
  attempts_.erase(std::remove_if(attempts_.begin(), attempts_.end(),
                                 [](const auto& attempt) { return attempt->is_over(); }),
                  attempts_.end());
  attempts_.push_back(std::make_unique<Attempt>(*this, std::move(done)));
  return true;
}

}  // namespace dialtone::agents
