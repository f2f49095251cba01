#include "deploy/lab/shaper.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace dialtone::lab {
namespace {

constexpr double kLongestDelayMs = 10'000;
constexpr double kLongestBurst = 10'000;
constexpr double kLeastRateKbit = 1;
constexpr double kMostRateKbit = 10'000'000;

absl::Status OutOfRange(absl::string_view word, absl::string_view expected) {
  return absl::InvalidArgumentError(absl::StrCat("given \"", word, "\", expected ", expected));
}

}  // namespace

absl::StatusOr<Shape> ParseShape(absl::string_view words, const Shape& before) {
  Shape shape = before;
  for (const absl::string_view word : absl::StrSplit(words, ' ', absl::SkipWhitespace())) {
    const std::pair<std::string, std::string> named = absl::StrSplit(word, absl::MaxSplits('=', 1));
    double value = 0;
    if (!absl::SimpleAtod(named.second, &value)) return OutOfRange(word, "NAME=NUMBER");
    const bool is_delay = named.first == "delay" || named.first == "jitter";
    if (is_delay && !(value >= 0 && value <= kLongestDelayMs)) {
      return OutOfRange(word, "0 to 10000 milliseconds");
    }
    if (named.first == "delay") {
      shape.delay = absl::Milliseconds(value);
    } else if (named.first == "jitter") {
      shape.jitter = absl::Milliseconds(value);
    } else if (named.first == "loss") {
      if (!(value >= 0 && value <= 100)) return OutOfRange(word, "0 to 100 per cent");
      shape.loss = value / 100;
    } else if (named.first == "burst") {
      if (!(value >= 1 && value <= kLongestBurst)) return OutOfRange(word, "1 to 10000 packets");
      shape.burst = value;
    } else if (named.first == "rate") {
      if (value != 0 && !(value >= kLeastRateKbit && value <= kMostRateKbit)) {
        return OutOfRange(word, "0 (no limit) or 1 to 10000000 kbit/s");
      }
      shape.bits_per_second = value * 1000;
    } else {
      return OutOfRange(word, "delay, jitter, loss, burst or rate");
    }
  }
  return shape;
}

bool Shaper::Loses() {
  if (shape_.loss >= 1) return true;
  const double leave = 1 / shape_.burst;
  // In the long run `loss` of the packets fall into the bad state.
  const double enter = std::min(1.0, shape_.loss * leave / (1 - shape_.loss));
  const double drawn = std::uniform_real_distribution<double>(0, 1)(random_);
  in_bad_state_ = in_bad_state_ ? drawn >= leave : drawn < enter;
  return in_bad_state_;
}

std::optional<absl::Time> Shaper::Admit(std::size_t bytes, absl::Time now) {
  ++counts_.taken;
  if (Loses()) {
    ++counts_.lost;
    return std::nullopt;
  }
  absl::Time leaves = now;
  if (shape_.bits_per_second > 0) {
    sent_until_ = std::max(sent_until_, now);
    if (sent_until_ - now > kLongestQueue) {
      ++counts_.full;
      return std::nullopt;
    }
    sent_until_ += absl::Seconds(static_cast<double>(bytes) * 8 / shape_.bits_per_second);
    leaves = sent_until_;
  }
  absl::Duration delay = shape_.delay;
  if (shape_.jitter > absl::ZeroDuration()) {
    delay += shape_.jitter * std::normal_distribution<double>(0, 1)(random_);
    delay = std::max(delay, absl::ZeroDuration());
  }
  last_arrival_ = std::max(last_arrival_, leaves + delay);
  return last_arrival_;
}

}  // namespace dialtone::lab
