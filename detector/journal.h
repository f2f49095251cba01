// What was known and decided, on disk: one SQLite file that survives kill -9 and power loss.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "detector/effects.h"

struct sqlite3;

namespace dialtone::detector {

// What is committed together.
struct JournalEntry {
  std::map<std::string, std::string> records = {};  // an empty value erases the key
  std::vector<Occurrence> occurrences = {};
  std::uint64_t epoch = 0;  // 0: unchanged
  absl::Time time = absl::InfinitePast();
};

// What a start finds.
struct JournalContents {
  std::uint64_t epoch = 0;  // 0: there was no journal
  std::map<std::string, std::string> state = {};
  absl::Time written = absl::InfinitePast();
  std::vector<Occurrence> newest = {};  // occurrences, oldest first, at most kKeptInMemory
  std::string moved_aside = {};         // the name that a damaged file was given; empty: none was
};

// Tables: state(key, value), events (what happened; bounded), meta (epoch, time of the last write).
// WAL with synchronous=FULL: what Commit returned OK for is still there after a power cut. One
// process at a time: a second detector on the same directory is refused. Owned by one thread.
class Journal {
 public:
  static constexpr std::int64_t kMaxEvents = 100'000;
  static constexpr absl::Duration kMaxEventAge = absl::Hours(24 * 90);
  static constexpr size_t kKeptInMemory = 10'000;

  // Opens or makes `directory`/journal.sqlite. A damaged file is moved aside, never deleted, and
  // the start goes on as without a journal. FAILED_PRECONDITION: in use, or written by a newer
  // version.
  static absl::StatusOr<std::unique_ptr<Journal>> Open(const std::string& directory,
                                                       absl::Time now);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // As of Open.
  const JournalContents& contents() const { return contents_; }

  // All of it or nothing. An error leaves the journal as it was; try again.
  absl::Status Commit(const JournalEntry& entry);

 private:
  class Statement;

  explicit Journal(std::string path) : path_(std::move(path)) {}

  absl::Status Connect();
  absl::Status Prepare();
  absl::Status Load(absl::Time now);
  absl::Status Write(const JournalEntry& entry);
  absl::Status Prune(absl::Time now);
  absl::Status Execute(const char* sql);
  absl::Status Error(int code, absl::string_view what) const;

  const std::string path_;
  sqlite3* database_ = nullptr;
  JournalContents contents_;
};

}  // namespace dialtone::detector
