#include "detector/simulation/truth_book.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/detector/simulation/made_run.h"

namespace dialtone::detector::simulation {
namespace {

using ::testing::SizeIs;

// The first confirmed edition of a run.
ConfirmedEdition First(const RunRecord& run) { return ConfirmedOf(run).front(); }

TEST(TruthBook, AScopeMayLackAFifthAndExceedByATenth) {
  const std::vector<KnownTruth> truths =
      TruthsOf(SmallScenario("at 0..5m truth domain identity scope site 0-4 flip yes\n"));
  EXPECT_TRUE(truths[0].IsScope({0, 1, 2, 3, 4}));
  EXPECT_TRUE(truths[0].IsScope({0, 1, 2, 3}));
  EXPECT_FALSE(truths[0].IsScope({0, 1, 2}));
  EXPECT_TRUE(truths[0].IsScope({0, 1, 2, 3, 4, 5}));
  EXPECT_FALSE(truths[0].IsScope({0, 1, 2, 3, 4, 5, 6}));
}

TEST(TruthBook, ADiagnosisIsAboutTheTruthWithMostSitesInCommon) {
  const std::vector<KnownTruth> truths =
      TruthsOf(SmallScenario("at 0..5m truth domain identity scope global flip yes\n"
                             "at 0..5m truth domain network scope site 3 flip no\n"));
  const RunRecord wide = MadeRun().Confirm(1, "identity", {0, 1, 2, 3}, 9);
  EXPECT_EQ(TruthOf(First(wide), truths, {}), &truths[0]);
  const RunRecord narrow = MadeRun().Confirm(1, "isp-core", {3}, 9);
  EXPECT_EQ(TruthOf(First(narrow), truths, {}), &truths[1]) << "the name breaks the tie";
  const RunRecord other = MadeRun().Confirm(1, "lan", {3}, 9);
  EXPECT_EQ(TruthOf(First(other), truths, {}), &truths[1]) << "then the smaller truth";
}

TEST(TruthBook, ATruthIsAroundForItsAftermath) {
  const std::vector<KnownTruth> truths =
      TruthsOf(SmallScenario("at 10s..20s truth domain identity scope global flip yes\n"));
  const RunRecord late = MadeRun().Confirm(1, "identity", {3}, 34);
  EXPECT_EQ(TruthOf(First(late), truths, {}), &truths[0]);
  const RunRecord too_late = MadeRun().Confirm(1, "identity", {3}, 35);
  EXPECT_EQ(TruthOf(First(too_late), truths, {}), nullptr);
  const RunRecord over = MadeRun().Confirm(1, "identity", {3}, 5).End(10);
  EXPECT_EQ(TruthOf(First(over), truths, {}), nullptr);
}

TEST(TruthBook, NoisesOwnEpisodesAreTruthsToo) {
  const RunRecord run = MadeRun().Noise("network", {3}, 8, 12).Confirm(1, "site-network", {3}, 9);
  const std::vector<KnownTruth> noise = NoiseOf(run, 10);
  EXPECT_EQ(TruthOf(First(run), {}, noise), &noise[0]);
}

TEST(TruthBook, AnEditionLastsUntilTheNextOne) {
  const RunRecord run =
      MadeRun().Confirm(1, "identity", {3}, 5).Edit("identity", {3, 4}, 9).End(30);
  const std::vector<ConfirmedEdition> confirmed = ConfirmedOf(run);
  ASSERT_THAT(confirmed, SizeIs(2));
  EXPECT_EQ(confirmed[0].when, (Span{.from = absl::Seconds(5), .to = absl::Seconds(9)}));
  EXPECT_EQ(confirmed[1].when, (Span{.from = absl::Seconds(9), .to = absl::Seconds(30)}));
}

}  // namespace
}  // namespace dialtone::detector::simulation
