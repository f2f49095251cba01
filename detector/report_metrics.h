// Metrics of what agents send: handles made once.
#pragma once

#include <array>

#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

#include "detector/report_intake.h"
#include "detector/report_stream.h"

namespace dialtone::detector {

struct ReportMetrics {
  explicit ReportMetrics(prometheus::Registry* registry);

  std::array<prometheus::Counter*, kReportFates> reports;
  std::array<prometheus::Counter*, kStreamEnds> stream_closes;
  prometheus::Counter* dropped_by_agents;
  prometheus::Gauge* agents_connected;
  prometheus::Histogram* report_delay;
  prometheus::Histogram* clock_offset;
};

}  // namespace dialtone::detector
