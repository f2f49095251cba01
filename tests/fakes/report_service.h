// A detector's end of the report stream, scripted: real gRPC on loopback.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "base/check.h"
#include "base/mutex.h"
#include "base/rpc.h"
#include "dialtone/v1/probe.grpc.pb.h"

namespace dialtone {

// Takes every message, acknowledges it unless told not to, and says what it was told to say.
class FakeReportService final : public v1::ReportService::Service {
 public:
  // Port 0: any. Without `identity` in plaintext; with it mutual TLS and roles, as a detector.
  explicit FakeReportService(int port = 0, const std::optional<TlsIdentity>& identity = {}) {
    absl::StatusOr<std::unique_ptr<grpc::Server>> server =
        StartServer({.address = "127.0.0.1:" + std::to_string(port),
                     .identity = identity,
                     .services = {"dialtone.v1.ReportService"}},
                    {this}, &port_);
    CHECK(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  ~FakeReportService() override { server_->Shutdown(std::chrono::system_clock::now()); }

  int port() const { return port_; }

  // The answer to the next message of any stream.
  void Say(v1::ReportResponse response) ABSL_LOCKS_EXCLUDED(mutex_) {
    MutexLock lock(&mutex_);
    say_.push_back(std::move(response));
  }
  void Acknowledge(bool acknowledges) ABSL_LOCKS_EXCLUDED(mutex_) {
    MutexLock lock(&mutex_);
    acknowledges_ = acknowledges;
  }
  // Streams end with this from now on; OK: no more.
  void RefuseWith(grpc::StatusCode code) ABSL_LOCKS_EXCLUDED(mutex_) {
    MutexLock lock(&mutex_);
    refuses_with_ = code;
  }

  std::vector<v1::ReportRequest> heard() const ABSL_LOCKS_EXCLUDED(mutex_) {
    MutexLock lock(&mutex_);
    return heard_;
  }
  // Waits until `enough` holds of all that was heard; false after 20 s.
  [[nodiscard]] bool WaitUntil(
      const std::function<bool(const std::vector<v1::ReportRequest>&)>& enough) const
      ABSL_LOCKS_EXCLUDED(mutex_) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    MutexLock lock(&mutex_);
    while (!enough(heard_)) {
      if (!came_.WaitUntil(&mutex_, deadline)) return enough(heard_);
    }
    return true;
  }
  // Of the last stream, as its certificate says.
  std::string caller() const ABSL_LOCKS_EXCLUDED(mutex_) {
    MutexLock lock(&mutex_);
    return caller_;
  }
  int streams() const ABSL_LOCKS_EXCLUDED(mutex_) {
    MutexLock lock(&mutex_);
    return streams_;
  }

 private:
  grpc::Status Report(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<v1::ReportResponse, v1::ReportRequest>* stream) override {
    {
      MutexLock lock(&mutex_);
      ++streams_;
      const absl::StatusOr<Caller> caller = CallerOf(*context);
      caller_ = caller.ok() ? caller->ToString() : caller.status().ToString();
    }
    v1::ReportRequest request;
    while (stream->Read(&request)) {
      v1::ReportResponse response;
      {
        MutexLock lock(&mutex_);
        if (refuses_with_ != grpc::OK) return {refuses_with_, "refused by the test"};
        heard_.push_back(request);
        came_.SignalAll();
        if (!say_.empty()) {
          response = std::move(say_.front());
          say_.pop_front();
        }
        if (acknowledges_) response.set_acknowledged_batch(request.batch());
      }
      stream->Write(response);
    }
    return grpc::Status::OK;
  }

  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
  mutable Mutex mutex_;
  mutable CondVar came_;
  std::deque<v1::ReportResponse> say_ ABSL_GUARDED_BY(mutex_);
  bool acknowledges_ ABSL_GUARDED_BY(mutex_) = true;
  grpc::StatusCode refuses_with_ ABSL_GUARDED_BY(mutex_) = grpc::OK;
  std::vector<v1::ReportRequest> heard_ ABSL_GUARDED_BY(mutex_);
  std::string caller_ ABSL_GUARDED_BY(mutex_);
  int streams_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace dialtone
