#include <chrono>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <grpcpp/grpcpp.h>

#include "base/rpc.h"
#include "dialtone/v1/route.grpc.pb.h"
#include "router/kamailio/rpc_socket.h"
#include "router/plan_text.h"
#include "tests/e2e/router/process.h"
#include "tests/fakes/certificates.h"
#include "tests/fakes/temporary_directory.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace dialtone::router {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;

// A call that waits for its server. (Calls that fail at once, one after the other, leave nobody to
// drive the connection: gRPC's own poller comes by every 5 s.)
struct Patience : grpc::ClientContext {
  explicit Patience(seconds patience = seconds(20)) {
    set_deadline(std::chrono::system_clock::now() + patience);
    set_wait_for_ready(true);
  }
};

double MillisecondsSince(steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(steady_clock::now() - start).count();
}

// A port of loopback that nobody has; another one at each call.
int FreePort(int type) {
  const int file = socket(AF_INET, type, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bind(file, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  socklen_t size = sizeof(address);
  getsockname(file, reinterpret_cast<sockaddr*>(&address), &size);
  close(file);
  return ntohs(address.sin_port);
}

std::string ReadText(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// One voice layer with `groups` groups g1, g2, ..., all at home on route teams.
class RouterStory : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    certificates_ = new Certificates("router/vl1 detector/main operator/alice agent/lon");
  }
  static void TearDownTestSuite() { delete certificates_; }

  ~RouterStory() override {
    if (HasFailure()) {
      std::cerr << ReadText(directory_.File("router.log"))
                << ReadText(directory_.File("kamailio.log"));
    }
  }

  void Configure(int groups) {
    groups_ = groups;
    std::string text = absl::StrCat(
        "voice_layer: 'vl1'\nstate_directory: 'state'\ninventory_file: 'inventory.csv'\n",
        "grpc { address: '127.0.0.1:", grpc_port_, "' tls {", " certificate_file: '",
        certificates_->Of("router/vl1").certificate_file, "' private_key_file: '",
        certificates_->Of("router/vl1").private_key_file, "' authority_file: '",
        certificates_->Of("router/vl1").authority_file, "' } }\n",
        "http { address: '127.0.0.1:", http_port_, "' }\n",
        "kamailio { rpc_socket: 'rpc.sock' plan_file: 'plan.sqlite' site_file: "
        "'dialtone-site.cfg' ",
        "address_file: 'addresses.txt' listen: 'udp:127.0.0.1:", FreePort(SOCK_DGRAM), "' }\n");
    int port = 10000;
    for (const char* hop : {"t1", "t2", "pbx1", "a1", "b1"}) {
      absl::StrAppend(&text, "hops { name: '", hop, "' uri: 'sip:127.0.0.", 10 + ++port % 100, ":",
                      port, ";transport=udp' }\n");
    }
    text +=
        "routes { name: 'teams' hops: ['t1', 't2'] ring_timeout { seconds: 4 } is_teams: true }\n"
        "routes { name: 'pbx' hops: 'pbx1' ring_timeout { seconds: 6 } }\n"
        "emergency_tables { name: 'gb' hops: ['a1', 'b1'] }\n";
    std::string inventory = "number,group\n";
    for (int i = 1; i <= groups; ++i) {
      absl::StrAppend(&text, "groups { name: 'g", i,
                      "' home_route: 'teams' backup_routes: 'pbx' }\n");
      absl::StrAppend(&inventory, "+44", 1'000'000 + i, ",g", i, "\n");
    }
    directory_.Write("router.textproto", text);
    directory_.Write("inventory.csv", inventory);
    Process render({DIALTONE_ROUTER, "render", "--config", directory_.File("router.textproto")},
                   directory_.path(), directory_.File("render.log"));
    ASSERT_EQ(render.Stop(0), 0) << ReadText(directory_.File("render.log"));
  }

  void StartKamailio() {
    kamailio_ = std::make_unique<Process>(
        std::vector<std::string>{DIALTONE_SOURCE_DIR "/deploy/kamailio/start.sh", "-DD", "-E", "-m",
                                 "64", "-M", "16", "-Y", directory_.path()},
        directory_.path(), directory_.File("kamailio.log"));
  }

  void StartRouter() {
    router_ = std::make_unique<Process>(
        std::vector<std::string>{DIALTONE_ROUTER, "--config", directory_.File("router.textproto")},
        directory_.path(), directory_.File("router.log"));
    ASSERT_TRUE(Eventually([&] { return Read().voice_layer_up(); }));
  }

  void Start(int groups = 3) {
    Configure(groups);
    StartKamailio();
    StartRouter();
    ASSERT_TRUE(Eventually([&] { return InSync(); }));
  }

  static bool Eventually(const std::function<bool()>& holds, milliseconds patience = seconds(10)) {
    return WaitUntil(holds, patience);
  }

  std::unique_ptr<v1::RouteService::Stub> Connect(const std::string& who) {
    return v1::RouteService::NewStub(
        *OpenChannel({.address = absl::StrCat("127.0.0.1:", grpc_port_),
                      .identity = certificates_->Of(who),
                      .server_identity = "router/vl1"}));
  }

  // The first `away` groups on the PBX, the others at home.
  v1::SetRoutesRequest Table(uint64_t epoch, uint64_t generation, int away) const {
    v1::SetRoutesRequest request;
    request.set_epoch(epoch);
    request.set_generation(generation);
    for (int i = 1; i <= groups_; ++i) {
      v1::GroupRoute* const group = request.add_groups();
      group->set_group(absl::StrCat("g", i));
      group->set_origin(v1::AUTO);
      v1::Share* const share = group->add_shares();
      share->set_route(i <= away ? "pbx" : "teams");
      share->set_percent(100);
    }
    return request;
  }

  grpc::Status Set(const v1::SetRoutesRequest& request, const std::string& who = "detector/main") {
    Patience context;
    v1::SetRoutesResponse response;
    const auto stub = who == "detector/main" ? nullptr : Connect(who);
    return (stub == nullptr ? detector_ : stub)->SetRoutes(&context, request, &response);
  }

  v1::ReadRoutesResponse Read() {
    Patience context(seconds(1));
    v1::ReadRoutesResponse response;
    (void)detector_->ReadRoutes(&context, {}, &response);  // empty when there is no router
    return response;
  }

  static bool AllInSync(const v1::ReadRoutesResponse& response) {
    for (const v1::GroupStatus& group : response.groups()) {
      if (!group.in_sync()) return false;
    }
    return response.groups_size() > 0 && response.voice_layer_up();
  }
  bool InSync() { return AllInSync(Read()); }

  // Kamailio's own word; empty when it has none, or is not there.
  std::string Value(const std::string& table, const std::string& key) {
    const auto replies = socket_.Call({TableRequest::Get(table, key)});
    return replies.ok() ? replies->at(0).value_or("") : "";
  }
  // The route that calls of the group draw now.
  std::string RouteOf(int group) {
    const auto record = ParseRecord(Value("grp", absl::StrCat("g", group)));
    uint64_t committed = 0;
    if (!record || !absl::SimpleAtoi(Value("ctl", "commit"), &committed)) return "";
    return record->InForce(committed).shares[0].routes[0];
  }
  std::vector<std::string> Routes() {
    std::vector<std::string> routes;
    for (int i = 1; i <= groups_; ++i) routes.push_back(RouteOf(i));
    return routes;
  }

  // Moves `away` groups, waits for the confirmation, and gives the milliseconds that it took.
  double Move(uint64_t epoch, uint64_t generation, int away) {
    Patience context;
    const auto reader = detector_->WatchRoutes(&context, {});
    v1::ReadRoutesResponse response;
    EXPECT_TRUE(reader->Read(&response));
    const v1::SetRoutesRequest request = Table(epoch, generation, away);
    const auto start = steady_clock::now();
    EXPECT_TRUE(Set(request).ok());
    while (response.generation() != generation || !AllInSync(response)) {
      if (!reader->Read(&response)) break;
    }
    const double took = MillisecondsSince(start);
    EXPECT_TRUE(AllInSync(response));
    context.TryCancel();
    return took;
  }

  static Certificates* certificates_;
  const TemporaryDirectory directory_;
  const int grpc_port_ = FreePort(SOCK_STREAM);
  const int http_port_ = FreePort(SOCK_STREAM);
  int groups_ = 0;
  std::unique_ptr<Process> kamailio_;
  std::unique_ptr<Process> router_;
  RpcSocket socket_{directory_.File("rpc.sock")};
  std::unique_ptr<v1::RouteService::Stub> detector_ = Connect("detector/main");
};

Certificates* RouterStory::certificates_ = nullptr;

TEST_F(RouterStory, MovesGroupsThereAndBackAndSaysSoWhenKamailioDoes) {
  Start();
  EXPECT_EQ(Routes(), (std::vector<std::string>{"teams", "teams", "teams"}));
  EXPECT_EQ(Value("num", "441000002"), "g2");
  const double there = Move(1, 1, 2);
  EXPECT_EQ(Routes(), (std::vector<std::string>{"pbx", "pbx", "teams"}));
  const double back = Move(1, 2, 0);
  EXPECT_EQ(Routes(), (std::vector<std::string>{"teams", "teams", "teams"}));
  std::cout << "SetRoutes to confirmed, 3 groups: " << there << " ms there, " << back
            << " ms back\n";
  EXPECT_LT(there, 1000);
}

TEST_F(RouterStory, MovesAThousandGroupsAtOneMoment) {
  Start(1000);
  const double took = Move(1, 1, 1000);
  EXPECT_EQ(RouteOf(1), "pbx");
  EXPECT_EQ(RouteOf(1000), "pbx");
  EXPECT_EQ(Value("ctl", "commit"), "1");
  std::cout << "SetRoutes to confirmed, 1000 groups: " << took << " ms\n";
  EXPECT_LT(took, 5000);
}

TEST_F(RouterStory, AnOlderWriterAndAWrongRoleChangeNothing) {
  Start();
  Move(5, 5, 1);
  EXPECT_EQ(Set(Table(4, 9, 3)).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(Set(Table(5, 4, 3)).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(Set(Table(5, 5, 3)).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(Set(Table(6, 1, 3), "agent/lon").error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(Set(Table(6, 1, 3), "operator/alice").error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(Routes(), (std::vector<std::string>{"pbx", "teams", "teams"}));
  // The fence holds over a restart.
  router_.reset();
  StartRouter();
  EXPECT_EQ(Set(Table(5, 4, 3)).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(RouterStory, AKamailioThatBeganAnewIsAsWantedWithinTwoSeconds) {
  Start();
  Move(1, 1, 2);
  v1::SetRoutesRequest request = Table(1, 2, 2);
  v1::HopStateEntry* const skip = request.add_hop_states();
  skip->set_hop("t1");
  skip->set_state(v1::AFTER_BACKUPS);
  skip->set_percent(100);
  ASSERT_TRUE(Set(request).ok());
  ASSERT_TRUE(Eventually([&] { return Value("hs", "t1") == "A;100"; }));

  kamailio_->Stop(SIGKILL);
  StartKamailio();
  ASSERT_TRUE(Eventually([&] { return !Value("ctl", "boot").empty(); }));
  const auto back = steady_clock::now();
  // The routes come from the plan file, without the router.
  EXPECT_EQ(Routes(), (std::vector<std::string>{"pbx", "pbx", "teams"}));
  // Hop states are not in it: the router writes them.
  EXPECT_TRUE(Eventually([&] { return Value("hs", "t1") == "A;100"; }, seconds(2)));
  std::cout << "Kamailio answers to hop states repaired: " << MillisecondsSince(back) << " ms\n";
  EXPECT_TRUE(Eventually([&] {
    const v1::ReadRoutesResponse response = Read();
    return AllInSync(response) && response.voice_layer_restarts() == 1;
  }));
}

TEST_F(RouterStory, AKamailioThatBeganWithoutItsPlanFileGetsItsRoutesAndNumbers) {
  Start();
  Move(1, 1, 2);
  kamailio_->Stop(SIGKILL);
  kamailio_ = std::make_unique<Process>(
      std::vector<std::string>{
          "/usr/sbin/kamailio", "-f", DIALTONE_SOURCE_DIR "/deploy/kamailio/kamailio.cfg", "-A",
          "DIALTONE_WITHOUT_PLAN", "-DD", "-E", "-m", "64", "-M", "16", "-Y", directory_.path()},
      directory_.path(), directory_.File("kamailio.log"));
  ASSERT_TRUE(Eventually([&] { return !Value("ctl", "boot").empty(); }));
  const auto back = steady_clock::now();
  EXPECT_TRUE(Eventually([&] { return RouteOf(2) == "pbx" && Value("num", "441000003") == "g3"; },
                         seconds(2)));
  std::cout << "Kamailio answers to all tables written: " << MillisecondsSince(back) << " ms\n";
}

TEST_F(RouterStory, ARouterKilledInAFlipEndsItWhenItIsBack) {
  Start(300);
  for (int round = 1; round <= 5; ++round) {
    SCOPED_TRACE(round);
    // It dies a little later each round, somewhere between the first write and the last.
    const int away = round % 2 == 1 ? 300 : 0;
    ASSERT_TRUE(Set(Table(1, static_cast<uint64_t>(round), away)).ok());
    std::this_thread::sleep_for(milliseconds(4 * round));
    router_->Stop(SIGKILL);
    // Whatever was written: all groups moved, or none.
    const std::vector<std::string> routes = Routes();
    for (const std::string& route : routes) EXPECT_EQ(route, routes[0]);
    StartRouter();
    EXPECT_TRUE(Eventually([&] { return InSync(); }));
    EXPECT_EQ(RouteOf(1), away == 300 ? "pbx" : "teams");
    EXPECT_EQ(RouteOf(300), away == 300 ? "pbx" : "teams");
  }
}

TEST_F(RouterStory, WithTheRouterDeadARestartOfKamailioChangesNoGroup) {
  Start();
  Move(1, 1, 2);
  router_->Stop(SIGKILL);
  kamailio_->Stop(SIGKILL);
  StartKamailio();
  ASSERT_TRUE(Eventually([&] { return !Value("ctl", "boot").empty(); }));
  EXPECT_EQ(Routes(), (std::vector<std::string>{"pbx", "pbx", "teams"}));
}

TEST_F(RouterStory, AFrozenKamailioIsSeenAndTheWishIsCarriedOutWhenItIsBack) {
  Start();
  kamailio_->Pause();
  ASSERT_TRUE(Set(Table(1, 1, 3)).ok());  // stored, not confirmed
  EXPECT_TRUE(
      Eventually([&] { return Read().groups_size() > 0 && !Read().voice_layer_up(); }, seconds(4)));
  kamailio_->Resume();
  EXPECT_TRUE(Eventually([&] { return InSync(); }, seconds(4)));
  EXPECT_EQ(RouteOf(3), "pbx");
  EXPECT_EQ(Read().voice_layer_restarts(), 0u);
}

TEST_F(RouterStory, ItsMetricsAreWellFormedAndItStopsWhenAsked) {
  Start();
  Move(1, 1, 1);
  const std::string file = directory_.File("metrics");
  const std::string check = absl::StrCat(
      "python3 -c 'import sys, urllib.request as r; print(r.urlopen(sys.argv[1]).read().decode(), "
      "end=\"\")' http://127.0.0.1:",
      http_port_, "/metrics > ", file, " && promtool check metrics < ", file);
  EXPECT_EQ(system(check.c_str()), 0);
  const std::string metrics = ReadText(file);
  EXPECT_THAT(metrics, HasSubstr("dialtone_router_groups{state=\"confirmed\"} 3"));
  EXPECT_THAT(metrics, HasSubstr("dialtone_router_proposals_total{result=\"accepted\"} 1"));
  EXPECT_THAT(metrics, HasSubstr("dialtone_router_voice_layer_up 1"));
  const auto asked = steady_clock::now();
  EXPECT_EQ(router_->Stop(SIGTERM), 0);
  EXPECT_LT(MillisecondsSince(asked), 3000);
}

}  // namespace
}  // namespace dialtone::router
