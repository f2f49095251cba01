#include "detector/policy_codec.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "base/config_reader.h"
#include "base/status.h"
#include "detector/probe_codec.h"
#include "detector/time_codec.h"
#include "dialtone/v1/config.pb.h"

namespace dialtone::detector {
namespace {

constexpr int kMaxFailbackSteps = 10;

// One duration of the policy: absent leaves `*value` as it is.
void Decode(ConfigReader* reader, absl::string_view field, bool present,
            const google::protobuf::Duration& message, absl::Duration least, absl::Duration most,
            absl::Duration* value) {
  if (!present) return;
  const std::optional<absl::Duration> duration = FromProto(message);
  const bool good = duration.has_value() && *duration >= least && *duration <= most;
  reader->Expect(good, field,
                 duration.has_value() ? absl::FormatDuration(*duration) : "no valid duration",
                 absl::StrCat(absl::FormatDuration(least), " to ", absl::FormatDuration(most)));
  if (good) *value = *duration;
}

void DecodePercent(ConfigReader* reader, absl::string_view field, std::uint32_t percent,
                   int* value) {
  const bool good = percent >= 1 && percent <= 100;
  reader->Expect(good, field, absl::StrCat(percent),
                 "1 to 100 (to let nothing move by itself: mode: MODE_OBSERVE)");
  if (good) *value = static_cast<int>(percent);
}

// `name` of the message `message`, whose field name is `prefix`.
#define DECODE(name, least, most, value)                                                         \
  Decode(reader, absl::StrCat(prefix, #name), message.has_##name(), message.name(), least, most, \
         value)

void DecodeBudget(ConfigReader* reader, absl::string_view field, double given, double least,
                  double most, double* value) {
  if (given == 0 && least > 0) return;  // absent
  const bool good = given >= least && given <= most;
  reader->Expect(good, field, absl::StrCat(given), absl::StrCat(least, " to ", most));
  if (good) *value = given;
}

void DecodeBudget(ConfigReader* reader, const v1::BudgetPolicy& message, Policy* policy) {
  constexpr absl::string_view prefix = "budget.";
  DecodeBudget(reader, "budget.false_flips_per_site_year", message.false_flips_per_site_year(),
               0.0001, 10, &policy->false_flips_per_site_year);
  DecodeBudget(reader, "budget.false_flips_per_system_decade",
               message.false_flips_per_system_decade(), 0.001, 100,
               &policy->false_flips_per_system_decade);
  DecodeBudget(reader, "budget.brief_flips_per_year", message.brief_flips_per_year(), 0.001, 1000,
               &policy->brief_flips_per_year);
  DECODE(shortest_outage, absl::Seconds(1), absl::Hours(1), &policy->shortest_outage);
  if (message.least_hurt_percent() != 0) {
    DecodePercent(reader, "budget.least_hurt_percent", message.least_hurt_percent(),
                  &policy->least_hurt_percent);
  }
}

// Nothing may wait longer than the shortest outage that is worth moving for.
void ExpectPersistenceWithinOutage(ConfigReader* reader, const Policy& policy) {
  const std::pair<absl::string_view, absl::Duration> persistences[] = {
      {"persistence.wide", policy.persistence_wide},
      {"persistence.site", policy.persistence_site},
      {"persistence.isp", policy.persistence_isp},
      {"persistence.network", policy.persistence_network}};
  for (const auto& [field, persistence] : persistences) {
    reader->Expect(persistence <= policy.shortest_outage, field, absl::FormatDuration(persistence),
                   absl::StrCat("at most budget.shortest_outage, ",
                                absl::FormatDuration(policy.shortest_outage)));
  }
}

void DecodePersistence(ConfigReader* reader, const v1::PersistencePolicy& message, Policy* policy) {
  constexpr absl::string_view prefix = "persistence.";
  DECODE(wide, absl::ZeroDuration(), absl::Minutes(10), &policy->persistence_wide);
  DECODE(site, absl::ZeroDuration(), absl::Minutes(10), &policy->persistence_site);
  DECODE(isp, absl::ZeroDuration(), absl::Minutes(10), &policy->persistence_isp);
  DECODE(network, absl::ZeroDuration(), absl::Minutes(10), &policy->persistence_network);
}

void DecodeStay(ConfigReader* reader, const v1::StayPolicy& message, Policy* policy) {
  constexpr absl::string_view prefix = "stay.";
  DECODE(first, absl::Seconds(1), absl::Hours(24), &policy->stay_first);
  DECODE(longest, absl::Seconds(1), absl::Hours(24), &policy->stay_longest);
  reader->Expect(policy->stay_longest >= policy->stay_first, "stay.longest",
                 absl::FormatDuration(policy->stay_longest),
                 absl::StrCat("at least stay.first, ", absl::FormatDuration(policy->stay_first)));
  policy->stay_doubles = message.doubles();
  policy->stay_after_third_fault = absl::ZeroDuration();  // absent: no such rule
  DECODE(after_third_fault, absl::ZeroDuration(), absl::Hours(24), &policy->stay_after_third_fault);
}

void DecodeFailback(ConfigReader* reader, const v1::FailbackPolicy& message, Policy* policy) {
  constexpr absl::string_view prefix = "failback.";
  DECODE(clean, absl::ZeroDuration(), absl::Hours(1), &policy->failback_clean);
  DECODE(step_duration, absl::ZeroDuration(), absl::Hours(1), &policy->failback_step);
  if (message.steps_size() == 0) return;
  bool good = message.steps_size() <= kMaxFailbackSteps && message.steps(0) >= 1 &&
              message.steps(message.steps_size() - 1) == 100;
  for (int i = 1; i < message.steps_size(); ++i) {
    good = good && message.steps(i) > message.steps(i - 1);
  }
  reader->Expect(good, "failback.steps", absl::StrJoin(message.steps(), ", "),
                 absl::StrCat("1 to ", kMaxFailbackSteps, " rising per cents, the last one 100"));
  if (good) policy->failback_steps.assign(message.steps().begin(), message.steps().end());
}

void DecodeCap(ConfigReader* reader, const v1::CapPolicy& message, Policy* policy) {
  constexpr absl::string_view prefix = "cap.";
  DecodePercent(reader, "cap.percent", message.percent(), &policy->cap_percent);
  DecodePercent(reader, "cap.first_wave_percent", message.first_wave_percent(),
                &policy->first_wave_percent);
  DECODE(wave_interval, absl::ZeroDuration(), absl::Minutes(10), &policy->wave_interval);
}

void DecodeProbing(ConfigReader* reader, const v1::ProbingPolicy& message, Policy* policy) {
  constexpr absl::string_view prefix = "probing.";
  constexpr absl::Duration kShortestTimeout = absl::Milliseconds(50);
  constexpr absl::Duration kLongestTimeout = absl::Seconds(5);
  DECODE(microsoft_interval, kShortestInterval, absl::Hours(1), &policy->microsoft_interval);
  DECODE(witness_interval, kShortestInterval, absl::Hours(1), &policy->witness_interval);
  DECODE(burst_interval, kShortestInterval, absl::Seconds(10), &policy->burst_interval);
  DECODE(burst_duration, kShortestInterval, kLongestBurst, &policy->burst_duration);
  DECODE(fresh_handshake_interval, absl::ZeroDuration(), absl::Hours(1),
         &policy->fresh_handshake_interval);
  DECODE(answer_timeout, kShortestTimeout, kLongestTimeout, &policy->answer_timeout);
  DECODE(connect_timeout, kShortestTimeout, kLongestTimeout, &policy->connect_timeout);
}

absl::StatusOr<Policy> Decode(ConfigReader* reader, const v1::Policy& message) {
  Policy policy;
  constexpr absl::string_view prefix = "";
  reader->Expect(message.mode() == v1::MODE_OBSERVE || message.mode() == v1::MODE_AUTO, "mode",
                 v1::Mode_IsValid(message.mode()) ? v1::Mode_Name(message.mode()) : "another value",
                 "MODE_OBSERVE or MODE_AUTO");
  policy.may_act = message.mode() == v1::MODE_AUTO;
  if (message.has_budget()) DecodeBudget(reader, message.budget(), &policy);
  if (message.has_persistence()) DecodePersistence(reader, message.persistence(), &policy);
  ExpectPersistenceWithinOutage(reader, policy);
  if (message.has_stay()) DecodeStay(reader, message.stay(), &policy);
  if (message.has_failback()) DecodeFailback(reader, message.failback(), &policy);
  if (message.has_cap()) DecodeCap(reader, message.cap(), &policy);
  if (message.has_probing()) DecodeProbing(reader, message.probing(), &policy);
  DECODE(warm_up, absl::ZeroDuration(), absl::Hours(1), &policy.warm_up);
  DECODE(journal_fresh, absl::ZeroDuration(), absl::Hours(1), &policy.journal_fresh);
#undef DECODE
  RETURN_IF_ERROR(reader->status());
  return policy;
}

}  // namespace

absl::StatusOr<Policy> ReadPolicy(const std::string& path, std::string* text) {
  v1::Policy message;
  ConfigReader reader(path);
  if (!reader.Parse(&message)) return reader.status();
  if (text != nullptr) *text = reader.text();
  return Decode(&reader, message);
}

absl::StatusOr<Policy> ParsePolicy(const std::string& label, const std::string& text) {
  v1::Policy message;
  ConfigReader reader(label);
  if (!reader.ParseText(text, &message)) return reader.status();
  return Decode(&reader, message);
}

}  // namespace dialtone::detector
