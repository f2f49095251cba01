#include "detector/simulation/recording.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "detector/config.h"
#include "detector/core.h"
#include "detector/effects_digest.h"
#include "detector/recording_codec.h"
#include "detector/recording_file.h"
#include "tests/fakes/temporary_directory.h"

namespace dialtone::detector::simulation {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

std::string ReadText(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A detector of the configuration that we ship, recorded: an agent comes and reports, a human
// freezes and thaws.
class RecordingTest : public ::testing::Test {
 protected:
  RecordingTest() {
    start_.config = ReadText(DIALTONE_SOURCE_DIR "/deploy/examples/detector.textproto");
    start_.policy = ReadText(DIALTONE_SOURCE_DIR "/deploy/policy/default.textproto");
    start_.core = {.epoch = 5, .journal = {{"generation", "7"}}, .journal_time = kStart};
    start_.now = kStart;
    settings_ = *ReadRecordedSettings("test", start_.config, start_.policy);
    core_.emplace(settings_.fleet, settings_.policy, start_.core, start_.now);
    Begin(1);
    Record(AgentConnected{.site = 0, .run_id = 7, .version = "0.1.0"});
    for (int i = 1; i <= 5; ++i) {
      now_ += absl::Seconds(1);
      Record(Batch{.site = 0,
                   .run_id = 7,
                   .results = {{.target = 0,
                                .sequence = static_cast<std::uint64_t>(i),
                                .sent = now_ - absl::Milliseconds(340),
                                .outcome = Outcome::kTimedOut,
                                .detail = "no SIP answer in 0.34 s"}}});
      if (i == 2) {
        Record(OperatorFreeze{.request = 1, .frozen = true, .author = "ana", .reason = "storm"});
      }
    }
    now_ += absl::Seconds(60);
    Record(Wake{});
  }

  void Begin(std::uint32_t segment) {
    file_.reset();
    files_.push_back(
        directory_.File(RecordingName(now_ + absl::Microseconds(segment), 5, segment)));
    auto file = RecordingWriter::Create(files_.back(), EncodeHeader(start_, segment));
    ASSERT_TRUE(file.ok()) << file.status();
    file_ = *std::move(file);
  }

  void Record(Event event) {
    const Effects effects = core_->Handle(event, now_);
    ++number_;
    ASSERT_TRUE(file_
                    ->Append(EncodeStep(settings_.fleet, {.number = number_,
                                                          .now = now_,
                                                          .event = std::move(event),
                                                          .decisions = effects.occurrences,
                                                          .digest = DigestOf(effects)}))
                    .ok());
    ASSERT_TRUE(file_->Flush().ok());
  }

  static v1::ReplayReport Replayed(const std::vector<std::string>& paths,
                                   const std::string& policy = "") {
    const absl::StatusOr<v1::ReplayReport> report = ReplayRecordings(paths, policy);
    EXPECT_TRUE(report.ok()) << report.status();
    return report.value_or(v1::ReplayReport());
  }
  static std::string Error(const std::vector<std::string>& paths, const std::string& policy = "") {
    return std::string(ReplayRecordings(paths, policy).status().message());
  }

  const TemporaryDirectory directory_;
  RunStart start_;
  FleetAndPolicy settings_;
  std::optional<Core> core_;
  absl::Time now_ = kStart;
  std::uint64_t number_ = 0;
  std::vector<std::string> files_;
  std::unique_ptr<RecordingWriter> file_;
};

TEST_F(RecordingTest, ReplaysToTheSameEffectsToTheLastBit) {
  const v1::ReplayReport report = Replayed({files_[0]});
  EXPECT_THAT(report.files(), ElementsAre(files_[0]));
  EXPECT_EQ(report.steps(), number_);
  EXPECT_TRUE(report.complete());
  EXPECT_TRUE(report.identical()) << report.DebugString();
  EXPECT_GE(report.recorded(), 2U);
  EXPECT_EQ(report.redecided(), report.recorded());
  EXPECT_THAT(report.differences(), IsEmpty());
  EXPECT_THAT(report.notes(), IsEmpty());
  EXPECT_EQ(absl::FromUnixNanos(report.first_ns()), kStart);
  EXPECT_EQ(absl::FromUnixNanos(report.last_ns()), now_);
}

TEST_F(RecordingTest, ADirectoryStandsForItsNewestStart) {
  directory_.Write("20200101T000000.000000Z-epoch-4-1.recording", "older, and of no interest");
  Begin(2);
  Record(OperatorFreeze{.request = 2, .frozen = false, .author = "ana", .reason = "over"});
  const v1::ReplayReport report = Replayed({directory_.path()});
  EXPECT_EQ(report.files_size(), 2);
  EXPECT_TRUE(report.complete());
  EXPECT_TRUE(report.identical());
  EXPECT_EQ(report.steps(), number_);
}

TEST_F(RecordingTest, AnotherPolicyIsDecidedByAndSaidSo) {
  const v1::ReplayReport report =
      Replayed({files_[0]}, DIALTONE_SOURCE_DIR "/deploy/lab/policy.textproto");
  EXPECT_TRUE(report.other_policy());
  EXPECT_EQ(report.steps(), number_);
}

TEST_F(RecordingTest, ADecisionThatIsNotMadeAgainIsADifference) {
  v1::RecordedStep step;
  step.set_number(number_ + 1);
  step.set_time_ns(absl::ToUnixNanos(now_));
  v1::Event* const flip = step.add_decisions();
  flip->set_kind(v1::EVENT_FLIP);
  flip->set_sentence("all to the moon");
  ASSERT_TRUE(file_->Append(step).ok() && file_->Flush().ok());
  const v1::ReplayReport report = Replayed({files_[0]});
  ASSERT_EQ(report.differences_size(), 1);
  EXPECT_EQ(report.differences(0).recorded().sentence(), "all to the moon");
  EXPECT_FALSE(report.differences(0).has_redecided());
}

TEST_F(RecordingTest, ATornEndIsReplayedAsFarAsItGoesAndSaidSo) {
  std::filesystem::resize_file(files_[0], std::filesystem::file_size(files_[0]) - 1);
  const v1::ReplayReport report = Replayed({files_[0]});
  EXPECT_EQ(report.steps(), number_ - 1);
  EXPECT_TRUE(report.identical());
  EXPECT_THAT(report.notes(), ElementsAre(HasSubstr("ends in the middle of a step")));
}

TEST_F(RecordingTest, AGapIsSaid) {
  number_ += 3;
  Record(Wake{});
  const v1::ReplayReport report = Replayed({files_[0]});
  EXPECT_FALSE(report.complete());
  EXPECT_THAT(report.notes(), ElementsAre(HasSubstr("3 steps before step")));
}

TEST_F(RecordingTest, ALaterFileAloneSaysThatItsBeginningIsMissing) {
  Begin(2);
  Record(Wake{});
  const v1::ReplayReport report = Replayed({files_[1]});
  EXPECT_FALSE(report.complete());
  EXPECT_THAT(report.notes(), ElementsAre(HasSubstr("begins with file 2 of its start")));
}

TEST_F(RecordingTest, FilesThatDoNotFollowEachOtherAreRefused) {
  Begin(2);
  Record(Wake{});
  EXPECT_THAT(Error({files_[1], files_[0]}), HasSubstr("is file 1 of epoch 5, expected file 3"));
  EXPECT_THAT(Error({files_[0], files_[0]}), HasSubstr("expected file 2 of epoch 5"));
}

TEST_F(RecordingTest, ARecordingThatContradictsItselfIsRefused) {
  now_ -= absl::Seconds(90);
  v1::RecordedStep step;
  step.set_number(number_ + 1);
  step.set_time_ns(absl::ToUnixNanos(now_));
  ASSERT_TRUE(file_->Append(step).ok() && file_->Flush().ok());
  EXPECT_THAT(Error({files_[0]}), HasSubstr("goes back behind step"));
}

TEST_F(RecordingTest, WhatIsNoRecordingOrNoPolicyIsRefusedByName) {
  EXPECT_THAT(Error({"/no/such.recording"}), HasSubstr("cannot read /no/such.recording"));
  const TemporaryDirectory empty;
  EXPECT_THAT(Error({empty.path()}), HasSubstr("expected a directory with recordings"));
  EXPECT_THAT(Error({files_[0]}, directory_.Write("bad.textproto", "mood: 1")),
              AllOf(HasSubstr("bad.textproto:1:1"), HasSubstr("mood")));
}

}  // namespace
}  // namespace dialtone::detector::simulation
