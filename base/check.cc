#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace dialtone {

CheckFailure::CheckFailure(const char* file, int line, const char* condition) {
  message_ << file << ":" << line << ": check failed: " << condition << " ";
}

CheckFailure::~CheckFailure() {
  // Not through the log: it may be what failed.
  std::fprintf(stderr, "%s\n", message_.str().c_str());
  std::abort();
}

}  // namespace dialtone
