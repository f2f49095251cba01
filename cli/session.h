// One call of the program: its common flags, and the way to a detector.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/exit_code.h"
#include "google/protobuf/message.h"
#include "grpcpp/grpcpp.h"

#include "base/program.h"
#include "dialtone/v1/config.pb.h"
#include "dialtone/v1/operator.grpc.pb.h"

namespace dialtone::cli {

// Flags that every verb has.
struct CommonFlags {
  std::string config_file = "/etc/dialtone/cli.textproto";
  std::string output = "table";  // or json
  std::string colour = "auto";   // or always, never
  double timeout_seconds = 30;
};

// Talks to the first detector that answers. Tables go to stdout, talk goes to stderr.
class Session {
 public:
  using Stub = v1::OperatorService::StubInterface;

  explicit Session(CommonFlags flags);

  // Reads the configuration and connects: each detector in turn, 3 s each. The error names every
  // detector with what went wrong.
  absl::Status Connect();

  // Calls `method` with what is left of --timeout, as in Call(&Stub::Status, request, &response). A
  // detector that restarts meanwhile is waited for, no longer than that.
  template <typename Request, typename Response>
  absl::Status Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const Request& request, Response* response) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(deadline_));
    context.set_wait_for_ready(true);
    return FromStub((stub_.get()->*method)(&context, request, response));
  }

  // Gives what follows the whole of --timeout again: for a verb that goes on, or after an operator
  // has thought about a plan.
  void RenewDeadline();

  Stub& stub() { return *stub_; }
  bool json() const { return flags_.output == "json"; }
  bool colour() const { return colour_; }
  absl::Time deadline() const { return deadline_; }
  const std::string& detector() const { return detector_; }

  // Prints the message as proto3 JSON: many lines, or one (for streams).
  void PrintJson(const google::protobuf::Message& message, bool one_line = false) const;

  // Prints the error for the engineer and returns the exit code that goes with it.
  ExitCode Fail(const absl::Status& status, RpcKind kind) const;

 private:
  static absl::Status FromStub(const grpc::Status& status);
  absl::StatusOr<v1::CliConfig> ReadConfig() const;
  absl::Status ConnectTo(const v1::CliConfig& config, const v1::GrpcEndpoint& endpoint);

  CommonFlags flags_;
  bool colour_ = false;
  absl::Time deadline_;
  std::string detector_;
  std::unique_ptr<Stub> stub_;
};

}  // namespace dialtone::cli
