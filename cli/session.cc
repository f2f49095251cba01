#include "cli/session.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "google/protobuf/util/json_util.h"

#include "base/config_reader.h"
#include "base/rpc.h"
#include "base/status.h"

namespace dialtone::cli {
namespace {

constexpr absl::Duration kConnectPatience = absl::Seconds(3);
constexpr int kMostDetectors = 3;

bool WantsColour(const std::string& choice) {
  if (choice == "always") return true;
  if (choice == "never" || std::getenv("NO_COLOR") != nullptr) return false;
  return isatty(STDOUT_FILENO) != 0;
}

// Why a channel does not come up: an RPC on a failed channel ends at once and says so.
absl::Status WhyNot(v1::OperatorService::StubInterface& stub) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(500));
  v1::StatusResponse response;
  return FromGrpc(stub.Status(&context, v1::StatusRequest(), &response));
}

}  // namespace

Session::Session(CommonFlags flags)
    : flags_(std::move(flags)),
      colour_(WantsColour(flags_.colour)),
      deadline_(absl::Now() + absl::Seconds(flags_.timeout_seconds)) {}

void Session::RenewDeadline() { deadline_ = absl::Now() + absl::Seconds(flags_.timeout_seconds); }

absl::Status Session::FromStub(const grpc::Status& status) { return FromGrpc(status); }

absl::StatusOr<v1::CliConfig> Session::ReadConfig() const {
  v1::CliConfig config;
  ConfigReader reader(flags_.config_file);
  if (!reader.Parse(&config)) return reader.status();
  reader.Expect(config.detectors_size() >= 1 && config.detectors_size() <= kMostDetectors,
                "detectors", absl::StrCat(config.detectors_size(), " detectors"),
                "1 to 3 detectors");
  for (int i = 0; i < config.detectors_size(); ++i) {
    reader.ExpectSet(absl::StrCat("detectors[", i, "].address"), config.detectors(i).address());
    if (!config.insecure_loopback()) {
      reader.ExpectSet(absl::StrCat("detectors[", i, "].identity"), config.detectors(i).identity());
    }
  }
  if (!config.insecure_loopback()) {
    for (const auto& [field, file] :
         {std::pair{"tls.certificate_file", config.mutable_tls()->mutable_certificate_file()},
          std::pair{"tls.private_key_file", config.mutable_tls()->mutable_private_key_file()},
          std::pair{"tls.authority_file", config.mutable_tls()->mutable_authority_file()}}) {
      *file = file->empty() ? "" : reader.Resolve(*file);
      reader.ExpectReadableFile(field, *file);
    }
  }
  RETURN_IF_ERROR(reader.status());
  return config;
}

absl::Status Session::ConnectTo(const v1::CliConfig& config, const v1::GrpcEndpoint& endpoint) {
  RpcChannelOptions options{.address = endpoint.address(),
                            .identity = std::nullopt,
                            .server_identity = endpoint.identity()};
  if (!config.insecure_loopback()) {
    options.identity = TlsIdentity{.certificate_file = config.tls().certificate_file(),
                                   .private_key_file = config.tls().private_key_file(),
                                   .authority_file = config.tls().authority_file()};
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<grpc::Channel> channel, OpenChannel(options));
  std::unique_ptr<Stub> stub = v1::OperatorService::NewStub(channel);
  const absl::Time patience = std::min(absl::Now() + kConnectPatience, deadline_);
  for (;;) {
    const grpc_connectivity_state state = channel->GetState(/*try_to_connect=*/true);
    if (state == GRPC_CHANNEL_READY) break;
    if (state == GRPC_CHANNEL_TRANSIENT_FAILURE) {
      const absl::Status why = WhyNot(*stub);
      return absl::UnavailableError(why.ok() ? "connection failed" : why.message());
    }
    if (!channel->WaitForStateChange(state, absl::ToChronoTime(patience))) {
      return absl::UnavailableError(
          absl::StrCat("no answer within ", absl::FormatDuration(kConnectPatience)));
    }
  }
  stub_ = std::move(stub);
  detector_ = endpoint.address();
  return absl::OkStatus();
}

absl::Status Session::Connect() {
  ASSIGN_OR_RETURN(const v1::CliConfig config, ReadConfig());
  std::vector<std::string> failures;
  for (const v1::GrpcEndpoint& endpoint : config.detectors()) {
    const absl::Status status = ConnectTo(config, endpoint);
    if (status.ok()) return status;
    if (absl::IsInvalidArgument(status)) return status;  // our own files: the next one fails alike
    failures.push_back(absl::StrCat(endpoint.address(), ": ", status.message()));
  }
  return absl::UnavailableError(absl::StrCat(
      "no detector answered (", absl::StrJoin(failures, "; "), "); routers keep the last routes"));
}

void Session::PrintJson(const google::protobuf::Message& message, bool one_line) const {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = !one_line;
  options.always_print_primitive_fields = true;
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(message, &text, options);
  if (!status.ok()) {
    std::fprintf(stderr, "error: cannot print JSON: %s\n", status.ToString().c_str());
    return;
  }
  std::fputs(text.c_str(), stdout);
  if (text.empty() || text.back() != '\n') std::fputc('\n', stdout);
  std::fflush(stdout);
}

ExitCode Session::Fail(const absl::Status& status, RpcKind kind) const {
  const ExitCode code = ExitCodeOf(status, kind);
  const char* const word = code == ExitCode::kRefused   ? "refused"
                           : code == ExitCode::kUnknown ? "UNKNOWN"
                                                        : "error";
  std::fprintf(stderr, "%s: %s\n", word, std::string(status.message()).c_str());
  if (code == ExitCode::kRefused) std::fputs("Nothing was changed.\n", stderr);
  if (code == ExitCode::kUnknown) {
    std::fputs("It may or may not have happened: look with dialtone status.\n", stderr);
  }
  return code;
}

}  // namespace dialtone::cli
