// Chance that is the same on every machine and for every order of asking.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace dialtone::detector::simulation {

// Mixes 64 bits so that every bit depends on every other (the finaliser of splitmix64; Steele, Lea,
// Flood, "Fast splittable pseudorandom number generators", 2014).
constexpr std::uint64_t Mix(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

// The key of a thing inside another one: a run's site, a site's target, a target's probe. What is
// drawn for one key never depends on what was drawn for another.
constexpr std::uint64_t Key(std::uint64_t owner, std::uint64_t number) {
  return Mix(owner ^ Mix(number));
}

// The top 53 bits as a number strictly between 0 and 1.
constexpr double Unit(std::uint64_t bits) {
  return (static_cast<double>(bits >> 11) + 0.5) * 0x1p-53;
}

// A stream of draws that belong to one key.
class Dice {
 public:
  explicit Dice(std::uint64_t key) : state_(key) {}

  std::uint64_t Bits() {
    state_ += 0x9E3779B97F4A7C15ULL;
    return Mix(state_);
  }
  double Uniform() { return Unit(Bits()); }
  double Between(double low, double high) { return low + (high - low) * Uniform(); }
  double LogUniform(double low, double high) { return low * std::pow(high / low, Uniform()); }
  double Exponential(double mean) { return -mean * std::log(Uniform()); }
  // Box and Muller, one of the two.
  double Normal() {
    const double radius = std::sqrt(-2 * std::log(Uniform()));
    return radius * std::cos(2 * std::numbers::pi * Uniform());
  }
  double Lognormal(double median, double sigma) { return median * std::exp(sigma * Normal()); }

 private:
  std::uint64_t state_;
};

}  // namespace dialtone::detector::simulation
