#include "tests/bench/tournament/report.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace dialtone::bench {
namespace {

constexpr int kUsual = 20;  // sites of the tables in which all play

std::string Share(double part, double of) {
  return of > 0 ? absl::StrFormat("%.0f %%", 100 * part / of) : "-";
}

std::string Bounded(double value, double low, double high) {
  if (value == kNever) return "never";
  return absl::StrCat(Seconds(value), " [", Seconds(low), ", ", Seconds(high), "]");
}

std::string Ratio(double value, double limit) {
  if (value == kNever || limit == kNever || limit <= 0) return "-";
  return absl::StrFormat("%.2f", value / limit);
}

std::string Head(const std::vector<std::string>& columns) {
  return absl::StrCat(
      "| ", absl::StrJoin(columns, " | "), " |\n|",
      [&] {
        std::string rule;
        for (std::size_t i = 0; i < columns.size(); ++i) rule += i == 0 ? "---|" : "---:|";
        return rule;
      }(),
      "\n");
}

std::string Line(const std::vector<std::string>& cells) {
  return absl::StrCat("| ", absl::StrJoin(cells, " | "), " |\n");
}

// Calls that left without cause, and how often numbers did, where that is less.
std::string FalseCell(const Row& row) {
  std::string cell = absl::StrFormat("%.0f", row.false_flips);
  if (row.false_numbers < row.false_flips) {
    absl::StrAppend(&cell, absl::StrFormat(" (%.0f)", row.false_numbers));
  }
  return cell;
}

// The goal and whether it is met, by median and p99.
std::string GoalCell(const FaultClass& what, const Row& row, Rates rates) {
  const Goal* const goal = GoalOf(what, row.sites);
  if (goal == nullptr || rates != Rates::kLab) return "-";
  // Goals are rounded to three digits.
  const auto meets = [](double value, double wanted) { return value <= wanted * 1.01; };
  const bool is_met = meets(row.recognised, goal->median) && meets(row.recognised_p99, goal->p99);
  return absl::StrCat(Seconds(goal->median), " / ", Seconds(goal->p99), is_met ? " ✓" : " ✗");
}

std::string OursTable(Rates rates, const Results& results) {
  std::string text =
      Head({"fault", "sites", "runs", "recognised, median [95 %]", "p99", "goal median / p99",
            "÷ physical", "÷ Lorden", "calls away, median", "p99", "missed", "wrong owner",
            "wrong scope", "false", "brief", "calls lost"});
  for (const FaultClass& what : FaultClasses()) {
    if (what.purpose != Purpose::kFault) continue;
    for (const int sites : {3, 20, 100}) {
      const Row* const row = results.Find(what, sites, kDialtone);
      if (row == nullptr) continue;
      const bool has_due = row->due > 0;
      const bool has_truth = !what.truth.empty();
      text += Line(
          {what.title, absl::StrCat(sites), absl::StrCat(row->runs),
           has_truth ? Bounded(row->recognised, row->recognised_low, row->recognised_high) : "-",
           has_truth ? Seconds(row->recognised_p99) : "-", GoalCell(what, *row, rates),
           Ratio(row->recognised, row->physical), Ratio(row->recognised, row->lorden),
           has_due ? Seconds(row->away) : "-", has_due ? Seconds(row->away_p99) : "-",
           Share(row->missed, row->due), Share(row->wrong_owner, row->judged),
           Share(row->wrong_scope, row->judged), FalseCell(*row),
           absl::StrFormat("%.0f", row->brief),
           row->lost == kNever ? "-" : absl::StrFormat("%.0f %%", 100 * row->lost)});
    }
  }
  return text;
}

// How soon calls are away, all contestants beside each other.
std::string AwayMatrix(const Results& results) {
  std::vector<std::string> columns = {"fault", kDialtone};
  for (const Peer& peer : Peers()) columns.push_back(peer.code);
  std::string text = Head(columns);
  for (const FaultClass& what : FaultClasses()) {
    const std::vector<Row> rows = results.Of(what, kUsual);
    if (what.purpose != Purpose::kFault || rows.empty() || rows.front().due == 0) continue;
    std::vector<std::string> cells = {what.title};
    const auto cell = [&](const std::string& contestant) {
      const Row* const row = results.Find(what, kUsual, contestant);
      if (row == nullptr) return std::string("?");
      const double missed = row->missed / row->due;
      if (missed < 0.005) return Seconds(row->away);
      if (missed > 0.995) return std::string("never");
      return absl::StrCat(Seconds(row->away), " (-", Share(row->missed, row->due), ")");
    };
    cells.push_back(absl::StrCat("**", cell(kDialtone), "**"));
    for (const Peer& peer : Peers()) cells.push_back(cell(peer.name));
    text += Line(cells);
  }
  return text;
}

std::string ClassTable(const FaultClass& what, const std::vector<Row>& rows) {
  std::string text = absl::StrCat("\n### ", what.title, " (", rows.front().sites, " sites, ",
                                  rows.front().runs, " runs)\n\n");
  text += Head({"contestant", "calls away, median [95 %]", "p99", "missed", "moves per site",
                "false flips", "brief", "wrong owner", "wrong scope", "calls lost",
                "home again, median", "p99"});
  const auto line = [&](const Row& row) {
    const bool has_due = row.due > 0;
    const bool comes_home = what.purpose == Purpose::kReturn || what.purpose == Purpose::kFlap;
    text += Line({row.contestant == kDialtone ? "**Dialtone**" : row.contestant,
                  has_due ? Bounded(row.away, row.away_low, row.away_high) : "-",
                  has_due ? Seconds(row.away_p99) : "-", Share(row.missed, row.due),
                  has_due ? absl::StrFormat("%.1f", row.moves) : "-", FalseCell(row),
                  absl::StrFormat("%.0f", row.brief), Share(row.wrong_owner, row.judged),
                  Share(row.wrong_scope, row.judged),
                  row.lost == kNever ? "-" : absl::StrFormat("%.0f %%", 100 * row.lost),
                  comes_home ? Seconds(row.back) : "-", comes_home ? Seconds(row.back_p99) : "-"});
  };
  line(rows.back());
  for (const Row& row : rows) {
    if (row.contestant != kDialtone) line(row);
  }
  return text;
}

// A rate a site-year, and what it is at most.
std::string PerYear(double count, double years) {
  if (years <= 0) return "-";
  const auto figure = [](double rate) {
    return rate >= 100 ? absl::StrFormat("%.0f", rate) : absl::StrFormat("%.3g", rate);
  };
  return absl::StrCat(figure(count / years), " (<= ", figure(PoissonUpper(count) / years), ")");
}

std::string NoiseTable(const FaultClass& what, const std::vector<Row>& rows) {
  std::string text = absl::StrFormat(
      "\n### %s (%d sites, %d runs, %.3g site-years%s)\n\n", what.title, rows.front().sites,
      rows.front().runs, rows.front().site_years,
      rows.front().episodes > 0 ? absl::StrFormat(", %.0f episodes", rows.front().episodes) : "");
  text += Head({"contestant", "false flips", "a site-year (95 % bound)", "brief episodes",
                "a fleet-year (95 % bound)", "with skips of all hubs"});
  const auto line = [&](const Row& row) {
    const double fleet_years = row.site_years / row.sites;
    text += Line({row.contestant == kDialtone ? "**Dialtone**" : row.contestant, FalseCell(row),
                  PerYear(row.false_flips, row.site_years), absl::StrFormat("%.0f", row.brief),
                  PerYear(row.brief, fleet_years), absl::StrFormat("%.0f", row.brief_calls)});
  };
  line(rows.back());
  for (const Row& row : rows) {
    if (row.contestant != kDialtone) line(row);
  }
  return text;
}

std::string Introduction(Rates rates, const Results& results) {
  std::set<std::string> revisions;
  double cpu = 0;
  for (const Row& row : results.rows()) {
    revisions.insert(row.revision);
    if (row.contestant == kDialtone) cpu += row.cpu_seconds;
  }
  return absl::StrCat(
      "# The tournament at ", rates == Rates::kLab ? "laboratory" : "shipped", " rates\n\n",
      "Written by `tests/bench/run-tournament`; the rows are in `", Word(rates), ".tsv`. Revision ",
      absl::StrJoin(revisions, ", "),
      "; seeds 1000, 1001, ... (run r of seed "
      "1); ",
      absl::StrFormat("%.0f", cpu / 60), " minutes of a core.\n\n",
      rates == Rates::kLab
          ? "Microsoft's targets and witnesses every second, a test call every 10 s."
          : "Microsoft's targets every 15 s (every second for 30 s on suspicion), witnesses every "
            "second, a test call every 5 min; no column of the peers that have a pace of their own "
            "changes.",
      " Nominal noise. Times are seconds; in brackets the 95 % interval of the median (bootstrap "
      "over runs). *Recognised*: the first confirmed diagnosis of a right domain and at least the "
      "right scope. *Calls away*: new calls of a site that is hit no longer try what is sick; "
      "*missed*: not before the fault was over, and such a site counts as never in median and p99. "
      "*False*: times that a site's calls moved with no fault of Microsoft's there, a skip of "
      "every hub "
      "included (in parentheses those that moved numbers); *brief*: faults over "
      "within 30 s of the move, each once. *Wrong owner*, *wrong scope*: of the runs in which "
      "something was named (a peer names Microsoft, for the sites that it moves). *Calls lost*: of "
      "those that the fault would hurt. *÷ physical*: recognised over the time-out plus half the "
      "fleet's spacing; *÷ Lorden*: over Lorden's bound at one false alarm in ten years.\n");
}

bool Write(const std::filesystem::path& file, const std::string& text, std::string* error) {
  std::ofstream stream(file);
  stream << text;
  stream.close();
  if (stream) return true;
  *error = absl::StrCat(file.string(), ": cannot be written");
  return false;
}

// For plots.gnuplot: one line per class at 20 sites; missing figures are "?".
std::string DelayPoints(const Results& results) {
  const auto number = [](double value) {
    return value == kNever ? std::string("?") : absl::StrFormat("%.4g", value);
  };
  std::string text = "title\trecognised\tlow\thigh\taway\tphysical\tlorden\tbest peer\n";
  for (const FaultClass& what : FaultClasses()) {
    const Row* const ours = results.Find(what, kUsual, kDialtone);
    if (what.purpose != Purpose::kFault || what.goals.empty() || ours == nullptr) continue;
    double best = kNever;
    for (const Row& row : results.Of(what, kUsual)) {
      if (row.contestant != kDialtone && row.due > 0) best = std::min(best, row.away);
    }
    absl::StrAppend(
        &text,
        absl::StrJoin({what.title, number(ours->recognised), number(ours->recognised_low),
                       number(ours->recognised_high), number(ours->due > 0 ? ours->away : kNever),
                       number(ours->physical), number(ours->lorden), number(best)},
                      "\t"),
        "\n");
  }
  return text;
}

// One line per contestant: needless moves of an ordinary year against how soon silent hubs are
// left.
std::string NeedlessPoints(const Results& results) {
  const FaultClass* silent = nullptr;
  const FaultClass* noise = nullptr;
  for (const FaultClass& what : FaultClasses()) {
    if (what.name == "hubs-silent") silent = &what;
    if (what.name == "noise-nominal") noise = &what;
  }
  std::string text = "contestant\tneedless\tbound\taway\n";
  for (const Row& row : results.Of(*noise, kUsual)) {
    const Row* const delay = results.Find(*silent, kUsual, row.contestant);
    if (delay == nullptr || delay->away == kNever || row.site_years <= 0) continue;
    std::string code = row.contestant;
    for (const Peer& peer : Peers()) {
      if (peer.name == row.contestant) code = peer.code;
    }
    const double needless = row.false_flips + row.brief * row.sites;
    absl::StrAppend(&text,
                    absl::StrFormat("%s\t%.4g\t%.4g\t%.4g\n", code, needless / row.site_years,
                                    PoissonUpper(needless) / row.site_years, delay->away));
  }
  return text;
}

}  // namespace

std::string Seconds(double value) {
  if (value == kNever) return "never";
  return absl::StrFormat("%.*f", value < 10 ? 2 : value < 100 ? 1 : 0, value);
}

std::string PageOf(Rates rates, const Results& results) {
  std::string page = Introduction(rates, results);
  absl::StrAppend(&page, "\n## Dialtone\n\n", OursTable(rates, results));
  absl::StrAppend(&page, "\n![delays](", Word(rates), "-delays.svg)\n");
  // The other plot needs a day of noise.
  if (absl::StrContains(NeedlessPoints(results), kDialtone)) {
    absl::StrAppend(&page, "\n![needless moves](", Word(rates), "-needless.svg)\n");
  }
  absl::StrAppend(&page, "\n## All contestants: seconds until calls are away, 20 sites\n\n",
                  "In parentheses the share of sites that were missed; the median counts them.\n\n",
                  AwayMatrix(results), "\n");
  for (const Peer& peer : Peers()) absl::StrAppend(&page, "- ", peer.code, ": ", peer.name, "\n");
  absl::StrAppend(&page, "\n## Nothing but noise\n");
  for (const FaultClass& what : FaultClasses()) {
    const std::vector<Row> rows = results.Of(what, kUsual);
    const bool is_noise = what.purpose == Purpose::kNoise || what.purpose == Purpose::kEpisode;
    if (is_noise && !rows.empty()) page += NoiseTable(what, rows);
  }
  absl::StrAppend(&page, "\n## Class by class\n");
  for (const FaultClass& what : FaultClasses()) {
    const bool is_noise = what.purpose == Purpose::kNoise || what.purpose == Purpose::kEpisode;
    const std::vector<Row> rows = results.Of(what, what.purpose == Purpose::kFlap ? 6 : kUsual);
    if (!is_noise && !rows.empty()) page += ClassTable(what, rows);
  }
  return page;
}

bool WriteReport(const std::string& directory, std::string* error) {
  const std::filesystem::path path(directory);
  for (const Rates rates : {Rates::kLab, Rates::kShipped}) {
    Results results;
    if (!results.Read((path / (Word(rates) + ".tsv")).string(), error)) return false;
    if (results.rows().empty()) continue;
    const std::string name = Word(rates);
    if (!Write(path / (name + ".md"), PageOf(rates, results), error) ||
        !Write(path / (name + "-delays.dat"), DelayPoints(results), error) ||
        !Write(path / (name + "-needless.dat"), NeedlessPoints(results), error)) {
      return false;
    }
  }
  return true;
}

}  // namespace dialtone::bench
