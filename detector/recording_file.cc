#include "detector/recording_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "google/protobuf/io/zero_copy_stream_impl.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/util/delimited_message_util.h"

#include "base/status.h"
#include "detector/recording_codec.h"

namespace dialtone::detector {
namespace {

constexpr size_t kBufferBytes = 64 << 10;

absl::Status SystemError(absl::string_view what, const std::string& path) {
  return absl::UnavailableError(absl::StrCat("cannot ", what, " ", path, ": ", strerror(errno)));
}

}  // namespace

std::string RecordingName(absl::Time begun, std::uint64_t epoch, std::uint32_t segment) {
  return absl::StrFormat("%s-epoch-%u-%u%s",
                         absl::FormatTime("%Y%m%dT%H%M%E6SZ", begun, absl::UTCTimeZone()), epoch,
                         segment, kRecordingSuffix);
}

std::vector<std::string> RecordingsIn(const std::string& directory) {
  std::vector<std::string> paths;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    if (absl::EndsWith(entry->path().filename().string(), kRecordingSuffix)) {
      paths.push_back(entry->path().string());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

// ---- writer

absl::StatusOr<std::unique_ptr<RecordingWriter>> RecordingWriter::Create(
    const std::string& path, const v1::RecordingHeader& header) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
  if (file < 0) return SystemError("create", path);
  std::unique_ptr<RecordingWriter> writer(new RecordingWriter(path, file));
  RETURN_IF_ERROR(writer->Write(header));
  RETURN_IF_ERROR(writer->Flush());
  return writer;
}

RecordingWriter::~RecordingWriter() {
  Flush().IgnoreError();
  close(file_);
}

absl::Status RecordingWriter::Append(const v1::RecordedStep& step) { return Write(step); }

absl::Status RecordingWriter::Write(const google::protobuf::MessageLite& message) {
  const size_t before = buffer_.size();
  {
    google::protobuf::io::StringOutputStream stream(&buffer_);
    google::protobuf::util::SerializeDelimitedToZeroCopyStream(message, &stream);
  }
  bytes_ += static_cast<std::int64_t>(buffer_.size() - before);
  return buffer_.size() < kBufferBytes ? absl::OkStatus() : Flush();
}

absl::Status RecordingWriter::Flush() {
  size_t done = 0;
  while (done < buffer_.size()) {
    const ssize_t written = write(file_, buffer_.data() + done, buffer_.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return SystemError("write", path_);
    done += static_cast<size_t>(written);
  }
  buffer_.clear();
  return absl::OkStatus();
}

// ---- reader

class RecordingReader::File {
 public:
  explicit File(int file) : stream_(file) { stream_.SetCloseOnDelete(true); }

  // False at the end; `*clean`: it is between two messages, and nothing follows. (A length that is
  // none leaves the stream where it was, which protobuf calls clean.)
  bool Read(google::protobuf::MessageLite* message, bool* clean) {
    if (google::protobuf::util::ParseDelimitedFromZeroCopyStream(message, &stream_, clean)) {
      return true;
    }
    const void* rest = nullptr;
    int size = 0;
    *clean = *clean && !stream_.Next(&rest, &size);
    return false;
  }

 private:
  google::protobuf::io::FileInputStream stream_;
};

absl::StatusOr<std::unique_ptr<RecordingReader>> RecordingReader::Open(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return absl::InvalidArgumentError(absl::StrCat("cannot read ", path, ": ", strerror(errno)));
  }
  std::unique_ptr<RecordingReader> reader(new RecordingReader(std::make_unique<File>(file)));
  bool clean = false;
  if (!reader->file_->Read(&reader->header_, &clean) || reader->header_.format() == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("given ", path, ", expected a recording of dialtone-detector"));
  }
  if (reader->header_.format() != kRecordingFormat) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, " has layout ", reader->header_.format(), " (written by dialtone-detector ",
        reader->header_.detector_version(), "), expected layout ", kRecordingFormat));
  }
  return reader;
}

RecordingReader::RecordingReader(std::unique_ptr<File> file) : file_(std::move(file)) {}
RecordingReader::~RecordingReader() = default;

std::optional<v1::RecordedStep> RecordingReader::Next() {
  if (torn_) return std::nullopt;
  v1::RecordedStep step;
  bool clean = false;
  if (file_->Read(&step, &clean)) return step;
  torn_ = !clean;
  return std::nullopt;
}

}  // namespace dialtone::detector
