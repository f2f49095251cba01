#include "router/csv.h"

#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace dialtone::router {

CsvReader::CsvReader(absl::string_view text) : rest_(absl::StripPrefix(text, "\xEF\xBB\xBF")) {}

bool CsvReader::Next(std::vector<std::string>* fields) {
  while (!rest_.empty() && AtLineEnd()) SkipLineEnd();
  fields->clear();
  error_.clear();
  record_line_ = line_;
  if (rest_.empty()) return false;
  for (;;) {
    fields->emplace_back();
    if (absl::StartsWith(rest_, "\"")) {
      ReadQuoted(&fields->back());
    } else {
      ReadPlain(&fields->back());
    }
    if (!absl::ConsumePrefix(&rest_, ",")) break;
  }
  SkipLineEnd();
  return true;
}

void CsvReader::ReadQuoted(std::string* field) {
  rest_.remove_prefix(1);
  for (;;) {
    const size_t quote = rest_.find('"');
    if (quote == absl::string_view::npos) {
      error_ = "a quoted field that never ends";
      rest_ = {};
      return;
    }
    const absl::string_view part = rest_.substr(0, quote);
    for (const char c : part) line_ += c == '\n' ? 1 : 0;
    field->append(part.data(), part.size());
    rest_.remove_prefix(quote + 1);
    if (!absl::ConsumePrefix(&rest_, "\"")) break;
    field->push_back('"');
  }
  if (rest_.empty() || rest_[0] == ',' || AtLineEnd()) return;
  error_ = "text after the closing quote of a field";
  ReadPlain(field);
}

void CsvReader::ReadPlain(std::string* field) {
  size_t end = 0;
  while (end < rest_.size() && rest_[end] != ',' && rest_[end] != '\n') {
    // A carriage return ends a line only before a line feed or at the end of the text.
    if (rest_[end] == '\r' && (end + 1 == rest_.size() || rest_[end + 1] == '\n')) break;
    if (rest_[end] == '"' && error_.empty()) error_ = "a quote inside a field that is not quoted";
    ++end;
  }
  field->append(rest_.data(), end);
  rest_.remove_prefix(end);
}

bool CsvReader::AtLineEnd() const {
  return absl::StartsWith(rest_, "\n") || absl::StartsWith(rest_, "\r\n") || rest_ == "\r";
}

void CsvReader::SkipLineEnd() {
  absl::ConsumePrefix(&rest_, "\r");
  if (absl::ConsumePrefix(&rest_, "\n")) ++line_;
}

}  // namespace dialtone::router
