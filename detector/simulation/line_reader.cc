#include "detector/simulation/line_reader.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "detector/domains.h"

namespace dialtone::detector::simulation {
namespace {

constexpr int kHubs = 3;
constexpr absl::string_view kDomains =
    "hub1..3, teams-signalling, teams-media, identity, teams-calling, teams-all, microsoft365, "
    "site-network, isp-core, network, media-path, dns, voice-layer, carrier, lan, certificate, "
    "unreachable or unknown";

std::string Quoted(absl::string_view text) { return absl::StrCat("\"", text, "\""); }

}  // namespace

std::optional<std::vector<DomainName>> ParseDomains(absl::string_view list) {
  std::vector<DomainName> domains;
  for (const absl::string_view word : absl::StrSplit(list, ',')) {
    absl::string_view hub = word;
    if (word == "network") {
      domains.push_back({.domain = FaultDomain::kSiteNetwork});
      domains.push_back({.domain = FaultDomain::kIspCore});
    } else if (absl::ConsumePrefix(&hub, "hub")) {
      const std::optional<int> number = ParseCount(hub, 1, kHubs);
      if (!number.has_value()) return std::nullopt;
      domains.push_back({.domain = FaultDomain::kHub, .hub = *number});
    } else {
      const FaultDomain domain = FaultDomainOf(word);
      if (domain == FaultDomain::kUnknown && word != "unknown") return std::nullopt;
      domains.push_back({.domain = domain});
    }
  }
  return domains;
}

const FileWord* LineReader::TakeWord(absl::string_view expected) {
  if (AtEnd()) {
    Note(nullptr, expected);
    return nullptr;
  }
  return &line_.words[next_++];
}

bool LineReader::NextContains(absl::string_view part) const {
  return !AtEnd() && absl::StrContains(line_.words[next_].text, part);
}

bool LineReader::TakeExactly(absl::string_view word) {
  const FileWord* given = TakeWord(Quoted(word));
  if (given == nullptr) return false;
  if (given->text == word) return true;
  Note(given, Quoted(word));
  return false;
}

std::optional<int> LineReader::TakeCount(int lowest, int highest, absl::string_view what) {
  const std::string expected = absl::StrCat(what, ", ", lowest, " to ", highest);
  const FileWord* word = TakeWord(expected);
  if (word == nullptr) return std::nullopt;
  const std::optional<int> count = ParseCount(word->text, lowest, highest);
  if (!count.has_value()) Note(word, expected);
  return count;
}

std::optional<double> LineReader::TakeNumber(double highest, absl::string_view what) {
  const std::string expected = absl::StrCat(what, ", 0 to ", highest);
  const FileWord* word = TakeWord(expected);
  if (word == nullptr) return std::nullopt;
  const std::optional<double> number = ParseNumber(word->text, highest);
  if (!number.has_value()) Note(word, expected);
  return number;
}

std::optional<absl::Duration> LineReader::TakeDuration(absl::string_view what) {
  const std::string expected = absl::StrCat(what, ", a duration such as 250ms, 8s, 10m or 2h");
  const FileWord* word = TakeWord(expected);
  if (word == nullptr) return std::nullopt;
  const std::optional<absl::Duration> duration = ParseDuration(word->text);
  if (!duration.has_value()) Note(word, expected);
  return duration;
}

std::optional<absl::Duration> LineReader::TakeStep(absl::string_view what) {
  const std::string expected = absl::StrCat(what, ", a duration such as 30s or -2m");
  const FileWord* word = TakeWord(expected);
  if (word == nullptr) return std::nullopt;
  absl::string_view size = word->text;
  const bool is_back = absl::ConsumePrefix(&size, "-");
  if (!is_back) absl::ConsumePrefix(&size, "+");
  const std::optional<absl::Duration> duration = ParseDuration(size);
  if (!duration.has_value()) {
    Note(word, expected);
    return std::nullopt;
  }
  return is_back ? -*duration : *duration;
}

std::optional<double> LineReader::TakeShare(absl::string_view what) {
  const std::string expected = absl::StrCat(what, ", a share from 0% to 100%");
  const FileWord* word = TakeWord(expected);
  if (word == nullptr) return std::nullopt;
  const std::optional<double> share = ParseShare(word->text);
  if (!share.has_value()) Note(word, expected);
  return share;
}

std::optional<std::vector<int>> LineReader::TakeNumbers(int count, absl::string_view what) {
  // Without a sound `sites` line nobody knows how many there are.
  const int highest = count > 0 ? count - 1 : 1'000'000;
  const std::string expected =
      absl::StrCat(what, " such as 3,9 or 0-7,12",
                   count > 0 ? absl::StrCat(", each 0 to ", highest) : std::string());
  const FileWord* word = TakeWord(expected);
  if (word == nullptr) return std::nullopt;
  std::optional<std::vector<int>> numbers = ParseNumbers(word->text, highest);
  if (!numbers.has_value()) Note(word, expected);
  return numbers;
}

std::optional<Where> LineReader::TakeWhere() {
  using Kind = Where::Kind;
  static constexpr std::pair<absl::string_view, Kind> kKinds[] = {{"global", Kind::kGlobal},
                                                                  {"isp", Kind::kIsp},
                                                                  {"region", Kind::kRegion},
                                                                  {"site", Kind::kSite},
                                                                  {"fraction", Kind::kFraction}};
  const std::optional<Kind> kind =
      TakeOneOf(kKinds, "a scope: global, isp LIST, region LIST, site LIST or fraction P%");
  if (!kind.has_value()) return std::nullopt;
  Where where{.kind = *kind};
  if (*kind == Kind::kGlobal) return where;
  if (*kind == Kind::kFraction) {
    const std::optional<double> share = TakeShare("the share of the sites");
    if (!share.has_value()) return std::nullopt;
    where.fraction = *share;
    return where;
  }
  const int count = *kind == Kind::kIsp      ? size_.isps
                    : *kind == Kind::kRegion ? size_.regions
                                             : size_.sites;
  std::optional<std::vector<int>> numbers = TakeNumbers(count, "a list of numbers");
  if (!numbers.has_value()) return std::nullopt;
  where.numbers = *std::move(numbers);
  return where;
}

std::optional<std::vector<DomainName>> LineReader::TakeDomains() {
  const std::string expected = absl::StrCat("fault domains: ", kDomains);
  const FileWord* word = TakeWord(expected);
  if (word == nullptr) return std::nullopt;
  std::optional<std::vector<DomainName>> domains = ParseDomains(word->text);
  if (!domains.has_value()) Note(word, expected);
  return domains;
}

std::optional<ProbedSet> LineReader::TakeTargets() {
  constexpr absl::string_view kExpected =
      "targets: hub1..3, media1..2, signin, m365, inet1..2, ispref, voice, vmedia, lan, call, "
      "carrier, hubs, media, teams, microsoft365, voicelayer, names, offlan or beyond-isp";
  const FileWord* word = TakeWord(kExpected);
  if (word == nullptr) return std::nullopt;
  ProbedSet targets;
  for (const absl::string_view name : absl::StrSplit(word->text, ',')) {
    const ProbedSet named = ProbedOf(name);
    if (named.empty()) {
      Note(word, kExpected);
      return std::nullopt;
    }
    targets = targets | named;
  }
  return targets;
}

std::optional<std::pair<absl::Duration, absl::Duration>> LineReader::TakeSplit(
    absl::string_view what) {
  const std::string expected = absl::StrCat(what, ", two durations above 0 such as 20s/40s");
  const FileWord* word = TakeWord(expected);
  if (word == nullptr) return std::nullopt;
  const std::vector<std::string> parts = absl::StrSplit(word->text, '/');
  const auto first = ParseDuration(parts.front());
  const auto second = ParseDuration(parts.back());
  if (parts.size() != 2 || !first.has_value() || !second.has_value() ||
      *first <= absl::ZeroDuration() || *second <= absl::ZeroDuration()) {
    Note(word, expected);
    return std::nullopt;
  }
  return std::pair(*first, *second);
}

bool LineReader::ExpectEnd() {
  if (AtEnd()) return true;
  Note(&line_.words[next_], "the end of the line");
  return false;
}

void LineReader::Note(const FileWord* word, absl::string_view expected) {
  errors_->push_back(
      {.line = line_.number,
       .column = word == nullptr ? line_.end_column : word->column,
       .text = absl::StrCat("given ", word == nullptr ? "nothing more" : Quoted(word->text),
                            ", expected ", expected)});
}

void LineReader::NoteLine(absl::string_view text) {
  errors_->push_back(
      {.line = line_.number, .column = line_.words.front().column, .text = std::string(text)});
}

void LineReader::NoteMissing(absl::string_view word) {
  errors_->push_back({.line = line_.number,
                      .column = line_.end_column,
                      .text = absl::StrCat("the line has no \"", word, "\", expected one")});
}

}  // namespace dialtone::detector::simulation
