// The voice layer that is Kamailio, driven over its RPC socket and the file that it starts from.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "router/kamailio/flip.h"
#include "router/kamailio/plan_file.h"
#include "router/kamailio/tables.h"
#include "router/voice_layer.h"

namespace dialtone::router {

// Reads and writes the tables that deploy/kamailio defines: num, grp, hs, ctl and cnt. Everything
// is read back after it was written.
//
// Knows what each group's record was when last read, and forgets it when a write to it is
// uncertain, or when Kamailio began anew.
class Kamailio final : public VoiceLayer {
 public:
  // About a quarter of a second's work: then it is time to look again.
  static constexpr size_t kNumbersAtATime = 5'000;

  // All must outlive the driver. `hops`: names of all next hops.
  Kamailio(std::vector<std::string> hops, const Inventory& inventory, KamailioTables* tables,
           PlanFile* plan_file);

  absl::StatusOr<VoiceLayerLook> Look() override;
  absl::StatusOr<std::vector<PlanReading>> ReadPlans(
      const std::vector<std::string>& groups) override;
  absl::StatusOr<std::vector<PlanReading>> Apply(const std::vector<GroupPlan>& wanted) override;
  absl::Status Keep(const std::vector<GroupPlan>& wanted) override;
  absl::Status SetHopStates(const std::vector<HopWish>& states) override;
  absl::Status ClearHopStates(const std::vector<std::string>& hops) override;
  absl::StatusOr<bool> LoadNumbers() override;

 private:
  absl::Status TakeControl(const TableReply& start, const TableReply& commit);
  absl::Status Prepare(const std::vector<RecordWrite>& records);
  absl::Status Commit(uint64_t counter);
  absl::StatusOr<bool> ReloadNumbers();
  absl::StatusOr<bool> WriteNumbers();
  PlanReading Reading(const std::string& group) const;

  const std::vector<std::string> hops_;
  const Inventory& inventory_;
  const std::string inventory_mark_;
  KamailioTables& tables_;
  PlanFile& plan_file_;

  std::string start_;       // id of the start that the rest is known of; empty: not heard yet
  uint64_t committed_ = 0;  // the commit counter
  KnownRecords records_;
  // Kamailio was started without the plan file: it gets the numbers one by one, so far up to here.
  std::optional<size_t> numbers_written_;
};

}  // namespace dialtone::router
