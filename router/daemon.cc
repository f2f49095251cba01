#include "router/daemon.h"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "grpcpp/grpcpp.h"

#include "base/certificate_metrics.h"
#include "base/http_listener.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/rpc.h"
#include "base/status.h"
#include "router/kamailio/kamailio.h"
#include "router/kamailio/plan_file.h"
#include "router/kamailio/rpc_socket.h"
#include "router/loop.h"
#include "router/message.h"
#include "router/reconciler.h"
#include "router/reconciler_thread.h"
#include "router/route_service.h"
#include "router/route_table.h"
#include "router/router_metrics.h"
#include "router/store.h"

namespace dialtone::router {
namespace {

// Calls under way when the router stops.
constexpr auto kShutdownPatience = std::chrono::milliseconds(500);

std::vector<std::string> HopNames(const Topology& topology) {
  std::vector<std::string> names;
  for (const Hop& hop : topology.hops) names.push_back(hop.name);
  return names;
}

std::vector<std::string> GroupNames(const RouteTable& table) {
  std::vector<std::string> names;
  for (const GroupState& state : table.groups()) names.push_back(state.group->name);
  return names;
}

class RunningDaemon final : public Daemon {
 public:
  RunningDaemon(const RouterSettings& settings, const Clock& clock, std::unique_ptr<Store> store,
                std::unique_ptr<PlanFile> plan_file)
      : settings_(settings),
        clock_(clock),
        store_(std::move(store)),
        plan_file_(std::move(plan_file)),
        metrics_("router"),
        router_metrics_(&metrics_.registry(), HopNames(settings.topology)),
        table_(settings.topology, settings.inventory, settings.groups_per_10s) {
    metrics_.Add(std::make_shared<CertificateMetrics>(
        std::map<std::string, std::optional<TlsIdentity>>{{"grpc", settings.grpc_identity}}));
  }

  ~RunningDaemon() override {
    if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now() + kShutdownPatience);
    mailbox_.Close();
    if (loop_thread_.joinable()) loop_thread_.join();
    if (reconciler_thread_ != nullptr) reconciler_thread_->Stop();
  }

  absl::Status Start() {
    RETURN_IF_ERROR(Restore());
    socket_ = std::make_unique<RpcSocket>(settings_.topology.files.rpc_socket);
    kamailio_ = std::make_unique<Kamailio>(HopNames(settings_.topology), settings_.inventory,
                                           socket_.get(), plan_file_.get());
    reconciler_ = std::make_unique<Reconciler>(
        GroupNames(table_), kamailio_.get(),
        [this](VoiceLayerReport report) { return mailbox_.Post(std::move(report)); });
    reconciler_thread_ = std::make_unique<ReconcilerThread>(reconciler_.get(), clock_);
    loop_ = std::make_unique<Loop>(&table_, clock_, &mailbox_, reconciler_thread_.get(),
                                   &router_metrics_,
                                   [this](Version version, const std::vector<GroupWish>& changed) {
                                     return store_->Save(version, changed);
                                   });
    loop_thread_ = std::thread([this] { loop_->Run(); });
    return Serve();
  }

  int grpc_port() const override { return grpc_port_; }
  int http_port() const override { return http_ == nullptr ? 0 : http_->port(); }

 private:
  // What was accepted is wanted again; a group that no writer ever named keeps the plan that the
  // voice layer would start from.
  absl::Status Restore() {
    if (!store_->moved_aside().empty()) {
      LogError("store_damaged", {{"moved_to", store_->moved_aside()}});
    }
    if (!plan_file_->moved_aside().empty()) {
      LogError("plan_file_damaged", {{"moved_to", plan_file_->moved_aside()}});
    }
    const std::vector<std::string> dropped = table_.Restore(store_->contents());
    if (!dropped.empty()) {
      LogWarning("groups_not_restored",
                 {{"count", dropped.size()}, {"groups", absl::StrJoin(dropped, ",")}});
      RETURN_IF_ERROR(store_->Forget(dropped));
    }
    ASSIGN_OR_RETURN(const std::vector<PlanReading> readings, plan_file_->ReadPlans());
    for (const PlanReading& reading : readings) table_.Keep(reading);
    LogInfo("routes_restored", {{"epoch", table_.version().epoch},
                                {"generation", table_.version().generation},
                                {"groups", table_.groups().size()},
                                {"numbers", settings_.inventory.entries().size()}});
    return absl::OkStatus();
  }

  absl::Status Serve() {
    if (!settings_.http_address.empty()) {
      ASSIGN_OR_RETURN(http_, ListenHttp(settings_.http_address, &metrics_));
      ServeMetrics(metrics_, http_.get());
      http_->Serve("/healthz", [](absl::string_view) { return HttpResponse{.body = "ok\n"}; });
    }
    service_ = std::make_unique<RouteService>(settings_.topology, &mailbox_, &router_metrics_);
    ASSIGN_OR_RETURN(server_, StartServer({.address = settings_.grpc_address,
                                           .identity = settings_.grpc_identity,
                                           .services = {RouteService::kName}},
                                          {service_.get()}, &grpc_port_));
    LogInfo("serving", {{"grpc", settings_.grpc_address}, {"http", settings_.http_address}});
    return absl::OkStatus();
  }

  // In the order of use: each may use what stands above it, and is destroyed before it.
  const RouterSettings& settings_;
  const Clock& clock_;
  const std::unique_ptr<Store> store_;
  const std::unique_ptr<PlanFile> plan_file_;  // the reconciler's thread alone, once it runs
  Metrics metrics_;
  RouterMetrics router_metrics_;
  LoopMailbox mailbox_{kMailboxCapacity};
  RouteTable table_;
  std::unique_ptr<RpcSocket> socket_;
  std::unique_ptr<Kamailio> kamailio_;
  std::unique_ptr<Reconciler> reconciler_;
  std::unique_ptr<ReconcilerThread> reconciler_thread_;
  std::unique_ptr<Loop> loop_;
  std::thread loop_thread_;
  std::unique_ptr<HttpListener> http_;
  std::unique_ptr<RouteService> service_;
  std::unique_ptr<grpc::Server> server_;
  int grpc_port_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Daemon>> Daemon::Start(const RouterSettings& settings,
                                                      const Clock& clock) {
  ASSIGN_OR_RETURN(std::unique_ptr<Store> store,
                   Store::Open(settings.state_directory, clock.WallTime()));
  ASSIGN_OR_RETURN(std::unique_ptr<PlanFile> plan_file,
                   PlanFile::Open(settings.topology.files.plan_file, clock.WallTime()));
  auto daemon =
      std::make_unique<RunningDaemon>(settings, clock, std::move(store), std::move(plan_file));
  RETURN_IF_ERROR(daemon->Start());
  return daemon;
}

}  // namespace dialtone::router
