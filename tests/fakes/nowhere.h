// Where effects go in a test that looks at none of them.
#pragma once

#include <cstdint>
#include <vector>

#include "detector/journal_writer.h"

namespace dialtone::detector {

class Nowhere final : public Outlet {
 public:
  void Perform(const Wish&) override {}
  void Perform(const LeaseRenewal&) override {}
  void Perform(const BurstRequest&) override {}
  void Perform(const std::vector<Occurrence>&) override {}
  void UseEpoch(std::uint64_t) override {}
};

}  // namespace dialtone::detector
