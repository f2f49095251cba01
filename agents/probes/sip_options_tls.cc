#include "agents/probes/sip_options_tls.h"

#include <algorithm>
#include <utility>

#include "agents/probes/sip_message.h"

namespace dialtone::agents {
namespace {

constexpr int kMostSilences = 2;
// A little less than a second, so that a schedule of one per second is not halved.
constexpr absl::Duration kAttemptGap = absl::Milliseconds(900);
constexpr absl::Duration kFirstTlsDelay = absl::Seconds(1);
constexpr absl::Duration kLongestTlsDelay = absl::Seconds(8);

}  // namespace

SipOptionsTls::SipOptionsTls(Loop& loop, const Target& target, TlsContext& context,
                             std::string source)
    : shared_(loop, target, context, std::move(source)), context_(context) {}

bool SipOptionsTls::Start(Done done) {
  const absl::Time now = shared_.loop.Now();
  ForgetRetired();
  context_.Refresh(now);
  if (now < paused_until_) return false;
  if (warm_ != nullptr && warm_->is_connecting()) return false;
  if (WarmIsUsable()) {
    if (FreshIsDue(now)) {
      OpenFresh(std::move(done), now);
    } else {
      warm_->Ask(std::move(done));
    }
    return true;
  }
  if (now < next_attempt_) return false;
  std::vector<Done> first;
  first.push_back(std::move(done));
  OpenWarm(std::move(first));
  return true;
}

void SipOptionsTls::OnAnswer(const SipMessage& answer) {
  tls_failures_ = 0;
  const absl::Time now = shared_.loop.Now();
  paused_until_ = std::max(paused_until_, now + PauseAskedBy(answer));
  const absl::Duration interval = shared_.target.fresh_handshake_interval;
  if (next_fresh_ == absl::InfiniteFuture() && interval > absl::ZeroDuration()) {
    next_fresh_ = now + Jittered(interval);
  }
}

void SipOptionsTls::OnLinkEnd(SipLink& link, const Measurement& how, std::vector<Done> unanswered) {
  const bool is_warm = &link == warm_.get();
  const bool was_closed_under_us =
      is_warm && link.is_proven() && how.outcome == Outcome::kRefused && !unanswered.empty();
  if (was_closed_under_us) return OpenWarm(std::move(unanswered));
  if (is_warm) DelayNextAttempt(link, how);
  for (const Done& done : unanswered) done(how);
}

bool SipOptionsTls::FreshIsDue(absl::Time now) const {
  return now >= next_fresh_ && (fresh_ == nullptr || fresh_->idle());
}

bool SipOptionsTls::WarmIsUsable() const {
  return warm_ != nullptr && warm_->is_open() && warm_->silences() < kMostSilences &&
         warm_->generation() == context_.generation();
}

std::unique_ptr<SipLink> SipOptionsTls::NewLink(bool closes_when_answered) {
  SipLink::Owner& owner = *this;
  return std::make_unique<SipLink>(shared_, owner, closes_when_answered);
}

void SipOptionsTls::OpenWarm(std::vector<Done> first) {
  RetireWarm();
  warm_ = NewLink(/*closes_when_answered=*/false);
  warm_->Open(std::move(first));
}

void SipOptionsTls::OpenFresh(Done done, absl::Time now) {
  next_fresh_ = now + shared_.target.fresh_handshake_interval;
  fresh_ = NewLink(/*closes_when_answered=*/true);
  std::vector<Done> first;
  first.push_back(std::move(done));
  fresh_->Open(std::move(first));
}

void SipOptionsTls::RetireWarm() {
  if (warm_ != nullptr) retired_.push_back(std::move(warm_));
}

void SipOptionsTls::ForgetRetired() {
  retired_.erase(std::remove_if(retired_.begin(), retired_.end(),
                                [](const auto& link) { return link->idle(); }),
                 retired_.end());
}

void SipOptionsTls::DelayNextAttempt(const SipLink& link, const Measurement& how) {
  switch (how.outcome) {
    case Outcome::kTlsFailed:
    case Outcome::kOwnConfiguration: {
      const absl::Duration delay =
          std::min(kLongestTlsDelay, kFirstTlsDelay * (1 << std::min(tls_failures_, 3)));
      ++tls_failures_;
      next_attempt_ = shared_.loop.Now() + Jittered(delay);
      return;
    }
    case Outcome::kAnswered:
    case Outcome::kTimedOut:
    case Outcome::kRefused:
    case Outcome::kUnreachableNetwork:
    case Outcome::kRejected:
    case Outcome::kThrottled:
    case Outcome::kNotPossible:
      next_attempt_ = link.began() + kAttemptGap;
      return;
  }
}

// Between 80 and 100 per cent of `delay`, so that targets and agents that failed together do not
// come back together.
absl::Duration SipOptionsTls::Jittered(absl::Duration delay) {
  return delay * std::uniform_real_distribution<double>(0.8, 1.0)(random_);
}

}  // namespace dialtone::agents
