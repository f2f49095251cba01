#include "detector/router_metrics.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/text_serializer.h"

namespace dialtone::detector {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class RouterMetricsTest : public ::testing::Test {
 protected:
  std::string Text() const { return prometheus::TextSerializer().Serialize(registry_.Collect()); }

  prometheus::Registry registry_;
  RouterMetrics first_{&registry_, "vl1"};
  RouterMetrics second_{&registry_, "vl2"};
};

TEST_F(RouterMetricsTest, TimeEveryMethodOfEveryRouterFromTheStart) {
  for (const char* method : {"SetRoutes", "ReadRoutes", "RenewHopStates"}) {
    for (const char* router : {"vl1", "vl2"}) {
      EXPECT_THAT(Text(),
                  HasSubstr("dialtone_detector_router_request_duration_seconds_count{method=\"" +
                            std::string(method) + "\",router=\"" + router + "\"} 0"));
    }
  }
}

TEST_F(RouterMetricsTest, KeepRoutersAndMethodsApart) {
  first_.Ended(RouterMethod::kSetRoutes, 0.004);
  first_.Ended(RouterMethod::kReadRoutes, 0.5);
  second_.Ended(RouterMethod::kRenewHopStates, 3);
  const std::string text = Text();
  const std::string name = "dialtone_detector_router_request_duration_seconds";
  EXPECT_THAT(text, HasSubstr(name + "_sum{method=\"SetRoutes\",router=\"vl1\"} 0.004"));
  EXPECT_THAT(text, HasSubstr(name + "_sum{method=\"ReadRoutes\",router=\"vl1\"} 0.5"));
  EXPECT_THAT(text, HasSubstr(name + "_sum{method=\"RenewHopStates\",router=\"vl2\"} 3"));
  EXPECT_THAT(text, HasSubstr(name + "_count{method=\"SetRoutes\",router=\"vl2\"} 0"));
}

TEST_F(RouterMetricsTest, CountFailuresByCodeWhenTheyCome) {
  EXPECT_THAT(Text(), Not(HasSubstr("dialtone_detector_router_request_failures_total{")));
  first_.Failed(RouterMethod::kSetRoutes, "UNAVAILABLE");
  first_.Failed(RouterMethod::kSetRoutes, "UNAVAILABLE");
  second_.Failed(RouterMethod::kReadRoutes, "DEADLINE_EXCEEDED");
  const std::string text = Text();
  EXPECT_THAT(text, HasSubstr("request_failures_total{code=\"UNAVAILABLE\",method=\"SetRoutes\","
                              "router=\"vl1\"} 2"));
  EXPECT_THAT(text, HasSubstr("request_failures_total{code=\"DEADLINE_EXCEEDED\",method="
                              "\"ReadRoutes\",router=\"vl2\"} 1"));
}

}  // namespace
}  // namespace dialtone::detector
