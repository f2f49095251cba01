#include "detector/path_health.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"

namespace dialtone::detector {
namespace {

// Baselines (detection page, section 2): a0 = (bad + 0.5) / (n + 100).
constexpr double kPriorBad = 0.5;
constexpr double kPriorAll = 100;
constexpr double kLeastBaseline = 0.002;
constexpr double kMostBaseline = 0.05;
// Half the memory is dropped here, so that a baseline follows a line over some half an hour at 1
// Hz.
constexpr float kMostLearned = 2000;
// So many good results in a row prove that the bad ones before them were noise.
constexpr int kCalm = 10;

// A path's own losses come in bunches: 0.5 e^(-lag / 0.7 s), measured.
constexpr double kStutter = 0.5;
constexpr double kStutterSeconds = 0.7;

std::string Words(const ProbeResult& result) {
  if (!result.detail.empty()) return result.detail;
  switch (result.outcome) {
    case Outcome::kAnswered:
      return result.code != 0 ? absl::StrFormat("answered %d", result.code) : "answered";
    case Outcome::kTimedOut:
      return "no answer";
    case Outcome::kRefused:
      return "refused";
    case Outcome::kUnreachableNetwork:
      return "no way there";
    case Outcome::kTlsFailed:
      return "TLS failed";
    case Outcome::kRejected:
      return absl::StrFormat("answered %d", result.code);
    case Outcome::kThrottled:
      return absl::StrFormat("answered %d, come later", result.code);
    case Outcome::kOwnConfiguration:
      return result.code != 0 ? absl::StrFormat("answered %d: our configuration", result.code)
                              : "our certificate or trust store";
    case Outcome::kNotPossible:
      return "could not be probed here";
  }
  return "";
}

}  // namespace

void PathHealth::OnResult(const ProbeResult& result, const Testimony& testimony) {
  const bool is_newest = result.sent >= last_sent_;
  if (is_newest) {
    last_sent_ = result.sent;
    round_trip_ = result.round_trip;
    if (result.outcome == Outcome::kAnswered && result.detail.empty() && result.code == 0) {
      detail_.clear();
    } else {
      detail_ = Words(result);
    }
    if (result.outcome == Outcome::kOwnConfiguration) {
      ++own_configuration_streak_;
    } else if (testimony.of_target != Says::kNothing) {
      own_configuration_streak_ = 0;
    }
  }
  if (testimony.of_target == Says::kNothing) return;

  const bool is_bad = testimony.of_target == Says::kBad;
  Remember(result.sent, is_bad);
  if (is_bad && result.sent >= last_bad_sent_) bad_detail_ = Words(result);
  absl::Time& last = is_bad ? last_bad_sent_ : last_good_sent_;
  last = std::max(last, result.sent);

  if (testimony.of_target == streak_says_) {
    ++streak_;
    streak_began_ = std::min(streak_began_, result.sent);
  } else if (is_newest) {
    streak_says_ = testimony.of_target;
    streak_ = 1;
    streak_began_ = result.sent;
  } else if (result.sent > streak_began_) {
    // Sent before the newest, but inside its streak: only the newest surely stands.
    streak_ = 1;
    streak_began_ = result.sent;
  }
  Learn(is_bad);
}

void PathHealth::Remember(absl::Time sent, bool is_bad) {
  sent_us_[next_] = absl::ToUnixMicros(sent);
  const auto bit = static_cast<std::uint16_t>(1U << next_);
  bad_bits_ = static_cast<std::uint16_t>(is_bad ? bad_bits_ | bit : bad_bits_ & ~bit);
  next_ = static_cast<std::uint8_t>((next_ + 1) % kRemembered);
  if (remembered_ < kRemembered) ++remembered_;
}

PathHealth::Count PathHealth::Since(absl::Time since) const {
  const std::int64_t since_us = absl::ToUnixMicros(since);
  Count count;
  for (int i = 0; i < remembered_; ++i) {
    if (sent_us_[static_cast<std::size_t>(i)] < since_us) continue;
    ++count.all;
    if ((bad_bits_ >> i & 1U) != 0) ++count.bad;
  }
  return count;
}

int PathHealth::GoodRunSince(absl::Time since) const {
  if (good_streak() == 0) return 0;
  const Count count = Since(std::max(since, streak_began_));
  return std::min(good_streak(), count.all - count.bad);
}

double PathHealth::baseline() const {
  const double a =
      (static_cast<double>(learned_bad_) + kPriorBad) / (static_cast<double>(learned_) + kPriorAll);
  return std::clamp(a, kLeastBaseline, kMostBaseline);
}

double PathHealth::StutterChance(absl::Time sent) const {
  const double lag = std::abs(absl::ToDoubleSeconds(sent - last_bad_sent_));
  return kStutter * std::exp(-lag / kStutterSeconds);
}

void PathHealth::Learn(bool is_bad) {
  constexpr std::uint16_t kMost = 1000;
  if (unlearned_ < kMost) ++unlearned_;
  if (is_bad && unlearned_bad_ < kMost) ++unlearned_bad_;
  if (is_bad || good_streak() < kCalm) return;
  learned_ += static_cast<float>(unlearned_);
  learned_bad_ += static_cast<float>(unlearned_bad_);
  ForgetUnlearned();
  if (learned_ >= kMostLearned) {
    learned_ /= 2;
    learned_bad_ /= 2;
  }
}

void PathHealth::ForgetUnlearned() {
  unlearned_ = 0;
  unlearned_bad_ = 0;
}

}  // namespace dialtone::detector
