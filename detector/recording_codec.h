// recording.proto <-> what the core is told and what it decided.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "detector/core.h"
#include "detector/effects.h"
#include "detector/event.h"
#include "detector/fleet.h"
#include "dialtone/v1/recording.pb.h"

namespace dialtone::detector {

// The layout that this version writes and reads.
inline constexpr std::uint32_t kRecordingFormat = 1;

// One step of a run: what the core was told when, and what it decided.
struct RunStep {
  std::uint64_t number = 0;
  absl::Time now = {};
  Event event = {};
  std::vector<Occurrence> decisions = {};
  std::uint64_t digest = 0;  // of all effects
};

v1::RecordedStep EncodeStep(const Fleet& fleet, const RunStep& step);

// DATA_LOSS, naming the step and what is wrong with it, for one that does not fit the fleet.
absl::StatusOr<RunStep> DecodeStep(const Fleet& fleet, const v1::RecordedStep& message);

// Everything a core starts from.
struct RunStart {
  std::string config = {};  // text of both files
  std::string policy = {};
  CoreStart core = {};
  absl::Time now = {};
};

// `segment` counts the files of one start from 1.
v1::RecordingHeader EncodeHeader(const RunStart& start, std::uint32_t segment);

// The start without the fleet and the policy: their texts are read by ReadRecordedSettings.
RunStart DecodeHeader(const v1::RecordingHeader& message);

// An occurrence from its message, where it has one.
Occurrence DecodeOccurrence(const v1::Event& event);

}  // namespace dialtone::detector
