#include "detector/report_service.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "base/log.h"
#include "base/rpc.h"
#include "detector/time_codec.h"

namespace dialtone::detector {
namespace {

using Reactor = grpc::ServerBidiReactor<v1::ReportRequest, v1::ReportResponse>;

// Of the agent's own words, in a log line.
constexpr size_t kMaxLoggedTargets = 20;
constexpr size_t kMaxVersion = 64;

// What breaks protobuf's rules for durations says nothing.
absl::Duration ClockSetBy(const v1::ReportRequest& request) {
  return FromProto(request.clock_set_by()).value_or(absl::ZeroDuration());
}

// Ends a call before it began.
class Refusal final : public Reactor {
 public:
  explicit Refusal(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

void LogRefusals(const std::string& site, const ReportCounts& counts) {
  for (int i = 1; i < kReportFates; ++i) {
    const int count = counts[static_cast<ReportFate>(i)];
    if (count == 0) continue;
    LogDebug("report_refused", {{"site", site}, {"reason", kReportFateNames[i]}, {"count", count}});
  }
}

}  // namespace

ReportService::ReportService(const Fleet& fleet, const Policy& policy, const Clock& clock,
                             std::uint64_t epoch, LoopMailbox* mailbox, ReportMetrics* metrics)
    : fleet_(fleet),
      policy_(policy),
      clock_(clock),
      epoch_(epoch),
      mailbox_(*mailbox),
      metrics_(*metrics),
      decoder_(fleet) {
  const absl::Time now = clock.TimeNow();
  for (size_t i = 0; i < fleet.sites.size(); ++i) seats_.push_back(std::make_unique<Seat>(now));
}

ReportService::~ReportService() = default;

Reactor* ReportService::Report(grpc::CallbackServerContext* context) {
  if (stopping_) return new Refusal({grpc::StatusCode::UNAVAILABLE, "the detector stops"});
  const absl::StatusOr<Caller> caller = CallerOf(*context);
  const SiteIndex site = caller.ok() ? decoder_.FindSite(caller->name) : kNone;
  if (site == kNone) {
    metrics_.stream_closes[static_cast<size_t>(StreamEnd::kUnknownSite)]->Increment();
    const std::string name = caller.ok() ? caller->name : "";
    LogWarning("agent_refused", {{"site", name}, {"reason", "not a configured site"}});
    return new Refusal(
        {grpc::StatusCode::PERMISSION_DENIED, absl::StrCat("\"", name,
                                                           "\" is not a site of the detector's "
                                                           "configuration")});
  }
  Seat& seat = *seats_[static_cast<size_t>(site)];
  MutexLock lock(&seat.mutex);
  if (seat.streams >= kMaxStreams) {
    metrics_.stream_closes[static_cast<size_t>(StreamEnd::kTooMany)]->Increment();
    return new Refusal({grpc::StatusCode::RESOURCE_EXHAUSTED,
                        absl::StrCat("site ", caller->name, " has ", seat.streams,
                                     " streams already; that is the limit")});
  }
  ++seat.streams;
  return new ReportStream(context, this, site);
}

void ReportService::Burst(const BurstRequest& burst) {
  v1::ReportResponse response;
  *response.mutable_burst() = EncodeBurst(fleet_, burst);
  Seat& seat = *seats_[static_cast<size_t>(burst.site)];
  MutexLock lock(&seat.mutex);
  if (seat.stream == nullptr) return;
  if (seat.slowed) *response.mutable_batch_interval() = ToProto(kSlowInterval);
  seat.stream->Send(response);
}

void ReportService::Stop() {
  stopping_ = true;
  for (const std::unique_ptr<Seat>& seat : seats_) {
    MutexLock lock(&seat->mutex);
    if (seat->stream == nullptr) continue;
    seat->stream->End({grpc::StatusCode::UNAVAILABLE, "the detector stops"}, StreamEnd::kStopping);
  }
}

StreamOwner::Reaction ReportService::Take(ReportStream* stream, const v1::ReportRequest& request) {
  Seat& seat = *seats_[static_cast<size_t>(stream->site())];
  MutexLock lock(&seat.mutex);
  Reaction reaction;
  if (seat.stream != stream || request.has_hello()) reaction = Greet(stream, &seat, request);
  if (reaction.end.ok()) TakeBatch(&seat, stream->site(), request, &reaction);
  return reaction;
}

void ReportService::Ended(ReportStream* stream, StreamEnd reason) {
  metrics_.stream_closes[static_cast<size_t>(reason)]->Increment();
  Seat& seat = *seats_[static_cast<size_t>(stream->site())];
  MutexLock lock(&seat.mutex);
  --seat.streams;
  if (seat.stream != stream) return;  // replaced, or never greeted
  seat.stream = nullptr;
  metrics_.agents_connected->Decrement();
  const std::string& site = fleet_.sites[static_cast<size_t>(stream->site())].name;
  LogInfo("agent_disconnected", {{"site", site}});
  if (!mailbox_.Post(Event(AgentDisconnected{.site = stream->site(), .run_id = seat.run_id}))) {
    LogWarning("mailbox_full", {{"lost", "agent_disconnected"}, {"site", site}});
  }
}

// The first message of a stream, or a second hello in it.
StreamOwner::Reaction ReportService::Greet(ReportStream* stream, Seat* seat,
                                           const v1::ReportRequest& request) {
  const std::string& site = fleet_.sites[static_cast<size_t>(stream->site())].name;
  if (!request.has_hello()) {
    // Either it never said hello, or a newer stream has taken the seat meanwhile.
    return {.end = {grpc::StatusCode::INVALID_ARGUMENT,
                    "the first message of a stream must carry hello"}};
  }
  if (stopping_) {
    return {.end = {grpc::StatusCode::UNAVAILABLE, "the detector stops"},
            .reason = StreamEnd::kStopping};
  }
  const v1::Hello& hello = request.hello();
  if (hello.refused_targets_size() > 0) {
    const auto begin = hello.refused_targets().begin();
    const auto end = begin + std::min<int>(hello.refused_targets_size(), kMaxLoggedTargets);
    LogWarning("agent_cannot_probe",
               {{"site", site}, {"targets", absl::StrJoin(begin, end, "; ")}});
  }
  const bool is_new = seat->stream != stream;
  if (!is_new && seat->run_id == hello.run_id()) return {};

  const std::string version = hello.agent_version().substr(0, kMaxVersion);
  if (!mailbox_.Post(Event(
          AgentConnected{.site = stream->site(), .run_id = hello.run_id(), .version = version}))) {
    return {.end = {grpc::StatusCode::UNAVAILABLE, "the detector is overloaded, come back later"},
            .reason = StreamEnd::kOverload};
  }
  if (seat->run_id != hello.run_id()) seat->dropped = 0;
  seat->run_id = hello.run_id();
  seat->intake.StartRun(hello.run_id());
  if (!is_new) return {};

  if (seat->stream == nullptr) metrics_.agents_connected->Increment();
  if (seat->stream != nullptr) {
    seat->stream->End({grpc::StatusCode::ALREADY_EXISTS,
                       absl::StrCat("a newer stream of site ", site, " took over")},
                      StreamEnd::kReplaced);
  }
  seat->stream = stream;
  seat->highest_batch = 0;
  seat->acknowledged = 0;
  seat->slowed = false;
  LogInfo("agent_connected", {{"site", site}, {"version", version}});
  return {.end = grpc::Status::OK, .response = EncodePlan(fleet_, policy_, stream->site(), epoch_)};
}

void ReportService::TakeBatch(Seat* seat, SiteIndex site, const v1::ReportRequest& request,
                              Reaction* reaction) {
  const absl::Time now = clock_.TimeNow();
  const std::string& name = fleet_.sites[static_cast<size_t>(site)].name;
  ReportCounts counts;
  std::vector<ProbeResult> results;
  if (seat->intake.AllowMessage(now)) {
    results = decoder_.Decode(request, site, now, &seat->intake, &counts);
  } else {
    counts[ReportFate::kRate] += request.results_size();
    reaction->slow_down = true;
  }
  reaction->slow_down |=
      counts[ReportFate::kRate] > 0 || request.results_size() > kMaxResultsPerMessage;
  Count(request, results, counts, now);
  LogRefusals(name, counts);

  if (request.dropped_results() > seat->dropped) {
    metrics_.dropped_by_agents->Increment(
        static_cast<double>(request.dropped_results() - seat->dropped));
    seat->dropped = request.dropped_results();
  }
  if (!reaction->slow_down || !results.empty()) {
    const double accepted = static_cast<double>(results.size());
    const bool posted = mailbox_.PostBatch({.site = site,
                                            .run_id = seat->run_id,
                                            .results = std::move(results),
                                            .clock_set_by = ClockSetBy(request)});
    const ReportFate fate = posted ? ReportFate::kAccepted : ReportFate::kOverload;
    metrics_.reports[static_cast<size_t>(fate)]->Increment(accepted);
    if (!posted && !seat->slowed) {
      LogWarning("mailbox_full", {{"lost", "batch"}, {"site", name}});
      *reaction->response.mutable_batch_interval() = ToProto(kSlowInterval);
    }
    seat->slowed = !posted;
  }
  seat->highest_batch = std::max<std::uint64_t>(seat->highest_batch, request.batch());
  Acknowledge(seat, now, reaction);
}

// What was refused is acknowledged too: sent again it would be refused again.
void ReportService::Acknowledge(Seat* seat, absl::Time now, Reaction* reaction) {
  const std::uint64_t waiting = seat->highest_batch - seat->acknowledged;
  if (waiting == 0) return;
  if (now < seat->acknowledged_at + kAcknowledgeEvery && waiting < kAcknowledgeBatches) return;
  seat->acknowledged = seat->highest_batch;
  seat->acknowledged_at = now;
  reaction->response.set_acknowledged_batch(seat->acknowledged);
  // Holds for one response: the first without it ends the slower pace.
  if (seat->slowed) *reaction->response.mutable_batch_interval() = ToProto(kSlowInterval);
}

void ReportService::Count(const v1::ReportRequest& request, const std::vector<ProbeResult>& results,
                          const ReportCounts& counts, absl::Time now) {
  for (int i = 1; i < kReportFates; ++i) {
    const int count = counts[static_cast<ReportFate>(i)];
    if (count > 0) metrics_.reports[static_cast<size_t>(i)]->Increment(count);
  }
  for (const ProbeResult& result : results) {
    const absl::Duration delay =
        now - result.sent - result.round_trip.value_or(absl::ZeroDuration());
    metrics_.report_delay->Observe(std::max(absl::ToDoubleSeconds(delay), 0.0));
  }
  if (!request.has_wall_time()) return;
  if (const std::optional<absl::Time> wall = FromProto(request.wall_time())) {
    metrics_.clock_offset->Observe(
        absl::ToDoubleSeconds(absl::AbsDuration(clock_.WallTime() - *wall)));
  }
}

}  // namespace dialtone::detector
