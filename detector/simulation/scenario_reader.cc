#include "detector/simulation/scenario_reader.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "detector/simulation/event_line.h"
#include "detector/simulation/line_reader.h"
#include "detector/simulation/scenario_words.h"

namespace dialtone::detector::simulation {
namespace {

constexpr int kMaxLabels = 1000;  // ISPs, regions
constexpr std::size_t kMaxLines = 2000;
constexpr std::size_t kMaxErrors = 100;  // shown
constexpr double kMaxCallRate = 1000;    // per second and site
constexpr std::uint64_t kMaxSeed = 1'000'000'000'000;
// As the trial world had them when a file did not say.
constexpr int kUsualIsps = 4;
constexpr int kUsualRegions = 2;

// Reads one file, statement by statement.
class Reader {
 public:
  ScenarioOrErrors Read(absl::string_view file, absl::string_view text);

 private:
  void ReadAll(const std::vector<FileLine>& lines);
  void ReadLine(const FileLine& line);
  void ReadName(LineReader& line);
  void ReadSites(LineReader& line);
  void ReadSite(LineReader& line);
  void ReadSettings(absl::string_view word, LineReader& line);
  void ReadCalls(LineReader& line);
  void ReadSeed(LineReader& line);
  void ReadExpectations(LineReader& line);
  std::optional<Expectation> ReadTerm(LineReader& line);
  void CheckWhole(const std::vector<FileLine>& lines);
  // False, and an error, when the statement stood before.
  bool IsFirst(absl::string_view word, LineReader& line);

  Scenario scenario_;
  FleetSize size_;
  std::vector<FileError> errors_;
  std::set<std::string> given_;
};

bool Reader::IsFirst(absl::string_view word, LineReader& line) {
  if (given_.emplace(word).second) return true;
  line.NoteLine(absl::StrCat("\"", word, "\" is given a second time, expected once"));
  return false;
}

void Reader::ReadName(LineReader& line) {
  const FileWord* name = line.TakeWord("the scenario's name");
  if (name == nullptr || !line.TakeExactly("v1")) return;
  scenario_.name = name->text;
  line.ExpectEnd();
}

void Reader::ReadSites(LineReader& line) {
  const std::optional<int> sites = line.TakeCount(1, kMaxSites, "the number of sites");
  if (!sites.has_value()) return;
  int isps = std::min(kUsualIsps, *sites);
  int regions = std::min(kUsualRegions, *sites);
  while (!line.AtEnd()) {
    static constexpr std::pair<absl::string_view, bool> kLabels[] = {{"isps", true},
                                                                     {"regions", false}};
    const std::optional<bool> is_isps = line.TakeOneOf(kLabels, "\"isps\" or \"regions\"");
    if (!is_isps.has_value()) return;
    const std::optional<int> count = line.TakeCount(1, kMaxLabels, "how many");
    if (!count.has_value()) return;
    (*is_isps ? isps : regions) = *count;
  }
  size_ = {.sites = *sites, .isps = isps, .regions = regions};
  scenario_.isps = isps;
  scenario_.regions = regions;
  scenario_.sites = DefaultSites(*sites, isps, regions);
}

void Reader::ReadSite(LineReader& line) {
  const auto numbers = line.TakeNumbers(size_.sites, "a list of sites");
  if (!numbers.has_value()) return;
  enum class Trait { kIsp, kRegion, kLoss, kBurst, kRoundTrip };
  static constexpr std::pair<absl::string_view, Trait> kTraits[] = {{"isp", Trait::kIsp},
                                                                    {"region", Trait::kRegion},
                                                                    {"loss", Trait::kLoss},
                                                                    {"burst", Trait::kBurst},
                                                                    {"rtt", Trait::kRoundTrip}};
  SiteTraits given;
  std::optional<int> isp, region;
  do {
    const auto trait = line.TakeOneOf(kTraits, "isp, region, loss, burst or rtt");
    if (!trait.has_value()) return;
    switch (*trait) {
      case Trait::kIsp:
        isp = line.TakeCount(0, std::max(size_.isps, 1) - 1, "an ISP");
        if (!isp.has_value()) return;
        break;
      case Trait::kRegion:
        region = line.TakeCount(0, std::max(size_.regions, 1) - 1, "a region");
        if (!region.has_value()) return;
        break;
      case Trait::kLoss:
        given.loss = line.TakeShare("the line's loss");
        if (!given.loss.has_value()) return;
        break;
      case Trait::kBurst:
        given.burst = line.TakeDuration("the mean length of a link burst");
        if (!given.burst.has_value()) return;
        break;
      case Trait::kRoundTrip:
        given.round_trip = line.TakeDuration("the round trip");
        if (!given.round_trip.has_value()) return;
        break;
    }
  } while (!line.AtEnd());
  if (scenario_.sites.empty()) return;  // the `sites` line is wrong
  for (const int number : *numbers) {
    SiteTraits& site = scenario_.sites[static_cast<std::size_t>(number)];
    site.isp = isp.value_or(site.isp);
    site.region = region.value_or(site.region);
    if (given.loss.has_value()) site.loss = given.loss;
    if (given.burst.has_value()) site.burst = given.burst;
    if (given.round_trip.has_value()) site.round_trip = given.round_trip;
  }
}

void Reader::ReadCalls(LineReader& line) {
  constexpr absl::string_view kExpected = "callers such as \"0.2/s per site\", 0 to 1000/s";
  const FileWord* word = line.TakeWord(kExpected);
  if (word == nullptr) return;
  absl::string_view rate = word->text;
  const bool has_unit = absl::ConsumeSuffix(&rate, "/s");
  const std::optional<double> number = ParseNumber(rate, kMaxCallRate);
  if (!has_unit || !number.has_value()) return line.Note(word, kExpected);
  if (!line.TakeExactly("per") || !line.TakeExactly("site")) return;
  scenario_.calls_per_second = *number;
  line.ExpectEnd();
}

void Reader::ReadSeed(LineReader& line) {
  const std::string expected = absl::StrCat("a whole number up to ", kMaxSeed);
  const FileWord* word = line.TakeWord(expected);
  if (word == nullptr) return;
  if (!absl::SimpleAtoi(word->text, &scenario_.seed) || scenario_.seed > kMaxSeed) {
    return line.Note(word, expected);
  }
  line.ExpectEnd();
}

std::optional<Expectation> Reader::ReadTerm(LineReader& line) {
  using Kind = Expectation::Kind;
  static constexpr std::pair<absl::string_view, Kind> kBeginnings[] = {
      {"detect<=", Kind::kDetectWithin},
      {"flip<=", Kind::kFlipWithin},
      {"failback<=", Kind::kFailbackWithin},
      {"flips-per-site<=", Kind::kFlipsPerSite},
      {"false-site-flips<=", Kind::kFalseSiteFlips},
      {"no-flip-before=", Kind::kNoFlipBefore},
      {"no-blame=", Kind::kNoBlame},
      {"no-flip", Kind::kNoFlip},
      {"quiet", Kind::kQuiet}};
  constexpr absl::string_view kExpected =
      "detect<=DUR, flip<=DUR, failback<=DUR, flips-per-site<=N, false-site-flips<=N, no-flip, "
      "no-flip-before=DUR, no-blame=D[,D] or quiet";
  const FileWord* word = line.TakeWord(kExpected);
  if (word == nullptr) return std::nullopt;
  for (const auto& [beginning, kind] : kBeginnings) {
    absl::string_view value = word->text;
    if (!absl::ConsumePrefix(&value, beginning)) continue;
    Expectation term{.kind = kind, .text = word->text, .line = line.number()};
    bool is_good = true;
    switch (kind) {
      case Kind::kDetectWithin:
      case Kind::kFlipWithin:
      case Kind::kFailbackWithin:
      case Kind::kNoFlipBefore: {
        const std::optional<absl::Duration> within = ParseDuration(value);
        is_good = within.has_value();
        term.within = within.value_or(absl::ZeroDuration());
        break;
      }
      case Kind::kFlipsPerSite:
      case Kind::kFalseSiteFlips: {
        const std::optional<double> count = ParseNumber(value, 1e9);
        is_good = count.has_value();
        term.count = count.value_or(0);
        break;
      }
      case Kind::kNoBlame: {
        std::optional<std::vector<DomainName>> domains = ParseDomains(value);
        is_good = domains.has_value();
        if (is_good) term.domains = *std::move(domains);
        break;
      }
      case Kind::kNoFlip:
      case Kind::kQuiet:
        is_good = value.empty();
        break;
    }
    if (is_good) return term;
    break;
  }
  line.Note(word, kExpected);
  return std::nullopt;
}

void Reader::ReadExpectations(LineReader& line) {
  do {
    std::optional<Expectation> term = ReadTerm(line);
    if (term.has_value()) scenario_.expectations.push_back(*std::move(term));
  } while (!line.AtEnd());
}

// Statements of one word and one value.
void Reader::ReadSettings(absl::string_view word, LineReader& line) {
  if (word == "noise") {
    static constexpr std::pair<absl::string_view, Noise> kNoises[] = {
        {"quiet", Noise::kQuiet}, {"nominal", Noise::kNominal}, {"hostile", Noise::kHostile}};
    const auto noise = line.TakeOneOf(kNoises, "quiet, nominal or hostile");
    if (!noise.has_value()) return;
    scenario_.noise = *noise;
  } else if (word == "report-path") {
    static constexpr std::pair<absl::string_view, bool> kPaths[] = {{"management", false},
                                                                    {"uplink", true}};
    const auto shares = line.TakeOneOf(kPaths, "management or uplink");
    if (!shares.has_value()) return;
    scenario_.reports_share_uplink = *shares;
  } else if (word == "warmup") {
    const auto warm_up = line.TakeDuration("the time before 0");
    if (!warm_up.has_value()) return;
    scenario_.warm_up = *warm_up;
  } else if (word == "duration") {
    const auto duration = line.TakeDuration("the time played after 0");
    if (!duration.has_value()) return;
    scenario_.duration = *duration;
  } else if (word == "start-hour") {
    const auto hour = line.TakeNumber(24, "the local hour at time 0");
    if (!hour.has_value()) return;
    scenario_.start_hour = *hour;
  } else {  // policy
    const FileWord* policy = line.TakeWord("the policy's file");
    if (policy == nullptr) return;
    scenario_.policy_file = policy->text;
  }
  line.ExpectEnd();
}

void Reader::ReadLine(const FileLine& file_line) {
  LineReader line(file_line, size_, &errors_);
  const absl::string_view word = line.TakeWord("a statement")->text;
  static const std::set<absl::string_view> kSettings = {"noise",    "report-path", "warmup",
                                                        "duration", "start-hour",  "policy"};
  if (word == "source" || word == "note") {
    std::string& prose = word == "source" ? scenario_.source : scenario_.note;
    absl::StrAppend(&prose, prose.empty() ? "" : " ", line.rest());
  } else if (word == "site") {
    ReadSite(line);
  } else if (word == "at") {
    ReadEvent(line, &scenario_);
  } else if (word == "expect") {
    ReadExpectations(line);
  } else if (word == "scenario") {
    if (IsFirst(word, line)) ReadName(line);
  } else if (word == "sites") {
    if (IsFirst(word, line)) ReadSites(line);
  } else if (word == "calls") {
    if (IsFirst(word, line)) ReadCalls(line);
  } else if (word == "seed") {
    if (IsFirst(word, line)) ReadSeed(line);
  } else if (kSettings.count(word) > 0) {
    if (IsFirst(word, line)) ReadSettings(word, line);
  } else {
    line.NoteLine(absl::StrCat(
        "given \"", word,
        "\", expected source, note, seed, sites, site, noise, warmup, start-hour, calls, duration, "
        "policy, report-path, at or expect"));
  }
}

void Reader::CheckWhole(const std::vector<FileLine>& lines) {
  const FileLine& last = lines.back();
  const auto missing = [this, &last](absl::string_view text) {
    errors_.push_back({.line = last.number, .column = last.end_column, .text = std::string(text)});
  };
  if (lines.front().words.front().text != "scenario") {
    errors_.push_back(
        {.line = lines.front().number,
         .column = lines.front().words.front().column,
         .text = absl::StrCat("given \"", lines.front().words.front().text,
                              "\", expected \"scenario NAME v1\" in the first line")});
  }
  if (given_.count("sites") == 0) missing("the file has no \"sites\" line, expected one");
  if (given_.count("duration") == 0) {
    missing("the file has no \"duration\" line, expected one");
  } else if (scenario_.duration == absl::ZeroDuration() && errors_.empty()) {
    missing("given a duration of 0, expected one above 0");
  }
}

void Reader::ReadAll(const std::vector<FileLine>& lines) {
  if (lines.empty()) {
    errors_.push_back(
        {.line = 1, .column = 1, .text = "the file says nothing, expected a scenario"});
    return;
  }
  if (lines.size() > kMaxLines) {
    errors_.push_back(
        {.line = lines[kMaxLines].number,
         .column = 1,
         .text = absl::StrCat("given ", lines.size(), " lines, expected at most ", kMaxLines)});
    return;
  }
  // The limits of lists hang on the `sites` line, wherever it stands.
  const auto is_sites = [](const FileLine& line) { return line.words.front().text == "sites"; };
  const auto sites = std::find_if(lines.begin(), lines.end(), is_sites);
  if (sites != lines.end()) ReadLine(*sites);
  for (const FileLine& line : lines) {
    if (sites == lines.end() || &line != &*sites) ReadLine(line);
  }
  CheckWhole(lines);
}

ScenarioOrErrors Reader::Read(absl::string_view file, absl::string_view text) {
  if (text.size() > kMaxScenarioBytes) {
    return {.errors = {absl::StrCat(file, ":1:1: error: given ", text.size(),
                                    " bytes, expected at most ", kMaxScenarioBytes)}};
  }
  ReadAll(SplitScenario(text));
  if (errors_.empty()) return {.scenario = std::move(scenario_)};
  std::stable_sort(errors_.begin(), errors_.end(), [](const FileError& a, const FileError& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  });
  ScenarioOrErrors result;
  for (const FileError& error : errors_) {
    if (result.errors.size() == kMaxErrors) {
      result.errors.push_back(absl::StrCat(file, ":", error.line, ":", error.column,
                                           ": error: and more, ", errors_.size(), " in all"));
      break;
    }
    result.errors.push_back(
        absl::StrCat(file, ":", error.line, ":", error.column, ": error: ", error.text));
  }
  return result;
}

}  // namespace

ScenarioOrErrors ReadScenario(absl::string_view file, absl::string_view text) {
  return Reader().Read(file, text);
}

}  // namespace dialtone::detector::simulation
