// The verbs of `dialtone`, one file each. A verb adds its subcommand to the program and runs when
// chosen.
#pragma once

#include <functional>

#include "CLI/CLI.hpp"
#include "cli/session.h"

#include "base/program.h"

namespace dialtone::cli {

// What the chosen verb does once the flags are parsed.
using Run = std::function<ExitCode(Session&)>;

// The same for a verb that needs no detector: the session is not connected.
using OfflineRun = std::function<ExitCode(const Session&)>;

// Each adds one or two subcommands to `program` and sets `*run` when one of them is chosen.
void AddStatus(CLI::App& program, Run* run);           // status
void AddSites(CLI::App& program, Run* run);            // sites
void AddExplain(CLI::App& program, Run* run);          // explain
void AddMove(CLI::App& program, Run* run);             // failover, failback
void AddHold(CLI::App& program, Run* run);             // hold set, list, clear
void AddFreeze(CLI::App& program, Run* run);           // freeze, unfreeze
void AddWatch(CLI::App& program, Run* run);            // watch
void AddSimulate(CLI::App& program, OfflineRun* run);  // simulate
void AddReplay(CLI::App& program, OfflineRun* run);    // replay
void AddPolicy(CLI::App& program, OfflineRun* run);    // policy check

}  // namespace dialtone::cli
