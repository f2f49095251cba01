// Kamailio's shared-memory tables (module htable), as the router reaches them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace dialtone::router {

// One thing to do with one table. All of them may be done twice without harm.
struct TableRequest {
  enum class Kind { kGet, kSetText, kSetNumber, kDelete, kReload };

  Kind kind = Kind::kGet;
  std::string table;
  std::string key;
  std::string text;    // of kSetText
  int64_t number = 0;  // of kSetNumber

  // The value of a key.
  static TableRequest Get(std::string table, std::string key) {
    return {Kind::kGet, std::move(table), std::move(key), "", 0};
  }
  // Renews the key's lease, where the table has one.
  static TableRequest SetText(std::string table, std::string key, std::string text) {
    return {Kind::kSetText, std::move(table), std::move(key), std::move(text), 0};
  }
  static TableRequest SetNumber(std::string table, std::string key, int64_t number) {
    return {Kind::kSetNumber, std::move(table), std::move(key), "", number};
  }
  // No error when there is no such key.
  static TableRequest Delete(std::string table, std::string key) {
    return {Kind::kDelete, std::move(table), std::move(key), "", 0};
  }
  // The whole table from the plan file.
  static TableRequest Reload(std::string table) {
    return {Kind::kReload, std::move(table), "", "", 0};
  }

  bool operator==(const TableRequest&) const = default;
};

// The answer to one request: the value got, numbers in decimal; nothing for a key that does not
// exist, and for requests that ask for no value.
using TableReply = std::optional<std::string>;

class KamailioTables {
 public:
  virtual ~KamailioTables() = default;

  // Carries out all requests, in their order, and waits for the replies, one for each. UNAVAILABLE
  // when Kamailio is not there or does not answer in time: any of them may have been carried out.
  // INTERNAL when Kamailio refuses one: it lacks a table, say.
  virtual absl::StatusOr<std::vector<TableReply>> Call(
      const std::vector<TableRequest>& requests) = 0;
};

}  // namespace dialtone::router
