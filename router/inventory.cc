#include "router/inventory.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "router/csv.h"

namespace dialtone::router {
namespace {

constexpr size_t kMinDigits = 7;
constexpr size_t kMaxDigits = 15;

// What was given, safe to print and not too long.
std::string Given(absl::string_view text) {
  constexpr size_t kShown = 40;
  return absl::StrCat("given \"", absl::Utf8SafeCEscape(text.substr(0, kShown)),
                      text.size() > kShown ? "...\"" : "\"");
}

bool AllDigits(absl::string_view text) {
  return absl::c_all_of(text, [](unsigned char c) { return absl::ascii_isdigit(c); });
}

// What a spreadsheet makes of a long number: 1.20256E+10, and with a decimal comma.
bool LooksScientific(absl::string_view text) {
  const size_t e = text.find_first_of("eE");
  if (e == absl::string_view::npos || e == 0) return false;
  const auto numeric = [](unsigned char c) {
    return absl::ascii_isdigit(c) || c == '.' || c == ',' || c == '+' || c == '-';
  };
  return absl::c_all_of(text.substr(0, e), numeric) && absl::c_all_of(text.substr(e + 1), numeric);
}

// Why `text` is not a number of ours.
std::string NumberError(absl::string_view text) {
  if (LooksScientific(text)) {
    return absl::StrCat(Given(text),
                        ", scientific notation: digits are lost; format the column as "
                        "text in the spreadsheet and export again");
  }
  if (AllDigits(text) && !text.empty()) {
    return absl::StrCat(Given(text),
                        ", expected a plus and the country code, such as +12025550199");
  }
  return absl::StrCat(Given(text), ", expected an E.164 number: a plus, then ", kMinDigits, " to ",
                      kMaxDigits, " digits that do not begin with 0");
}

// Which columns hold what; -1: missing.
struct Columns {
  int number = -1;
  int group = -1;
  size_t count = 0;
};

// One reading of a file.
class Reading {
 public:
  Reading(absl::string_view csv, absl::string_view file_name,
          const std::vector<std::string>& groups)
      : csv_(csv), file_name_(file_name), reader_(csv) {
    for (uint32_t i = 0; i < groups.size(); ++i) group_index_.emplace(groups[i], i);
  }

  absl::StatusOr<std::vector<InventoryEntry>> Run() {
    if (absl::StartsWith(csv_, "\xFF\xFE") || absl::StartsWith(csv_, "\xFE\xFF")) {
      AddError(1, "given UTF-16, expected UTF-8");
    } else if (ReadHeader()) {
      std::vector<std::string> fields;
      while (reader_.Next(&fields) && lines_.size() <= Inventory::kMaxNumbers) ReadRecord(fields);
      FindDuplicates();
    }
    if (error_count_ > 0) return absl::InvalidArgumentError(Errors());
    return std::move(entries_);
  }

 private:
  bool ReadHeader() {
    std::vector<std::string> fields;
    reader_.Next(&fields);
    columns_.count = fields.size();
    int* column = nullptr;
    for (size_t i = 0; i < fields.size(); ++i) {
      const std::string name = absl::AsciiStrToLower(absl::StripAsciiWhitespace(fields[i]));
      column = name == "number" ? &columns_.number : name == "group" ? &columns_.group : nullptr;
      if (column != nullptr) *column = *column == -1 ? static_cast<int>(i) : -1;
    }
    if (reader_.error().empty() && columns_.number >= 0 && columns_.group >= 0) return true;
    AddError(reader_.line(), absl::StrCat(Given(absl::StrJoin(fields, ",")),
                                          ", expected a header line with the columns number and "
                                          "group, each once, separated by commas"));
    return false;
  }

  void ReadRecord(const std::vector<std::string>& fields) {
    const size_t line = reader_.line();
    if (!reader_.error().empty()) return AddError(line, reader_.error());
    if (fields.size() != columns_.count) {
      return AddError(line, absl::StrCat("given ", fields.size(), " fields, expected ",
                                         columns_.count, " as in the header line"));
    }
    if (lines_.size() == Inventory::kMaxNumbers) {
      lines_.push_back(line);  // ends the reading
      return AddError(line, absl::StrCat("expected at most ", Inventory::kMaxNumbers, " numbers"));
    }
    const std::string& text = fields[static_cast<size_t>(columns_.number)];
    const std::string& group = fields[static_cast<size_t>(columns_.group)];
    const std::optional<uint64_t> number = ParseE164(text);
    const auto known = group_index_.find(group);
    if (!number) AddError(line, absl::StrCat("number: ", NumberError(text)));
    if (known == group_index_.end()) {
      AddError(line, absl::StrCat("group: ", Given(group),
                                  ", expected a group of the router's configuration"));
    }
    // A number of an unknown group is kept, so that its duplicates are found too.
    if (!number) return;
    entries_.push_back({*number, known == group_index_.end() ? 0 : known->second});
    lines_.push_back(line);
  }

  // Sorts the entries, unless the file did it, and complains of each line that repeats a number.
  void FindDuplicates() {
    const auto by_number = [](const auto& a, const auto& b) { return a.number < b.number; };
    const auto equal = [](const auto& a, const auto& b) { return a.number == b.number; };
    const std::vector<InventoryEntry> as_read = entries_;
    absl::c_sort(entries_, by_number);
    if (std::adjacent_find(entries_.begin(), entries_.end(), equal) == entries_.end()) return;
    absl::flat_hash_map<uint64_t, size_t> first_line;
    for (size_t i = 0; i < as_read.size(); ++i) {
      const auto [first, is_new] = first_line.emplace(as_read[i].number, lines_[i]);
      if (is_new) continue;
      AddError(lines_[i], absl::StrCat("number: given \"+", as_read[i].number,
                                       "\" a second time, the first is in line ", first->second));
    }
  }

  void AddError(size_t line, absl::string_view text) {
    if (++error_count_ > Inventory::kMaxErrors) return;
    errors_.emplace_back(line, absl::StrCat(file_name_, ":", line, ": error: ", text));
  }

  // In the order of the file: duplicates are found last.
  std::string Errors() {
    absl::c_stable_sort(errors_, [](const auto& a, const auto& b) { return a.first < b.first; });
    std::string text = absl::StrJoin(
        errors_, "\n", [](std::string* out, const auto& error) { out->append(error.second); });
    if (error_count_ > errors_.size()) {
      absl::StrAppend(&text, "\n", file_name_, ": error: ", error_count_ - errors_.size(),
                      " more errors are not shown");
    }
    return text;
  }

  const absl::string_view csv_;
  const absl::string_view file_name_;
  CsvReader reader_;
  Columns columns_;
  absl::flat_hash_map<std::string, uint32_t> group_index_;
  std::vector<InventoryEntry> entries_;
  std::vector<size_t> lines_;  // of each entry as read
  std::vector<std::pair<size_t, std::string>> errors_;
  size_t error_count_ = 0;
};

}  // namespace

std::optional<uint64_t> ParseE164(absl::string_view text) {
  if (text.size() < kMinDigits + 1 || text.size() > kMaxDigits + 1) return std::nullopt;
  if (text[0] != '+' || text[1] == '0') return std::nullopt;
  uint64_t number = 0;
  for (const char c : text.substr(1)) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return std::nullopt;
    number = number * 10 + static_cast<uint64_t>(c - '0');
  }
  return number;
}

absl::StatusOr<Inventory> Inventory::Parse(absl::string_view csv, absl::string_view file_name,
                                           std::vector<std::string> groups) {
  absl::c_sort(groups);
  absl::StatusOr<std::vector<InventoryEntry>> entries = Reading(csv, file_name, groups).Run();
  if (!entries.ok()) return entries.status();
  return Inventory(std::move(groups), *std::move(entries));
}

Inventory::Inventory(std::vector<std::string> groups, std::vector<InventoryEntry> entries)
    : groups_(std::move(groups)), entries_(std::move(entries)), counts_(groups_.size()) {
  for (const InventoryEntry& entry : entries_) ++counts_[entry.group];
}

std::optional<std::string> Inventory::GroupOf(uint64_t number) const {
  const auto found = std::lower_bound(
      entries_.begin(), entries_.end(), number,
      [](const InventoryEntry& entry, uint64_t wanted) { return entry.number < wanted; });
  if (found == entries_.end() || found->number != number) return std::nullopt;
  return groups_[found->group];
}

uint64_t Inventory::CountOf(absl::string_view group) const {
  const auto found = absl::c_lower_bound(groups_, group);
  if (found == groups_.end() || *found != group) return 0;
  return counts_[static_cast<size_t>(found - groups_.begin())];
}

}  // namespace dialtone::router
