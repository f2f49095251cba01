// What a stream of packets says about the voice it could carry.
#pragma once

#include <optional>
#include <vector>

#include "absl/time/time.h"

namespace dialtone::agents {

// One stream, measured.
struct Quality {
  int sent = 0;
  int lost = 0;  // of those sent
  // Median: one late packet says nothing of the path, and shows in the jitter.
  std::optional<absl::Duration> round_trip = {};
  std::optional<absl::Duration> jitter = {};  // absent with fewer than two answers

  // 0 to 1; nothing sent: 0.
  double loss_ratio() const;
};

// Gathers the answers of one stream, in the order they came.
//
// The jitter is the mean of |D| (RFC 3550 §6.4.1), D being the difference of the round trips of two
// answers that followed each other: the quantity that the RFC's J estimates with a filter, which a
// stream of a second is too short to settle. It holds the variation of both directions.
class QualityMeter {
 public:
  void CountAnswer(absl::Duration round_trip) { round_trips_.push_back(round_trip); }
  void CountLoss() { ++lost_; }

  int lost() const { return lost_; }
  int answered() const { return static_cast<int>(round_trips_.size()); }
  int sent() const { return lost() + answered(); }

  Quality Measured() const;

 private:
  int lost_ = 0;
  std::vector<absl::Duration> round_trips_;
};

// Mean opinion score, 1 (bad) to 4.5 (excellent), of a call with G.711 and packet loss concealment
// over such a path; nothing without a round trip. ITU-T G.107 (E-model) with its default values,
// Ie = 0 and Bpl = 25.1 (G.113 table I.4), losses taken as independent.
std::optional<double> MeanOpinionScore(const Quality& quality);

}  // namespace dialtone::agents
