#include "base/certificate_metrics.h"

#include "absl/status/statusor.h"
#include "prometheus/metric_family.h"

namespace dialtone {

std::vector<prometheus::MetricFamily> CertificateMetrics::Collect() const {
  prometheus::MetricFamily family{"dialtone_certificate_not_after_timestamp_seconds",
                                  "Unix time at which the certificate of the kind expires.",
                                  prometheus::MetricType::Gauge,
                                  {}};
  for (const auto& [kind, files] : by_kind_) {
    if (!files.has_value()) continue;
    const absl::StatusOr<OwnIdentity> own = ReadIdentity(*files);
    if (!own.ok()) continue;
    prometheus::ClientMetric metric;
    metric.label = {{"kind", kind}};
    metric.gauge.value = absl::ToDoubleSeconds(own->not_after - absl::UnixEpoch());
    family.metric.push_back(std::move(metric));
  }
  // A family without a series has no type to show.
  if (family.metric.empty()) return {};
  return {std::move(family)};
}

}  // namespace dialtone
