#include "cli/show_policy.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/screen.h"
#include "cli/show.h"

namespace dialtone::cli {
namespace {

std::string Seconds(const google::protobuf::Duration& duration) {
  const double seconds = absl::ToDoubleSeconds(DurationOf(duration));
  return absl::StrFormat("%.*f s", seconds < 10 ? 1 : 0, seconds);
}

std::string Moves(const v1::ForecastFault& fault) {
  const std::string when = fault.has_moved() ? Seconds(fault.moved()) : "no";
  switch (fault.consequence()) {
    case v1::ForecastFault::HOP_SKIPPED:
      return "no: other hubs are tried first";
    case v1::ForecastFault::AVOIDING_MOVE:
      return fault.has_moved() ? absl::StrCat(when, ", where backup_avoids_uplink") : when;
    default:
      return when;
  }
}

}  // namespace

std::string ShowForecast(const v1::PolicyForecast& forecast, bool colour) {
  std::string out = absl::StrFormat(
      "For %d sites with %d ISPs. Computed, half of the cases are quicker; dialtone simulate plays "
      "them.\n\n",
      forecast.sites(), forecast.isps());
  Table faults({"FAULT", "FOR", "RECOGNISED", "NUMBERS MOVE"});
  for (const v1::ForecastFault& fault : forecast.faults()) {
    faults.Add({fault.fault(), fault.scope(),
                fault.has_recognised() ? Cell(Seconds(fault.recognised()))
                                       : Cell("not within an hour", Tone::kWarning),
                Moves(fault)});
  }
  absl::StrAppend(&out, faults.ToString(colour));
  absl::StrAppend(
      &out,
      absl::StrFormat("\nA diagnosis takes %.1f nats of evidence at one site, %.1f pooled over "
                      "several, %.1f by their votes.\n",
                      forecast.site_nats(), forecast.wide_nats(), forecast.votes_nats()));
  absl::StrAppend(
      &out, absl::StrFormat("Brief flips to be expected: %.1f a year, stated are at "
                            "most %g.\n",
                            forecast.brief_flips_per_year(), forecast.most_brief_flips_per_year()));
  for (const std::string& broken : forecast.broken()) {
    absl::StrAppend(&out, Paint("NOT KEPT", Tone::kBad, colour), "  ", broken, "\n");
  }
  if (forecast.broken().empty()) {
    absl::StrAppend(&out, Paint("It keeps what it states.", Tone::kGood, colour), "\n");
  }
  return out;
}

}  // namespace dialtone::cli
