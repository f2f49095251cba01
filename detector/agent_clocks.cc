#include "detector/agent_clocks.h"

#include "absl/strings/str_cat.h"

namespace dialtone::detector {

bool AgentClocks::OnBatch(const Batch& batch, absl::Time now, Chronicle* chronicle) {
  AgentClock& clock = clocks_[static_cast<std::size_t>(batch.site)];
  const absl::Duration step = batch.clock_set_by - clock.set_by;
  const bool is_known = clock.run_id == batch.run_id;
  if (is_known && absl::AbsDuration(step) < kLeastStep) return false;
  clock.run_id = batch.run_id;
  clock.set_by = batch.clock_set_by;
  if (!is_known) return false;
  clock.steps = {.count = clock.steps.count + 1, .last = step, .last_time = now};
  if (now < clock.told + kToldEvery) return true;
  clock.told = now;
  const absl::Duration by = absl::Trunc(absl::AbsDuration(step), absl::Milliseconds(100));
  chronicle->Add(now,
                 {.kind = OccurrenceKind::kAlarm,
                  .sentence = absl::StrCat("the clock of the agent at ",
                                           fleet_.sites[static_cast<std::size_t>(batch.site)].name,
                                           " was set ", absl::FormatDuration(by),
                                           step > absl::ZeroDuration() ? " forward" : " back",
                                           ": what it was measuring accuses nobody")});
  return true;
}

}  // namespace dialtone::detector
