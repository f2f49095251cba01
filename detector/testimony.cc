#include "detector/testimony.h"

namespace dialtone::detector {
namespace {

Testimony OfOutcome(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAnswered:
      return {.of_target = Says::kGood, .of_network = Says::kGood};
    case Outcome::kTimedOut:
    case Outcome::kUnreachableNetwork:
      return {.of_target = Says::kBad, .of_network = Says::kBad};
    case Outcome::kRefused:  // a reset may come from the target or from a firewall of ours
      return {.of_target = Says::kBad, .of_network = Says::kNothing, .is_refusal = true};
    case Outcome::kTlsFailed:
    case Outcome::kRejected:
      return {.of_target = Says::kBad, .of_network = Says::kGood, .is_refusal = true};
    case Outcome::kThrottled:         // one busy data centre is not an outage
    case Outcome::kOwnConfiguration:  // our certificate, our registration
      return {.of_target = Says::kNothing, .of_network = Says::kGood};
    case Outcome::kNotPossible:
      return {};
  }
  return {};
}

// An answer that users would not call one.
Testimony OfQuality(const ProbeResult& result, Testimony testimony) {
  if (testimony.of_target != Says::kGood) return testimony;
  if (result.one_way_audio) {
    return {.of_target = Says::kBad, .of_network = Says::kNothing, .is_refusal = true};
  }
  if (result.post_dial_delay.value_or(absl::ZeroDuration()) > kLongestPostDialDelay) {
    return {.of_target = Says::kBad, .of_network = Says::kNothing};
  }
  if (result.packets_lost >= kBadPacketsLost) {
    return {.of_target = Says::kBad, .of_network = Says::kBad};
  }
  return testimony;
}

}  // namespace

Testimony Testify(const ProbeResult& result) {
  Testimony testimony = OfQuality(result, OfOutcome(result.outcome));
  if (result.late_by > kMostLate) {
    if (testimony.of_target == Says::kBad) testimony.of_target = Says::kNothing;
    if (testimony.of_network == Says::kBad) testimony.of_network = Says::kNothing;
    testimony.is_refusal = false;
  }
  return testimony;
}

}  // namespace dialtone::detector
