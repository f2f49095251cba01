#include "base/program.h"

#include <stdlib.h>
#include <unistd.h>

#include <csignal>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dialtone {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::ExitedWithCode;
using ::testing::HasSubstr;

DaemonFlags Parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "dialtone-router");
  return ParseDaemonFlags("dialtone-router", "Carries out routes.",
                          static_cast<int>(arguments.size()), arguments.data(),
                          {{"render", "Writes the site file"}});
}

// What a death test sees is stderr only.
void ParseAloud(const std::vector<const char*>& arguments) {
  dup2(STDERR_FILENO, STDOUT_FILENO);
  Parse(arguments);
  exit(99);  // the flags were good
}

TEST(DaemonFlags, AreTheFileAndTheCheck) {
  EXPECT_EQ(Parse({"--config", "f"}).config_file, "f");
  EXPECT_EQ(Parse({"--config=f"}).config_file, "f");
  EXPECT_FALSE(Parse({"--config", "f"}).check_config);
  EXPECT_TRUE(Parse({"--check-config", "--config", "f"}).check_config);
  EXPECT_EQ(Parse({"--config", "f"}).subcommand, "");
}

TEST(DaemonFlags, KnowTheSubcommandBeforeAndAfterTheFlags) {
  EXPECT_EQ(Parse({"render", "--config", "f"}).subcommand, "render");
  EXPECT_EQ(Parse({"render", "--config", "f"}).config_file, "f");
  EXPECT_EQ(Parse({"--config", "f", "render"}).subcommand, "render");
}

TEST(DaemonFlagsDeathTest, PrintTheVersionEvenWithoutAConfiguration) {
  EXPECT_EXIT(ParseAloud({"--version"}), ExitedWithCode(0),
              "^dialtone-router [0-9]+\\.[0-9]+\\.[0-9]+\n$");
}

TEST(DaemonFlagsDeathTest, PrintTheHelp) {
  EXPECT_EXIT(ParseAloud({"--help"}), ExitedWithCode(0),
              AllOf(HasSubstr("Carries out routes."), HasSubstr("--config FILE"),
                    HasSubstr("--check-config"), HasSubstr("Writes the site file")));
}

TEST(DaemonFlagsDeathTest, RefuseWhatTheyDoNotKnow) {
  EXPECT_EXIT(ParseAloud({}), ExitedWithCode(2), "--config is required");
  EXPECT_EXIT(ParseAloud({"--config"}), ExitedWithCode(2), "--config");
  EXPECT_EXIT(ParseAloud({"--config", "f", "--confg"}), ExitedWithCode(2), "--confg");
  EXPECT_EXIT(ParseAloud({"--config", "f", "rendr"}), ExitedWithCode(2), "rendr");
  EXPECT_EXIT(ParseAloud({"--config", "f", "render", "render2"}), ExitedWithCode(2), "render2");
}

TEST(StopSignalsDeathTest, WaitsForTermAndIgnoresHangUpAndBrokenPipe) {
  EXPECT_EXIT(
      {
        BlockStopSignals();
        raise(SIGPIPE);
        raise(SIGHUP);
        raise(SIGTERM);
        WaitForStopSignal();
        exit(7);
      },
      ExitedWithCode(7), "");
}

}  // namespace
}  // namespace dialtone
