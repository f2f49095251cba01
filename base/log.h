// Log lines: logfmt on stderr, one event a line, written by spdlog. The words of an event are
// stable: operators search for them.
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
  LogField(absl::string_view name, absl::string_view text);
  LogField(absl::string_view name, const char* text);
  LogField(absl::string_view name, const std::string& text);
  LogField(absl::string_view name, double number);
  LogField(absl::string_view name, bool fact);
  template <typename Integer, typename = std::enable_if_t<std::is_integral_v<Integer>>>
  LogField(absl::string_view name, Integer number) : LogField(name, std::to_string(number)) {}

  std::string key;
  std::string value;
};

// Lines below the level in the environment variable DIALTONE_LOG_LEVEL (debug, info, warning,
// error; info when unset) are not written. A value is cut after 4 KiB, and escaped so that it stays
// on its line.

// Names the program in every line (component=...). Call once, first thing in main.
void StartLog(absl::string_view component);

void LogDebug(absl::string_view event, std::initializer_list<LogField> fields = {});
void LogInfo(absl::string_view event, std::initializer_list<LogField> fields = {});
void LogWarning(absl::string_view event, std::initializer_list<LogField> fields = {});
void LogError(absl::string_view event, std::initializer_list<LogField> fields = {});

// The last four digits, the others as asterisks.
std::string MaskNumber(absl::string_view number);

}  // namespace dialtone
