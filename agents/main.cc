// dialtone-agent: measures what a branch reaches and streams it to the detectors. The main thread
// is the loop's; gRPC, the HTTP listener and the wait for the stop signal have their own.
#include <cstdio>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"

#include "agents/agent.h"
#include "agents/agent_metrics.h"
#include "agents/config.h"
#include "agents/loop.h"
#include "agents/probes/instruments.h"
#include "base/certificate_metrics.h"
#include "base/clock.h"
#include "base/http_listener.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/program.h"
#include "base/rpc.h"
#include "base/status.h"

namespace dialtone::agents {
namespace {

uint64_t DrawRunId() {
  std::random_device device;
  return (static_cast<uint64_t>(device()) << 32) | device();
}

absl::Status AddDetectors(const AgentSettings& settings, Agent* agent) {
  const Speaker speaker = {.version = DIALTONE_VERSION, .run_id = DrawRunId()};
  for (const DetectorEndpoint& detector : settings.detectors) {
    ASSIGN_OR_RETURN(const std::shared_ptr<grpc::Channel> channel,
                     OpenChannel({.address = detector.address,
                                  .identity = settings.identity,
                                  .server_identity = detector.identity}));
    agent->AddDetector(detector.address, channel, speaker);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<HttpListener>> Listen(const std::string& address, Metrics* metrics) {
  if (address.empty()) return nullptr;
  ASSIGN_OR_RETURN(std::unique_ptr<HttpListener> listener, ListenHttp(address, metrics));
  ServeMetrics(*metrics, listener.get());
  listener->Serve("/healthz", [](absl::string_view) { return HttpResponse{.body = "ok\n"}; });
  LogInfo("http_listens", {{"port", listener->port()}});
  return listener;
}

absl::Status Run(const AgentSettings& settings) {
  const SystemClock clock;
  Metrics metrics("agent");
  AgentMetrics agent_metrics(&metrics.registry());
  metrics.Add(std::make_shared<CertificateMetrics>(
      std::map<std::string, std::optional<TlsIdentity>>{{"detector", settings.identity}}));
  Loop loop(clock);
  ASSIGN_OR_RETURN(const std::unique_ptr<Instruments> instruments,
                   Instruments::Load(loop, settings.tls_profiles, settings.probe_source_address));
  Agent agent(
      loop, settings.spool_results,
      [&instruments](const Target& target) { return instruments->Make(target); }, &agent_metrics);
  RETURN_IF_ERROR(AddDetectors(settings, &agent));
  ASSIGN_OR_RETURN(const std::unique_ptr<HttpListener> http,
                   Listen(settings.http_address, &metrics));

  agent.Start();
  std::thread waiter([&] {
    WaitForStopSignal();
    loop.Post([&] { agent.Stop([&] { loop.Stop(); }); });
  });
  LogInfo("started", {{"version", DIALTONE_VERSION}});
  loop.Run();
  waiter.join();
  LogInfo("stopped");
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  StartLog("agent");
  const DaemonFlags flags = ParseDaemonFlags(
      "dialtone-agent", "Measures what this site reaches and streams it to the detectors.", argc,
      argv);
  const absl::StatusOr<AgentSettings> settings = ReadConfig(flags.config_file);
  if (!settings.ok()) {
    std::fprintf(stderr, "%s\n", std::string(settings.status().message()).c_str());
    return static_cast<int>(ExitCode::kUsageOrConfig);
  }
  if (flags.check_config) return static_cast<int>(ExitCode::kDone);
  BlockStopSignals();
  const absl::Status status = Run(*settings);
  if (status.ok()) return static_cast<int>(ExitCode::kDone);
  LogError("cannot_start", {{"reason", std::string(status.message())}});
  return static_cast<int>(absl::IsInvalidArgument(status) ? ExitCode::kUsageOrConfig
                                                          : ExitCode::kInternal);
}

}  // namespace
}  // namespace dialtone::agents

int main(int argc, char** argv) { return dialtone::agents::Main(argc, argv); }
