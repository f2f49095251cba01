#include "detector/recorder.h"

#include <filesystem>
#include <optional>
#include <system_error>

#include "absl/strings/str_cat.h"

#include "base/log.h"
#include "base/status.h"
#include "detector/effects_digest.h"

namespace dialtone::detector {

absl::StatusOr<std::unique_ptr<Recorder>> Recorder::Start(const RecordingSettings& settings,
                                                          RunStart start, const Fleet& fleet,
                                                          prometheus::Registry* registry) {
  std::error_code error;
  std::filesystem::create_directories(settings.directory, error);
  if (error) {
    return absl::FailedPreconditionError(absl::StrCat(
        "directory of the recordings ", settings.directory, " cannot be made: ", error.message()));
  }
  std::unique_ptr<Recorder> recorder(new Recorder(settings, std::move(start), fleet, registry));
  RETURN_IF_ERROR(recorder->BeginFile());
  recorder->thread_ = std::thread([running = recorder.get()] { running->Run(); });
  return recorder;
}

Recorder::Recorder(const RecordingSettings& settings, RunStart start, const Fleet& fleet,
                   prometheus::Registry* registry)
    : settings_(settings), fleet_(fleet), start_(std::move(start)) {
  auto& steps = prometheus::BuildCounter()
                    .Name("dialtone_recording_steps_total")
                    .Help("Steps of the decision by whether they were recorded.")
                    .Register(*registry);
  written_ = &steps.Add({{"result", "written"}});
  lost_ = &steps.Add({{"result", "lost"}});
}

Recorder::~Recorder() {
  mailbox_.Close();
  if (thread_.joinable()) thread_.join();
}

void Recorder::Handled(Event event, absl::Time now, const Effects& effects) {
  Item item{.step = {.number = ++last_number_,
                     .now = now,
                     .event = std::move(event),
                     .decisions = effects.occurrences,
                     .digest = DigestOf(effects)},
            .journal = effects.journal};
  if (!mailbox_.Post(std::move(item))) lost_->Increment();
}

// The oldest files make room.
absl::Status Recorder::BeginFile() {
  std::vector<std::string> old = RecordingsIn(settings_.directory);
  for (size_t i = 0; i + static_cast<size_t>(settings_.files) <= old.size(); ++i) {
    std::error_code error;
    std::filesystem::remove(old[i], error);
    if (error) LogWarning("recording_not_removed", {{"file", old[i]}, {"error", error.message()}});
  }
  const std::string path = absl::StrCat(settings_.directory, "/",
                                        RecordingName(start_.now, start_.core.epoch, ++segment_));
  file_.reset();
  ASSIGN_OR_RETURN(file_, RecordingWriter::Create(path, EncodeHeader(start_, segment_)));
  LogInfo("recording", {{"file", path}});
  return absl::OkStatus();
}

void Recorder::Run() {
  while (!mailbox_.drained()) {
    std::optional<Item> item = mailbox_.Take(absl::Hours(1));
    if (!item.has_value()) continue;
    if (file_ == nullptr) {
      lost_->Increment();
      continue;
    }
    absl::Status status = Write(*std::move(item));
    if (status.ok() && mailbox_.size() == 0) status = file_->Flush();
    if (status.ok()) {
      written_->Increment();
      continue;
    }
    LogError("recording_ended", {{"error", status.message()}});
    lost_->Increment();
    file_.reset();
  }
}

absl::Status Recorder::Write(Item item) {
  RETURN_IF_ERROR(file_->Append(EncodeStep(fleet_, item.step)));
  for (JournalRecord& record : item.journal) {
    if (record.value.empty()) {
      start_.core.journal.erase(record.key);
    } else {
      start_.core.journal.insert_or_assign(std::move(record.key), std::move(record.value));
    }
    start_.core.journal_time = item.step.now;
  }
  if (file_->bytes() < settings_.bytes_per_file) return absl::OkStatus();
  start_.now = item.step.now;
  return BeginFile();
}

}  // namespace dialtone::detector
