#include "detector/journal.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "base/status.h"

namespace dialtone::detector {
namespace {

// Raised when the tables change. A newer journal is refused: an older program would misread it.
constexpr int kSchemaVersion = 1;

// kept in the database: the words of kAlarm and its kin may change, their numbers do not.
constexpr int kKinds = static_cast<int>(OccurrenceKind::kStarted) + 1;

constexpr char kTables[] =
    "CREATE TABLE IF NOT EXISTS state(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS events(id INTEGER PRIMARY KEY, time_us INTEGER NOT NULL,"
    " kind INTEGER NOT NULL, sentence TEXT NOT NULL, diagnosis INTEGER NOT NULL,"
    " groups TEXT NOT NULL, hop TEXT NOT NULL, guard TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;";

// The main file and SQLite's own beside it.
constexpr const char* kSuffixes[] = {"", "-wal", "-shm", "-journal"};

bool IsDamage(int code) {
  const int primary = code & 0xff;
  return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
}

std::string MoveAside(const std::string& path, absl::Time now) {
  const std::string target = absl::StrCat(path, ".damaged-", absl::ToUnixMicros(now));
  for (const char* suffix : kSuffixes) {
    std::error_code error;
    std::filesystem::rename(path + suffix, target + suffix, error);  // most do not exist
  }
  return target;
}

}  // namespace

// One prepared statement, bound in order and stepped.
class Journal::Statement {
 public:
  Statement(const Journal& journal, const char* sql) : journal_(journal) {
    code_ = sqlite3_prepare_v2(journal.database_, sql, -1, &statement_, nullptr);
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& Bind(std::int64_t value) {
    if (code_ == SQLITE_OK) code_ = sqlite3_bind_int64(statement_, ++bound_, value);
    return *this;
  }
  Statement& Bind(const std::string& value) {
    // STATIC: the caller's strings outlive the step.
    if (code_ == SQLITE_OK) {
      code_ = sqlite3_bind_text64(statement_, ++bound_, value.data(), value.size(), SQLITE_STATIC,
                                  SQLITE_UTF8);
    }
    return *this;
  }

  // True while there is a row.
  bool Next() {
    if (code_ == SQLITE_OK || code_ == SQLITE_ROW) code_ = sqlite3_step(statement_);
    return code_ == SQLITE_ROW;
  }
  // Runs a statement that gives no rows, ready to be bound again.
  absl::Status Run() {
    Next();
    const absl::Status result = status();
    sqlite3_reset(statement_);
    code_ = SQLITE_OK;
    bound_ = 0;
    return result;
  }

  std::int64_t Integer(int column) const { return sqlite3_column_int64(statement_, column); }
  std::string Text(int column) const {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    const int size = sqlite3_column_bytes(statement_, column);
    return text == nullptr ? "" : std::string(text, static_cast<size_t>(size));
  }

  absl::Status status() const {
    if (code_ == SQLITE_OK || code_ == SQLITE_ROW || code_ == SQLITE_DONE) return absl::OkStatus();
    return journal_.Error(code_, statement_ == nullptr ? "prepare" : sqlite3_sql(statement_));
  }

 private:
  const Journal& journal_;
  sqlite3_stmt* statement_ = nullptr;
  int code_ = SQLITE_OK;
  int bound_ = 0;
};

absl::StatusOr<std::unique_ptr<Journal>> Journal::Open(const std::string& directory,
                                                       absl::Time now) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    return absl::FailedPreconditionError(
        absl::StrCat("state directory ", directory, " cannot be made: ", error.message()));
  }
  const std::string path = absl::StrCat(directory, "/journal.sqlite");
  std::string moved_aside;
  for (;;) {
    std::unique_ptr<Journal> journal(new Journal(path));
    absl::Status status = journal->Connect();
    if (status.ok()) status = journal->Load(now);
    if (status.ok()) {
      journal->contents_.moved_aside = moved_aside;
      return journal;
    }
    // Once only: a second file cannot be damaged by the same past.
    if (!absl::IsDataLoss(status) || !moved_aside.empty()) return status;
    journal.reset();
    moved_aside = MoveAside(path, now);
  }
}

Journal::~Journal() { sqlite3_close(database_); }

absl::Status Journal::Connect() {
  const int code =
      sqlite3_open_v2(path_.c_str(), &database_,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) return Error(code, "open");
  sqlite3_extended_result_codes(database_, 1);
  // The exclusive lock keeps a second detector out from the first write on, which is the epoch.
  RETURN_IF_ERROR(Execute("PRAGMA locking_mode=EXCLUSIVE"));
  RETURN_IF_ERROR(Execute("PRAGMA journal_mode=WAL"));
  RETURN_IF_ERROR(Execute("PRAGMA synchronous=FULL"));
  Statement check(*this, "PRAGMA quick_check(1)");
  if (check.Next() && check.Text(0) != "ok") {
    return absl::DataLossError(absl::StrCat(path_, ": ", check.Text(0)));
  }
  RETURN_IF_ERROR(check.status());
  return Prepare();
}

absl::Status Journal::Prepare() {
  Statement version(*this, "PRAGMA user_version");
  version.Next();
  RETURN_IF_ERROR(version.status());
  if (version.Integer(0) > kSchemaVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat(path_, " was written by a newer version of dialtone-detector (its layout is ",
                     version.Integer(0), ", this one knows ", kSchemaVersion, ")"));
  }
  RETURN_IF_ERROR(Execute(kTables));
  return Execute(absl::StrCat("PRAGMA user_version=", kSchemaVersion).c_str());
}

absl::Status Journal::Load(absl::Time now) {
  Statement meta(*this, "SELECT key, value FROM meta");
  while (meta.Next()) {
    if (meta.Text(0) == "epoch") contents_.epoch = static_cast<std::uint64_t>(meta.Integer(1));
    if (meta.Text(0) == "written_us") contents_.written = absl::FromUnixMicros(meta.Integer(1));
  }
  RETURN_IF_ERROR(meta.status());

  Statement state(*this, "SELECT key, value FROM state");
  while (state.Next()) contents_.state.emplace(state.Text(0), state.Text(1));
  RETURN_IF_ERROR(state.status());

  RETURN_IF_ERROR(Prune(now));
  Statement events(*this,
                   "SELECT id, time_us, kind, sentence, diagnosis, groups, hop, guard "
                   "FROM (SELECT * FROM "
                   "events ORDER BY id DESC LIMIT ?) ORDER BY id");
  events.Bind(static_cast<std::int64_t>(kKeptInMemory));
  while (events.Next()) {
    const std::int64_t kind = events.Integer(2);
    if (kind < 0 || kind >= kKinds) continue;
    contents_.newest.push_back({.id = static_cast<std::uint64_t>(events.Integer(0)),
                                .time = absl::FromUnixMicros(events.Integer(1)),
                                .kind = static_cast<OccurrenceKind>(kind),
                                .sentence = events.Text(3),
                                .diagnosis = static_cast<std::uint64_t>(events.Integer(4)),
                                .groups = absl::StrSplit(events.Text(5), ' ', absl::SkipEmpty()),
                                .hop = events.Text(6),
                                .guard = events.Text(7)});
  }
  return events.status();
}

absl::Status Journal::Commit(const JournalEntry& entry) {
  RETURN_IF_ERROR(Execute("BEGIN IMMEDIATE"));
  absl::Status status = Write(entry);
  if (status.ok()) status = Execute("COMMIT");
  // After some errors (a full disk) SQLite has rolled back already; then this one says so, in vain.
  if (!status.ok()) Execute("ROLLBACK").IgnoreError();
  return status;
}

absl::Status Journal::Write(const JournalEntry& entry) {
  Statement upsert(*this, "INSERT OR REPLACE INTO state VALUES(?, ?)");
  Statement erase(*this, "DELETE FROM state WHERE key = ?");
  for (const auto& [key, value] : entry.records) {
    RETURN_IF_ERROR(value.empty() ? erase.Bind(key).Run() : upsert.Bind(key).Bind(value).Run());
  }
  Statement event(*this, "INSERT OR REPLACE INTO events VALUES(?, ?, ?, ?, ?, ?, ?, ?)");
  for (const Occurrence& occurrence : entry.occurrences) {
    const std::string groups = absl::StrJoin(occurrence.groups, " ");
    RETURN_IF_ERROR(event.Bind(static_cast<std::int64_t>(occurrence.id))
                        .Bind(absl::ToUnixMicros(occurrence.time))
                        .Bind(static_cast<std::int64_t>(occurrence.kind))
                        .Bind(occurrence.sentence)
                        .Bind(static_cast<std::int64_t>(occurrence.diagnosis))
                        .Bind(groups)
                        .Bind(occurrence.hop)
                        .Bind(occurrence.guard)
                        .Run());
  }
  if (!entry.occurrences.empty()) RETURN_IF_ERROR(Prune(entry.time));
  Statement meta(*this, "INSERT OR REPLACE INTO meta VALUES(?, ?)");
  if (entry.epoch != 0) {
    RETURN_IF_ERROR(
        meta.Bind(std::string("epoch")).Bind(static_cast<std::int64_t>(entry.epoch)).Run());
  }
  return meta.Bind(std::string("written_us")).Bind(absl::ToUnixMicros(entry.time)).Run();
}

// By id, which is the order of time too: both ends of the range are found in the key, no scan.
absl::Status Journal::Prune(absl::Time now) {
  Statement count(*this, "DELETE FROM events WHERE id <= (SELECT max(id) FROM events) - ?");
  RETURN_IF_ERROR(count.Bind(kMaxEvents).Run());
  Statement oldest(*this, "SELECT id, time_us FROM events ORDER BY id LIMIT 1000");
  std::int64_t too_old = 0;
  while (oldest.Next() && oldest.Integer(1) < absl::ToUnixMicros(now - kMaxEventAge)) {
    too_old = oldest.Integer(0);
  }
  RETURN_IF_ERROR(oldest.status());
  if (too_old == 0) return absl::OkStatus();
  Statement age(*this, "DELETE FROM events WHERE id <= ?");
  return age.Bind(too_old).Run();
}

absl::Status Journal::Execute(const char* sql) {
  const int code = sqlite3_exec(database_, sql, nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : Error(code, sql);
}

absl::Status Journal::Error(int code, absl::string_view what) const {
  const std::string text = absl::StrCat("journal ", path_, ": ", sqlite3_errmsg(database_), " (",
                                        sqlite3_errstr(code), ") at: ", what);
  if (IsDamage(code)) return absl::DataLossError(text);
  if ((code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED) {
    return absl::FailedPreconditionError(
        absl::StrCat("journal ", path_, " is in use by another process: stop that one first"));
  }
  return absl::UnavailableError(text);
}

}  // namespace dialtone::detector
