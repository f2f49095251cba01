#include "detector/dispatch.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "absl/strings/str_join.h"

#include "base/check.h"
#include "base/log.h"

namespace dialtone::detector {
namespace {

// Words of the log, in the order of OccurrenceKind. Operators search for them: they never change.
constexpr std::array<const char*, 12> kEvents = {
    "suspected", "confirmed",       "ended",   "reorder", "skip",     "flip",
    "failback",  "route_confirmed", "blocked", "alarm",   "operator", "started"};
static_assert(static_cast<size_t>(OccurrenceKind::kStarted) + 1 == kEvents.size());

// Of a flip of everything, in one line.
constexpr std::ptrdiff_t kMaxLoggedGroups = 20;

void Log(const Occurrence& occurrence) {
  const auto write = occurrence.kind == OccurrenceKind::kAlarm ? LogWarning : LogInfo;
  const char* const event = kEvents[static_cast<size_t>(occurrence.kind)];
  if (occurrence.groups.empty() && occurrence.hop.empty() && occurrence.guard.empty()) {
    write(event, {{"id", occurrence.id},
                  {"sentence", occurrence.sentence},
                  {"diagnosis", occurrence.diagnosis}});
    return;
  }
  const auto begin = occurrence.groups.begin();
  const auto count = std::min(std::ssize(occurrence.groups), kMaxLoggedGroups);
  write(event, {{"id", occurrence.id},
                {"sentence", occurrence.sentence},
                {"diagnosis", occurrence.diagnosis},
                {"group_count", occurrence.groups.size()},
                {"groups", absl::StrJoin(begin, begin + count, ",")},
                {"hop", occurrence.hop},
                {"guard", occurrence.guard}});
}

}  // namespace

void Dispatch::UseRouters(std::vector<std::unique_ptr<RouteClient>> routers) {
  routers_ = std::move(routers);
  // Only now: what a router says may lead to an effect at once.
  for (const std::unique_ptr<RouteClient>& router : routers_) router->Start();
}

void Dispatch::StopRouters() {
  for (const std::unique_ptr<RouteClient>& router : routers_) router->Stop();
}

RouteClient& Dispatch::Router(VoiceLayerIndex voice_layer) {
  const size_t index = static_cast<size_t>(voice_layer);
  CHECK(index < routers_.size()) << "voice layer " << voice_layer;
  return *routers_[index];
}

void Dispatch::Perform(const Wish& wish) { Router(wish.voice_layer).Want(wish); }

void Dispatch::Perform(const LeaseRenewal& renewal) { Router(renewal.voice_layer).Renew(renewal); }

void Dispatch::Perform(const BurstRequest& burst) { agents_.Burst(burst); }

void Dispatch::Perform(const std::vector<Occurrence>& occurrences) {
  for (const Occurrence& occurrence : occurrences) Log(occurrence);
  history_.Add(occurrences);
}

void Dispatch::UseEpoch(std::uint64_t epoch) {
  for (const std::unique_ptr<RouteClient>& router : routers_) router->UseEpoch(epoch);
}

}  // namespace dialtone::detector
