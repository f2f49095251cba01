#include "detector/simulation/policy_check.h"

#include "base/status.h"
#include "detector/config.h"
#include "detector/policy_codec.h"
#include "detector/time_codec.h"

namespace dialtone::detector::simulation {

namespace {

v1::ForecastFault::Consequence ToProto(Consequence consequence) {
  switch (consequence) {
    case Consequence::kNumbersMove:
      return v1::ForecastFault::NUMBERS_MOVE;
    case Consequence::kHopSkipped:
      return v1::ForecastFault::HOP_SKIPPED;
    case Consequence::kAvoidingMove:
      return v1::ForecastFault::AVOIDING_MOVE;
    case Consequence::kNothing:
      return v1::ForecastFault::NOTHING;
  }
  return v1::ForecastFault::CONSEQUENCE_UNSPECIFIED;
}

v1::PolicyForecast ToProto(const Forecast& forecast, const Policy& policy) {
  v1::PolicyForecast message;
  message.set_sites(static_cast<std::uint32_t>(forecast.sites));
  message.set_isps(static_cast<std::uint32_t>(forecast.isps));
  message.set_site_nats(forecast.thresholds.site);
  message.set_wide_nats(forecast.thresholds.wide);
  message.set_votes_nats(forecast.thresholds.votes);
  for (const FaultForecast& fault : forecast.faults) {
    v1::ForecastFault* const row = message.add_faults();
    row->set_fault(fault.fault);
    row->set_scope(fault.scope);
    row->set_sites(static_cast<std::uint32_t>(fault.sites));
    row->set_consequence(ToProto(fault.consequence));
    if (fault.recognised < absl::InfiniteDuration()) {
      *row->mutable_recognised() = detector::ToProto(fault.recognised);
    }
    if (fault.moved.has_value()) *row->mutable_moved() = detector::ToProto(*fault.moved);
  }
  message.set_brief_flips_per_year(forecast.brief_flips_per_year);
  message.set_most_brief_flips_per_year(policy.brief_flips_per_year);
  for (const std::string& broken : forecast.broken) message.add_broken(broken);
  return message;
}

}  // namespace

absl::StatusOr<v1::PolicyForecast> CheckPolicy(const PolicyCheckRequest& request) {
  if (!request.config_file.empty()) {
    ASSIGN_OR_RETURN(const FleetAndPolicy settings,
                     ReadFleetAndPolicy(request.config_file, request.policy_file));
    return ToProto(ForecastOf(settings.policy, settings.fleet), settings.policy);
  }
  ASSIGN_OR_RETURN(const Policy policy, ReadPolicy(request.policy_file));
  return ToProto(ForecastOf(policy, EvenFleet(request.shape, policy)), policy);
}

}  // namespace dialtone::detector::simulation
