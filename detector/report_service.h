// gRPC for agents. A handler decodes, checks, posts to the loop's mailbox and returns; it never
// decides. The site is the one of the certificate, never of a message.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/time/time.h"

#include "base/clock.h"
#include "base/mutex.h"
#include "detector/effects.h"
#include "detector/fleet.h"
#include "detector/message.h"
#include "detector/probe_codec.h"
#include "detector/report_intake.h"
#include "detector/report_metrics.h"
#include "detector/report_stream.h"
#include "dialtone/v1/probe.grpc.pb.h"

namespace dialtone::detector {

class ReportService final : public v1::ReportService::CallbackService, private StreamOwner {
 public:
  // Acknowledged at the first batch after this time; agents send one at least every second, so
  // within 2 s (probe.proto allows 5).
  static constexpr absl::Duration kAcknowledgeEvery = absl::Seconds(1);
  // Or when this many wait.
  static constexpr std::uint64_t kAcknowledgeBatches = 100;
  // Asked of an agent whose batch found the mailbox full.
  static constexpr absl::Duration kSlowInterval = absl::Seconds(5);

  // Streams of one site, each with a message in memory: one in use, one that takes over, and one or
  // two that are still ending.
  static constexpr int kMaxStreams = 4;

  // `epoch` numbers the plans: a later start's plan is newer.
  ReportService(const Fleet& fleet, const Policy& policy, const Clock& clock, std::uint64_t epoch,
                LoopMailbox* mailbox, ReportMetrics* metrics);
  ~ReportService() override;

  // Asks the agent of a site for a burst, if it is connected. Any thread.
  void Burst(const BurstRequest& burst);

  // Ends all streams, and from now on every new one, with UNAVAILABLE.
  void Stop();

  grpc::ServerBidiReactor<v1::ReportRequest, v1::ReportResponse>* Report(
      grpc::CallbackServerContext* context) override;

 private:
  // What is kept for each site, over its agent's reconnections. The lock is per site: the agents'
  // streams never wait for each other, and the one of a site has it nearly always to itself.
  struct Seat {
    explicit Seat(absl::Time now) : intake(now) {}

    Mutex mutex;
    int streams ABSL_GUARDED_BY(mutex) = 0;  // open ones, greeted or not
    ReportStream* stream ABSL_GUARDED_BY(mutex) = nullptr;
    ReportIntake intake ABSL_GUARDED_BY(mutex);
    std::uint64_t highest_batch ABSL_GUARDED_BY(mutex) = 0;
    std::uint64_t acknowledged ABSL_GUARDED_BY(mutex) = 0;
    absl::Time acknowledged_at ABSL_GUARDED_BY(mutex) = absl::InfinitePast();
    std::uint64_t dropped ABSL_GUARDED_BY(mutex) = 0;  // of this run of the agent
    std::uint64_t run_id ABSL_GUARDED_BY(mutex) = 0;
    bool slowed ABSL_GUARDED_BY(mutex) = false;
  };

  Reaction Take(ReportStream* stream, const v1::ReportRequest& request) override;
  void Ended(ReportStream* stream, StreamEnd reason) override;

  Reaction Greet(ReportStream* stream, Seat* seat, const v1::ReportRequest& request)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(seat->mutex);
  void TakeBatch(Seat* seat, SiteIndex site, const v1::ReportRequest& request, Reaction* reaction)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(seat->mutex);
  void Acknowledge(Seat* seat, absl::Time now, Reaction* reaction)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(seat->mutex);
  void Count(const v1::ReportRequest& request, const std::vector<ProbeResult>& results,
             const ReportCounts& counts, absl::Time now);

  const Fleet& fleet_;
  const Policy& policy_;
  const Clock& clock_;
  const std::uint64_t epoch_;
  LoopMailbox& mailbox_;
  ReportMetrics& metrics_;
  const ReportDecoder decoder_;
  std::vector<std::unique_ptr<Seat>> seats_;  // by site
  std::atomic<bool> stopping_ = false;
};

}  // namespace dialtone::detector
