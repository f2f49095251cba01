// The process's metrics: one registry, and the standard process_* metrics that prometheus-cpp
// lacks.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "prometheus/registry.h"

#include "base/mutex.h"

namespace dialtone {

// Owns the registry that /metrics shows. Rooms make their handles (Counter&, Gauge&) once, at
// construction: looking a label set up at run time costs thirty times an increment.
class Metrics {
 public:
  // `component` is agent, detector or router: the label of dialtone_build_info.
  explicit Metrics(absl::string_view component);

  prometheus::Registry& registry() { return *registry_; }

  // Adds something that makes its families at scrape time, such as a snapshot of per-site series.
  void Add(std::shared_ptr<prometheus::Collectable> collectable) ABSL_LOCKS_EXCLUDED(mutex_);

  // The text exposition (version 0.0.4) of everything, process_* included.
  std::string Serialize() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // Shared, because prometheus-cpp collects through shared pointers only.
  std::shared_ptr<prometheus::Registry> registry_;
  mutable Mutex mutex_;
  std::vector<std::shared_ptr<prometheus::Collectable>> collectables_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace dialtone
