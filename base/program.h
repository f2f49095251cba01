// What every daemon does alike: flags, signals, exit codes.
#pragma once

#include <functional>
#include <string>

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

// The flags of a daemon: --config FILE, --check-config, --version, --help. Everything else is configuration.
struct DaemonFlags {
  std::string config_file;
  bool check_config = false;
};

// Parses the flags, or prints what is wrong (or the version, or the help) and exits.
DaemonFlags ParseDaemonFlags(absl::string_view program, absl::string_view what_it_does, int argc,
                             char** argv);

// Blocks SIGINT, SIGTERM and SIGHUP in this thread and those it starts; call before any other thread exists.
void BlockStopSignals();

// Waits until SIGINT or SIGTERM comes. SIGHUP is ignored.
void WaitForStopSignal();

}  // namespace dialtone
