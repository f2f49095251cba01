#include "detector/recording_file.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "detector/recording_codec.h"
#include "tests/fakes/temporary_directory.h"

#include <sys/stat.h>

namespace dialtone::detector {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RecordingFileTest : public ::testing::Test {
 protected:
  // A file with a header and steps 1 to `steps`.
  std::string Write(int steps) const {
    const std::string path = directory_.File("a.recording");
    auto writer =
        RecordingWriter::Create(path, EncodeHeader({.core = {.epoch = 4, .journal = {}}}, 1));
    EXPECT_TRUE(writer.ok()) << writer.status();
    for (int i = 1; i <= steps; ++i) {
      v1::RecordedStep step;
      step.set_number(static_cast<std::uint64_t>(i));
      EXPECT_TRUE((*writer)->Append(step).ok());
    }
    EXPECT_TRUE((*writer)->Flush().ok());
    EXPECT_EQ((*writer)->bytes(), static_cast<std::int64_t>(std::filesystem::file_size(path)));
    return path;
  }

  // Numbers of the steps that can be read; `torn` as the reader says.
  static std::vector<std::uint64_t> Read(const std::string& path, bool* torn) {
    auto reader = RecordingReader::Open(path);
    EXPECT_TRUE(reader.ok()) << reader.status();
    std::vector<std::uint64_t> numbers;
    while (const auto step = (*reader)->Next()) numbers.push_back(step->number());
    *torn = (*reader)->torn();
    return numbers;
  }

  const TemporaryDirectory directory_;
  bool torn_ = false;
};

TEST_F(RecordingFileTest, GivesBackWhatWasAppended) {
  const std::string path = Write(3);
  EXPECT_THAT(Read(path, &torn_), ElementsAre(1, 2, 3));
  EXPECT_FALSE(torn_);
  EXPECT_EQ((*RecordingReader::Open(path))->header().epoch(), 4U);
}

TEST_F(RecordingFileTest, IsNotReadableByOthers) {
  struct stat file = {};
  ASSERT_EQ(stat(Write(0).c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0640U);
}

TEST_F(RecordingFileTest, NeverWritesOverAFile) {
  const std::string path = Write(1);
  EXPECT_THAT(std::string(RecordingWriter::Create(path, {}).status().message()),
              HasSubstr("cannot create " + path));
}

TEST_F(RecordingFileTest, ATornEndAtAnyByteCostsOnlyTheLastStep) {
  const std::string path = Write(2);
  const auto whole = std::filesystem::file_size(path);
  const auto first = [&] {
    std::filesystem::remove(path);
    return std::filesystem::file_size(Write(1));
  }();
  for (auto size = whole - 1; size > first; --size) {
    std::filesystem::remove(path);
    Write(2);
    std::filesystem::resize_file(path, size);
    EXPECT_THAT(Read(path, &torn_), ElementsAre(1)) << size;
    EXPECT_TRUE(torn_) << size;
  }
}

TEST_F(RecordingFileTest, GarbageAfterTheStepsIsATornEnd) {
  const std::string path = Write(2);
  std::ofstream(path, std::ios::app) << std::string(100, '\xff');
  EXPECT_THAT(Read(path, &torn_), ElementsAre(1, 2));
  EXPECT_TRUE(torn_);
}

TEST_F(RecordingFileTest, WhatIsNoRecordingIsSaidSo) {
  for (const char* text : {"", "x", "sites { name: \"lon\" }\n", "\n\n\n\n\n"}) {
    const std::string path = directory_.Write("b.recording", text);
    const absl::Status status = RecordingReader::Open(path).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("expected a recording of dialtone-detector"));
  }
  EXPECT_THAT(std::string(RecordingReader::Open("/no/such/file").status().message()),
              HasSubstr("cannot read /no/such/file: No such file"));
}

TEST_F(RecordingFileTest, AnotherLayoutIsRefusedByName) {
  v1::RecordingHeader header = EncodeHeader({}, 1);
  header.set_format(kRecordingFormat + 1);
  header.set_detector_version("9.9.9");
  const std::string path = directory_.File("c.recording");
  ASSERT_TRUE(RecordingWriter::Create(path, header).ok());
  EXPECT_THAT(std::string(RecordingReader::Open(path).status().message()),
              HasSubstr("has layout 2 (written by dialtone-detector 9.9.9), expected layout 1"));
}

TEST_F(RecordingFileTest, NamesSortByTheTimeOfTheirBeginning) {
  const absl::Time time = absl::FromUnixMicros(1'800'000'000'000'001);
  EXPECT_EQ(RecordingName(time, 12, 3), "20270115T080000.000001Z-epoch-12-3.recording");
  EXPECT_LT(RecordingName(time, 12, 3), RecordingName(time + absl::Microseconds(1), 2, 1));
  for (const char* name : {"b.recording", "a.recording", "journal.sqlite"}) {
    directory_.Write(name, "");
  }
  EXPECT_THAT(RecordingsIn(directory_.path()),
              ElementsAre(directory_.File("a.recording"), directory_.File("b.recording")));
  EXPECT_THAT(RecordingsIn("/no/such/directory"), IsEmpty());
}

}  // namespace
}  // namespace dialtone::detector
