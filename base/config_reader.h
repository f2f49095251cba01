// Reads a configuration file in protobuf text format and reports everything that is wrong with it
// at once, each error as "FILE:LINE:COLUMN: error: what was given and what was expected".
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace google::protobuf {
class Message;
}  // namespace google::protobuf

namespace dialtone {

// One file being read. A reader of a program's configuration calls Parse, then Expect and its kin
// for every rule the schema cannot say, then status().
class ConfigReader {
 public:
  // At most this much of a file is read; a longer one is an error.
  static constexpr size_t kMaxBytes = 64 << 20;

  explicit ConfigReader(std::string path);
  ~ConfigReader();

  // Reads and parses the file into `message`. False when it cannot be read or is not well-formed;
  // the errors (all of them, unknown fields included) are then in errors().
  bool Parse(google::protobuf::Message* message);

  // The same with a text that is at hand; the path only names it in errors.
  bool ParseText(std::string text, google::protobuf::Message* message);

  // The text as it was parsed.
  const std::string& text() const { return text_; }

  // Records an error at `field` unless `holds`. `field` is a path such as "sites[2].name" or
  // "grpc.address"; a field that is not set is reported where its parent begins. `given` and
  // `expected` are for the engineer: `given "0.5 s", expected 1 s to 60 s`.
  void Expect(bool holds, absl::string_view field, absl::string_view given,
              absl::string_view expected);

  // Records the message of a `status` that is not OK at `field`.
  void ExpectOk(absl::string_view field, const absl::Status& status);

  // A required text is not empty.
  void ExpectSet(absl::string_view field, absl::string_view value);

  // A name: lower case letters, digits, '-' and '_', 1 to 64 characters, beginning with a letter.
  void ExpectName(absl::string_view field, absl::string_view value);

  // "IP:PORT" or "[IPv6]:PORT", port 1 to 65535.
  void ExpectIpAndPort(absl::string_view field, absl::string_view value);

  // A file that exists and can be read.
  void ExpectReadableFile(absl::string_view field, absl::string_view path);

  // `path` itself when absolute, else below the directory of the configuration file.
  std::string Resolve(absl::string_view path) const;

  const std::vector<std::string>& errors() const { return errors_; }
  const std::string& path() const { return path_; }

  // OK, or INVALID_ARGUMENT with all errors, one a line.
  absl::Status status() const;

 private:
  struct Locations;

  void AddError(int line, int column, absl::string_view text);

  std::string path_;
  std::string text_;
  std::vector<std::string> errors_;
  std::unique_ptr<Locations> locations_;
};

}  // namespace dialtone
