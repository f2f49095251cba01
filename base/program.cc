#include "base/program.h"

#include <pthread.h>

#include <csignal>
#include <cstdlib>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"

namespace dialtone {
namespace {

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  return signals;
}

}  // namespace

DaemonFlags ParseDaemonFlags(absl::string_view program, absl::string_view what_it_does, int argc,
                             const char* const* argv, const std::vector<Subcommand>& subcommands) {
  DaemonFlags flags;
  CLI::App app{std::string(what_it_does), std::string(program)};
  app.set_version_flag("--version", absl::StrCat(program, " ", DIALTONE_VERSION),
                       "Print the version and exit");
  app.add_option("--config", flags.config_file, "Configuration file, protobuf text format")
      ->type_name("FILE")
      ->required();
  app.add_flag("--check-config", flags.check_config,
               "Check the configuration, name every error, and exit: 0 good, 2 bad");
  app.require_subcommand(0, 1);
  for (const Subcommand& subcommand : subcommands) {
    // fallthrough: --config may stand after the subcommand too.
    app.add_subcommand(subcommand.name, subcommand.what_it_does)
        ->fallthrough()
        ->callback([&flags, &subcommand] { flags.subcommand = subcommand.name; });
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // CLI11 has an exit code for each kind of mistake; ours are an interface and know one.
    const bool asked_for = app.exit(error) == 0;
    std::exit(static_cast<int>(asked_for ? ExitCode::kDone : ExitCode::kUsageOrConfig));
  }
  return flags;
}

void BlockStopSignals() {
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

void WaitForStopSignal() {
  const sigset_t signals = StopSignals();
  int signal = SIGHUP;
  while (signal == SIGHUP) sigwait(&signals, &signal);
}

}  // namespace dialtone
