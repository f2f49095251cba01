// Judges one path, which is one target seen from one site, from its probes alone.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"

#include "detector/chance.h"
#include "detector/event.h"
#include "detector/score.h"
#include "detector/testimony.h"

namespace dialtone::detector {

// Remembers what the probes of one path said, and how often they fail while nothing is wrong.
//
// Results may come in another order than they were sent in (a lost probe is known only after its
// deadline, when later ones have answered already), so every rule here goes by the time of sending.
class PathHealth {
 public:
  // Results kept one by one; the evidence of a diagnosis counts at most so many per path.
  static constexpr int kRemembered = 16;
  // Bad results in a row that are worth a suspicion: one is chance.
  static constexpr int kSuspect = 2;
  // Bad results in a row that are no noise any more but a state of the target.
  static constexpr int kState = 5;
  // What is taken for normal: the least chance of a bad result, whatever was learned; the results
  // that a new path is imagined to have had; and how many standard deviations of what is not known
  // yet are added.
  struct Usual {
    double least;
    double bad;
    double all;
    double doubt;
    bool is_stream;
  };
  // A line without any loss still has servers that restart; half a loss in a hundred is common.
  static constexpr Usual kRequests = {
      .least = 0.002, .bad = 0.5, .all = 100, .doubt = 0, .is_stream = false};
  // A stream is on the line for a whole second, and meets bursts that a request slips past: at 1 %
  // of loss in bursts of 0.2 s every twelfth. Lines differ by a factor of ten, so what is imagined
  // weighs little; and where every tenth stream is bad though nothing is wrong, a rate taken for a
  // little too low would accuse the relays of twenty sites within minutes.
  static constexpr Usual kStreams = {
      .least = 0.01, .bad = 0.9, .all = 30, .doubt = 1, .is_stream = true};
  // Nobody places enough calls to know better.
  static constexpr Usual kCalls = {
      .least = 0.01, .bad = 0.5, .all = 100, .doubt = 0, .is_stream = false};

  explicit PathHealth(Usual usual = kRequests) : usual_(usual) {}

  bool is_stream() const { return usual_.is_stream; }

  // `chance`: that it is bad though nothing is wrong. `is_calm`: nothing is suspected at the
  // site or wider, so that the result may teach the baseline.
  void OnResult(const ProbeResult& result, const Testimony& testimony, const Chance& chance,
                bool is_calm);

  // Probes in a row, by time of sending, that were good or bad, and when the first one was sent.
  int good_streak() const { return streak_says_ == Says::kGood ? streak_ : 0; }
  int bad_streak() const { return streak_says_ == Says::kBad ? streak_ : 0; }
  absl::Time streak_began() const { return streak_began_; }

  absl::Time last_sent() const { return last_sent_; }
  absl::Time last_good_sent() const { return last_good_sent_; }
  absl::Time last_bad_sent() const { return last_bad_sent_; }

  // A lost probe is known when its time-out has passed, an answer at once: counted at once, the
  // good part of a partial fault would look like health. So long after it was sent a loss is known
  // here: as the last one was, between the usual time-out (0.3 s and two round trips) and the
  // longest (who is slow is waited for); what is reported later than that was kept back. Of streams
  // all is known when their second is over.
  void OnLossKnown(absl::Duration after) {
    loss_known_after_us_ =
        absl::ToInt64Microseconds(std::clamp(after, kLossKnownAfter, kLossKnownLatest));
  }
  std::int64_t loss_known_after_us() const { return loss_known_after_us_; }
  static constexpr absl::Duration kLossKnownAfter = absl::Milliseconds(500);
  static constexpr absl::Duration kLossKnownLatest = absl::Milliseconds(2500);

  // Results of the same path in a row that said: it is our own certificate or configuration.
  int own_configuration_streak() const { return own_configuration_streak_; }

  // Of the remembered results those sent at `since` or later, and before `until`.
  struct Count {
    int bad = 0;
    int all = 0;
    Count& operator+=(const Count& other) {
      bad += other.bad;
      all += other.all;
      return *this;
    }
  };
  Count Since(absl::Time since) const { return Between(since, absl::InfiniteFuture()); }
  Count Between(absl::Time since, absl::Time until) const;
  // The same in microseconds of Unix time.
  Count Between(std::int64_t since_us, std::int64_t until_us) const;

  // `visit(sent, is_bad)` for each of the remembered results, in no order.
  template <typename Visit>
  void VisitRemembered(const Visit& visit) const {
    for (unsigned i = 0; i < remembered_; ++i) {
      visit(absl::FromUnixMicros(sent_us_[i]), (bad_bits_ >> i & 1U) != 0);
    }
  }

  // A fault was found here: health from before it says nothing of its end.
  void ExpectRecovery() { recovered_ = {}; }
  // What speaks for "a fault of that severity is over here", of results sent at `since` or later:
  // a CUSUM against half of the severity that was seen, at most kMostRecovered.
  float RecoveredNats(int severity, absl::Time since) const;
  static constexpr float kMostRecovered = 10;

  // The chance that a probe is bad though nothing is wrong, up to 0.5. Learned slowly,
  // from stretches without suspicion that ended well; the ceiling, the long memory and the
  // suspicion that stops it keep a slow brown-out from becoming normal. Of a loss that a burst may
  // explain only what is left for the baseline is learned: counted in full, the bursts would be in
  // `Chance` twice, and losses that come alone, as those of a mild fault do, would weigh half.
  double baseline() const;

  // What the baseline rests on, to be kept over a restart.
  struct Learned {
    float bad = 0;
    float all = 0;
  };
  Learned learned() const { return learned_; }
  void set_learned(Learned learned) { learned_ = learned; }

  // Chance that the path merely stutters: another probe of its own was bad shortly before `sent`.
  // To be asked before the result itself is taken.
  double StutterChance(absl::Time sent) const;
  // The same so many seconds after a bad one.
  static double StutterAfter(double seconds);

  // That the last bad probe was bad by chance, as was said when it was taken.
  double last_bad_chance() const { return last_bad_chance_; }

  // A diagnosis covers the path: what was just seen is no baseline.
  void ForgetUnlearned();

  std::optional<absl::Duration> round_trip() const { return round_trip_; }
  // What the last result said in words ("no answer in 0.34 s"); of the last bad one likewise.
  const std::string& detail() const { return detail_; }
  const std::string& bad_detail() const { return bad_detail_; }

 private:
  void Describe(const ProbeResult& result, const Testimony& testimony);
  void Remember(absl::Time sent, bool is_bad);
  void Learn(bool is_bad, const Chance& chance, bool is_calm);

  Says streak_says_ = Says::kNothing;
  int streak_ = 0;
  absl::Time streak_began_ = absl::InfinitePast();
  absl::Time last_sent_ = absl::InfinitePast();
  absl::Time last_good_sent_ = absl::InfinitePast();
  absl::Time last_bad_sent_ = absl::InfinitePast();
  double last_bad_chance_ = 1;
  std::int64_t loss_known_after_us_ = absl::ToInt64Microseconds(kLossKnownAfter);
  int own_configuration_streak_ = 0;

  std::array<std::int64_t, kRemembered> sent_us_{};  // ring, in order of arrival
  std::uint16_t bad_bits_ = 0;
  std::uint8_t next_ = 0;
  std::uint8_t remembered_ = 0;

  Nats recovered_{};

  Usual usual_ = kRequests;
  Learned learned_ = {};
  float unlearned_bad_ = 0;
  std::uint16_t unlearned_ = 0;

  std::optional<absl::Duration> round_trip_;
  std::optional<int> plain_code_;  // detail_ is that of good answers with this code
  std::string detail_;
  std::string bad_detail_;
};

}  // namespace dialtone::detector
