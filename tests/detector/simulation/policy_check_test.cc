#include "detector/simulation/policy_check.h"

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dialtone::detector::simulation {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;

constexpr char kShipped[] = DIALTONE_SOURCE_DIR "/deploy/policy/default.textproto";
constexpr char kDetector[] = DIALTONE_SOURCE_DIR "/deploy/examples/detector.textproto";

std::string Write(const std::string& name, const std::string& text) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/", name);
  std::ofstream(path) << text;
  return path;
}

TEST(PolicyCheck, ForecastsThePolicyForACompanyOfAShape) {
  const auto forecast = CheckPolicy({.policy_file = kShipped, .shape = {.sites = 100, .isps = 5}});
  ASSERT_TRUE(forecast.ok()) << forecast.status();
  EXPECT_EQ(forecast->sites(), 100);
  EXPECT_EQ(forecast->isps(), 5);
  EXPECT_GT(forecast->site_nats(), 10);
  EXPECT_EQ(forecast->broken_size(), 0);
  EXPECT_EQ(forecast->most_brief_flips_per_year(), 3);
  const v1::ForecastFault& first = forecast->faults(0);
  EXPECT_EQ(first.fault(), "all hubs silent");
  EXPECT_EQ(first.scope(), "everyone");
  EXPECT_EQ(first.sites(), 100);
  EXPECT_EQ(first.consequence(), v1::ForecastFault::NUMBERS_MOVE);
  EXPECT_TRUE(first.has_recognised());
  EXPECT_EQ(first.moved().seconds(), 5);
}

TEST(PolicyCheck, ForecastsItForTheCompanyOfADetectorWhoseCertificatesAreElsewhere) {
  const auto forecast = CheckPolicy({.policy_file = kShipped, .config_file = kDetector});
  ASSERT_TRUE(forecast.ok()) << forecast.status();
  EXPECT_EQ(forecast->sites(), 4);
  EXPECT_EQ(forecast->isps(), 3);
}

TEST(PolicyCheck, WrongFilesAreNamedWithLineAndColumn) {
  const std::string bad = Write("bad-policy.textproto", "mode: MODE_AUTO\ncap { percent: 200 }\n");
  const absl::Status status = CheckPolicy({.policy_file = bad}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr(absl::StrCat(bad, ":2:7: error: ")));
  const std::string config = Write("bad-detector.textproto", "sites { name: \"LON\" }\n");
  EXPECT_THAT(
      std::string(CheckPolicy({.policy_file = kShipped, .config_file = config}).status().message()),
      HasSubstr(absl::StrCat(config, ":1:9: error: ")));
  EXPECT_THAT(std::string(CheckPolicy({.config_file = config}).status().message()),
              ContainsRegex("policy_file"));
}

}  // namespace
}  // namespace dialtone::detector::simulation
