#include "base/metrics.h"

#include <dirent.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "prometheus/gauge.h"
#include "prometheus/text_serializer.h"

#include <sys/resource.h>

namespace dialtone {
namespace {

std::string Contents(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

double Number(absl::string_view text) {
  double number = 0;
  return absl::SimpleAtod(text, &number) ? number : 0;
}

// Field `index` of /proc/self/stat as proc(5) counts them, from 3 on: the name before may hold
// blanks.
double StatField(size_t index) {
  const std::string stat = Contents("/proc/self/stat");
  const absl::string_view after_name = absl::string_view(stat).substr(stat.rfind(')') + 2);
  const std::vector<absl::string_view> fields = absl::StrSplit(after_name, ' ');
  return index - 3 < fields.size() ? Number(fields[index - 3]) : 0;
}

double BootTime() {
  const std::string stat = Contents("/proc/stat");
  for (const absl::string_view line : absl::StrSplit(stat, '\n')) {
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(line, absl::MaxSplits(' ', 1));
    if (pair.first == "btime") return Number(pair.second);
  }
  return 0;
}

double OpenFiles() {
  DIR* const directory = opendir("/proc/self/fd");
  if (directory == nullptr) return 0;
  int entries = 0;
  while (readdir(directory) != nullptr) ++entries;
  closedir(directory);
  return entries - 3;  // ".", ".." and the directory itself
}

// The standard metrics of a process (Prometheus, "Writing client libraries", process metrics).
class ProcessMetrics final : public prometheus::Collectable {
 public:
  std::vector<prometheus::MetricFamily> Collect() const override {
    rlimit files = {};
    getrlimit(RLIMIT_NOFILE, &files);
    const double ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
    const double page = static_cast<double>(sysconf(_SC_PAGESIZE));
    return {
        Counter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.",
                (StatField(14) + StatField(15)) / ticks),
        Gauge("process_resident_memory_bytes", "Resident memory size in bytes.",
              StatField(24) * page),
        Gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.", StatField(23)),
        Gauge("process_open_fds", "Number of open file descriptors.", OpenFiles()),
        Gauge("process_max_fds", "Maximum number of open file descriptors.",
              static_cast<double>(files.rlim_cur)),
        Gauge("process_start_time_seconds",
              "Start time of the process since unix epoch in seconds.",
              BootTime() + StatField(22) / ticks),
    };
  }

 private:
  static prometheus::MetricFamily Gauge(const char* name, const char* help, double value) {
    prometheus::ClientMetric metric;
    metric.gauge.value = value;
    return {name, help, prometheus::MetricType::Gauge, {metric}};
  }
  static prometheus::MetricFamily Counter(const char* name, const char* help, double value) {
    prometheus::ClientMetric metric;
    metric.counter.value = value;
    return {name, help, prometheus::MetricType::Counter, {metric}};
  }
};

#ifdef __clang__
constexpr char kCompiler[] = __VERSION__;
#else
constexpr char kCompiler[] = "g++ " __VERSION__;
#endif

}  // namespace

Metrics::Metrics(absl::string_view component)
    : registry_(std::make_shared<prometheus::Registry>()),
      collectables_{registry_, std::make_shared<ProcessMetrics>()} {
  prometheus::BuildGauge()
      .Name("dialtone_build_info")
      .Help("What runs here; always 1.")
      .Register(*registry_)
      .Add({{"component", std::string(component)},
            {"version", DIALTONE_VERSION},
            {"revision", DIALTONE_REVISION},
            {"compiler", kCompiler}})
      .Set(1);
}

void Metrics::Add(std::shared_ptr<prometheus::Collectable> collectable) {
  MutexLock lock(&mutex_);
  collectables_.push_back(std::move(collectable));
}

std::string Metrics::Serialize() const {
  std::vector<std::shared_ptr<prometheus::Collectable>> collectables;
  {
    MutexLock lock(&mutex_);
    collectables = collectables_;
  }
  std::vector<prometheus::MetricFamily> families;
  for (const auto& collectable : collectables) {
    std::vector<prometheus::MetricFamily> some = collectable->Collect();
    families.insert(families.end(), std::make_move_iterator(some.begin()),
                    std::make_move_iterator(some.end()));
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace dialtone
