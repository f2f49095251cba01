// Files of recordings: messages one after another, each after its length.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/message_lite.h"

#include "dialtone/v1/recording.pb.h"

namespace dialtone::detector {

inline constexpr absl::string_view kRecordingSuffix = ".recording";

// The name of a file: they sort by the time at which they were begun.
std::string RecordingName(absl::Time begun, std::uint64_t epoch, std::uint32_t segment);

// The recordings in a directory, oldest first.
std::vector<std::string> RecordingsIn(const std::string& directory);

// One file being written. Buffered; what Flush returned OK for survives the end of the program, not
// that of the machine. Owned by one thread.
class RecordingWriter {
 public:
  // A file that did not exist, readable by its owner and group.
  static absl::StatusOr<std::unique_ptr<RecordingWriter>> Create(const std::string& path,
                                                                 const v1::RecordingHeader& header);
  ~RecordingWriter();
  RecordingWriter(const RecordingWriter&) = delete;
  RecordingWriter& operator=(const RecordingWriter&) = delete;

  absl::Status Append(const v1::RecordedStep& step);
  absl::Status Flush();

  // Written so far, what waits in the buffer included.
  std::int64_t bytes() const { return bytes_; }

 private:
  RecordingWriter(std::string path, int file) : path_(std::move(path)), file_(file) {}
  absl::Status Write(const google::protobuf::MessageLite& message);

  const std::string path_;
  const int file_;
  std::string buffer_;
  std::int64_t bytes_ = 0;
};

// One file being read.
class RecordingReader {
 public:
  // INVALID_ARGUMENT: it is no recording, or one of a layout that this version does not know.
  static absl::StatusOr<std::unique_ptr<RecordingReader>> Open(const std::string& path);
  ~RecordingReader();
  RecordingReader(const RecordingReader&) = delete;
  RecordingReader& operator=(const RecordingReader&) = delete;

  const v1::RecordingHeader& header() const { return header_; }

  // The next step; nothing at the end.
  std::optional<v1::RecordedStep> Next();

  // After the end: the file stops in the middle of a message. The steps before it are whole.
  bool torn() const { return torn_; }

 private:
  class File;
  explicit RecordingReader(std::unique_ptr<File> file);

  const std::unique_ptr<File> file_;
  v1::RecordingHeader header_;
  bool torn_ = false;
};

}  // namespace dialtone::detector
