// dialtone policy check, run as an engineer runs it: without a detector.
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/program.h"

#include <sys/wait.h>

namespace dialtone::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

struct Output {
  int code = 0;
  std::string text;
};

Output RunTool(const std::string& arguments) {
  FILE* const pipe =
      popen(absl::StrCat(DIALTONE_PROGRAM " ", arguments, " 2>&1 </dev/null").c_str(), "r");
  Output output;
  std::array<char, 4096> buffer;
  for (std::size_t n = 0; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    output.text.append(buffer.data(), n);
  }
  output.code = WEXITSTATUS(pclose(pipe));
  return output;
}

TEST(Policy, CheckShowsWhatAPolicyPromisesWithoutADetector) {
  const std::string policy = DIALTONE_SOURCE_DIR "/deploy/policy/default.textproto";
  const Output shown = RunTool(absl::StrCat("policy check --policy ", policy));
  EXPECT_EQ(shown.code, 0);
  EXPECT_THAT(shown.text, AllOf(HasSubstr("20 sites with 4 ISPs"), HasSubstr("all hubs silent"),
                                HasSubstr("It keeps what it states.")));
  const Output fleet =
      RunTool(absl::StrCat("policy check -o json --policy ", policy, " --fleet ",
                           DIALTONE_SOURCE_DIR "/deploy/examples/detector.textproto"));
  EXPECT_EQ(fleet.code, 0);
  EXPECT_THAT(fleet.text, AllOf(HasSubstr("\"sites\": 4"), HasSubstr("\"scope\": \"one site\"")));
}

TEST(Policy, WhatDoesNotKeepWhatItStatesIsExit10AndAWrongOneExit2) {
  const std::string path = absl::StrCat(::testing::TempDir(), "dialtone_policy_", getpid());
  std::ofstream(path) << "mode: MODE_AUTO\nbudget { brief_flips_per_year: 0.001 }";
  const Output broken = RunTool(absl::StrCat("policy check --policy ", path));
  EXPECT_EQ(broken.code, static_cast<int>(ExitCode::kDoesNotHold));
  EXPECT_THAT(broken.text, HasSubstr("NOT KEPT  brief flips: "));
  std::ofstream(path) << "mode: MODE_AUTO\nbudget { least_hurt_percent: 101 }";
  const Output wrong = RunTool(absl::StrCat("policy check --policy ", path));
  EXPECT_EQ(wrong.code, static_cast<int>(ExitCode::kUsageOrConfig));
  EXPECT_THAT(wrong.text, HasSubstr(absl::StrCat(path, ":2:10: error: ")));
  unlink(path.c_str());
  EXPECT_EQ(RunTool("policy").code, static_cast<int>(ExitCode::kUsageOrConfig));
  EXPECT_EQ(RunTool("policy check --sites 0").code, static_cast<int>(ExitCode::kUsageOrConfig));
}

}  // namespace
}  // namespace dialtone::cli
