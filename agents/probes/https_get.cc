#include "agents/probes/https_get.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "agents/probes/http_response.h"

namespace dialtone::agents {
namespace {

constexpr int kHttpsPort = 443;

std::string RequestFor(const Target& target) {
  const std::string port =
      target.port == kHttpsPort ? "" : absl::StrCat(":", target.port);  // RFC 9110 §7.2
  return absl::StrCat("GET ", target.path, " HTTP/1.1\r\nHost: ", target.server_name, port,
                      "\r\nUser-Agent: dialtone-agent/", DIALTONE_VERSION,
                      "\r\nAccept: */*\r\nConnection: close\r\n\r\n");
}

}  // namespace

class HttpsGet::Attempt final : private Connection::Listener {
 public:
  Attempt(HttpsGet& probe, Done done)
      : probe_(probe),
        done_(std::move(done)),
        deadline_(probe.loop_, &Call<Attempt, &Attempt::OnDeadline>, this),
        connection_(probe.loop_, probe.handshakes_, *this,
                    probe.context_.NewSession(probe.target_.server_name)) {
    connection_.Open(probe.peer_, probe.source_);
  }

  bool is_over() const { return connection_.is_closed(); }

 private:
  void OnOpen() override {
    asked_ = probe_.loop_.Now();
    deadline_.StartIn(probe_.answer_.wait());
    connection_.Send(probe_.request_);
  }

  void OnBytes(absl::string_view bytes) override {
    switch (response_.Take(bytes)) {
      case HttpResponse::State::kIncomplete:
        return;
      case HttpResponse::State::kWhole:
        return TakeAnswer();
      case HttpResponse::State::kMalformed:
        return End({.outcome = Outcome::kRejected,
                    .phase = Phase::kAnswer,
                    .detail = "the target does not speak HTTP"});
    }
  }

  void OnEnd(const Measurement& how) override {
    if (response_.TakeEnd() == HttpResponse::State::kWhole) return TakeAnswer();
    // The connection is closed, or goes on to learn from a late handshake.
    deadline_.Cancel();
    Tell(how);
  }

  void OnDeadline() {
    if (is_told_) return connection_.Close();
    Tell({.outcome = Outcome::kTimedOut,
          .phase = Phase::kAnswer,
          .detail = absl::StrFormat("no HTTP answer in %.2f s",
                                    absl::ToDoubleSeconds(probe_.loop_.Now() - asked_))});
    deadline_.StartAt(asked_ + probe_.answer_.ceiling());
  }

  void TakeAnswer() {
    const std::optional<absl::Duration> pause = response_.retry_after();
    Measurement measurement = {
        .outcome = OutcomeOfHttpStatus(response_.status(), pause.has_value()),
        .phase = Phase::kAnswer,
        .code = response_.status(),
        .round_trip = probe_.loop_.Now() - asked_};
    if (measurement.outcome != Outcome::kAnswered) {
      measurement.detail = absl::StrCat("HTTP status ", response_.status());
    }
    if (measurement.outcome == Outcome::kThrottled && pause) {
      probe_.paused_until_ = std::max(probe_.paused_until_, probe_.loop_.Now() + *pause);
    }
    probe_.answer_.Learn(*measurement.round_trip);
    End(std::move(measurement));
  }

  void End(Measurement how) {
    deadline_.Cancel();
    Tell(std::move(how));
    connection_.Close();
  }

  // Once; what comes later only teaches.
  void Tell(Measurement how) {
    if (std::exchange(is_told_, true)) return;
    connection_.TellTimes(&how);
    done_(std::move(how));
  }

  HttpsGet& probe_;
  const Done done_;
  bool is_told_ = false;
  absl::Time asked_ = absl::InfinitePast();
  HttpResponse response_;
  Timer deadline_;  // of the answer
  Connection connection_;
};

HttpsGet::HttpsGet(Loop& loop, const Target& target, TlsContext& context, std::string source)
    : loop_(loop),
      target_(target),
      context_(context),
      peer_(AddressOf(target.address, target.port)),
      source_(std::move(source)),
      request_(RequestFor(target)),
      handshakes_(target.connect_timeout),
      answer_(target.timeout) {}

HttpsGet::~HttpsGet() = default;

bool HttpsGet::Start(Done done) {
  const absl::Time now = loop_.Now();
  std::erase_if(attempts_, [](const auto& attempt) { return attempt->is_over(); });
  if (now < paused_until_) return false;
  context_.Refresh(now);
  attempts_.push_back(std::make_unique<Attempt>(*this, std::move(done)));
  return true;
}

}  // namespace dialtone::agents
