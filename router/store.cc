#include "router/store.h"

#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "base/status.h"

namespace dialtone::router {
namespace {

// Raised when the tables change. A newer store is refused: an older program would misread it.
constexpr int64_t kSchemaVersion = 1;

// In place of a time that was not given.
constexpr int64_t kNoTime = INT64_MIN;

constexpr char kTables[] =
    "CREATE TABLE IF NOT EXISTS groups(name TEXT PRIMARY KEY, shares TEXT NOT NULL,"
    " ignore_hop_states INTEGER NOT NULL, origin INTEGER NOT NULL, reason TEXT NOT NULL,"
    " since_us INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS version(id INTEGER PRIMARY KEY CHECK (id = 1),"
    " epoch INTEGER NOT NULL, generation INTEGER NOT NULL);";

// "teams:25,pbx:75"; names hold neither sign.
std::string FormatShares(const std::vector<Share>& shares) {
  return absl::StrJoin(shares, ",", [](std::string* out, const Share& share) {
    absl::StrAppend(out, share.route, ":", share.percent);
  });
}

std::vector<Share> ParseShares(absl::string_view text) {
  std::vector<Share> shares;
  for (absl::string_view part : absl::StrSplit(text, ',', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> words = absl::StrSplit(part, absl::MaxSplits(':', 1));
    Share& share = shares.emplace_back(Share{words.first, 0});
    // What is no share is found by the rules that every restored table is held to.
    if (!absl::SimpleAtoi(words.second, &share.percent)) share.percent = -1;
  }
  return shares;
}

// Numbers in the file stay what they are, whatever becomes of the enum.
int64_t StoredOrigin(Origin origin) {
  switch (origin) {
    case Origin::kUnset:
      return 0;
    case Origin::kAuto:
      return 1;
    case Origin::kOperator:
      return 2;
    case Origin::kBreakGlass:
      return 3;
  }
  return 0;
}

Origin LoadedOrigin(int64_t stored) {
  for (const Origin origin : {Origin::kAuto, Origin::kOperator, Origin::kBreakGlass}) {
    if (StoredOrigin(origin) == stored) return origin;
  }
  return Origin::kUnset;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> Store::Open(const std::string& directory, absl::Time now) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    return absl::FailedPreconditionError(
        absl::StrCat("state directory ", directory, " cannot be made: ", error.message()));
  }
  const std::string path = absl::StrCat(directory, "/router.sqlite");
  absl::StatusOr<std::unique_ptr<Store>> store = OpenFile(path);
  if (!absl::IsDataLoss(store.status())) return store;
  const std::string moved_aside = MoveAside(path, now);
  store = OpenFile(path);
  if (store.ok()) (*store)->moved_aside_ = moved_aside;
  return store;
}

absl::StatusOr<std::unique_ptr<Store>> Store::OpenFile(const std::string& path) {
  absl::StatusOr<std::unique_ptr<Database>> database = Database::Open(path);
  if (!database.ok()) {
    if (absl::IsDataLoss(database.status())) return database.status();
    return absl::FailedPreconditionError(database.status().message());
  }
  std::unique_ptr<Store> store(new Store(*std::move(database)));
  absl::Status status = store->Prepare();
  if (status.ok()) status = store->Load();
  if (absl::IsUnavailable(status)) {
    return absl::FailedPreconditionError(
        absl::StrCat("another router may be using it: ", status.message()));
  }
  if (!status.ok()) return status;
  return store;
}

absl::Status Store::Prepare() {
  // EXCLUSIVE: the lock is held until the process ends, and there is no shared-memory file.
  RETURN_IF_ERROR(database_->Execute("PRAGMA locking_mode=EXCLUSIVE"));
  RETURN_IF_ERROR(database_->Execute("PRAGMA journal_mode=WAL"));
  RETURN_IF_ERROR(database_->Execute("PRAGMA synchronous=FULL"));
  ASSIGN_OR_RETURN(std::unique_ptr<Transaction> transaction, Transaction::Begin(database_.get()));
  Statement version(*database_, "PRAGMA user_version");
  if (!version.Next()) return version.status();
  if (version.Integer(0) > kSchemaVersion) {
    return absl::FailedPreconditionError(absl::StrCat(database_->path(), " is of schema ",
                                                      version.Integer(0), ", this program knows ",
                                                      kSchemaVersion, ": use the newer program"));
  }
  RETURN_IF_ERROR(database_->Execute(kTables));
  RETURN_IF_ERROR(database_->Execute(absl::StrCat("PRAGMA user_version=", kSchemaVersion)));
  return transaction->Commit();
}

absl::Status Store::Load() {
  Statement version(*database_, "SELECT epoch, generation FROM version");
  if (version.Next()) {
    contents_.version = {static_cast<uint64_t>(version.Integer(0)),
                         static_cast<uint64_t>(version.Integer(1))};
  }
  RETURN_IF_ERROR(version.status());
  Statement groups(*database_,
                   "SELECT name, shares, ignore_hop_states, origin, reason, since_us FROM groups"
                   " ORDER BY name");
  while (groups.Next()) {
    GroupWish& wish = contents_.groups.emplace_back();
    wish.group = groups.Text(0);
    wish.shares = ParseShares(groups.Text(1));
    wish.ignore_hop_states = groups.Integer(2) != 0;
    wish.origin = LoadedOrigin(groups.Integer(3));
    wish.reason = groups.Text(4);
    if (groups.Integer(5) != kNoTime) wish.since = absl::FromUnixMicros(groups.Integer(5));
  }
  return groups.status();
}

absl::Status Store::Forget(const std::vector<std::string>& groups) {
  ASSIGN_OR_RETURN(std::unique_ptr<Transaction> transaction, Transaction::Begin(database_.get()));
  Statement row(*database_, "DELETE FROM groups WHERE name = ?");
  for (const std::string& group : groups) RETURN_IF_ERROR(row.Bind(group).Run());
  return transaction->Commit();
}

absl::Status Store::Save(Version version, const std::vector<GroupWish>& changed) {
  ASSIGN_OR_RETURN(std::unique_ptr<Transaction> transaction, Transaction::Begin(database_.get()));
  Statement row(*database_, "INSERT OR REPLACE INTO groups VALUES (?, ?, ?, ?, ?, ?)");
  for (const GroupWish& wish : changed) {
    const std::string shares = FormatShares(wish.shares);
    RETURN_IF_ERROR(row.Bind(wish.group)
                        .Bind(shares)
                        .Bind(int64_t{wish.ignore_hop_states})
                        .Bind(StoredOrigin(wish.origin))
                        .Bind(wish.reason)
                        .Bind(wish.since ? absl::ToUnixMicros(*wish.since) : kNoTime)
                        .Run());
  }
  Statement fence(*database_, "INSERT OR REPLACE INTO version VALUES (1, ?, ?)");
  RETURN_IF_ERROR(fence.Bind(static_cast<int64_t>(version.epoch))
                      .Bind(static_cast<int64_t>(version.generation))
                      .Run());
  return transaction->Commit();
}

}  // namespace dialtone::router
