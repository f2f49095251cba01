// SQLite as the router uses it: one connection, prepared statements, transactions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

struct sqlite3;
struct sqlite3_stmt;

namespace dialtone::router {

// An open database file. Errors name the file, what was tried, and what SQLite says: UNAVAILABLE
// when the file is locked, the disk is full or fails, DATA_LOSS when it is damaged or no database.
// Owned by one thread.
class Database {
 public:
  // Waits this long for another process's lock.
  static constexpr int kLockPatienceMs = 2000;

  // Opens or makes the file, readable by its owner and group only.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& path);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // One or more statements without parameters or rows.
  absl::Status Execute(const std::string& sql);

  const std::string& path() const { return path_; }

 private:
  friend class Statement;
  friend class Transaction;

  explicit Database(std::string path) : path_(std::move(path)) {}
  absl::Status Error(int code, absl::string_view what) const;

  const std::string path_;
  sqlite3* connection_ = nullptr;
};

// Gives a damaged file, and SQLite's own beside it, a name that says when it was found so.
std::string MoveAside(const std::string& path, absl::Time now);

// A prepared statement: bound in order, then stepped or run. A mistake in it shows at the first
// step.
class Statement {
 public:
  // The database must outlive the statement.
  Statement(const Database& database, const char* sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& Bind(int64_t value);
  Statement& Bind(absl::string_view value);  // must outlive the next step

  // True when there is a row; false at the end or after an error, see status().
  bool Next();

  // Runs a statement that gives no rows; it can then be bound and run again.
  absl::Status Run();

  int64_t Integer(int column) const;
  std::string Text(int column) const;
  absl::Status status() const;

 private:
  const Database& database_;
  sqlite3_stmt* statement_ = nullptr;
  int code_ = 0;
  int bound_ = 0;
};

// All or nothing: rolls back unless committed. Takes the write lock at once, so that what it reads
// is what it changes.
class Transaction {
 public:
  static absl::StatusOr<std::unique_ptr<Transaction>> Begin(Database* database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  absl::Status Commit();

 private:
  explicit Transaction(Database* database) : database_(*database) {}

  Database& database_;
  bool open_ = true;
};

}  // namespace dialtone::router
