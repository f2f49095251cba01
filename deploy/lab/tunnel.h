// A TUN interface inside a named network namespace: packets that the kernel sends there are read
// here, packets written here arrive there.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace dialtone::lab {

// One end of a link.
struct TunnelEnd {
  std::string network_namespace;  // as in `ip netns list`
  std::string interface;          // at most 15 characters
};

// Makes the interface (it lives as long as the descriptor) and returns its descriptor, which does
// not block. The calling thread is back in its own namespace afterwards.
absl::StatusOr<int> OpenTunnel(const TunnelEnd& end);

}  // namespace dialtone::lab
