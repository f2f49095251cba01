#include "router/kamailio/plan_file.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "base/status.h"
#include "router/plan_text.h"

namespace dialtone::router {
namespace {

// No WITHOUT ROWID: Kamailio's db_sqlite asks for rows as it likes.
constexpr char kTables[] =
    "CREATE TABLE IF NOT EXISTS num(key_name TEXT PRIMARY KEY, key_value TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS grp(key_name TEXT PRIMARY KEY, key_value TEXT NOT NULL);";

std::string RecordInForce(const Plan& plan) { return FormatRecord({0, plan, std::nullopt}); }

class Fnv1a {
 public:
  void Add(absl::string_view text) {
    for (const char c : text) digest_ = (digest_ ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  uint64_t digest() const { return digest_; }

 private:
  uint64_t digest_ = 0xcbf29ce484222325;
};

}  // namespace

std::string InventoryMark(const Inventory& inventory) {
  Fnv1a sum;
  for (const InventoryEntry& entry : inventory.entries()) {
    sum.Add(absl::StrCat(entry.number, "=", inventory.GroupName(entry), "\n"));
  }
  return absl::StrFormat("%d-%016x", inventory.entries().size(), sum.digest());
}

absl::StatusOr<std::unique_ptr<PlanFile>> PlanFile::Open(const std::string& path, absl::Time now) {
  std::error_code error;
  const std::filesystem::path directory = std::filesystem::path(path).parent_path();
  if (!directory.empty()) std::filesystem::create_directories(directory, error);
  if (error) {
    return absl::FailedPreconditionError(absl::StrCat(
        "directory ", directory.string(), " of the plan file cannot be made: ", error.message()));
  }
  absl::StatusOr<std::unique_ptr<PlanFile>> file = OpenFile(path);
  if (!absl::IsDataLoss(file.status())) return file;
  const std::string moved_aside = MoveAside(path, now);
  file = OpenFile(path);
  if (file.ok()) (*file)->moved_aside_ = moved_aside;
  return file;
}

absl::StatusOr<std::unique_ptr<PlanFile>> PlanFile::OpenFile(const std::string& path) {
  ASSIGN_OR_RETURN(std::unique_ptr<Database> database, Database::Open(path));
  RETURN_IF_ERROR(database->Execute("PRAGMA journal_mode=DELETE"));
  RETURN_IF_ERROR(database->Execute("PRAGMA synchronous=FULL"));
  RETURN_IF_ERROR(database->Execute(kTables));
  // Every row and value can be read.
  for (const char* all : {"SELECT count(key_name) + count(key_value) FROM num",
                          "SELECT count(key_name) + count(key_value) FROM grp"}) {
    Statement rows(*database, all);
    if (!rows.Next()) return rows.status();
  }
  return std::unique_ptr<PlanFile>(new PlanFile(std::move(database)));
}

absl::StatusOr<std::vector<PlanReading>> PlanFile::ReadPlans() const {
  std::vector<PlanReading> readings;
  Statement rows(*database_, "SELECT key_name, key_value FROM grp ORDER BY key_name");
  while (rows.Next()) {
    PlanReading& reading = readings.emplace_back(PlanReading{rows.Text(0), std::nullopt});
    if (std::optional<PlanRecord> record = ParseRecord(rows.Text(1))) {
      reading.plan = std::move(record->plan);
    }
  }
  RETURN_IF_ERROR(rows.status());
  return readings;
}

absl::Status PlanFile::WritePlans(const std::vector<GroupPlan>& plans) {
  ASSIGN_OR_RETURN(std::unique_ptr<Transaction> transaction, Transaction::Begin(database_.get()));
  absl::flat_hash_map<std::string, std::string> stored;
  {
    Statement rows(*database_, "SELECT key_name, key_value FROM grp");
    while (rows.Next()) stored.emplace(rows.Text(0), rows.Text(1));
    RETURN_IF_ERROR(rows.status());
  }
  bool changed = false;
  Statement write(*database_, "INSERT OR REPLACE INTO grp VALUES (?, ?)");
  for (const GroupPlan& plan : plans) {
    const std::string record = RecordInForce(plan.plan);
    const auto found = stored.find(plan.group);
    const bool equal = found != stored.end() && found->second == record;
    if (found != stored.end()) stored.erase(found);
    if (equal) continue;
    RETURN_IF_ERROR(write.Bind(plan.group).Bind(record).Run());
    changed = true;
  }
  Statement drop(*database_, "DELETE FROM grp WHERE key_name = ?");
  for (const auto& [group, record] : stored) RETURN_IF_ERROR(drop.Bind(group).Run());
  // Nothing changed: no need to ask the disk.
  return changed || !stored.empty() ? transaction->Commit() : absl::OkStatus();
}

absl::Status PlanFile::WriteNumbers(const Inventory& inventory) {
  const std::string mark = InventoryMark(inventory);
  ASSIGN_OR_RETURN(std::unique_ptr<Transaction> transaction, Transaction::Begin(database_.get()));
  {
    Statement stored(*database_, "SELECT key_value FROM num WHERE key_name = ?");
    if (stored.Bind(kInventoryKey).Next() && stored.Text(0) == mark) return absl::OkStatus();
    RETURN_IF_ERROR(stored.status());
  }
  RETURN_IF_ERROR(database_->Execute("DELETE FROM num"));
  Statement write(*database_, "INSERT INTO num VALUES (?, ?)");
  for (const InventoryEntry& entry : inventory.entries()) {
    const std::string number = absl::StrCat(entry.number);
    RETURN_IF_ERROR(write.Bind(number).Bind(inventory.GroupName(entry)).Run());
  }
  RETURN_IF_ERROR(write.Bind(kInventoryKey).Bind(mark).Run());
  return transaction->Commit();
}

}  // namespace dialtone::router
