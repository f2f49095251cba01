// dialtone watch: events as they happen, until interrupted.
#include <cstdint>
#include <cstdio>
#include <memory>

#include "cli/show.h"
#include "cli/verbs.h"

#include "base/rpc.h"

namespace dialtone::cli {

void AddWatch(CLI::App& program, Run* run) {
  CLI::App* verb = program.add_subcommand(
      "watch", "Events as they happen (suspicion, diagnosis, skip, flip, ...), until interrupted.");
  auto after = std::make_shared<std::uint64_t>(0);
  verb->add_option("--after", *after, "Start with the events after this id; 0: from now on");
  verb->callback([run, after] {
    *run = [after](Session& session) {
      v1::WatchRequest request;
      request.set_after_id(*after);
      grpc::ClientContext
          context;  // no deadline: it ends when the engineer or the detector ends it
      const auto reader = session.stub().Watch(&context, request);
      v1::Event event;
      while (reader->Read(&event)) {
        if (session.json()) {
          session.PrintJson(event, /*one_line=*/true);
        } else {
          std::fputs(ShowEvent(event, session.colour()).c_str(), stdout);
          std::fflush(stdout);
        }
      }
      return session.Fail(FromGrpc(reader->Finish()), RpcKind::kRead);
    };
  });
}

}  // namespace dialtone::cli
