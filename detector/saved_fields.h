// The form of one value in the journal: fields, separated by tabs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace dialtone::detector {

// Writes fields one after the other. Text may hold anything.
class FieldWriter {
 public:
  void Add(absl::string_view text);
  void Add(const char* text) { Add(absl::string_view(text)); }
  void Add(const std::string& text) { Add(absl::string_view(text)); }
  void Add(std::int64_t number);
  void Add(absl::Time time);  // microseconds; the infinities too

  const std::string& text() const { return text_; }

 private:
  std::string text_;
  bool is_first_ = true;
};

// Reads them in the same order. A missing or malformed field reads as empty, 0 or the infinite
// past, and is remembered.
class FieldReader {
 public:
  explicit FieldReader(absl::string_view text);

  std::string Text();
  std::int64_t Number();
  absl::Time Time();

  bool at_end() const { return next_ >= fields_.size(); }
  bool ok() const { return ok_; }

 private:
  std::vector<std::string> fields_;
  std::size_t next_ = 0;
  bool ok_ = true;
};

}  // namespace dialtone::detector
