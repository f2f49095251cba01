// When the process's certificates end, read from their files at every scrape: what rotates is seen.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "prometheus/collectable.h"

#include "base/identity.h"

namespace dialtone {

// One gauge for each kind of certificate: "grpc" (what a server shows), "router", "detector" (what
// is shown to these). A file that cannot be read has no series, so that the last good time does not
// stay.
class CertificateMetrics final : public prometheus::Collectable {
 public:
  // A kind without files (plaintext on loopback) has no series.
  explicit CertificateMetrics(std::map<std::string, std::optional<TlsIdentity>> by_kind)
      : by_kind_(std::move(by_kind)) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::map<std::string, std::optional<TlsIdentity>> by_kind_;
};

}  // namespace dialtone
