// A router that keeps what it is told, and can be made to misbehave.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "dialtone/v1/route.grpc.pb.h"

namespace dialtone {

// Keeps the last table, fenced by (epoch, generation), and shows it to whoever watches: what is
// wanted of its groups is confirmed at once.
class FakeRouteService final : public v1::RouteService::Service {
 public:
  explicit FakeRouteService(std::string voice_layer) { report_.set_voice_layer(voice_layer); }

  // ---- how it misbehaves, from the next call on

  // Ends SetRoutes with `status`: before the table is taken, or after it.
  void AnswerSetRoutes(const grpc::Status& status, bool and_take_it = false) {
    const std::lock_guard<std::mutex> lock(mutex_);
    answer_ = status;
    take_it_ = and_take_it;
  }
  // Changes what it shows.
  void Change(const std::function<void(v1::ReadRoutesResponse*)>& change) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      change(&report_);
      ++version_;
    }
    changed_.notify_all();
  }
  // Ends the open watches.
  void BreakWatches() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      ++breaks_;
    }
    changed_.notify_all();
  }

  // ---- what it saw

  // Waits up to 5 s until `holds`.
  bool WaitUntil(const std::function<bool(const FakeRouteService&)>& holds) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(5), [&] { return holds(*this); });
  }
  // Only inside WaitUntil, or when nothing runs any more.
  const std::vector<v1::SetRoutesRequest>& sets() const { return sets_; }
  const std::vector<v1::RenewHopStatesRequest>& renewals() const { return renewals_; }
  int watches() const { return watches_; }
  const v1::ReadRoutesResponse& report() const { return report_; }

 private:
  grpc::Status SetRoutes(grpc::ServerContext*, const v1::SetRoutesRequest* request,
                         v1::SetRoutesResponse*) override {
    grpc::Status answer;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      sets_.push_back(*request);
      answer = answer_;
      const auto theirs = std::pair(request->epoch(), request->generation());
      if (answer.ok() && theirs < std::pair(report_.epoch(), report_.generation())) {
        answer = {grpc::StatusCode::FAILED_PRECONDITION, "an older writer"};
      } else if (answer.ok() || take_it_) {
        Take(*request);
      }
    }
    changed_.notify_all();
    return answer;
  }
  grpc::Status RenewHopStates(grpc::ServerContext*, const v1::RenewHopStatesRequest* request,
                              v1::RenewHopStatesResponse*) override {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      renewals_.push_back(*request);
    }
    changed_.notify_all();
    return grpc::Status::OK;
  }
  grpc::Status ReadRoutes(grpc::ServerContext*, const v1::ReadRoutesRequest*,
                          v1::ReadRoutesResponse* response) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    *response = report_;
    return grpc::Status::OK;
  }
  grpc::Status WatchRoutes(grpc::ServerContext* context, const v1::ReadRoutesRequest*,
                           grpc::ServerWriter<v1::ReadRoutesResponse>* writer) override {
    std::unique_lock<std::mutex> lock(mutex_);
    ++watches_;
    changed_.notify_all();
    const int breaks = breaks_;
    int shown = -1;
    while (!context->IsCancelled() && breaks_ == breaks) {
      if (shown == version_) {
        changed_.wait_for(lock, std::chrono::milliseconds(50));
        continue;
      }
      shown = version_;
      const v1::ReadRoutesResponse report = report_;
      lock.unlock();
      const bool written = writer->Write(report);
      lock.lock();
      if (!written) break;
    }
    return {grpc::StatusCode::UNAVAILABLE, "the watch broke"};
  }

  // Under the lock.
  void Take(const v1::SetRoutesRequest& request) {
    report_.set_epoch(request.epoch());
    report_.set_generation(request.generation());
    *report_.mutable_hop_states() = request.hop_states();
    // By name: with 10,000 groups, comparing each with each would take the minutes that are tested.
    std::unordered_map<std::string, const v1::GroupRoute*> by_name;
    for (const v1::GroupRoute& wanted : request.groups()) by_name[wanted.group()] = &wanted;
    for (v1::GroupStatus& group : *report_.mutable_groups()) {
      const auto wanted = by_name.find(group.group());
      if (wanted == by_name.end()) continue;
      *group.mutable_wanted() = *wanted->second;
      *group.mutable_confirmed() = wanted->second->shares();
      group.set_in_sync(true);
    }
    ++version_;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  v1::ReadRoutesResponse report_;
  int version_ = 0;
  int breaks_ = 0;
  int watches_ = 0;
  grpc::Status answer_;
  bool take_it_ = false;
  std::vector<v1::SetRoutesRequest> sets_;
  std::vector<v1::RenewHopStatesRequest> renewals_;
};

}  // namespace dialtone
