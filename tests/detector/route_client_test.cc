#include "detector/route_client.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"
#include <grpcpp/grpcpp.h>

#include "base/rpc.h"
#include "tests/fakes/route_service.h"
#include "tests/fakes/silent_listener.h"

namespace dialtone::detector {
namespace {

using grpc::StatusCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A client of a router on loopback; its messages to the loop are read by the test.
class RouteClientTest : public ::testing::Test {
 protected:
  RouteClientTest() { StartRouter(); }
  ~RouteClientTest() override {
    client_.reset();
    StopRouter();
  }

  // The second time on the same port.
  void StartRouter() {
    auto server = StartServer({.address = absl::StrCat("127.0.0.1:", port_)}, {&router_}, &port_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  void StopRouter() {
    if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now());
    server_.reset();
  }
  static std::unique_ptr<v1::RouteService::StubInterface> StubFor(int port) {
    auto channel = OpenChannel({.address = absl::StrCat("127.0.0.1:", port)});
    EXPECT_TRUE(channel.ok()) << channel.status();
    return v1::RouteService::NewStub(*channel);
  }

  RouteClient& Start(std::uint64_t epoch = 2) {
    client_ = std::make_unique<RouteClient>(
        RouteClient::Options{.voice_layer = 0,
                             .name = "vl1",
                             .epoch = epoch,
                             .outbid = [this](std::uint64_t seen) { outbids_.push_back(seen); }},
        StubFor(port_), &mailbox_, RouterMetrics(&registry_, "vl1"));
    client_->Start();
    return *client_;
  }

  static Wish Table(std::uint64_t generation) {
    return {.voice_layer = 0,
            .generation = generation,
            .groups = {{.group = "g1", .shares = {{.route = "pbx", .percent = 100}}}}};
  }

  // The next event of that kind; others are passed over.
  template <typename Kind>
  std::optional<Kind> Next(absl::Duration patience = absl::Seconds(5)) {
    while (std::optional<Message> message = mailbox_.Take(patience)) {
      Event* const event = std::get_if<Event>(&*message);
      if (event != nullptr && std::holds_alternative<Kind>(*event)) return std::get<Kind>(*event);
    }
    ADD_FAILURE() << "it did not come";
    return std::nullopt;
  }

  // The generations that the router was asked for, once there are `count` of them.
  std::vector<std::uint64_t> Asked(size_t count) {
    std::vector<std::uint64_t> generations;
    EXPECT_TRUE(router_.WaitUntil([&](const FakeRouteService& router) {
      if (router.sets().size() < count) return false;
      for (const v1::SetRoutesRequest& set : router.sets()) {
        generations.push_back(set.generation());
      }
      return true;
    }));
    return generations;
  }

  FakeRouteService router_{"vl1"};
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
  LoopMailbox mailbox_;
  prometheus::Registry registry_;
  std::vector<std::uint64_t> outbids_;  // written by the listening thread: read after Stop
  std::unique_ptr<RouteClient> client_;
};

TEST_F(RouteClientTest, TellsTheLoopWhatTheRouterSays) {
  router_.Change([](v1::ReadRoutesResponse* report) { report->set_voice_layer_up(true); });
  Start();
  EXPECT_TRUE(Next<RouterReport>()->voice_layer_up);
  router_.Change([](v1::ReadRoutesResponse* report) { report->set_voice_layer_up(false); });
  EXPECT_FALSE(Next<RouterReport>()->voice_layer_up);
}

TEST_F(RouteClientTest, SetsTheTableWithItsEpochAndSaysThatItIsDone) {
  Start().Want(Table(5));
  const auto ended = Next<SetRoutesEnded>();
  EXPECT_EQ(ended->result, SetRoutesEnded::Result::kDone);
  EXPECT_EQ(ended->generation, 5u);
  EXPECT_TRUE(router_.WaitUntil([](const FakeRouteService& router) {
    return router.sets().size() == 1 && router.sets()[0].epoch() == 2 &&
           router.sets()[0].groups(0).group() == "g1";
  }));
}

TEST_F(RouteClientTest, ARefusalIsToldAndNotRepeated) {
  router_.AnswerSetRoutes({StatusCode::INVALID_ARGUMENT, "no route is called pbx"});
  RouteClient& client = Start();
  client.Want(Table(5));
  const auto ended = Next<SetRoutesEnded>();
  EXPECT_EQ(ended->result, SetRoutesEnded::Result::kRefused);
  EXPECT_THAT(ended->error, HasSubstr("no route is called pbx"));
  router_.AnswerSetRoutes(grpc::Status::OK);
  client.Want(Table(6));
  EXPECT_EQ(Next<SetRoutesEnded>()->generation, 6u);
  EXPECT_THAT(Asked(2), ElementsAre(5, 6));
}

TEST_F(RouteClientTest, AnUncertainWriteIsReadBackAndFoundDone) {
  router_.AnswerSetRoutes({StatusCode::DEADLINE_EXCEEDED, "lost"}, /*and_take_it=*/true);
  Start().Want(Table(5));
  const auto ended = Next<SetRoutesEnded>();
  EXPECT_EQ(ended->result, SetRoutesEnded::Result::kDone);
  EXPECT_THAT(Asked(1), ElementsAre(5)) << "not asked again";
}

TEST_F(RouteClientTest, AnUncertainWriteIsAskedAgainUntilItIsDone) {
  router_.AnswerSetRoutes({StatusCode::UNAVAILABLE, "no"});
  Start().Want(Table(5));
  EXPECT_EQ(Next<SetRoutesEnded>()->result, SetRoutesEnded::Result::kUncertain) << "told once";
  router_.WaitUntil([](const FakeRouteService& router) { return router.sets().size() >= 3; });
  router_.AnswerSetRoutes(grpc::Status::OK);
  EXPECT_EQ(Next<SetRoutesEnded>()->result, SetRoutesEnded::Result::kDone);
}

TEST_F(RouteClientTest, ANewerWishReplacesAnUnsentOne) {
  router_.AnswerSetRoutes({StatusCode::UNAVAILABLE, "no"});
  RouteClient& client = Start();
  client.Want(Table(5));
  Next<SetRoutesEnded>();
  router_.AnswerSetRoutes(grpc::Status::OK);
  client.Want(Table(6));
  client.Want(Table(7));
  while (Next<SetRoutesEnded>()->generation != 7) {
  }
  client.Stop();
  EXPECT_EQ(router_.sets().back().generation(), 7u);
}

TEST_F(RouteClientTest, ARouterThatForgotIsGivenTheLatestTableAgain) {
  Start().Want(Table(5));
  Next<SetRoutesEnded>();
  router_.Change([](v1::ReadRoutesResponse* report) {
    report->set_epoch(0);
    report->set_generation(0);
  });
  EXPECT_THAT(Asked(2), ElementsAre(5, 5));
}

TEST_F(RouteClientTest, AWriterWithAHigherEpochIsOutbidAndTheRefusedTableGoesOutAgain) {
  router_.Change([](v1::ReadRoutesResponse* report) {
    report->set_epoch(9);
    report->set_generation(1);
  });
  RouteClient& client = Start(/*epoch=*/2);
  Next<RouterReport>();
  client.Want(Table(5));
  EXPECT_EQ(Next<SetRoutesEnded>()->result, SetRoutesEnded::Result::kRefused);
  client.UseEpoch(10);
  const auto again = Next<SetRoutesEnded>();
  EXPECT_EQ(again->result, SetRoutesEnded::Result::kDone);
  EXPECT_EQ(again->generation, 5u) << "what was refused goes out again by itself";
  client.Stop();
  ASSERT_FALSE(outbids_.empty());
  EXPECT_EQ(outbids_[0], 9u);
}

TEST_F(RouteClientTest, TheLatestTableGoesOutAgainUnderANewEpoch) {
  RouteClient& client = Start(/*epoch=*/2);
  client.Want(Table(5));
  Next<SetRoutesEnded>();
  client.UseEpoch(10);
  EXPECT_THAT(Asked(2), ElementsAre(5, 5));
  client.Stop();
  EXPECT_EQ(router_.sets()[1].epoch(), 10u);
}

TEST_F(RouteClientTest, CarriesTenThousandGroupsBothWays) {
  constexpr int kGroups = 10'000;
  const std::string reason(500, 'x');
  router_.Change([&](v1::ReadRoutesResponse* report) {
    for (int i = 0; i < kGroups; ++i) {
      v1::GroupStatus* const group = report->add_groups();
      group->set_group(absl::StrCat("branch-office-", i));
      group->set_home_route("teams");
      group->add_backup_routes("pbx");
      group->mutable_wanted()->set_group(group->group());
      group->mutable_wanted()->set_origin(v1::AUTO);
      group->mutable_wanted()->set_reason(reason);
    }
    ASSERT_GT(report->ByteSizeLong(), 4U << 20);
  });
  RouteClient& client = Start();
  const absl::Duration patience = absl::Seconds(30);  // of 10 MB, on a busy machine
  EXPECT_EQ(Next<RouterReport>(patience)->groups.size(), static_cast<size_t>(kGroups));
  Wish wish{.voice_layer = 0, .generation = 5};
  for (int i = 0; i < kGroups; ++i) {
    wish.groups.push_back(
        {.group = absl::StrCat("branch-office-", i),
         .shares = {{.route = "teams", .percent = 25}, {.route = "pbx", .percent = 75}},
         .reason = reason});
  }
  client.Want(std::move(wish));
  EXPECT_EQ(Next<SetRoutesEnded>(patience)->result, SetRoutesEnded::Result::kDone);
}

TEST_F(RouteClientTest, RenewsLeases) {
  RouteClient& client = Start();
  client.Want(Table(5));
  Next<SetRoutesEnded>();
  client.Renew({.voice_layer = 0, .generation = 5});
  EXPECT_TRUE(router_.WaitUntil([](const FakeRouteService& router) {
    return router.renewals().size() == 1 && router.renewals()[0].epoch() == 2 &&
           router.renewals()[0].generation() == 5;
  }));
}

TEST_F(RouteClientTest, ABrokenWatchIsToldAndOpenedAgain) {
  Start();
  Next<RouterReport>();
  router_.BreakWatches();
  EXPECT_THAT(Next<RouterLost>()->error, HasSubstr("the watch broke"));
  EXPECT_EQ(Next<RouterReport>()->voice_layer, 0);
  EXPECT_TRUE(
      router_.WaitUntil([](const FakeRouteService& router) { return router.watches() == 2; }));
}

TEST_F(RouteClientTest, ARouterThatMakesNoSenseIsLost) {
  router_.Change([](v1::ReadRoutesResponse* report) { report->set_voice_layer("vl2"); });
  Start();
  EXPECT_THAT(Next<RouterLost>()->error, HasSubstr("expected \"vl1\""));
}

TEST_F(RouteClientTest, ARouterThatAcceptsAndSaysNothingHangsNobody) {
  StopRouter();
  const SilentListener silent;
  port_ = silent.port();
  RouteClient& client = Start();
  client.Want(Table(5));
  EXPECT_EQ(Next<SetRoutesEnded>()->result, SetRoutesEnded::Result::kUncertain);
  client.Stop();
}

TEST_F(RouteClientTest, StopsInTheMiddleOfEverything) {
  RouteClient& client = Start();
  StopRouter();
  client.Want(Table(5));
  Next<RouterLost>();
  client.Stop();
  client.Stop();
}

TEST_F(RouteClientTest, ARouterThatComesBackIsAskedForWhatItMissed) {
  RouteClient& client = Start();
  Next<RouterReport>();
  StopRouter();
  client.Want(Table(5));
  EXPECT_EQ(Next<SetRoutesEnded>()->result, SetRoutesEnded::Result::kUncertain);
  StartRouter();
  EXPECT_EQ(Next<SetRoutesEnded>()->result, SetRoutesEnded::Result::kDone);
  EXPECT_TRUE(
      router_.WaitUntil([](const FakeRouteService& router) { return router.watches() == 2; }));
}

TEST_F(RouteClientTest, CountsTheCallsThatFailed) {
  router_.AnswerSetRoutes({StatusCode::INVALID_ARGUMENT, "no"});
  Start().Want(Table(5));
  Next<SetRoutesEnded>();
  client_->Stop();
  const std::string text = prometheus::TextSerializer().Serialize(registry_.Collect());
  EXPECT_THAT(text, HasSubstr("dialtone_detector_router_request_failures_total{code=\"INVALID_"
                              "ARGUMENT\",method=\"SetRoutes\",router=\"vl1\"} 1"));
  EXPECT_THAT(text, HasSubstr("dialtone_detector_router_request_duration_seconds_count{method="
                              "\"SetRoutes\",router=\"vl1\"} 1"));
}

TEST_F(RouteClientTest, AStartWithoutAJournalAsksForTheHighestEpoch) {
  router_.Change([](v1::ReadRoutesResponse* report) { report->set_epoch(9); });
  FakeRouteService newer("vl2");
  newer.Change([](v1::ReadRoutesResponse* report) { report->set_epoch(11); });
  int port = 0;
  const auto server = StartServer({.address = "127.0.0.1:0"}, {&newer}, &port);
  ASSERT_TRUE(server.ok()) << server.status();
  std::vector<NamedRouter> routers;
  routers.push_back({.name = "vl1", .stub = StubFor(port_)});
  routers.push_back({.name = "vl2", .stub = StubFor(port)});
  EXPECT_EQ(HighestEpoch(routers, absl::Seconds(5)), 11u);
  EXPECT_EQ(HighestEpoch({}, absl::Seconds(5)), 0u);
}

}  // namespace
}  // namespace dialtone::detector
