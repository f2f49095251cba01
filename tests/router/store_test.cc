#include "router/store.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/fakes/temporary_directory.h"
#include "tests/router/sample_topology.h"

namespace dialtone::router {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

class StoreTest : public ::testing::Test {
 protected:
  std::unique_ptr<Store> Open() {
    auto store = Store::Open(path_, kNow);
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }

  const TemporaryDirectory directory_;
  const std::string path_ = directory_.File("state");
};

TEST_F(StoreTest, BeginsEmpty) {
  const auto store = Open();
  EXPECT_EQ(store->contents().version, (Version{0, 0}));
  EXPECT_THAT(store->contents().groups, IsEmpty());
  EXPECT_EQ(store->moved_aside(), "");
}

TEST_F(StoreTest, GivesBackWhatWasSaved) {
  GroupWish shared = On("lon", "pbx", Origin::kBreakGlass);
  shared.shares = {{"teams", 25}, {"pbx", 75}};
  shared.ignore_hop_states = true;
  shared.reason = "it's \"down\", says \xC3\xA9ric";
  GroupWish timeless = On("par", "teams", Origin::kOperator);
  timeless.since.reset();
  const GroupWish old{On("nyc", "teams")};
  ASSERT_TRUE(Open()->Save({~uint64_t{0}, 7}, {shared, timeless, old}).ok());
  const auto store = Open();
  EXPECT_EQ(store->contents().version, (Version{~uint64_t{0}, 7}));
  EXPECT_THAT(store->contents().groups, ElementsAre(shared, old, timeless));
}

TEST_F(StoreTest, ALaterTableReplacesOnlyTheRowsThatChanged) {
  auto store = Open();
  ASSERT_TRUE(store->Save({1, 1}, {On("lon", "teams"), On("par", "teams")}).ok());
  ASSERT_TRUE(store->Save({1, 2}, {On("par", "pbx")}).ok());
  store.reset();
  store = Open();
  EXPECT_EQ(store->contents().version, (Version{1, 2}));
  EXPECT_THAT(store->contents().groups, ElementsAre(On("lon", "teams"), On("par", "pbx")));
}

TEST_F(StoreTest, ForgetsGroupsThatTheConfigurationDropped) {
  auto store = Open();
  ASSERT_TRUE(store->Save({1, 1}, {On("lon", "teams"), On("par", "teams")}).ok());
  ASSERT_TRUE(store->Forget({"lon", "rome"}).ok());
  store.reset();
  EXPECT_THAT(Open()->contents().groups, ElementsAre(On("par", "teams")));
}

TEST_F(StoreTest, ASecondRouterOnTheSameDirectoryIsRefused) {
  const auto first = Open();
  const auto second = Store::Open(path_, kNow);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(second.status().message(), HasSubstr("another router may be using it"));
}

TEST_F(StoreTest, ADamagedFileIsMovedAside) {
  std::filesystem::create_directories(path_);
  std::ofstream(path_ + "/router.sqlite") << std::string(5000, 'x');
  const auto store = Open();
  EXPECT_THAT(store->moved_aside(), HasSubstr("router.sqlite.damaged-1800000000000000"));
  EXPECT_TRUE(std::filesystem::exists(store->moved_aside()));
  EXPECT_EQ(store->contents().version, (Version{0, 0}));
  EXPECT_TRUE(store->Save({1, 1}, {On("lon", "teams")}).ok());
}

TEST_F(StoreTest, AFileOfANewerProgramIsRefusedAndLeftAlone) {
  Open();
  ASSERT_TRUE((*Database::Open(path_ + "/router.sqlite"))->Execute("PRAGMA user_version=9").ok());
  const auto store = Store::Open(path_, kNow);
  EXPECT_EQ(store.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(store.status().message(), HasSubstr("of schema 9, this program knows 1"));
}

TEST_F(StoreTest, ADirectoryThatCannotBeMadeIsNamed) {
  std::ofstream(directory_.File("file")) << "x";
  const auto store = Store::Open(directory_.File("file/state"), kNow);
  EXPECT_THAT(store.status().message(), HasSubstr("file/state cannot be made"));
}

TEST_F(StoreTest, ARowThatMakesNoSenseIsLeftToTheRules) {
  ASSERT_TRUE(Open()->Save({1, 1}, {On("lon", "teams")}).ok());
  ASSERT_TRUE((*Database::Open(path_ + "/router.sqlite"))
                  ->Execute("UPDATE groups SET shares='teams:many', origin=77")
                  .ok());
  const auto store = Open();
  const Topology topology = SampleTopology();
  RouteTable table(topology, SampleInventory(), 0);
  EXPECT_THAT(table.Restore(store->contents()), ElementsAre("lon"));
}

}  // namespace
}  // namespace dialtone::router
