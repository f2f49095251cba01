#include "agents/spool.h"

#include <utility>

#include "base/check.h"

namespace dialtone::agents {

void Spool::Add(Result result) {
  results_.push_back(std::move(result));
  if (results_.size() > capacity_) ForgetBefore(begin_ + 1);
}

void Spool::Expire(absl::Time now) {
  while (!results_.empty() && results_.front().sent < now - kOldest) ForgetBefore(begin_ + 1);
}

void Spool::ForgetBefore(uint64_t number) {
  CHECK(number <= end()) << "asked to forget results up to " << number << " of " << end();
  while (begin_ < number) {
    results_.pop_front();
    ++begin_;
  }
}

const Result& Spool::at(uint64_t number) const {
  CHECK(number >= begin() && number < end()) << "no result " << number;
  return results_[number - begin_];
}

}  // namespace dialtone::agents
