// dialtone-detector: decides. Everything else about it is configuration.
#include <iostream>

#include "base/clock.h"
#include "base/log.h"
#include "base/program.h"
#include "detector/config.h"
#include "detector/daemon.h"

namespace {

int Exit(dialtone::ExitCode code) { return static_cast<int>(code); }

}  // namespace

int main(int argc, char** argv) {
  using dialtone::ExitCode;
  const dialtone::DaemonFlags flags = dialtone::ParseDaemonFlags(
      "dialtone-detector", "Judges what the agents measure and moves calls by the routers.", argc,
      argv);
  dialtone::StartLog("detector");
  dialtone::BlockStopSignals();

  const auto settings = dialtone::detector::ReadConfig(flags.config_file);
  if (!settings.ok()) {
    std::cerr << settings.status().message() << "\n";
    return Exit(ExitCode::kUsageOrConfig);
  }
  if (flags.check_config) return Exit(ExitCode::kDone);

  const dialtone::SystemClock clock;
  auto daemon = dialtone::detector::Daemon::Start(*settings, clock);
  if (!daemon.ok()) {
    dialtone::LogError("not_started", {{"error", daemon.status().message()}});
    return Exit(ExitCode::kInternal);
  }
  dialtone::WaitForStopSignal();
  dialtone::LogInfo("stopping");
  daemon->reset();
  return Exit(ExitCode::kDone);
}
