// CHECK: what only we can do wrong. Never used on input. Named as in newer Abseil
// (absl/log/check.h, 20230125), which the packaged Abseil 20220623 lacks, so that this file can be
// deleted later.
#pragma once

#include <sstream>

namespace dialtone {

// Collects the message of a failed CHECK, prints it to stderr and aborts when it goes out of scope.
class CheckFailure {
 public:
  CheckFailure(const char* file, int line, const char* condition);
  CheckFailure(const CheckFailure&) = delete;
  CheckFailure& operator=(const CheckFailure&) = delete;
  [[noreturn]] ~CheckFailure();

  std::ostream& stream() { return message_; }

 private:
  std::ostringstream message_;
};

}  // namespace dialtone

// Aborts with the condition and the streamed text unless `condition` holds.
#define CHECK(condition)        \
  switch (0)                    \
  case 0:                       \
  default:                      \
    if (condition) [[likely]] { \
    } else /* NOLINT */         \
      ::dialtone::CheckFailure(__FILE__, __LINE__, #condition).stream()
