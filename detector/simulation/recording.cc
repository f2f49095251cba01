#include "detector/simulation/recording.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "detector/config.h"
#include "detector/operator_codec.h"
#include "detector/policy_codec.h"
#include "detector/recording_codec.h"
#include "detector/recording_file.h"
#include "detector/simulation/replay.h"

namespace dialtone::detector::simulation {
namespace {

constexpr std::size_t kMostDifferences = 1'000;

// The files of the newest start in a directory.
absl::StatusOr<std::vector<std::string>> NewestStart(const std::string& directory) {
  std::vector<std::string> files = RecordingsIn(directory);
  if (files.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("given ", directory, ", expected a directory with recordings (files *",
                     std::string(kRecordingSuffix), ")"));
  }
  ASSIGN_OR_RETURN(const auto newest, RecordingReader::Open(files.back()));
  std::vector<std::string> start;
  std::uint32_t segment = newest->header().segment();
  for (auto file = files.rbegin(); file != files.rend(); ++file, --segment) {
    const auto reader = RecordingReader::Open(*file);
    if (!reader.ok()) break;  // older than the start, whatever it is
    const v1::RecordingHeader& header = (*reader)->header();
    if (header.epoch() != newest->header().epoch() || header.segment() != segment) break;
    start.insert(start.begin(), *file);
  }
  return start;
}

absl::StatusOr<std::vector<std::string>> FilesOf(const std::vector<std::string>& paths) {
  if (paths.size() == 1 && std::filesystem::is_directory(paths[0])) return NewestStart(paths[0]);
  return paths;
}

// One start of a detector, file after file.
class Player {
 public:
  explicit Player(std::vector<std::string> files) : files_(std::move(files)) {}

  absl::StatusOr<v1::ReplayReport> Play(const std::string& policy_file) {
    for (const std::string& file : files_) RETURN_IF_ERROR(PlayFile(file, policy_file));
    const ReplayOutcome outcome = replay_->Outcome();
    report_.set_steps(outcome.steps);
    if (outcome.steps > 0) {
      report_.set_first_ns(absl::ToUnixNanos(outcome.first));
      report_.set_last_ns(absl::ToUnixNanos(outcome.last));
    }
    report_.set_other_policy(!policy_file.empty());
    report_.set_complete(complete_);
    report_.set_identical(outcome.different_steps == 0);
    report_.set_different_steps(outcome.different_steps);
    report_.set_recorded(outcome.recorded);
    report_.set_redecided(outcome.redecided);
    for (const DecisionDifference& difference : outcome.differences) {
      if (static_cast<std::size_t>(report_.differences_size()) == kMostDifferences) {
        Note(absl::StrCat(outcome.differences.size() - kMostDifferences,
                          " more differences are not shown"));
        break;
      }
      v1::ReplayDifference* entry = report_.add_differences();
      if (difference.recorded) *entry->mutable_recorded() = EncodeOccurrence(*difference.recorded);
      if (difference.redecided) {
        *entry->mutable_redecided() = EncodeOccurrence(*difference.redecided);
      }
    }
    return std::move(report_);
  }

 private:
  absl::Status PlayFile(const std::string& file, const std::string& policy_file) {
    ASSIGN_OR_RETURN(const std::unique_ptr<RecordingReader> reader, RecordingReader::Open(file));
    report_.add_files(file);
    RETURN_IF_ERROR(replay_.has_value() ? Follow(file, reader->header())
                                        : Begin(file, reader->header(), policy_file));
    while (const std::optional<v1::RecordedStep> message = reader->Next()) {
      ASSIGN_OR_RETURN(const RunStep step, Decode(file, *message));
      replay_->Take(step.event, step.now, step.decisions, step.digest);
    }
    if (reader->torn()) {
      Note(absl::StrCat(file, " ends in the middle of a step: it is replayed up to step ",
                        last_number_));
    }
    return absl::OkStatus();
  }

  absl::Status Begin(const std::string& file, const v1::RecordingHeader& header,
                     const std::string& policy_file) {
    const RunStart start = DecodeHeader(header);
    ASSIGN_OR_RETURN(FleetAndPolicy settings,
                     ReadRecordedSettings(file, start.config, start.policy));
    if (!policy_file.empty()) {
      ASSIGN_OR_RETURN(settings.policy, ReadPolicy(policy_file));
    }
    if (header.segment() != 1) {
      complete_ = false;
      Note(absl::StrCat("the recording begins with file ", header.segment(),
                        " of its start, without the evidence of those before: its first decisions "
                        "may differ"));
    }
    if (header.detector_version() != DIALTONE_VERSION) {
      Note(absl::StrCat("recorded by dialtone-detector ", header.detector_version(),
                        ", replayed by ", DIALTONE_VERSION));
    }
    fleet_ = settings.fleet;
    header_ = header;
    now_ = start.now;
    begun_whole_ = header.segment() == 1;
    replay_.emplace(std::move(settings.fleet), std::move(settings.policy), start.core, start.now);
    return absl::OkStatus();
  }

  // Another file of the same start, the next one.
  absl::Status Follow(const std::string& file, const v1::RecordingHeader& header) {
    if (header.epoch() != header_.epoch() || header.segment() != header_.segment() + 1) {
      return absl::InvalidArgumentError(
          absl::StrCat(file, " is file ", header.segment(), " of epoch ", header.epoch(),
                       ", expected file ", header_.segment() + 1, " of epoch ", header_.epoch()));
    }
    header_ = header;
    return absl::OkStatus();
  }

  absl::StatusOr<RunStep> Decode(const std::string& file, const v1::RecordedStep& message) {
    absl::StatusOr<RunStep> step = DecodeStep(fleet_, message);
    if (!step.ok()) {
      return absl::DataLossError(absl::StrCat(file, ": ", step.status().message()));
    }
    // The core is promised that its time never goes back.
    if (step->now < now_ || (last_number_ != 0 && step->number <= last_number_)) {
      return absl::DataLossError(
          absl::StrCat(file, ": step ", step->number, " goes back behind step ", last_number_));
    }
    const bool follows =
        last_number_ == 0 ? !begun_whole_ || step->number == 1 : step->number == last_number_ + 1;
    if (!follows) {
      complete_ = false;
      Note(absl::StrCat(step->number - last_number_ - 1, " steps before step ", step->number,
                        " are missing: the detector could not record them"));
    }
    last_number_ = step->number;
    now_ = step->now;
    return step;
  }

  void Note(const std::string& note) { report_.add_notes(note); }

  const std::vector<std::string> files_;
  v1::ReplayReport report_;
  v1::RecordingHeader header_;  // of the file before
  Fleet fleet_;
  std::optional<Replay> replay_;
  absl::Time now_ = absl::InfinitePast();
  std::uint64_t last_number_ = 0;
  bool begun_whole_ = true;
  bool complete_ = true;
};

}  // namespace

absl::StatusOr<v1::ReplayReport> ReplayRecordings(const std::vector<std::string>& paths,
                                                  const std::string& policy_file) {
  ASSIGN_OR_RETURN(std::vector<std::string> files, FilesOf(paths));
  if (files.empty()) {
    return absl::InvalidArgumentError("given no recording, expected files or a directory");
  }
  return Player(std::move(files)).Play(policy_file);
}

}  // namespace dialtone::detector::simulation
