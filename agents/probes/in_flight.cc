#include "agents/probes/in_flight.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"

namespace dialtone::agents {

InFlight::InFlight(Loop& loop, Patience& patience, std::string silence)
    : loop_(loop),
      patience_(patience),
      silence_(std::move(silence)),
      timer_(loop, &Call<InFlight, &InFlight::OnDeadline>, this) {}

void InFlight::Await(std::string key, Probe::Done done) {
  const absl::Time now = loop_.Now();
  waiting_.push_back({.key = std::move(key),
                      .sent = now,
                      .deadline = now + patience_.wait(),
                      .done = std::move(done)});
  ArmTimer();
}

void InFlight::OnAnswer(absl::string_view key, absl::Duration waited, Measurement measurement) {
  const auto has_key = [&](const Request& request) { return request.key == key; };
  const auto late = std::find_if(late_.begin(), late_.end(), has_key);
  if (late != late_.end()) {
    patience_.Learn(RoundTripOf(*late, waited));
    late_.erase(late);
    return;
  }
  const auto waiting = std::find_if(waiting_.begin(), waiting_.end(), has_key);
  if (waiting == waiting_.end()) return;
  const Request request = std::move(*waiting);
  waiting_.erase(waiting);
  ArmTimer();
  silences_ = 0;
  measurement.round_trip = RoundTripOf(request, waited);
  patience_.Learn(*measurement.round_trip);
  request.done(std::move(measurement));
}

void InFlight::FailAll(const Measurement& failure) {
  for (const Probe::Done& done : TakeAll()) done(failure);
}

std::vector<Probe::Done> InFlight::TakeAll() {
  std::vector<Probe::Done> all;
  for (Request& request : waiting_) all.push_back(std::move(request.done));
  waiting_.clear();
  ArmTimer();
  return all;
}

void InFlight::OnDeadline() {
  const absl::Time now = loop_.Now();
  std::vector<std::pair<Probe::Done, absl::Duration>> ended;  // with how long they waited
  for (auto request = waiting_.begin(); request != waiting_.end();) {
    if (request->deadline > now) {
      ++request;
      continue;
    }
    ended.emplace_back(std::move(request->done), request->deadline - request->sent);
    late_.push_back(std::move(*request));
    if (late_.size() > kMostLate) late_.pop_front();
    request = waiting_.erase(request);
    ++silences_;
  }
  ArmTimer();
  for (const auto& [done, waited] : ended) {
    done({.outcome = Outcome::kTimedOut,
          .phase = Phase::kAnswer,
          .detail = absl::StrFormat("%s in %.2f s", silence_, absl::ToDoubleSeconds(waited))});
  }
}

void InFlight::ArmTimer() {
  absl::Time earliest = absl::InfiniteFuture();
  for (const Request& request : waiting_) earliest = std::min(earliest, request.deadline);
  timer_.StartAt(earliest);
}

absl::Duration InFlight::RoundTripOf(const Request& request, absl::Duration waited) const {
  const absl::Duration elapsed = loop_.Now() - request.sent;
  return waited < elapsed ? elapsed - waited : elapsed;
}

}  // namespace dialtone::agents
