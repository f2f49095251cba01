#include "router/database.h"

#include <sqlite3.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status.h"

#include <sys/stat.h>

namespace dialtone::router {
namespace {

// The file and SQLite's own beside it.
constexpr const char* kSuffixes[] = {"", "-wal", "-shm", "-journal"};

}  // namespace

std::string MoveAside(const std::string& path, absl::Time now) {
  const std::string target = absl::StrCat(path, ".damaged-", absl::ToUnixMicros(now));
  for (const char* suffix : kSuffixes) {
    std::error_code error;
    std::filesystem::rename(path + suffix, target + suffix, error);  // most do not exist
  }
  return target;
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const std::string& path) {
  std::unique_ptr<Database> database(new Database(path));
  // SQLite gives its own files (-journal, -wal) the mode of the main file.
  const mode_t before = umask(0027);
  const int code =
      sqlite3_open_v2(path.c_str(), &database->connection_,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXRESCODE, nullptr);
  umask(before);
  if (code != SQLITE_OK) return database->Error(code, "open");
  sqlite3_busy_timeout(database->connection_, kLockPatienceMs);
  return database;
}

Database::~Database() { sqlite3_close(connection_); }

absl::Status Database::Execute(const std::string& sql) {
  const int code = sqlite3_exec(connection_, sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : Error(code, sql);
}

absl::Status Database::Error(int code, absl::string_view what) const {
  const int primary = code & 0xff;
  const std::string text =
      absl::StrCat(path_, ": ", what.substr(0, 80), ": ",
                   connection_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(connection_));
  if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB) return absl::DataLossError(text);
  return absl::UnavailableError(text);
}

Statement::Statement(const Database& database, const char* sql) : database_(database) {
  code_ = sqlite3_prepare_v2(database.connection_, sql, -1, &statement_, nullptr);
}

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement& Statement::Bind(int64_t value) {
  if (code_ == SQLITE_OK) code_ = sqlite3_bind_int64(statement_, ++bound_, value);
  return *this;
}

Statement& Statement::Bind(absl::string_view value) {
  if (code_ == SQLITE_OK) {
    code_ = sqlite3_bind_text64(statement_, ++bound_, value.data(), value.size(), SQLITE_STATIC,
                                SQLITE_UTF8);
  }
  return *this;
}

bool Statement::Next() {
  if (code_ == SQLITE_OK || code_ == SQLITE_ROW) code_ = sqlite3_step(statement_);
  return code_ == SQLITE_ROW;
}

absl::Status Statement::Run() {
  Next();
  absl::Status result = status();
  sqlite3_reset(statement_);
  code_ = SQLITE_OK;
  bound_ = 0;
  return result;
}

int64_t Statement::Integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string Statement::Text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  const int size = sqlite3_column_bytes(statement_, column);
  return text == nullptr ? "" : std::string(text, static_cast<size_t>(size));
}

absl::Status Statement::status() const {
  if (code_ == SQLITE_OK || code_ == SQLITE_ROW || code_ == SQLITE_DONE) return absl::OkStatus();
  return database_.Error(code_, statement_ == nullptr ? "prepare" : sqlite3_sql(statement_));
}

absl::StatusOr<std::unique_ptr<Transaction>> Transaction::Begin(Database* database) {
  RETURN_IF_ERROR(database->Execute("BEGIN IMMEDIATE"));
  return std::unique_ptr<Transaction>(new Transaction(database));
}

Transaction::~Transaction() {
  // An error may have ended the transaction already; then there is nothing to roll back.
  if (open_) sqlite3_exec(database_.connection_, "ROLLBACK", nullptr, nullptr, nullptr);
}

absl::Status Transaction::Commit() {
  RETURN_IF_ERROR(database_.Execute("COMMIT"));
  open_ = false;
  return absl::OkStatus();
}

}  // namespace dialtone::router
