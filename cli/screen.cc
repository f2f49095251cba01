#include "cli/screen.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace dialtone::cli {
namespace {

const char* Escape(Tone tone) {
  switch (tone) {
    case Tone::kPlain:
      return "";
    case Tone::kGood:
      return "\x1b[32m";
    case Tone::kWarning:
      return "\x1b[33m";
    case Tone::kBad:
      return "\x1b[1;31m";
    case Tone::kFaint:
      return "\x1b[2m";
  }
  return "";
}

}  // namespace

std::string Paint(absl::string_view text, Tone tone, bool colour) {
  if (!colour || tone == Tone::kPlain || text.empty()) return std::string(text);
  return absl::StrCat(Escape(tone), text, "\x1b[0m");
}

std::string Table::ToString(bool colour) const {
  std::vector<std::size_t> widths;
  widths.reserve(header_.size());
  for (const std::string& title : header_) widths.push_back(title.size());
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].text.size());
    }
  }
  std::string out;
  auto line = [&](const std::vector<Cell>& row) {
    std::string text;
    for (std::size_t i = 0; i < row.size(); ++i) {
      absl::StrAppend(&text, Paint(row[i].text, row[i].tone, colour));
      if (i + 1 < row.size()) text.append(widths[i] - row[i].text.size() + 2, ' ');
    }
    absl::StrAppend(&out, text, "\n");
  };
  std::vector<Cell> titles;
  titles.reserve(header_.size());
  for (const std::string& title : header_) titles.emplace_back(title, Tone::kFaint);
  line(titles);
  for (const auto& row : rows_) line(row);
  return out;
}

std::string ShortDuration(absl::Duration duration) {
  const double seconds = absl::ToDoubleSeconds(duration);
  if (seconds < 10) return absl::StrFormat("%.1f s", seconds);
  if (seconds < 120) return absl::StrFormat("%.0f s", seconds);
  if (seconds < 7200) return absl::StrFormat("%.0f min", seconds / 60);
  if (seconds < 48 * 3600) return absl::StrFormat("%.0f h", seconds / 3600);
  return absl::StrFormat("%.0f d", seconds / 86400);
}

std::string TimeAndAge(absl::Time time, absl::Time now) {
  return absl::StrCat(absl::FormatTime("%H:%M:%S UTC", time, absl::UTCTimeZone()), " (",
                      ShortDuration(std::max(now - time, absl::ZeroDuration())), " ago)");
}

}  // namespace dialtone::cli
