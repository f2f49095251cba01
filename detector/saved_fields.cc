#include "detector/saved_fields.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace dialtone::detector {
namespace {

constexpr absl::string_view kFuture = "never";
constexpr absl::string_view kPast = "always";

}  // namespace

void FieldWriter::Add(absl::string_view text) {
  if (!is_first_) text_ += '\t';
  is_first_ = false;
  if (!absl::StrContains(text, '%') && !absl::StrContains(text, '\t')) {
    absl::StrAppend(&text_, text);
  } else {
    absl::StrAppend(&text_, absl::StrReplaceAll(text, {{"%", "%25"}, {"\t", "%09"}}));
  }
}

void FieldWriter::Add(std::int64_t number) { Add(absl::AlphaNum(number).Piece()); }

void FieldWriter::Add(absl::Time time) {
  if (time == absl::InfiniteFuture()) return Add(kFuture);
  if (time == absl::InfinitePast()) return Add(kPast);
  Add(absl::ToUnixMicros(time));
}

FieldReader::FieldReader(absl::string_view text) : fields_(absl::StrSplit(text, '\t')) {}

std::string FieldReader::Text() {
  if (at_end()) {
    ok_ = false;
    return "";
  }
  return absl::StrReplaceAll(fields_[next_++], {{"%09", "\t"}, {"%25", "%"}});
}

std::int64_t FieldReader::Number() {
  std::int64_t number = 0;
  if (!absl::SimpleAtoi(Text(), &number)) ok_ = false;
  return number;
}

absl::Time FieldReader::Time() {
  const std::string text = Text();
  if (text == kFuture) return absl::InfiniteFuture();
  std::int64_t micros = 0;
  if (absl::SimpleAtoi(text, &micros)) return absl::FromUnixMicros(micros);
  if (text != kPast) ok_ = false;
  return absl::InfinitePast();
}

}  // namespace dialtone::detector
