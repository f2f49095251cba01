#include "detector/effects_digest.h"

#include <functional>
#include <set>
#include <vector>

#include "gtest/gtest.h"

namespace dialtone::detector {
namespace {

// One of every effect.
Effects Everything() {
  return {.journal = {{.key = "k", .value = "v"}},
          .occurrences = {{.id = 1, .kind = OccurrenceKind::kFlip, .groups = {"g-lon"}}},
          .wishes = {{.voice_layer = 0,
                      .generation = 5,
                      .groups = {{.group = "g-lon", .shares = {{.route = "pbx", .percent = 100}}}},
                      .hop_states = {{.hop = "t1", .state = HopState::kAfterBackups}}}},
          .renewals = {{.voice_layer = 0, .generation = 5}},
          .bursts = {{.site = 3, .targets = {1, 2}, .interval = absl::Milliseconds(200)}},
          .answers = {{.request = 4,
                       .status = absl::NotFoundError("no"),
                       .moves = {{.group = "g-lon", .numbers = 7}},
                       .holds = {{.scope = {.kind = ScopeSelector::Kind::kSite, .name = "lon"}}}}}};
}

TEST(EffectsDigest, OfNothingIsZero) {
  EXPECT_EQ(DigestOf({}), 0U);
  EXPECT_NE(DigestOf({.renewals = {{}}}), 0U);
}

TEST(EffectsDigest, IsTheSameForTheSameEffectsAndStaysSo) {
  EXPECT_EQ(DigestOf(Everything()), DigestOf(Everything()));
  // Recordings of other machines and builds carry it.
  EXPECT_EQ(DigestOf({.renewals = {{.voice_layer = 0, .generation = 5}}}), 0xa71f3abc9becae61U);
}

TEST(EffectsDigest, SeesEveryKindOfChange) {
  const std::vector<std::function<void(Effects*)>> changes = {
      [](Effects* effects) { effects->journal[0].value = "w"; },
      [](Effects* effects) { effects->journal.clear(); },
      [](Effects* effects) { effects->occurrences[0].time += absl::Nanoseconds(1); },
      [](Effects* effects) {
        effects->occurrences[0].groups = {"g-", "lon"};
      },
      [](Effects* effects) { effects->occurrences[0].guard = "cap"; },
      [](Effects* effects) { effects->wishes[0].groups[0].shares[0].percent = 25; },
      [](Effects* effects) { effects->wishes[0].groups[0].since = absl::InfiniteFuture(); },
      [](Effects* effects) { effects->wishes[0].hop_states[0].state = HopState::kLastInRoute; },
      [](Effects* effects) { effects->renewals[0].generation = 6; },
      [](Effects* effects) {
        effects->bursts[0].targets = {2, 1};
      },
      [](Effects* effects) { effects->bursts[0].interval = absl::Milliseconds(201); },
      [](Effects* effects) { effects->answers[0].status = absl::AbortedError("no"); },
      [](Effects* effects) { effects->answers[0].moves[0].numbers = 8; },
      [](Effects* effects) { effects->answers[0].holds[0].scope.name = "par"; },
      [](Effects* effects) { effects->answers[0].frozen = true; }};
  std::set<std::uint64_t> digests = {DigestOf(Everything())};
  for (const auto& change : changes) {
    Effects effects = Everything();
    change(&effects);
    digests.insert(DigestOf(effects));
  }
  EXPECT_EQ(digests.size(), changes.size() + 1);
}

}  // namespace
}  // namespace dialtone::detector
