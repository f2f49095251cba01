// What one agent may bring in: how much, and nothing twice. Pure; the report service keeps one for
// every site, over reconnections of its agent.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "absl/time/time.h"

namespace dialtone::detector {

// What became of one result that an agent sent: label `result` of dialtone_reports_total.
enum class ReportFate {
  kAccepted,
  kStale,         // too old, or from before everything that is remembered
  kDuplicate,     // seen before in this run of the agent
  kUnauthorized,  // a target that this site was not told to probe
  kInvalid,       // breaks a rule of probe.proto
  kRate,          // more than an agent may send
  kOverload,      // the detector's own mailbox is full
};
inline constexpr int kReportFates = 7;
inline constexpr std::array<const char*, kReportFates> kReportFateNames = {
    "accepted", "stale", "duplicate", "unauthorized", "invalid", "rate", "overload"};

// How many results of one message had which fate.
class ReportCounts {
 public:
  int& operator[](ReportFate fate) { return counts_[static_cast<size_t>(fate)]; }
  int operator[](ReportFate fate) const { return counts_[static_cast<size_t>(fate)]; }

 private:
  std::array<int, kReportFates> counts_ = {};
};

// A token bucket: `rate` per second over time, `burst` at once.
class RateLimit {
 public:
  RateLimit(double rate, double burst, absl::Time now)
      : rate_(rate), burst_(burst), tokens_(burst), updated_(now) {}

  // How many of `wanted` may pass now.
  int Take(int wanted, absl::Time now);

 private:
  const double rate_;
  const double burst_;
  double tokens_;
  absl::Time updated_;
};

// Which sequence numbers of one run were seen: exact for the newest kSize numbers below the
// highest.
class SequenceWindow {
 public:
  // At 15 probes a second this is 18 minutes; 2 KiB for each agent.
  static constexpr std::uint64_t kSize = 16'384;

  // Forgets everything when `run_id` is a new one.
  void StartRun(std::uint64_t run_id);

  // kAccepted, kDuplicate, or kStale below the window. Remembers the number.
  ReportFate Admit(std::uint64_t sequence);

 private:
  void Forget(std::uint64_t first, std::uint64_t count);

  std::uint64_t run_id_ = 0;
  std::uint64_t highest_ = 0;
  std::vector<std::uint64_t> seen_;  // ring of bits, empty until the first result
};

// Both limits of one agent. Numbers of settled agents: some 15 results and 1 message a second,
// ten times that for the seconds of a burst; a spool that empties itself comes in large messages.
class ReportIntake {
 public:
  static constexpr double kResultsPerSecond = 2'000;
  static constexpr double kResultsBurst = 10'000;
  static constexpr double kMessagesPerSecond = 200;
  static constexpr double kMessagesBurst = 2'000;

  explicit ReportIntake(absl::Time now)
      : results_(kResultsPerSecond, kResultsBurst, now),
        messages_(kMessagesPerSecond, kMessagesBurst, now) {}

  void StartRun(std::uint64_t run_id) { window_.StartRun(run_id); }

  // Whether one more message, even an empty one, may be looked at.
  bool AllowMessage(absl::Time now) { return messages_.Take(1, now) == 1; }

  // How many of a message's `results` may be looked at.
  int AllowResults(int results, absl::Time now) { return results_.Take(results, now); }

  ReportFate Admit(std::uint64_t sequence) { return window_.Admit(sequence); }

 private:
  RateLimit results_;
  RateLimit messages_;
  SequenceWindow window_;
};

}  // namespace dialtone::detector
