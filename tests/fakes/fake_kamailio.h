// Kamailio's tables without Kamailio: what it holds, and how it fails.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "router/kamailio/tables.h"

namespace dialtone::router {

class FakeKamailio final : public KamailioTables {
 public:
  FakeKamailio() { Restart({}); }

  // Begins anew: its own tables, and what the plan file holds.
  void Restart(std::map<std::string, std::string> plans) {
    tables_ = {{"ctl", {{"boot", absl::StrCat("start ", ++starts_)}, {"commit", "0"}}},
               {"grp", std::move(plans)},
               {"num", numbers_in_file},
               {"hs", {}},
               {"cnt", {}}};
  }

  absl::StatusOr<std::vector<TableReply>> Call(const std::vector<TableRequest>& requests) override {
    std::vector<TableReply> replies;
    for (const TableRequest& request : requests) {
      if (down) return absl::UnavailableError("no Kamailio");
      if (dies_after == 0) {
        down = true;
        return absl::UnavailableError("Kamailio died");
      }
      if (dies_after > 0) --dies_after;
      if (!tables_.contains(request.table)) return absl::InternalError("No such htable");
      replies.push_back(Do(request));
      log.push_back(request);
    }
    return replies;
  }

  std::string Value(const std::string& table, const std::string& key) {
    return tables_[table].contains(key) ? tables_[table][key] : "";
  }
  void Set(const std::string& table, const std::string& key, const std::string& value) {
    tables_[table][key] = value;
  }
  void Erase(const std::string& table, const std::string& key) { tables_[table].erase(key); }
  void DropTable(const std::string& table) { tables_.erase(table); }

  // The writes carried out since the last look into the log.
  std::vector<TableRequest> Writes() {
    std::vector<TableRequest> writes;
    for (const TableRequest& request : log) {
      if (request.kind != TableRequest::Kind::kGet) writes.push_back(request);
    }
    log.clear();
    return writes;
  }

  bool down = false;
  int dies_after = -1;         // so many more requests; negative: lives
  bool ignores_texts = false;  // says yes to kSetText and does nothing
  std::map<std::string, std::string> numbers_in_file;
  std::vector<TableRequest> log;

 private:
  TableReply Do(const TableRequest& request) {
    std::map<std::string, std::string>& table = tables_[request.table];
    switch (request.kind) {
      case TableRequest::Kind::kGet:
        return table.contains(request.key) ? TableReply(table[request.key]) : std::nullopt;
      case TableRequest::Kind::kSetText:
        if (!ignores_texts) table[request.key] = request.text;
        break;
      case TableRequest::Kind::kSetNumber:
        table[request.key] = absl::StrCat(request.number);
        break;
      case TableRequest::Kind::kDelete:
        table.erase(request.key);
        break;
      case TableRequest::Kind::kReload:
        table = numbers_in_file;
        break;
    }
    return std::nullopt;
  }

  int starts_ = 0;
  std::map<std::string, std::map<std::string, std::string>> tables_;
};

}  // namespace dialtone::router
