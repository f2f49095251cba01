// What every daemon does alike: flags, signals, exit codes.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace dialtone {

// Exit codes are an interface (the same for every program).
enum class ExitCode : int {
  kDone = 0,
  kInternal = 1,
  kUsageOrConfig = 2,
  kRefused = 3,
  kPartial = 4,
  kUnknown = 5,
  kNothingMatches = 6,
  kNotPermitted = 7,
  kUnreachable = 8,
  kDeclined = 9,
  kDoesNotHold = 10,
};

// The flags of a daemon: --config FILE, --check-config, --version, --help. Everything else is
// configuration.
struct DaemonFlags {
  std::string config_file;
  bool check_config = false;
  std::string subcommand;  // the one given, such as "render"; empty: run as a daemon
};

// Something else the program can do than run, with the same flags: `dialtone-router render --config
// FILE`.
struct Subcommand {
  std::string name;
  std::string what_it_does;
};

// Parses the flags, or prints what is wrong (or the version, or the help) and exits. Wrong flags,
// and no --config: exit code kUsageOrConfig.
DaemonFlags ParseDaemonFlags(absl::string_view program, absl::string_view what_it_does, int argc,
                             const char* const* argv,
                             const std::vector<Subcommand>& subcommands = {});

// Blocks SIGINT, SIGTERM and SIGHUP in this thread and those it starts, and ignores SIGPIPE; call
// before any other thread exists.
void BlockStopSignals();

// Waits until SIGINT or SIGTERM comes. SIGHUP is ignored.
void WaitForStopSignal();

}  // namespace dialtone
