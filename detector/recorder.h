// Records what the loop was told and what it decided, for `dialtone replay`.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "prometheus/counter.h"
#include "prometheus/registry.h"

#include "base/mailbox.h"
#include "detector/config.h"
#include "detector/fleet.h"
#include "detector/loop.h"
#include "detector/recording_codec.h"
#include "detector/recording_file.h"

namespace dialtone::detector {

// Writes on a thread of its own, so that a slow disk costs steps of the recording (counted, and a
// gap in their numbers) and never time of the decision. When a file is full the next one begins
// with what the journal holds by then. A disk that takes no more ends the recording, with a log
// line.
class Recorder final : public Tape {
 public:
  // Steps that wait to be written.
  static constexpr std::size_t kMostWaiting = 10'000;

  // `fleet` and `registry` must outlive the recorder.
  static absl::StatusOr<std::unique_ptr<Recorder>> Start(const RecordingSettings& settings,
                                                         RunStart start, const Fleet& fleet,
                                                         prometheus::Registry* registry);
  ~Recorder() override;  // writes what waits

  // Called by the loop. Never waits.
  void Handled(Event event, absl::Time now, const Effects& effects) override;

 private:
  // A step, and what it changed of the journal.
  struct Item {
    RunStep step;
    std::vector<JournalRecord> journal;
  };

  Recorder(const RecordingSettings& settings, RunStart start, const Fleet& fleet,
           prometheus::Registry* registry);
  absl::Status BeginFile();
  void Run();
  absl::Status Write(Item item);

  const RecordingSettings settings_;
  const Fleet& fleet_;
  prometheus::Counter* written_ = nullptr;
  prometheus::Counter* lost_ = nullptr;
  std::uint64_t last_number_ = 0;  // of the loop's thread

  // Of the recorder's thread, once it runs.
  RunStart start_;  // of the current file: kept up to date by what the steps journal
  std::uint32_t segment_ = 0;
  std::unique_ptr<RecordingWriter> file_;  // null: the recording has ended

  Mailbox<Item> mailbox_{kMostWaiting};
  std::thread thread_;  // last: it starts when everything above is there
};

}  // namespace dialtone::detector
