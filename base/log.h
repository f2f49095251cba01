// Log lines: logfmt on stderr, one event a line, written by spdlog. The words of an event are stable:
// operators search for them.
//
//   LogInfo("route_confirmed", {{"group", "g1"}, {"route", "pbx"}});
//   time=2026-01-02T03:04:05.678Z level=info event=route_confirmed group=g1 route=pbx
//
// Phone numbers are masked by MaskNumber before they are logged.
#pragma once

#include <initializer_list>
#include <string>
#include <type_traits>

#include "absl/strings/string_view.h"

namespace dialtone {

// One key and its value; the value is quoted when it needs to be.
struct LogField {
  LogField(absl::string_view key, absl::string_view value);
  LogField(absl::string_view key, const char* value);
  LogField(absl::string_view key, const std::string& value);
  LogField(absl::string_view key, double value);
  LogField(absl::string_view key, bool value);
  template <typename Integer>
    requires std::is_integral_v<Integer>
  LogField(absl::string_view key, Integer value) : LogField(key, std::to_string(value)) {}

  std::string key;
  std::string value;
};

// Names the program in every line (component=...). Call once, first thing in main.
void StartLog(absl::string_view component);

void LogDebug(absl::string_view event, std::initializer_list<LogField> fields = {});
void LogInfo(absl::string_view event, std::initializer_list<LogField> fields = {});
void LogWarning(absl::string_view event, std::initializer_list<LogField> fields = {});
void LogError(absl::string_view event, std::initializer_list<LogField> fields = {});

// The last four digits, the others as asterisks.
std::string MaskNumber(absl::string_view number);

}  // namespace dialtone
