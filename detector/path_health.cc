#include "detector/path_health.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace dialtone::detector {
namespace {

// More is no baseline but a broken path, and shall be diagnosed as one.
constexpr double kMostBaseline = 0.5;
// Half the memory is dropped here: at 1 Hz it spans 3 to 6 hours, so that even a brown-out that
// nothing suspects, 5 % for ten minutes, lifts a baseline by less than 0.3 %.
constexpr float kMostLearned = 20'000;
// So many good results in a row prove that the bad ones before them were noise; so many results
// without a suspicion do, too, of a line that never has ten good ones in a row.
constexpr int kCalm = 10;
constexpr int kEnough = 40;
// The first results teach in any case: what is normal for a bad line is not known before.
constexpr float kFirst = 100;

// A path's own losses come in bunches: 0.5 e^(-lag / 0.7 s), measured.
constexpr double kStutter = 0.5;
constexpr double kStutterSeconds = 0.7;

std::string Words(const ProbeResult& result) {
  if (!result.detail.empty()) return result.detail;
  switch (result.outcome) {
    case Outcome::kAnswered:
      if (result.one_way_audio) return "audio one way only";
      if (result.post_dial_delay > kLongestPostDialDelay) {
        return absl::StrCat("rings after ", absl::FormatDuration(*result.post_dial_delay));
      }
      if (result.packets_lost >= kBadPacketsLost) {
        return absl::StrFormat("%d of %d packets lost", result.packets_lost, result.packets_sent);
      }
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

void PathHealth::OnResult(const ProbeResult& result, const Testimony& testimony,
                          const Chance& chance, bool is_calm) {
  const bool is_newest = result.sent >= last_sent_;
  if (is_newest) {
    last_sent_ = result.sent;
    round_trip_ = result.round_trip;
    Describe(result, testimony);
    if (result.outcome == Outcome::kOwnConfiguration) {
      ++own_configuration_streak_;
    } else if (testimony.of_target != Says::kNothing) {
      own_configuration_streak_ = 0;
    }
  }
  if (testimony.of_target == Says::kNothing) return;

  const bool is_bad = testimony.of_target == Says::kBad;
  Remember(result.sent, is_bad);
  if (is_bad && result.sent >= last_bad_sent_) {
    bad_detail_ = Words(result);
    last_bad_chance_ = chance.all();
  }
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
  const Nats change = is_bad || chance.has_bunch()
                          ? NatsOf(chance, is_bad, /*explains_burst=*/true, kRecoveryShare)
                          : HalfGoodNats(is_stream());
  for (std::size_t i = 0; i < recovered_.size(); ++i) {
    recovered_[i] = std::clamp(recovered_[i] - change[i], 0.0F, kMostRecovered);
  }
  Learn(is_bad, chance, is_calm);
}

// Good answers of one code follow each other: their words are made once.
void PathHealth::Describe(const ProbeResult& result, const Testimony& testimony) {
  const bool is_plain = testimony.of_target == Says::kGood && result.detail.empty();
  if (is_plain && plain_code_ == result.code) return;
  plain_code_ = is_plain ? std::optional<int>(result.code) : std::nullopt;
  detail_ = is_plain && result.code == 0 ? "" : Words(result);
}

void PathHealth::Remember(absl::Time sent, bool is_bad) {
  sent_us_[next_] = absl::ToUnixMicros(sent);
  const auto bit = static_cast<std::uint16_t>(1U << next_);
  bad_bits_ = static_cast<std::uint16_t>(is_bad ? bad_bits_ | bit : bad_bits_ & ~bit);
  next_ = static_cast<std::uint8_t>((next_ + 1) % kRemembered);
  if (remembered_ < kRemembered) ++remembered_;
}

PathHealth::Count PathHealth::Between(absl::Time since, absl::Time until) const {
  return Between(absl::ToUnixMicros(since), absl::ToUnixMicros(until));
}

PathHealth::Count PathHealth::Between(std::int64_t since_us, std::int64_t until_us) const {
  unsigned inside = 0;
  for (unsigned i = 0; i < remembered_; ++i) {  // without a branch: asked for all at every decision
    const std::int64_t sent_us = sent_us_[i];
    inside |= unsigned{sent_us >= since_us && sent_us < until_us} << i;
  }
  return {.bad = std::popcount(inside & bad_bits_), .all = std::popcount(inside)};
}

float PathHealth::RecoveredNats(int severity, absl::Time since) const {
  const auto at = static_cast<std::size_t>(severity);
  const Count count = Since(since);
  if (count.all == kRemembered) return recovered_[at];
  const auto good = static_cast<float>(count.all - count.bad);
  return std::min(recovered_[at], -good * HalfGoodNats(is_stream())[at]);
}

double PathHealth::baseline() const {
  const double all = static_cast<double>(learned_.all) + usual_.all;
  const double a = (static_cast<double>(learned_.bad) + usual_.bad) / all;
  return std::clamp(a + usual_.doubt * std::sqrt(a * (1 - a) / all), usual_.least, kMostBaseline);
}

double PathHealth::StutterAfter(double seconds) {
  return kStutter * std::exp(-seconds / kStutterSeconds);
}

double PathHealth::StutterChance(absl::Time sent) const {
  return StutterAfter(std::abs(absl::ToDoubleSeconds(sent - last_bad_sent_)));
}

void PathHealth::Learn(bool is_bad, const Chance& chance, bool is_calm) {
  constexpr std::uint16_t kMost = 1000;
  if ((!is_calm && learned_.all >= kFirst) || bad_streak() >= kState) {
    ForgetUnlearned();
    return;
  }
  if (unlearned_ < kMost) ++unlearned_;
  if (is_bad && unlearned_ < kMost) {
    unlearned_bad_ += static_cast<float>(chance.always / chance.all());
  }
  if (is_bad || (good_streak() < kCalm && unlearned_ < kEnough)) return;
  learned_.all += static_cast<float>(unlearned_);
  learned_.bad += unlearned_bad_;
  ForgetUnlearned();
  if (learned_.all >= kMostLearned) {
    learned_.all /= 2;
    learned_.bad /= 2;
  }
}

void PathHealth::ForgetUnlearned() {
  unlearned_ = 0;
  unlearned_bad_ = 0;
}

}  // namespace dialtone::detector
