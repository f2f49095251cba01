// Reads comma separated values as RFC 4180 describes them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace dialtone::router {

// Walks through the records of a text. Lines end with LF or CRLF; a field may be quoted, and then
// may hold commas, line breaks and doubled quotes (RFC 4180 §2). Lines that are empty are stepped
// over.
class CsvReader {
 public:
  // `text` must outlive the reader. A UTF-8 byte order mark at its beginning is stepped over.
  explicit CsvReader(absl::string_view text);

  // Reads the next record into `fields`; false at the end of the text. A record that breaks the
  // rules is read to the end of its line all the same, and error() says what is wrong with it.
  bool Next(std::vector<std::string>* fields);

  // Line on which the record that Next() gave begins, from 1.
  size_t line() const { return record_line_; }

  // What is wrong with the record that Next() gave; empty: nothing.
  const std::string& error() const { return error_; }

 private:
  void ReadQuoted(std::string* field);
  void ReadPlain(std::string* field);
  bool AtLineEnd() const;
  void SkipLineEnd();

  absl::string_view rest_;
  size_t line_ = 1;
  size_t record_line_ = 0;
  std::string error_;
};

}  // namespace dialtone::router
