#include "detector/report_metrics.h"

namespace dialtone::detector {
namespace {

// In the order of StreamEnd.
constexpr std::array<const char*, kStreamEnds> kStreamEndNames = {
    "agent", "broken", "replaced", "protocol", "overload", "stopping", "unknown_site", "too_many"};

}  // namespace

ReportMetrics::ReportMetrics(prometheus::Registry* registry) {
  auto& fates = prometheus::BuildCounter()
                    .Name("dialtone_reports_total")
                    .Help("Probe results by what became of them.")
                    .Register(*registry);
  for (size_t i = 0; i < reports.size(); ++i) {
    reports[i] = &fates.Add({{"result", kReportFateNames[i]}});
  }
  auto& closes = prometheus::BuildCounter()
                     .Name("dialtone_agent_stream_closes_total")
                     .Help("Agent report streams that closed.")
                     .Register(*registry);
  for (size_t i = 0; i < stream_closes.size(); ++i) {
    stream_closes[i] = &closes.Add({{"reason", kStreamEndNames[i]}});
  }
  dropped_by_agents = &prometheus::BuildCounter()
                           .Name("dialtone_agent_dropped_results_total")
                           .Help("Results that agents forgot because their spools were full.")
                           .Register(*registry)
                           .Add({});
  agents_connected = &prometheus::BuildGauge()
                          .Name("dialtone_agents_connected")
                          .Help("Agents with an open report stream.")
                          .Register(*registry)
                          .Add({});
  report_delay = &prometheus::BuildHistogram()
                      .Name("dialtone_report_delay_seconds")
                      .Help("Time from a probe's end to the acceptance of its report.")
                      .Register(*registry)
                      .Add({}, prometheus::Histogram::BucketBoundaries{
                                   0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 60, 600});
  clock_offset = &prometheus::BuildHistogram()
                      .Name("dialtone_agent_clock_offset_seconds")
                      .Help("Absolute offset of the agents' wall clocks against the detector's.")
                      .Register(*registry)
                      .Add({}, prometheus::Histogram::BucketBoundaries{0.01, 0.05, 0.1, 0.5, 1, 5,
                                                                       30, 300, 3600});
}

}  // namespace dialtone::detector
