#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "detector/operator_codec.h"
#include "tests/detector/sample_fleet.h"

namespace dialtone::detector {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1'000'000);

GroupView At(GroupIndex group, std::vector<Share> confirmed, std::uint64_t numbers) {
  return {
      .group = group, .numbers = numbers, .home_route = "teams", .confirmed = std::move(confirmed)};
}

// lon fails, par is mute, nyc is well and half away from home, the vantage is well.
View MixedView() {
  View view;
  view.sites = {{.site = kLon,
                 .health = Health::kFailed,
                 .paths = {{.target = kHub1, .health = Health::kFailed},
                           {.target = kHub2, .health = Health::kSuspect},
                           {.target = kWitness, .health = Health::kHealthy}}},
                {.site = kPar, .is_mute = true},
                {.site = kNyc, .health = Health::kHealthy, .paths = {{.target = kHub1}}},
                {.site = kHall, .health = Health::kHealthy}};
  view.groups = {At(0, {{.route = "teams", .percent = 100}}, 12),
                 At(1, {{.route = "teams", .percent = 25}, {.route = "pbx", .percent = 75}}, 30)};
  view.diagnoses = {{.id = 7, .sites = {kLon}}, {.id = 8, .sites = {kNyc}}};
  return view;
}

v1::SitesResponse Sites(const v1::SitesRequest& request) {
  const absl::StatusOr<v1::SitesResponse> sites =
      EncodeSites(SampleFleet(), MixedView(), request, kNow);
  EXPECT_TRUE(sites.ok()) << sites.status();
  return sites.value_or(v1::SitesResponse());
}

std::vector<std::string> Names(const v1::SitesRequest& request) {
  const v1::SitesResponse sites = Sites(request);
  std::vector<std::string> names;
  for (const v1::SiteStatus& site : sites.sites()) names.push_back(site.site());
  return names;
}

TEST(SitesCodec, ShowsTheWorstFirst) {
  EXPECT_THAT(Names({}), ElementsAre("lon", "par", "hall", "nyc"));
  const v1::SitesResponse sites = Sites({});
  EXPECT_EQ(sites.configured(), 4U);
  EXPECT_EQ(sites.time().seconds(), 1'000'000);
}

TEST(SitesCodec, NamesWhatFailsAndLeavesThePathsToDetails) {
  const v1::SitesResponse sites = Sites({});
  EXPECT_THAT(sites.sites(0).failing(), ElementsAre("hub1", "hub2"));
  EXPECT_THAT(sites.sites(0).paths(), IsEmpty());
  EXPECT_THAT(sites.groups(), IsEmpty());
  EXPECT_THAT(sites.diagnoses(), IsEmpty());
}

TEST(SitesCodec, CountsTheNumbersThatAreNotWholeAtHome) {
  const v1::SitesResponse sites = Sites({});
  EXPECT_EQ(sites.sites(0).numbers(), 12U);
  EXPECT_EQ(sites.sites(0).numbers_off_home(), 0U);
  EXPECT_EQ(sites.sites(3).numbers(), 30U);
  EXPECT_EQ(sites.sites(3).numbers_off_home(), 30U);
}

TEST(SitesCodec, AllConditionsMustHold) {
  v1::SitesRequest request;
  request.set_region("eu");
  EXPECT_THAT(Names(request), ElementsAre("lon", "par", "hall"));
  request.set_isp("a");
  EXPECT_THAT(Names(request), ElementsAre("lon", "par"));
  request.set_health(v1::FAILED);
  EXPECT_THAT(Names(request), ElementsAre("lon"));
  request.set_mute(true);
  EXPECT_THAT(Names(request), IsEmpty());
  v1::SitesRequest off_home;
  off_home.set_off_home(true);
  EXPECT_THAT(Names(off_home), ElementsAre("nyc"));
}

TEST(SitesCodec, DetailsAreThePathsGroupsAndDiagnosesOfTheSitesNamed) {
  v1::SitesRequest request;
  request.set_details(true);
  request.add_sites("lon");
  const v1::SitesResponse sites = Sites(request);
  ASSERT_EQ(sites.sites_size(), 1);
  EXPECT_EQ(sites.sites(0).paths_size(), 3);
  ASSERT_EQ(sites.groups_size(), 1);
  EXPECT_EQ(sites.groups(0).group(), "g-lon");
  ASSERT_EQ(sites.diagnoses_size(), 1);
  EXPECT_EQ(sites.diagnoses(0).id(), 7U);
}

TEST(SitesCodec, ASiteThatIsNotConfiguredIsNotFound) {
  v1::SitesRequest request;
  request.add_sites("lon");
  request.add_sites("moon");
  const absl::Status status = EncodeSites(SampleFleet(), MixedView(), request, kNow).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(status.message(), HasSubstr("no site is called \"moon\""));
}

}  // namespace
}  // namespace dialtone::detector
