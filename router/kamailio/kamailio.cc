#include "router/kamailio/kamailio.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "base/log.h"
#include "base/status.h"
#include "router/kamailio/hop_state_text.h"
#include "router/plan_text.h"

namespace dialtone::router {
namespace {

constexpr char kNumbers[] = "num";
constexpr char kGroups[] = "grp";
constexpr char kHopStates[] = "hs";
constexpr char kControl[] = "ctl";
constexpr char kCounters[] = "cnt";

TableRequest GetStart() { return TableRequest::Get(kControl, "boot"); }
TableRequest GetCommit() { return TableRequest::Get(kControl, "commit"); }

// A counter that was not counted yet has no entry.
absl::StatusOr<uint64_t> Count(absl::string_view key, const TableReply& reply) {
  uint64_t count = 0;
  if (reply && !absl::SimpleAtoi(*reply, &count)) {
    return absl::InternalError(
        absl::StrCat("Kamailio has \"", *reply, "\" for ", key, ", expected a count"));
  }
  return count;
}

absl::Status NotReadBack(absl::string_view key, absl::string_view written, const TableReply& read) {
  return absl::InternalError(absl::StrCat("Kamailio has ",
                                          read ? absl::StrCat("\"", *read, "\"") : "nothing",
                                          " for ", key, ", where \"", written, "\" was written"));
}

}  // namespace

Kamailio::Kamailio(std::vector<std::string> hops, const Inventory& inventory,
                   KamailioTables* tables, PlanFile* plan_file)
    : hops_(std::move(hops)),
      inventory_(inventory),
      inventory_mark_(InventoryMark(inventory)),
      tables_(*tables),
      plan_file_(*plan_file) {}

absl::Status Kamailio::TakeControl(const TableReply& start, const TableReply& commit) {
  if (!start || start->empty()) {
    return absl::InternalError(
        "Kamailio has no start id (ctl.boot), expected the configuration of deploy/kamailio");
  }
  ASSIGN_OR_RETURN(committed_, Count("ctl.commit", commit));
  if (*start != start_) {
    records_.clear();
    numbers_written_.reset();
  }
  start_ = *start;
  return absl::OkStatus();
}

absl::StatusOr<VoiceLayerLook> Kamailio::Look() {
  std::vector<TableRequest> requests = {GetStart(), GetCommit(),
                                        TableRequest::Get(kNumbers, PlanFile::kInventoryKey)};
  constexpr size_t kFirstHop = 3;
  constexpr size_t kEachHop = 3;
  for (const std::string& hop : hops_) {
    requests.push_back(TableRequest::Get(kCounters, absl::StrCat(hop, ".sent")));
    requests.push_back(TableRequest::Get(kCounters, absl::StrCat(hop, ".answered")));
    requests.push_back(TableRequest::Get(kHopStates, hop));
  }
  ASSIGN_OR_RETURN(const std::vector<TableReply> replies, tables_.Call(requests));
  RETURN_IF_ERROR(TakeControl(replies[0], replies[1]));
  VoiceLayerLook look{.start = start_, .numbers_current = replies[2] == inventory_mark_};
  for (size_t i = 0; i < hops_.size(); ++i) {
    const size_t at = kFirstHop + i * kEachHop;
    HopCounters& counters = look.counters.emplace_back(HopCounters{hops_[i]});
    ASSIGN_OR_RETURN(counters.sent, Count(requests[at].key, replies[at]));
    ASSIGN_OR_RETURN(counters.answered, Count(requests[at + 1].key, replies[at + 1]));
    const TableReply& state = replies[at + 2];
    if (!state) continue;
    // A state that cannot be read is shown as one without a kind, and so is replaced.
    look.hop_states.push_back(
        ParseHopState(hops_[i], *state).value_or(HopReading{.hop = hops_[i]}));
  }
  return look;
}

PlanReading Kamailio::Reading(const std::string& group) const {
  const auto found = records_.find(group);
  if (found == records_.end() || !found->second) return {group, std::nullopt};
  return {group, found->second->InForce(committed_)};
}

absl::StatusOr<std::vector<PlanReading>> Kamailio::ReadPlans(
    const std::vector<std::string>& groups) {
  std::vector<TableRequest> requests;
  for (const std::string& group : groups) requests.push_back(TableRequest::Get(kGroups, group));
  // Last: a start or a commit in between does not pass for one before.
  requests.push_back(GetStart());
  requests.push_back(GetCommit());
  ASSIGN_OR_RETURN(const std::vector<TableReply> replies, tables_.Call(requests));
  RETURN_IF_ERROR(TakeControl(replies[groups.size()], replies[groups.size() + 1]));
  std::vector<PlanReading> readings;
  for (size_t i = 0; i < groups.size(); ++i) {
    records_[groups[i]] = replies[i] ? ParseRecord(*replies[i]) : std::nullopt;
    readings.push_back(Reading(groups[i]));
  }
  return readings;
}

absl::StatusOr<std::vector<PlanReading>> Kamailio::Apply(const std::vector<GroupPlan>& wanted) {
  ASSIGN_OR_RETURN(const std::vector<TableReply> control, tables_.Call({GetStart(), GetCommit()}));
  RETURN_IF_ERROR(TakeControl(control[0], control[1]));
  std::vector<std::string> to_read;
  for (const GroupPlan& plan : wanted) {
    if (!records_.contains(plan.group)) to_read.push_back(plan.group);
  }
  if (!to_read.empty()) RETURN_IF_ERROR(ReadPlans(to_read).status());
  const Flip flip = PlanFlip(wanted, records_, committed_);
  if (!flip.prepare.empty()) RETURN_IF_ERROR(Prepare(flip.prepare));
  if (flip.commit) RETURN_IF_ERROR(Commit(*flip.commit));

  std::vector<PlanReading> readings;
  for (const std::string& group : to_read) readings.push_back(Reading(group));
  for (const RecordWrite& write : flip.prepare) readings.push_back(Reading(write.group));
  return readings;
}

absl::Status Kamailio::Prepare(const std::vector<RecordWrite>& records) {
  std::vector<TableRequest> requests;
  for (const RecordWrite& write : records) {
    records_.erase(write.group);  // uncertain until it is read back
    requests.push_back(TableRequest::SetText(kGroups, write.group, FormatRecord(write.record)));
  }
  // Kamailio's one worker keeps the order: what is read comes after what was written.
  for (const RecordWrite& write : records) {
    requests.push_back(TableRequest::Get(kGroups, write.group));
  }
  ASSIGN_OR_RETURN(const std::vector<TableReply> replies, tables_.Call(requests));
  for (size_t i = 0; i < records.size(); ++i) {
    const TableReply& read = replies[records.size() + i];
    if (read != requests[i].text) {
      return NotReadBack(absl::StrCat("grp.", records[i].group), requests[i].text, read);
    }
    records_[records[i].group] = records[i].record;
  }
  return absl::OkStatus();
}

absl::Status Kamailio::Commit(uint64_t counter) {
  ASSIGN_OR_RETURN(
      const std::vector<TableReply> replies,
      tables_.Call({TableRequest::SetNumber(kControl, "commit", static_cast<int64_t>(counter)),
                    GetCommit(), GetStart()}));
  if (replies[1] != absl::StrCat(counter)) {
    return NotReadBack("ctl.commit", absl::StrCat(counter), replies[1]);
  }
  return TakeControl(replies[2], replies[1]);
}

absl::Status Kamailio::Keep(const std::vector<GroupPlan>& wanted) {
  return plan_file_.WritePlans(wanted);
}

absl::Status Kamailio::SetHopStates(const std::vector<HopWish>& states) {
  std::vector<TableRequest> requests;
  for (const HopWish& wish : states) {
    requests.push_back(
        TableRequest::SetText(kHopStates, wish.hop, FormatHopState(wish.state, wish.percent)));
  }
  for (const HopWish& wish : states) requests.push_back(TableRequest::Get(kHopStates, wish.hop));
  ASSIGN_OR_RETURN(const std::vector<TableReply> replies, tables_.Call(requests));
  for (size_t i = 0; i < states.size(); ++i) {
    const TableReply& read = replies[states.size() + i];
    if (read != requests[i].text) {
      return NotReadBack(absl::StrCat("hs.", states[i].hop), requests[i].text, read);
    }
  }
  return absl::OkStatus();
}

absl::Status Kamailio::ClearHopStates(const std::vector<std::string>& hops) {
  std::vector<TableRequest> requests;
  for (const std::string& hop : hops) requests.push_back(TableRequest::Delete(kHopStates, hop));
  for (const std::string& hop : hops) requests.push_back(TableRequest::Get(kHopStates, hop));
  ASSIGN_OR_RETURN(const std::vector<TableReply> replies, tables_.Call(requests));
  for (size_t i = 0; i < hops.size(); ++i) {
    const TableReply& read = replies[hops.size() + i];
    if (read) return NotReadBack(absl::StrCat("hs.", hops[i]), "", read);
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Kamailio::LoadNumbers() {
  RETURN_IF_ERROR(plan_file_.WriteNumbers(inventory_));
  if (numbers_written_) return WriteNumbers();
  absl::StatusOr<bool> reloaded = ReloadNumbers();
  if (!absl::IsInternal(reloaded.status())) return reloaded;
  numbers_written_ = 0;
  return false;
}

absl::StatusOr<bool> Kamailio::ReloadNumbers() {
  ASSIGN_OR_RETURN(const std::vector<TableReply> replies,
                   tables_.Call({TableRequest::Reload(kNumbers),
                                 TableRequest::Get(kNumbers, PlanFile::kInventoryKey)}));
  if (replies[1] == inventory_mark_) return true;
  return NotReadBack("num.inventory", inventory_mark_, replies[1]);
}

// The next piece of the inventory; its mark at the end, so that nothing less passes for it. Numbers
// of an inventory before stay until Kamailio's next start: there is no way to find them.
absl::StatusOr<bool> Kamailio::WriteNumbers() {
  const std::vector<InventoryEntry>& entries = inventory_.entries();
  const size_t begin = *numbers_written_;
  const size_t end = std::min(entries.size(), begin + kNumbersAtATime);
  std::vector<TableRequest> requests;
  for (size_t i = begin; i < end; ++i) {
    requests.push_back(TableRequest::SetText(kNumbers, absl::StrCat(entries[i].number),
                                             inventory_.GroupName(entries[i])));
  }
  if (end == entries.size()) {
    requests.push_back(TableRequest::SetText(kNumbers, PlanFile::kInventoryKey, inventory_mark_));
  }
  const size_t writes = requests.size();
  for (size_t i = 0; i < writes; ++i) {
    requests.push_back(TableRequest::Get(kNumbers, requests[i].key));
  }
  ASSIGN_OR_RETURN(const std::vector<TableReply> replies, tables_.Call(requests));
  for (size_t i = 0; i < writes; ++i) {
    const TableReply& read = replies[writes + i];
    if (read == requests[i].text) continue;
    return NotReadBack(absl::StrCat("num.", MaskNumber(requests[i].key)), requests[i].text, read);
  }
  numbers_written_ = end;
  if (end < entries.size()) return false;
  numbers_written_.reset();
  return true;
}

}  // namespace dialtone::router
