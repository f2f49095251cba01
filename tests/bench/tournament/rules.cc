#include "tests/bench/tournament/rules.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <utility>

namespace dialtone::bench {
namespace {

bool IsCall(Probed probed) { return probed == Probed::kCall; }

// So many bad results in a row are down, so many good ones up again: Kamailio's dispatcher, CUBE,
// AudioCodes, BFD.
class InARow : public Rule {
 public:
  InARow(int bad_to_leave, int good_to_return) : bad_(bad_to_leave), good_(good_to_return) {}
  void OnSample(const Sample& sample) override {
    streak_ = sample.is_bad == was_bad_ ? streak_ + 1 : 1;
    was_bad_ = sample.is_bad;
    if (was_bad_ && streak_ >= bad_) Set(true);
    if (!was_bad_ && streak_ >= good_) Set(false);
  }

 private:
  const int bad_;
  const int good_;
  int streak_ = 0;
  bool was_bad_ = false;
};

// Some of the last few are bad.
class SomeOf : public Rule {
 public:
  SomeOf(std::size_t bad, std::size_t of) : bad_(bad), of_(of) {}
  void OnSample(const Sample& sample) override {
    last_.push_back(sample.is_bad);
    if (last_.size() > of_) last_.pop_front();
    Set(static_cast<std::size_t>(std::count(last_.begin(), last_.end(), true)) >= bad_);
  }

 private:
  const std::size_t bad_;
  const std::size_t of_;
  std::deque<bool> last_;
};

// Envoy, outlier_detection.consecutive_5xx: ejected for 30 s times the number of ejections, and
// back without being asked.
class Ejection : public Rule {
 public:
  static constexpr double kBase = 30;
  static constexpr double kLongest = 300;  // max_ejection_time

  void OnTime(Moment now) override {
    if (now >= back_at_) {
      Set(false);
      back_at_ = kNever;
    }
  }
  void OnSample(const Sample& sample) override {
    OnTime(sample.known);
    streak_ = sample.is_bad ? streak_ + 1 : 0;
    if (streak_ < kConsecutive) return;
    streak_ = 0;
    Eject(sample.known);
  }

 protected:
  void Eject(Moment now) {
    if (is_down()) return;
    ++ejections_;
    back_at_ = now + std::min(kLongest, kBase * ejections_);
    Set(true);
  }

 private:
  static constexpr int kConsecutive = 5;
  int streak_ = 0;
  int ejections_ = 0;
  Moment back_at_ = kNever;
};

// Envoy's success-rate outlier: the rule only ejects; who is an outlier is found by comparing.
class Outlier : public Ejection {
 public:
  void OnSample(const Sample& sample) override { OnTime(sample.known); }
  void OnOutlier(Moment now) override { Eject(now); }
};

// Phi accrual (Hayashibara 2004; Akka's parameters): heartbeats are the good answers; down when
// the chance that the next one is merely late is below 10^-threshold.
class PhiAccrual : public Rule {
 public:
  PhiAccrual(double threshold, double pause) : threshold_(threshold), pause_(pause) {}
  void OnSample(const Sample& sample) override {
    spacing_ = sample.spacing;
    if (sample.is_bad) {
      OnTime(sample.known);
      return;
    }
    if (last_ > -kNever) Learn(sample.known - last_);
    last_ = sample.known;
    Set(false);
  }
  void OnTime(Moment now) override {
    if (last_ == -kNever || gaps_.size() < kEnough) return;
    if (Phi(now - last_) > threshold_) Set(true);
  }

 private:
  static constexpr std::size_t kEnough = 10;
  static constexpr std::size_t kSample = 200;
  static constexpr double kLeastDeviation = 0.1;  // of the spacing

  void Learn(double gap) {
    gaps_.push_back(gap);
    if (gaps_.size() > kSample) gaps_.pop_front();
  }
  double Phi(double silence) const {
    double mean = 0;
    for (const double gap : gaps_) mean += gap;
    mean /= static_cast<double>(gaps_.size());
    double variance = 0;
    for (const double gap : gaps_) variance += (gap - mean) * (gap - mean);
    const double deviation = std::max(std::sqrt(variance / static_cast<double>(gaps_.size())),
                                      kLeastDeviation * spacing_);
    const double late = 0.5 * std::erfc((silence - mean - pause_) / (deviation * std::sqrt(2.0)));
    return late > 0 ? -std::log10(late) : std::numeric_limits<double>::infinity();
  }

  const double threshold_;
  const double pause_;
  double spacing_ = 1;
  Moment last_ = -kNever;
  std::deque<double> gaps_;
};

// Prometheus: blackbox probes scraped every 15 s, evaluated every 15 s, `for: 1m`.
class ForAMinute : public Rule {
 public:
  static constexpr double kScrape = 15;
  void OnSample(const Sample& sample) override {
    if (sample.sent < next_scrape_) return;
    next_scrape_ = (std::floor(sample.sent / kScrape) + 1) * kScrape;
    is_bad_ = sample.is_bad;
  }
  void OnTime(Moment now) override {
    if (now < next_evaluation_) return;
    next_evaluation_ = (std::floor(now / kScrape) + 1) * kScrape;
    if (!is_bad_) {
      since_ = kNever;
      Set(false);
      return;
    }
    since_ = std::min(since_, now);
    if (now - since_ >= 60) Set(true);
  }

 private:
  bool is_bad_ = false;
  Moment next_scrape_ = -kNever;
  Moment next_evaluation_ = -kNever;
  Moment since_ = kNever;
};

// Google's SRE workbook, chapter 5: pages while the last hour and the last five minutes both burn a
// 99.9 % budget 14.4 times too fast.
class BurnRate : public Rule {
 public:
  static constexpr double kBurn = 14.4 * 0.001;
  void OnSample(const Sample& sample) override {
    if (sample.is_bad) bad_.push_back(sample.known);
    OnTime(sample.known);
    spacing_ = sample.spacing;
  }
  void OnTime(Moment now) override {
    while (!bad_.empty() && bad_.front() < now - kLong) bad_.pop_front();
    const auto recent =
        static_cast<double>(bad_.end() - std::lower_bound(bad_.begin(), bad_.end(), now - kShort));
    const bool is_short = recent > kBurn * kShort / spacing_;
    const bool is_long = static_cast<double>(bad_.size()) > kBurn * kLong / spacing_;
    Set(is_short && (is_long || is_down()));
  }

 private:
  static constexpr double kShort = 300;
  static constexpr double kLong = 3600;
  double spacing_ = 1;
  std::deque<Moment> bad_;
};

// OpenSIPS qrouting: answer-seizure ratio over a history; only calls count.
class AnswerSeizureRatio : public Rule {
 public:
  AnswerSeizureRatio(double history, double critical) : history_(history), critical_(critical) {}
  void OnSample(const Sample& sample) override {
    calls_.emplace_back(sample.known, sample.is_bad);
    OnTime(sample.known);
  }
  void OnTime(Moment now) override {
    while (!calls_.empty() && calls_.front().first < now - history_) calls_.pop_front();
    if (calls_.size() < kEnough) return;
    const auto good =
        std::count_if(calls_.begin(), calls_.end(), [](const auto& call) { return !call.second; });
    Set(static_cast<double>(good) < critical_ * static_cast<double>(calls_.size()));
  }

 private:
  static constexpr std::size_t kEnough = 6;
  const double history_;
  const double critical_;
  std::deque<std::pair<Moment, bool>> calls_;
};

// Watches nothing.
class Blind : public Rule {
 public:
  void OnSample(const Sample&) override {}
};

template <typename R, typename... Args>
std::function<std::unique_ptr<Rule>(Probed)> Each(Args... args) {
  return [args...](Probed) { return std::make_unique<R>(args...); };
}

// Only the test calls are judged.
std::function<std::unique_ptr<Rule>(Probed)> CallsOnly(double history, double critical) {
  return [=](Probed probed) -> std::unique_ptr<Rule> {
    if (IsCall(probed)) return std::make_unique<AnswerSeizureRatio>(history, critical);
    return std::make_unique<Blind>();
  };
}

}  // namespace

std::vector<Peer> Peers() {
  return {
      {.name = "Kamailio 30 s, threshold 1, timer 30 s",
       .code = "Kamailio 30 s",
       .interval = 30,
       .interval_down = 30,
       .timeout = 30,
       .make_rule = Each<InARow>(1, 1)},
      {.name = "Kamailio 1 s, threshold 1, timer 0.5 s",
       .code = "Kamailio 1 x 1 s",
       .interval = 1,
       .interval_down = 1,
       .timeout = 0.5,
       .make_rule = Each<InARow>(1, 1)},
      {.name = "Kamailio 1 s, threshold 3, timer 2 s",
       .code = "Kamailio 3 x 1 s",
       .interval = 1,
       .interval_down = 1,
       .timeout = 2,
       .make_rule = Each<InARow>(3, 1)},
      {.name = "OpenSIPS qrouting, history 30 min, ASR 50 %",
       .code = "qrouting",
       .make_rule = CallsOnly(1800, 0.5)},
      {.name = "Cisco CUBE 60 s x 5",
       .code = "CUBE 60 s",
       .interval = 60,
       .interval_down = 30,
       .timeout = 32,
       .make_rule = Each<InARow>(5, 1)},
      {.name = "Cisco CUBE 30 s x 5",
       .code = "CUBE 30 s",
       .interval = 30,
       .interval_down = 30,
       .timeout = 32,
       .make_rule = Each<InARow>(5, 1)},
      {.name = "AudioCodes 60 s, timer 7.5 s",
       .code = "AudioCodes",
       .interval = 60,
       .interval_down = 10,
       .timeout = 7.5,
       .hears_errors = false,
       .make_rule = Each<InARow>(1, 1)},
      {.name = "Envoy consecutive-5", .code = "Envoy 5", .make_rule = Each<Ejection>()},
      {.name = "Envoy success rate",
       .code = "Envoy rate",
       .compares = true,
       .make_rule = Each<Outlier>()},
      {.name = "phi accrual 8, pause 3 s", .code = "phi", .make_rule = Each<PhiAccrual>(8.0, 3.0)},
      {.name = "phi accrual 8, no pause",
       .code = "phi, no pause",
       .make_rule = Each<PhiAccrual>(8.0, 0.0)},
      {.name = "Prometheus 15 s, for: 1m", .code = "Prometheus", .make_rule = Each<ForAMinute>()},
      {.name = "SRE burn rate 14.4 (5 m and 1 h)",
       .code = "burn rate",
       .make_rule = Each<BurnRate>()},
      {.name = "3 of 5",
       .code = "3 of 5",
       .make_rule = Each<SomeOf>(std::size_t{3}, std::size_t{5})},
      {.name = "3 in a row", .code = "3", .make_rule = Each<InARow>(3, 1)},
      {.name = "12 in a row", .code = "12", .make_rule = Each<InARow>(12, 1)},
      {.name = "30 in a row", .code = "30", .make_rule = Each<InARow>(30, 1)},
  };
}

}  // namespace dialtone::bench
