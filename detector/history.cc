#include "detector/history.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"

namespace dialtone::detector {

History::History(std::vector<Occurrence> newest)
    : occurrences_(std::make_move_iterator(newest.begin()), std::make_move_iterator(newest.end())) {
}

void History::Add(const std::vector<Occurrence>& occurrences) {
  MutexLock lock(&mutex_);
  occurrences_.insert(occurrences_.end(), occurrences.begin(), occurrences.end());
  while (occurrences_.size() > kSize) occurrences_.pop_front();
  for (Watcher* watcher : watchers_) watcher->Take(occurrences);
}

std::vector<Occurrence> History::Newest(size_t limit) const {
  MutexLock lock(&mutex_);
  const size_t count = std::min(limit, occurrences_.size());
  return {occurrences_.rbegin(), occurrences_.rbegin() + static_cast<std::ptrdiff_t>(count)};
}

absl::Status History::Watch(Watcher* watcher, std::uint64_t after_id) {
  MutexLock lock(&mutex_);
  if (closed_) return absl::UnavailableError("the detector stops");
  if (watchers_.size() >= kMaxWatchers) {
    return absl::ResourceExhaustedError(
        absl::StrCat(kMaxWatchers, " watch already; that is the limit"));
  }
  watchers_.push_back(watcher);
  if (after_id == 0) return absl::OkStatus();
  std::vector<Occurrence> missed;
  std::copy_if(occurrences_.begin(), occurrences_.end(), std::back_inserter(missed),
               [after_id](const Occurrence& occurrence) { return occurrence.id > after_id; });
  if (!missed.empty()) watcher->Take(missed);
  return absl::OkStatus();
}

void History::Unwatch(Watcher* watcher) {
  MutexLock lock(&mutex_);
  std::erase(watchers_, watcher);
}

void History::CloseWatches() {
  MutexLock lock(&mutex_);
  closed_ = true;
  for (Watcher* watcher : watchers_) watcher->Close();
}

}  // namespace dialtone::detector
