// dialtone watch: events as they happen, until interrupted; a detector that restarts is found
// again.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "cli/show.h"
#include "cli/verbs.h"

#include "base/rpc.h"
#include "base/status.h"

namespace dialtone::cli {
namespace {

constexpr absl::Duration kTryAgain = absl::Milliseconds(250);

struct WatchFlags {
  std::uint64_t after = 0;
  std::uint32_t last = 0;
  std::vector<std::string> kinds;
};

// The words of --kind: "suspected", "flip", "route-confirmed".
std::vector<std::string> Kinds() {
  std::vector<std::string> kinds;
  for (int i = v1::EventKind_MIN + 1; i <= v1::EventKind_MAX; ++i) {
    kinds.push_back(Word(v1::EventKind_Name(static_cast<v1::EventKind>(i))));
  }
  return kinds;
}

class Watch {
 public:
  Watch(Session& session, const WatchFlags& flags) : session_(session), flags_(flags) {}

  ExitCode Run() {
    if (const absl::Status begun = Begin(); !begun.ok()) {
      return session_.Fail(begun, RpcKind::kRead);
    }
    for (;;) {
      const absl::Status ended = Follow();
      // Only a detector that went away is worth waiting for, as long as --timeout.
      if (!absl::IsUnavailable(ended) && !absl::IsCancelled(ended)) {
        return session_.Fail(ended, RpcKind::kRead);
      }
      std::fprintf(stderr, "the watch broke off (%s); looking for a detector\n",
                   std::string(ended.message()).c_str());
      if (const absl::Status back = ComeBack(); !back.ok()) {
        return session_.Fail(back, RpcKind::kRead);
      }
    }
  }

 private:
  // Shows the last events, if asked, and learns from which one on to watch.
  absl::Status Begin() {
    seen_ = flags_.after;
    if (flags_.after != 0) return absl::OkStatus();
    v1::HistoryRequest request;
    request.set_limit(std::max(flags_.last, 1U));
    v1::HistoryResponse history;
    RETURN_IF_ERROR(session_.Call(&Session::Stub::History, request, &history));
    if (!history.events().empty()) seen_ = history.events(0).id();
    if (flags_.last == 0) return absl::OkStatus();
    for (int i = history.events_size() - 1; i >= 0; --i) Print(history.events(i));
    return absl::OkStatus();
  }

  // Until the stream ends: why.
  absl::Status Follow() {
    v1::WatchRequest request;
    request.set_after_id(seen_);
    grpc::ClientContext context;  // no deadline: the engineer or the detector ends it
    const auto reader = session_.stub().Watch(&context, request);
    v1::Event event;
    while (reader->Read(&event)) {
      seen_ = event.id();
      Print(event);
    }
    const absl::Status ended = FromGrpc(reader->Finish());
    return ended.ok() ? absl::UnavailableError("the detector ended it") : ended;
  }

  absl::Status ComeBack() {
    session_.RenewDeadline();
    for (;;) {
      absl::SleepFor(kTryAgain);
      const absl::Status connected = session_.Connect();
      if (!absl::IsUnavailable(connected) || absl::Now() > session_.deadline()) return connected;
    }
  }

  void Print(const v1::Event& event) const {
    const auto is_it = [&](const std::string& kind) {
      return kind == Word(v1::EventKind_Name(event.kind()));
    };
    if (!flags_.kinds.empty() && std::none_of(flags_.kinds.begin(), flags_.kinds.end(), is_it)) {
      return;
    }
    if (session_.json()) {
      session_.PrintJson(event, /*one_line=*/true);
      return;
    }
    std::fputs(ShowEvent(event, session_.colour()).c_str(), stdout);
    std::fflush(stdout);
  }

  Session& session_;
  const WatchFlags& flags_;
  std::uint64_t seen_ = 0;  // the last event's id
};

}  // namespace

void AddWatch(CLI::App& program, Run* run) {
  CLI::App* verb = program.add_subcommand(
      "watch", "Events as they happen (suspicion, diagnosis, skip, flip, ...), until interrupted.");
  auto flags = std::make_shared<WatchFlags>();
  verb->add_option("--last", flags->last, "First show this many past events, at most 1000")
      ->check(CLI::Range(1U, 1000U));
  verb->add_option("--after", flags->after, "Start with the events after this id; 0: from now on")
      ->excludes("--last");
  verb->add_option("--kind", flags->kinds, "Only events of this kind (may be repeated)")
      ->check(CLI::IsMember(Kinds()));
  verb->callback(
      [run, flags] { *run = [flags](Session& session) { return Watch(session, *flags).Run(); }; });
}

}  // namespace dialtone::cli
