#include "detector/daemon.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpcpp/grpcpp.h"

#include "base/certificate_metrics.h"
#include "base/http_listener.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/rpc.h"
#include "base/status.h"
#include "detector/core.h"
#include "detector/decision_metrics.h"
#include "detector/dispatch.h"
#include "detector/history.h"
#include "detector/journal.h"
#include "detector/journal_writer.h"
#include "detector/loop.h"
#include "detector/message.h"
#include "detector/operator_metrics.h"
#include "detector/operator_service.h"
#include "detector/recorder.h"
#include "detector/report_metrics.h"
#include "detector/report_service.h"
#include "detector/route_client.h"
#include "detector/router_metrics.h"
#include "detector/snapshot_metrics.h"
#include "dialtone/v1/route.grpc.pb.h"

namespace dialtone::detector {
namespace {

// How long a start without a journal waits for routers that do not answer.
constexpr absl::Duration kAskRouters = absl::Seconds(3);
// How long open calls may take to end at a stop.
constexpr std::chrono::milliseconds kShutdown{500};
// A message of 1,000 results of the longest kind has 400 KiB. An empty result takes 2 bytes on the
// wire and 150 in memory: more would let an agent fill the memory with one message.
constexpr int kMaxReceiveBytes = 1 << 20;
// Messages that wait this long for the loop make /healthz say so.
constexpr absl::Duration kLongestPause = absl::Seconds(10);

absl::StatusOr<std::vector<NamedRouter>> OpenRouters(const DetectorSettings& settings) {
  std::vector<NamedRouter> routers;
  for (size_t i = 0; i < settings.routers.size(); ++i) {
    const RouterEndpoint& router = settings.routers[i];
    ASSIGN_OR_RETURN(const std::shared_ptr<grpc::Channel> channel,
                     OpenChannel({.address = router.address,
                                  .identity = settings.router_identity,
                                  .server_identity = router.identity}));
    routers.push_back(
        {.name = settings.fleet.voice_layers[i].name, .stub = v1::RouteService::NewStub(channel)});
  }
  return routers;
}

// One more than any before it: in the journal, or without one in what the routers have seen.
absl::StatusOr<std::uint64_t> RaiseEpoch(Journal* journal, const std::vector<NamedRouter>& routers,
                                         absl::Time now) {
  const JournalContents& contents = journal->contents();
  if (!contents.moved_aside.empty()) {
    LogError("journal_damaged", {{"kept_as", contents.moved_aside}});
  }
  const std::uint64_t before =
      contents.epoch != 0 ? contents.epoch : HighestEpoch(routers, kAskRouters);
  RETURN_IF_ERROR(journal->Commit({.epoch = before + 1, .time = now}));
  LogInfo("journal_open", {{"epoch", before + 1},
                           {"from", contents.epoch != 0 ? "journal" : "routers"},
                           {"keys", contents.state.size()}});
  return before + 1;
}

prometheus::Histogram* CommitDurations(prometheus::Registry* registry) {
  return &prometheus::BuildHistogram()
              .Name("dialtone_store_operation_duration_seconds")
              .Help("Latency of store operations.")
              .Register(*registry)
              .Add({{"backend", "sqlite"}, {"operation", "commit"}},
                   prometheus::Histogram::BucketBoundaries{0.0005, 0.001, 0.002, 0.005, 0.01, 0.05,
                                                           0.1, 0.5, 1, 5});
}

}  // namespace

// Members stand in the order of the data's flow; they are destroyed in the reverse one, after
// Daemon::~Daemon has stopped every thread.
class Daemon::Parts {
 public:
  Parts(const DetectorSettings& settings, const Clock& clock, std::unique_ptr<Journal> opened,
        std::uint64_t epoch)
      : policy(settings.policy),
        journal(std::move(opened)),
        start{.config = settings.config_text,
              .policy = settings.policy_text,
              .core = {.epoch = epoch,
                       .journal = journal->contents().state,
                       .journal_time = journal->contents().written},
              .now = clock.TimeNow()},
        core(settings.fleet, settings.policy, start.core, start.now),
        fleet(core.fleet()),
        report_metrics(&metrics.registry()),
        operator_metrics(&metrics.registry()),
        agents(fleet, policy, clock, epoch, &mailbox, &report_metrics),
        history(journal->contents().newest),
        dispatch(&history, &agents),
        writer(journal.get(), &dispatch, clock, epoch),
        snapshot(std::make_shared<SnapshotMetrics>(fleet, writer, mailbox)),
        decisions(fleet, &metrics.registry(), snapshot),
        loop(&core, clock, &mailbox, &writer, &decisions),
        operators(fleet, clock, &mailbox, &history, writer, &operator_metrics) {
    metrics.Add(snapshot);
    prometheus::Histogram* const commits = CommitDurations(&metrics.registry());
    writer.TimeCommits(
        [commits](absl::Duration took) { commits->Observe(absl::ToDoubleSeconds(took)); });
    metrics.Add(
        std::make_shared<CertificateMetrics>(std::map<std::string, std::optional<TlsIdentity>>{
            {"grpc", settings.grpc_identity}, {"router", settings.router_identity}}));
  }

  absl::Status Record(const DetectorSettings& settings);
  void ConnectRouters(std::vector<NamedRouter> opened, std::uint64_t epoch);
  absl::Status Listen(const DetectorSettings& settings, const Clock& clock);
  void Stop();

  const Policy policy;
  Metrics metrics{"detector"};
  const std::unique_ptr<Journal> journal;
  LoopMailbox mailbox;
  const RunStart start;
  Core core;
  const Fleet& fleet;
  ReportMetrics report_metrics;
  OperatorMetrics operator_metrics;
  ReportService agents;
  History history;
  Dispatch dispatch;
  JournalWriter writer;
  const std::shared_ptr<SnapshotMetrics> snapshot;
  DecisionMetrics decisions;
  std::unique_ptr<Recorder> recorder;  // null: nothing is recorded
  Loop loop;
  OperatorService operators;
  std::unique_ptr<HttpListener> http;
  std::unique_ptr<grpc::Server> server;
  int grpc_port = 0;
  std::thread loop_thread;
};

absl::Status Daemon::Parts::Record(const DetectorSettings& settings) {
  if (!settings.recording.has_value()) return absl::OkStatus();
  ASSIGN_OR_RETURN(recorder,
                   Recorder::Start(*settings.recording, start, fleet, &metrics.registry()));
  loop.UseTape(recorder.get());
  return absl::OkStatus();
}

void Daemon::Parts::ConnectRouters(std::vector<NamedRouter> opened, std::uint64_t epoch) {
  std::vector<std::unique_ptr<RouteClient>> routers;
  for (size_t i = 0; i < opened.size(); ++i) {
    const std::string& name = opened[i].name;
    routers.push_back(std::make_unique<RouteClient>(
        RouteClient::Options{.voice_layer = static_cast<VoiceLayerIndex>(i),
                             .name = name,
                             .epoch = epoch,
                             .outbid = [this](std::uint64_t seen) { writer.OutbidEpoch(seen); }},
        std::move(opened[i].stub), &mailbox, RouterMetrics(&metrics.registry(), name)));
  }
  dispatch.UseRouters(std::move(routers));
}

absl::Status Daemon::Parts::Listen(const DetectorSettings& settings, const Clock& clock) {
  if (!settings.http_address.empty()) {
    ASSIGN_OR_RETURN(http, ListenHttp(settings.http_address, &metrics));
    ServeMetrics(metrics, http.get());
    http->Serve("/healthz", [this, &clock](absl::string_view) {
      const bool hangs = mailbox.size() > 0 && clock.TimeNow() > snapshot->time() + kLongestPause;
      return hangs
                 ? HttpResponse{.code = 503, .body = "messages wait, the loop does not take them\n"}
                 : HttpResponse{.body = "ok\n"};
    });
  }
  ASSIGN_OR_RETURN(
      server, StartServer({.address = settings.grpc_address,
                           .identity = settings.grpc_identity,
                           .services = {"dialtone.v1.ReportService", "dialtone.v1.OperatorService"},
                           .max_receive_bytes = kMaxReceiveBytes},
                          {&agents, &operators}, &grpc_port));
  return absl::OkStatus();
}

// Nothing comes in any more; what is inside is carried out; then nothing goes out any more.
void Daemon::Parts::Stop() {
  http.reset();
  agents.Stop();
  operators.Stop();
  if (server != nullptr) server->Shutdown(std::chrono::system_clock::now() + kShutdown);
  mailbox.Close();
  if (loop_thread.joinable()) loop_thread.join();
  writer.Stop();
  dispatch.StopRouters();
}

absl::StatusOr<std::unique_ptr<Daemon>> Daemon::Start(const DetectorSettings& settings,
                                                      const Clock& clock) {
  const absl::Time now = clock.TimeNow();
  ASSIGN_OR_RETURN(std::unique_ptr<Journal> journal, Journal::Open(settings.state_directory, now));
  ASSIGN_OR_RETURN(std::vector<NamedRouter> routers, OpenRouters(settings));
  ASSIGN_OR_RETURN(const std::uint64_t epoch, RaiseEpoch(journal.get(), routers, now));

  auto parts = std::make_unique<Parts>(settings, clock, std::move(journal), epoch);
  RETURN_IF_ERROR(parts->Record(settings));
  parts->ConnectRouters(std::move(routers), epoch);
  std::unique_ptr<Daemon> daemon(new Daemon(std::move(parts)));
  Parts& running = *daemon->parts_;
  RETURN_IF_ERROR(running.Listen(settings, clock));
  running.loop_thread = std::thread([&running] { running.loop.Run(); });
  LogInfo("listening", {{"grpc_port", running.grpc_port}, {"http_port", daemon->http_port()}});
  return daemon;
}

Daemon::Daemon(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Daemon::~Daemon() { parts_->Stop(); }

int Daemon::grpc_port() const { return parts_->grpc_port; }

int Daemon::http_port() const { return parts_->http == nullptr ? 0 : parts_->http->port(); }

}  // namespace dialtone::detector
