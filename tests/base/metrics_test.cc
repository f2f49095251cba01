#include "base/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "absl/strings/numbers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"

namespace dialtone {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;

// The value of a metric without labels.
double ValueOf(const std::string& name, const std::string& text) {
  const size_t line = text.find("\n" + name + " ");
  if (line == std::string::npos) return -1;
  const size_t begin = line + name.size() + 2;
  double value = -1;
  EXPECT_TRUE(absl::SimpleAtod(text.substr(begin, text.find('\n', begin) - begin), &value)) << name;
  return value;
}

// A family that exists at scrape time only.
class Snapshot final : public prometheus::Collectable {
 public:
  std::vector<prometheus::MetricFamily> Collect() const override {
    prometheus::ClientMetric metric;
    metric.label = {{"site", "lon"}};
    metric.gauge.value = 1;
    return {{"dialtone_site_healthy",
             "Whether the site is well.",
             prometheus::MetricType::Gauge,
             {metric}}};
  }
};

TEST(Metrics, ShowTheRegistryAndWhatIsMadeAtScrapeTime) {
  Metrics metrics("router");
  prometheus::BuildCounter()
      .Name("dialtone_router_proposals_total")
      .Help("Proposals.")
      .Register(metrics.registry())
      .Add({{"result", "accepted"}})
      .Increment(3);
  metrics.Add(std::make_shared<Snapshot>());
  const std::string text = metrics.Serialize();
  EXPECT_THAT(text, HasSubstr("dialtone_router_proposals_total{result=\"accepted\"} 3"));
  EXPECT_THAT(text, HasSubstr("dialtone_site_healthy{site=\"lon\"} 1"));
}

TEST(Metrics, SayWhatRuns) {
  EXPECT_THAT(
      Metrics("agent").Serialize(),
      ContainsRegex(
          "dialtone_build_info\\{compiler=\"[^\"]+\",component=\"agent\",revision=\"[^\"]+\","
          "version=\"[0-9]+\\.[0-9]+\\.[0-9]+\"\\} 1"));
}

TEST(Metrics, DescribeTheProcess) {
  const Metrics metrics("agent");
  const std::string text = metrics.Serialize();
  EXPECT_GE(ValueOf("process_cpu_seconds_total", text), 0);
  EXPECT_GT(ValueOf("process_resident_memory_bytes", text), 1e6);
  EXPECT_GT(ValueOf("process_virtual_memory_bytes", text),
            ValueOf("process_resident_memory_bytes", text));
  EXPECT_GT(ValueOf("process_max_fds", text), ValueOf("process_open_fds", text));
  EXPECT_GT(ValueOf("process_start_time_seconds", text), 1.7e9);

  const std::ifstream one_more("/dev/null");
  EXPECT_EQ(ValueOf("process_open_fds", metrics.Serialize()),
            ValueOf("process_open_fds", text) + 1);
}

TEST(Metrics, PassPromtool) {
  Metrics metrics("detector");
  prometheus::BuildHistogram()
      .Name("dialtone_router_confirm_duration_seconds")
      .Help("From the wish to the confirmation.")
      .Register(metrics.registry())
      .Add({}, prometheus::Histogram::BucketBoundaries{0.1, 1, 10})
      .Observe(0.5);
  metrics.Add(std::make_shared<Snapshot>());
  FILE* const promtool = popen("promtool check metrics", "w");
  ASSERT_NE(promtool, nullptr);
  const std::string text = metrics.Serialize();
  EXPECT_EQ(fwrite(text.data(), 1, text.size(), promtool), text.size());
  EXPECT_EQ(pclose(promtool), 0) << text;
}

}  // namespace
}  // namespace dialtone
