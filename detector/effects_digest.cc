#include "detector/effects_digest.h"

#include <string>
#include <type_traits>
#include <vector>

namespace dialtone::detector {
namespace {

// Adds every field of every struct. Each is taken apart by a structured binding, so that a new
// field does not compile until it is added here.
class Digester {
 public:
  std::uint64_t value() const { return value_; }

  template <typename Number>
  requires(std::is_integral_v<Number> || std::is_enum_v<Number>) void Add(Number number) {
    auto bits = static_cast<std::uint64_t>(number);
    for (int i = 0; i < 8; ++i, bits >>= 8) Byte(static_cast<unsigned char>(bits & 0xff));
  }
  void Add(const std::string& text) {
    Add(text.size());
    for (const char c : text) Byte(static_cast<unsigned char>(c));
  }
  void Add(absl::Duration duration) {
    // Infinite ones are the ends of the range.
    Add(absl::ToInt64Nanoseconds(duration));
  }
  void Add(absl::Time time) { Add(time - absl::UnixEpoch()); }
  void Add(const absl::Status& status) {
    Add(status.code());
    Add(std::string(status.message()));
  }
  template <typename T>
  void Add(const std::vector<T>& values) {
    Add(values.size());
    for (const T& value : values) Add(value);
  }

  void Add(const JournalRecord& record) {
    const auto& [key, value] = record;
    All(key, value);
  }
  void Add(const Occurrence& occurrence) {
    const auto& [id, time, kind, sentence, diagnosis, groups, hop, guard] = occurrence;
    All(id, time, kind, sentence, diagnosis, groups, hop, guard);
  }
  void Add(const Share& share) {
    const auto& [route, percent] = share;
    All(route, percent);
  }
  void Add(const GroupRoute& wanted) {
    const auto& [group, shares, ignore_hop_states, origin, reason, since] = wanted;
    All(group, shares, ignore_hop_states, origin, reason, since);
  }
  void Add(const HopStateEntry& entry) {
    const auto& [hop, state, percent, reason] = entry;
    All(hop, state, percent, reason);
  }
  void Add(const Wish& wish) {
    const auto& [voice_layer, generation, groups, hop_states] = wish;
    All(voice_layer, generation, groups, hop_states);
  }
  void Add(const LeaseRenewal& renewal) {
    const auto& [voice_layer, generation] = renewal;
    All(voice_layer, generation);
  }
  void Add(const BurstRequest& burst) {
    const auto& [site, targets, interval, duration] = burst;
    All(site, targets, interval, duration);
  }
  void Add(const PlannedMove& move) {
    const auto& [group, numbers, from_route, to_route, proof] = move;
    All(group, numbers, from_route, to_route, proof);
  }
  void Add(const ScopeSelector& scope) {
    const auto& [kind, name] = scope;
    All(kind, name);
  }
  void Add(const Hold& hold) {
    const auto& [scope, author, reason, since, until] = hold;
    All(scope, author, reason, since, until);
  }
  void Add(const OperatorAnswer& answer) {
    const auto& [request, status, plan_id, moves, stays, guards, emergency, undo, confirmation,
                 occurrence, generation, holds, effects, frozen] = answer;
    All(request, status, plan_id, moves, stays, guards, emergency, undo, confirmation, occurrence,
        generation, holds, effects, frozen);
  }
  void Add(const Effects& all) {
    const auto& [journal, occurrences, wishes, renewals, bursts, answers] = all;
    All(journal, occurrences, wishes, renewals, bursts, answers);
  }

 private:
  template <typename... Fields>
  void All(const Fields&... fields) {
    (Add(fields), ...);
  }
  // FNV-1a, 64 bits.
  void Byte(unsigned char byte) { value_ = (value_ ^ byte) * 0x100000001b3U; }

  std::uint64_t value_ = 0xcbf29ce484222325U;
};

}  // namespace

std::uint64_t DigestOf(const Effects& effects) {
  if (effects.journal.empty() && effects.occurrences.empty() && effects.wishes.empty() &&
      effects.renewals.empty() && effects.bursts.empty() && effects.answers.empty()) {
    return 0;
  }
  Digester digester;
  digester.Add(effects);
  return digester.value();
}

}  // namespace dialtone::detector
