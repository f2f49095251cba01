#include "base/config_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <numeric>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/message.h"
#include "google/protobuf/text_format.h"

#include "base/check.h"
#include "base/ip_and_port.h"

#include <sys/stat.h>

namespace dialtone {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::TextFormat;

// More errors than anyone mends before the next attempt.
constexpr size_t kMaxErrors = 100;
// Deeper than any configuration; protects the parser's stack.
constexpr int kMaxDepth = 64;

// Edits (insert, delete, replace) that turn `a` into `b` (Levenshtein).
size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

// The file's text; the errors say what a person would have to change.
absl::StatusOr<std::string> ReadFile(const std::string& path) {
  if (path.empty()) return absl::InvalidArgumentError("no file is named");
  struct stat info = {};
  if (stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) {
    return absl::InvalidArgumentError("it is a directory, a file is expected");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return absl::InvalidArgumentError(absl::StrCat("cannot be read: ", std::strerror(errno)));
  std::string text;
  for (char chunk[1 << 16]; file.read(chunk, sizeof chunk), file.gcount() > 0;) {
    text.append(chunk, static_cast<size_t>(file.gcount()));
    if (text.size() <= ConfigReader::kMaxBytes) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("given more than ", ConfigReader::kMaxBytes, " bytes, the most that is read"));
  }
  return text;
}

// What protobuf says about a field that the schema lacks, taken apart.
struct UnknownField {
  std::string message;  // full name of the message type
  std::string field;
};

std::optional<UnknownField> ParseUnknownField(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, '"');
  if (parts.size() != 5 || !absl::StrContains(parts[2], "has no field named")) return std::nullopt;
  return UnknownField{parts[1], parts[3]};
}

// The field that was probably meant, as `; did you mean "G"?`, else nothing.
std::string Suggestion(const Descriptor& root, const UnknownField& unknown) {
  const Descriptor* const type = root.file()->pool()->FindMessageTypeByName(unknown.message);
  if (type == nullptr) return "";
  const std::string* best = nullptr;
  size_t best_distance = std::max<size_t>(unknown.field.size() / 3, 1) + 1;
  for (int i = 0; i < type->field_count(); ++i) {
    const size_t distance = EditDistance(unknown.field, type->field(i)->name());
    if (distance >= best_distance) continue;
    best_distance = distance;
    best = &type->field(i)->name();
  }
  return best == nullptr ? "" : absl::StrCat("; did you mean \"", *best, "\"?");
}

}  // namespace

// Where each field of the parsed message begins.
struct ConfigReader::Locations {
  TextFormat::ParseInfoTree tree;
  const Descriptor* descriptor = nullptr;

  TextFormat::ParseLocation Find(absl::string_view path) const;
};

TextFormat::ParseLocation ConfigReader::Locations::Find(absl::string_view path) const {
  TextFormat::ParseLocation found(0, 0);
  const TextFormat::ParseInfoTree* here = &tree;  // null below what is not set
  const Descriptor* type = descriptor;
  for (const absl::string_view step : absl::StrSplit(path, '.')) {
    const std::vector<absl::string_view> name_and_index =
        absl::StrSplit(absl::StripSuffix(step, "]"), absl::MaxSplits('[', 1));
    CHECK(type != nullptr) << path << " goes into something that is not a message";
    const FieldDescriptor* const field = type->FindFieldByName(std::string(name_and_index[0]));
    CHECK(field != nullptr) << type->full_name() << " has no field " << name_and_index[0];
    type = field->message_type();
    int index = field->is_repeated() ? 0 : -1;
    if (name_and_index.size() == 2) {
      CHECK(absl::SimpleAtoi(name_and_index[1], &index) && field->is_repeated()) << path;
    }
    if (here == nullptr) continue;
    TextFormat::ParseLocation location = here->GetLocation(field, index);
    // [1, 2, 3] has one place for all.
    if (location.line < 0 && index > 0) location = here->GetLocation(field, 0);
    if (location.line >= 0) found = location;
    here = location.line >= 0 ? here->GetTreeForNested(field, index) : nullptr;
  }
  return found;
}

ConfigReader::ConfigReader(std::string path)
    : path_(std::move(path)), locations_(std::make_unique<Locations>()) {}

ConfigReader::~ConfigReader() = default;

bool ConfigReader::Parse(google::protobuf::Message* message) {
  absl::StatusOr<std::string> text = ReadFile(path_);
  if (!text.ok()) {
    locations_->descriptor = message->GetDescriptor();
    errors_.push_back(absl::StrCat(path_, ": error: ", text.status().message()));
    return false;
  }
  return ParseText(*std::move(text), message);
}

bool ConfigReader::ParseText(std::string text, google::protobuf::Message* message) {
  locations_->descriptor = message->GetDescriptor();
  text_ = std::move(text);

  // The parser stops at the first error of syntax or type. Unknown fields it can step over with a
  // warning; those warnings are our errors, so that all of them are seen at once.
  class Collector final : public google::protobuf::io::ErrorCollector {
   public:
    Collector(absl::string_view text, const Descriptor* root, ConfigReader* reader)
        : lines_(absl::StrSplit(text, '\n')), root_(root), reader_(reader) {}

    void AddError(int line, int column, const std::string& what) override {
      reader_->AddError(line, column, what);
    }
    void AddWarning(int line, int column, const std::string& what) override {
      // A deprecated field still works.
      if (absl::StrContains(what, "deprecated")) return;
      const std::optional<UnknownField> unknown = ParseUnknownField(what);
      if (!unknown) return AddError(line, column, what);
      // protobuf gives the place after the name.
      const size_t begin =
          lines_[static_cast<size_t>(line)].rfind(unknown->field, static_cast<size_t>(column));
      if (begin != absl::string_view::npos) column = static_cast<int>(begin);
      reader_->AddError(line, column, absl::StrCat(what, Suggestion(*root_, *unknown)));
    }

   private:
    const std::vector<absl::string_view> lines_;
    const Descriptor* const root_;
    ConfigReader* const reader_;
  };

  Collector collector(text_, message->GetDescriptor(), this);
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&collector);
  parser.WriteLocationsTo(&locations_->tree);
  parser.AllowUnknownField(true);
  parser.SetRecursionLimit(kMaxDepth);
  const bool well_formed = parser.ParseFromString(text_, message);
  CHECK(well_formed || !errors_.empty()) << "the parser failed without an error";
  return errors_.empty();
}

void ConfigReader::Expect(bool holds, absl::string_view field, absl::string_view given,
                          absl::string_view expected) {
  // Found even when all is well: a field misspelt in our code shows at the first good
  // configuration.
  const TextFormat::ParseLocation at = locations_->Find(field);
  if (holds) return;
  AddError(at.line, at.column, absl::StrCat(field, ": given ", given, ", expected ", expected));
}

void ConfigReader::ExpectOk(absl::string_view field, const absl::Status& status) {
  const TextFormat::ParseLocation at = locations_->Find(field);
  if (status.ok()) return;
  AddError(at.line, at.column, absl::StrCat(field, ": ", status.message()));
}

void ConfigReader::ExpectSet(absl::string_view field, absl::string_view value) {
  Expect(!value.empty(), field, "nothing", "a value");
}

void ConfigReader::ExpectName(absl::string_view field, absl::string_view value) {
  const bool good =
      !value.empty() && value.size() <= 64 && absl::ascii_islower(value[0]) &&
      std::all_of(value.begin(), value.end(), [](unsigned char c) {
        return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-' || c == '_';
      });
  Expect(good, field, absl::StrCat("\"", value, "\""),
         "a name: lower case letters, digits, '-' and '_', 1 to 64, beginning with a letter");
}

void ConfigReader::ExpectIpAndPort(absl::string_view field, absl::string_view value) {
  const std::optional<IpAndPort> address = ParseIpAndPort(value);
  Expect(address.has_value() && address->port != 0, field, absl::StrCat("\"", value, "\""),
         "\"IP:PORT\" or \"[IPv6]:PORT\", port 1 to 65535");
}

void ConfigReader::ExpectReadableFile(absl::string_view field, absl::string_view path) {
  if (path.empty()) return ExpectSet(field, path);
  const std::string resolved = Resolve(path);
  struct stat info = {};
  const bool exists = stat(resolved.c_str(), &info) == 0;
  const bool regular = exists && !S_ISDIR(info.st_mode);
  const bool readable = exists && access(resolved.c_str(), R_OK) == 0;
  Expect(regular && readable, field,
         absl::StrCat("\"", resolved, "\" (",
                      exists && !regular ? "a directory" : std::strerror(errno), ")"),
         "a file that can be read");
}

std::string ConfigReader::Resolve(absl::string_view path) const {
  const size_t slash = path_.rfind('/');
  if (absl::StartsWith(path, "/") || slash == std::string::npos) return std::string(path);
  return absl::StrCat(path_.substr(0, slash + 1), path);
}

absl::Status ConfigReader::status() const {
  if (errors_.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(errors_, "\n"));
}

void ConfigReader::AddError(int line, int column, absl::string_view text) {
  if (errors_.size() == kMaxErrors)
    errors_.push_back(absl::StrCat(path_, ": error: more errors are not shown"));
  if (errors_.size() > kMaxErrors) return;
  // protobuf counts from 0, editors from 1.
  errors_.push_back(absl::StrCat(path_, ":", line + 1, ":", column + 1, ": error: ", text));
}

}  // namespace dialtone
