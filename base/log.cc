#include "base/log.h"

#include <cstdlib>
#include <memory>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "spdlog/sinks/stdout_sinks.h"
#include "spdlog/spdlog.h"

namespace dialtone {
namespace {

// A longer value is cut: what peers send must not fill the journal.
constexpr size_t kMaxValueBytes = 4096;

// Length of the UTF-8 character (RFC 3629) at the start of `text`, or 0 when it is malformed or a
// control character: U+0080 to U+009F are terminal controls too.
size_t PrintableLength(absl::string_view text) {
  const auto at = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = at(0);
  if (first < 0x80) return absl::ascii_iscntrl(first) ? 0 : 1;
  const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xc0) != 0x80) return 0;
  }
  const unsigned char second = at(1);
  const bool c1_control = first == 0xc2 && second < 0xa0;
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool surrogate = first == 0xed && second >= 0xa0;
  const bool too_large = first == 0xf4 && second >= 0x90;
  return c1_control || overlong || surrogate || too_large ? 0 : length;
}

// Quotes and escapes, so that a value can neither end its line nor begin a new key.
void AppendValue(absl::string_view value, std::string* line) {
  const bool cut = value.size() > kMaxValueBytes;
  value = value.substr(0, kMaxValueBytes);
  bool quoted = value.empty() || cut;
  std::string escaped;
  for (size_t i = 0; i < value.size();) {
    const char c = value[i];
    const size_t length = PrintableLength(value.substr(i));
    quoted = quoted || length == 0 || c == ' ' || c == '=' || c == '"' || c == '\\';
    if (length == 0) {
      absl::StrAppend(&escaped, c == '\n'   ? "\\n"
                                : c == '\r' ? "\\r"
                                : c == '\t'
                                    ? "\\t"
                                    : absl::StrFormat("\\x%02x", static_cast<unsigned char>(c)));
    } else {
      if (c == '"' || c == '\\') escaped += '\\';
      absl::StrAppend(&escaped, value.substr(i, length));
    }
    i += length == 0 ? 1 : length;
  }
  if (cut) escaped += "...";
  absl::StrAppend(line, quoted ? "\"" : "", escaped, quoted ? "\"" : "");
}

// The whole state of the log. Made at the first use, never destroyed: threads that end late may
// log.
struct Log {
  Log() : logger("", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    logger.set_pattern("time=%Y-%m-%dT%H:%M:%S.%eZ level=%l %v", spdlog::pattern_time_type::utc);
    const char* level = std::getenv("DIALTONE_LOG_LEVEL");
    logger.set_level(level == nullptr ? spdlog::level::info : spdlog::level::from_str(level));
    logger.flush_on(spdlog::level::trace);
  }

  spdlog::logger logger;
  std::string component;
};

Log& TheLog() {
  static Log* const log = new Log;
  return *log;
}

void Write(spdlog::level::level_enum level, absl::string_view event,
           std::initializer_list<LogField> fields) {
  Log& log = TheLog();
  if (!log.logger.should_log(level)) return;
  std::string line = "event=";
  AppendValue(event, &line);
  if (!log.component.empty()) {
    line += " component=";
    AppendValue(log.component, &line);
  }
  for (const LogField& field : fields) {
    absl::StrAppend(&line, " ", field.key, "=");
    AppendValue(field.value, &line);
  }
  log.logger.log(level, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace

LogField::LogField(absl::string_view name, absl::string_view text) : key(name), value(text) {}
LogField::LogField(absl::string_view name, const char* text) : key(name), value(text) {}
LogField::LogField(absl::string_view name, const std::string& text) : key(name), value(text) {}
LogField::LogField(absl::string_view name, double number)
    : key(name), value(absl::StrCat(number)) {}
LogField::LogField(absl::string_view name, bool fact) : key(name), value(fact ? "true" : "false") {}

void StartLog(absl::string_view component) { TheLog().component = std::string(component); }

void LogDebug(absl::string_view event, std::initializer_list<LogField> fields) {
  Write(spdlog::level::debug, event, fields);
}
void LogInfo(absl::string_view event, std::initializer_list<LogField> fields) {
  Write(spdlog::level::info, event, fields);
}
void LogWarning(absl::string_view event, std::initializer_list<LogField> fields) {
  Write(spdlog::level::warn, event, fields);
}
void LogError(absl::string_view event, std::initializer_list<LogField> fields) {
  Write(spdlog::level::err, event, fields);
}

std::string MaskNumber(absl::string_view number) {
  constexpr size_t kShown = 4;
  if (number.size() <= kShown) return std::string(number);
  return std::string(number.size() - kShown, '*') +
         std::string(number.substr(number.size() - kShown));
}

}  // namespace dialtone
