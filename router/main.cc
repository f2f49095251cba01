// dialtone-router: carries out beside the voice layer. Everything else about it is configuration.
#include <iostream>

#include "base/clock.h"
#include "base/log.h"
#include "base/program.h"
#include "router/config.h"
#include "router/daemon.h"
#include "router/render.h"

namespace {

int Exit(dialtone::ExitCode code) { return static_cast<int>(code); }

// Writes what Kamailio starts from, and says where.
int RunRender(const dialtone::router::RouterSettings& settings) {
  if (const absl::Status rendered =
          dialtone::router::Render(settings, dialtone::SystemClock().WallTime());
      !rendered.ok()) {
    std::cerr << rendered.message() << "\n";
    return Exit(dialtone::ExitCode::kInternal);
  }
  const dialtone::router::VoiceLayerFiles& files = settings.topology.files;
  std::cout << files.site_file << "\n" << files.address_file << "\n" << files.plan_file << "\n";
  return Exit(dialtone::ExitCode::kDone);
}

}  // namespace

int main(int argc, char** argv) {
  using dialtone::ExitCode;
  const dialtone::DaemonFlags flags = dialtone::ParseDaemonFlags(
      "dialtone-router", "Sets the routes of a voice layer as the detector wants them.", argc, argv,
      {{"render", "Write the files that Kamailio starts from, print their paths, and exit"}});
  dialtone::StartLog("router");
  dialtone::BlockStopSignals();

  const auto settings = dialtone::router::ReadConfig(flags.config_file);
  if (!settings.ok()) {
    std::cerr << settings.status().message() << "\n";
    return Exit(ExitCode::kUsageOrConfig);
  }
  if (flags.check_config) return Exit(ExitCode::kDone);
  if (flags.subcommand == "render") return RunRender(*settings);

  const dialtone::SystemClock clock;
  auto daemon = dialtone::router::Daemon::Start(*settings, clock);
  if (!daemon.ok()) {
    dialtone::LogError("not_started", {{"error", daemon.status().message()}});
    return Exit(ExitCode::kInternal);
  }
  dialtone::WaitForStopSignal();
  dialtone::LogInfo("stopping");
  daemon->reset();
  return Exit(ExitCode::kDone);
}
