#include "detector/recorder.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/text_serializer.h"

#include "detector/effects_digest.h"
#include "tests/detector/sample_fleet.h"
#include "tests/fakes/temporary_directory.h"

namespace dialtone::detector {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

class RecorderTest : public ::testing::Test {
 protected:
  std::unique_ptr<Recorder> Start() {
    auto recorder = Recorder::Start(settings_,
                                    {.config = "config",
                                     .policy = "policy",
                                     .core = {.epoch = 3, .journal = {{"a", "1"}, {"b", "2"}}},
                                     .now = kNow},
                                    fleet_, &registry_);
    EXPECT_TRUE(recorder.ok()) << recorder.status();
    return *std::move(recorder);
  }

  static std::unique_ptr<RecordingReader> Open(const std::string& path) {
    auto reader = RecordingReader::Open(path);
    EXPECT_TRUE(reader.ok()) << reader.status();
    return *std::move(reader);
  }

  std::vector<std::string> Files() const { return RecordingsIn(settings_.directory); }
  std::string Text() const { return prometheus::TextSerializer().Serialize(registry_.Collect()); }

  const TemporaryDirectory directory_;
  RecordingSettings settings_{.directory = directory_.File("recordings")};
  const Fleet fleet_ = SampleFleet();
  prometheus::Registry registry_;
};

TEST_F(RecorderTest, WritesTheStartAndEveryStepUntilItEnds) {
  const Effects effects{.occurrences = {{.id = 8, .sentence = "flip"}}};
  {
    const auto recorder = Start();
    recorder->Handled(AgentConnected{.site = kNyc, .run_id = 7}, kNow, effects);
    recorder->Handled(Wake{}, kNow + absl::Seconds(1), {});
  }
  ASSERT_THAT(Files(), SizeIs(1));
  const auto reader = Open(Files()[0]);
  EXPECT_EQ(reader->header().config(), "config");
  EXPECT_EQ(reader->header().policy(), "policy");
  EXPECT_EQ(reader->header().journal().at("b"), "2");
  const auto first = reader->Next();
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->number(), 1U);
  EXPECT_EQ(first->connected().site(), static_cast<std::uint32_t>(kNyc));
  EXPECT_EQ(first->effects_digest(), DigestOf(effects));
  ASSERT_EQ(first->decisions_size(), 1);
  EXPECT_EQ(first->decisions(0).sentence(), "flip");
  const auto second = reader->Next();
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->effects_digest(), 0U);
  EXPECT_FALSE(reader->Next().has_value());
  EXPECT_FALSE(reader->torn());
  EXPECT_THAT(Text(), HasSubstr("dialtone_recording_steps_total{result=\"written\"} 2"));
  EXPECT_THAT(Text(), HasSubstr("dialtone_recording_steps_total{result=\"lost\"} 0"));
}

TEST_F(RecorderTest, AFullFileIsFollowedByOneThatBeginsWithTheJournalOfThen) {
  settings_.bytes_per_file = 1;  // every step fills one
  {
    const auto recorder = Start();
    recorder->Handled(
        Wake{}, kNow + absl::Seconds(1),
        {.journal = {{.key = "a", .value = "9"}, {.key = "b"}, {.key = "c", .value = "3"}}});
  }
  ASSERT_THAT(Files(), SizeIs(2));
  const auto second = Open(Files()[1]);
  EXPECT_EQ(second->header().segment(), 2U);
  EXPECT_EQ(second->header().epoch(), 3U);
  EXPECT_EQ(second->header().journal().size(), 2U);
  EXPECT_EQ(second->header().journal().at("a"), "9");
  EXPECT_EQ(second->header().journal().at("c"), "3");
  const RunStart start = DecodeHeader(second->header());
  EXPECT_EQ(start.now, kNow + absl::Seconds(1));
  EXPECT_EQ(start.core.journal_time, kNow + absl::Seconds(1));
}

TEST_F(RecorderTest, KeepsTheNewestFilesAndNoMore) {
  settings_.bytes_per_file = 1;
  settings_.files = 3;
  {
    const auto recorder = Start();
    for (int i = 1; i <= 9; ++i) recorder->Handled(Wake{}, kNow + absl::Seconds(i), {});
  }
  ASSERT_THAT(Files(), SizeIs(3));
  EXPECT_EQ(Open(Files()[0])->header().segment(), 8U);
  EXPECT_EQ(Open(Files()[2])->header().segment(), 10U);
}

TEST_F(RecorderTest, ADiskThatTakesNoMoreEndsTheRecordingAndNothingElse) {
  settings_.bytes_per_file = 1;
  {
    const auto recorder = Start();
    std::filesystem::remove_all(settings_.directory);  // the next file cannot be made
    for (int i = 1; i <= 3; ++i) recorder->Handled(Wake{}, kNow + absl::Seconds(i), {});
  }
  EXPECT_THAT(Text(), HasSubstr("dialtone_recording_steps_total{result=\"lost\"} 3"));
}

TEST_F(RecorderTest, ADirectoryThatCannotBeMadeIsAnErrorAtTheStart) {
  settings_.directory = directory_.Write("file", "") + "/recordings";
  const auto recorder = Recorder::Start(settings_, {}, fleet_, &registry_);
  EXPECT_EQ(recorder.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(recorder.status().message()), HasSubstr(settings_.directory));
}

}  // namespace
}  // namespace dialtone::detector
