#include "router/hop_calls.h"

#include <algorithm>
#include <utility>

namespace dialtone::router {
namespace {

bool Rose(const std::vector<HopCounters>& before, const std::vector<HopCounters>& now) {
  return std::equal(before.begin(), before.end(), now.begin(), now.end(),
                    [](const HopCounters& a, const HopCounters& b) {
                      return a.hop == b.hop && a.sent <= b.sent && a.answered <= b.answered;
                    });
}

}  // namespace

void CallWindow::Observe(std::vector<HopCounters> counters, absl::Time now) {
  if (!samples_.empty() && !Rose(samples_.back().counters, counters)) samples_.clear();
  samples_.push_back({now, std::move(counters)});
  // One sample at the window's far edge or before it is kept: the differences are taken from it.
  while (samples_.size() > 1 && now - samples_[1].time >= kWindow) samples_.pop_front();
}

HopCalls CallWindow::At(size_t index) const {
  const HopCounters& now = samples_.back().counters[index];
  const HopCounters& before = samples_.front().counters[index];
  const uint64_t sent = now.sent - before.sent;
  return {now, sent, std::min(sent, now.answered - before.answered)};
}

std::vector<HopCalls> CallWindow::All() const {
  std::vector<HopCalls> all;
  if (samples_.empty()) return all;
  for (size_t i = 0; i < samples_.back().counters.size(); ++i) all.push_back(At(i));
  return all;
}

HopCalls CallWindow::Of(absl::string_view hop) const {
  if (samples_.empty()) return {};
  const std::vector<HopCounters>& counters = samples_.back().counters;
  for (size_t i = 0; i < counters.size(); ++i) {
    if (counters[i].hop == hop) return At(i);
  }
  return {};
}

}  // namespace dialtone::router
