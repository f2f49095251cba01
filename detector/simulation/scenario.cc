#include "detector/simulation/scenario.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"

#include "detector/domains.h"

namespace dialtone::detector::simulation {
namespace {

// One step of splitmix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators").
std::uint64_t SplitMix64(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

// The language says in which order a `fraction` takes the sites.
std::uint64_t FractionRank(SiteIndex site) {
  return SplitMix64(4711ULL * 1000003ULL + static_cast<std::uint64_t>(site));
}

std::vector<SiteIndex> SitesOfFraction(double fraction, int sites) {
  std::vector<SiteIndex> order(static_cast<std::size_t>(sites));
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [](SiteIndex a, SiteIndex b) {
    return std::pair(FractionRank(a), a) < std::pair(FractionRank(b), b);
  });
  const auto wanted = static_cast<std::size_t>(std::max(1.0, std::round(fraction * sites)));
  order.resize(std::min(wanted, order.size()));
  std::sort(order.begin(), order.end());
  return order;
}

bool Has(const std::vector<int>& numbers, int number) {
  return std::binary_search(numbers.begin(), numbers.end(), number);
}

ProbedSet SetOf(std::initializer_list<Probed> members) {
  ProbedSet set;
  for (const Probed member : members) set.Add(member);
  return set;
}

}  // namespace

ProbedSet ProbedOf(absl::string_view word) {
  using enum Probed;
  const ProbedSet hubs = SetOf({kHub1, kHub2, kHub3});
  const ProbedSet media = SetOf({kMedia1, kMedia2});
  const ProbedSet teams = hubs | media | SetOf({kSignIn, kCall});
  const ProbedSet microsoft = teams | SetOf({kMicrosoft365});
  const ProbedSet voice_layer = SetOf({kVoice, kVoiceMedia, kCarrier});
  const ProbedSet beyond_isp = microsoft | voice_layer | SetOf({kInternet1, kInternet2});
  if (word == "hubs") return hubs;
  if (word == "media") return media;
  if (word == "teams") return teams;
  if (word == "microsoft365") return microsoft;
  if (word == "voicelayer") return voice_layer;
  if (word == "names") {  // what is found by name: the row `dns` of the fault domains
    return hubs | SetOf({kSignIn, kMicrosoft365, kInternet2, kVoice, kCall});
  }
  if (word == "beyond-isp") return beyond_isp;
  if (word == "offlan") return beyond_isp | SetOf({kIspReference});
  const auto found = std::find(kProbedWords.begin(), kProbedWords.end(), word);
  if (found == kProbedWords.end()) return {};
  return SetOf({static_cast<Probed>(found - kProbedWords.begin())});
}

double Fault::SeverityAt(absl::Duration at) const {
  if (!when.Contains(at)) return 0;
  if (flap_on.has_value()) {
    absl::Duration into_cycle;
    absl::IDivDuration(at - when.from, *flap_on + flap_off, &into_cycle);
    if (into_cycle >= *flap_on) return 0;
  }
  double ramp = 1;
  if (ramp_in > absl::ZeroDuration()) {
    ramp = std::min(ramp, absl::FDivDuration(at - when.from, ramp_in));
  }
  if (ramp_out > absl::ZeroDuration()) {
    ramp = std::min(ramp, absl::FDivDuration(when.to - at, ramp_out));
  }
  return severity * ramp;
}

std::string Word(DomainName name) {
  const absl::string_view word = detector::Word(name.domain);
  return name.hub == 0 ? std::string(word) : absl::StrCat(word, name.hub);
}

std::vector<SiteIndex> SitesOf(const Where& where, const Scenario& scenario) {
  if (where.kind == Where::Kind::kFraction) {
    return SitesOfFraction(where.fraction, scenario.site_count());
  }
  std::vector<SiteIndex> sites;
  for (SiteIndex site = 0; site < scenario.site_count(); ++site) {
    const SiteTraits& traits = scenario.sites[static_cast<std::size_t>(site)];
    const bool is_hit = where.kind == Where::Kind::kGlobal ||
                        (where.kind == Where::Kind::kIsp && Has(where.numbers, traits.isp)) ||
                        (where.kind == Where::Kind::kRegion && Has(where.numbers, traits.region)) ||
                        (where.kind == Where::Kind::kSite && Has(where.numbers, site));
    if (is_hit) sites.push_back(site);
  }
  return sites;
}

std::uint64_t SeedOfRun(std::uint64_t seed, int run) {
  return seed * 1000 + static_cast<std::uint64_t>(run);
}

std::vector<SiteTraits> DefaultSites(int sites, int isps, int regions) {
  std::vector<SiteTraits> all(static_cast<std::size_t>(sites));
  for (int site = 0; site < sites; ++site) {
    SiteTraits& traits = all[static_cast<std::size_t>(site)];
    traits.isp = site % isps;
    traits.region = site / isps % regions;
  }
  return all;
}

}  // namespace dialtone::detector::simulation
