// gRPC: the router's door for the detector and, in need, for operators.
#pragma once

#include "grpcpp/grpcpp.h"

#include "dialtone/v1/route.grpc.pb.h"
#include "router/message.h"
#include "router/router_metrics.h"
#include "router/topology.h"

namespace dialtone::router {

// Decodes, posts to the loop, and encodes its answers on the loop's thread; decides nothing. Which
// roles may call what is settled before a handler runs (base/rpc.h); here the role only tells a
// detector's proposal from an operator's.
class RouteService final : public v1::RouteService::CallbackService {
 public:
  static constexpr char kName[] = "dialtone.v1.RouteService";

  // All must outlive the service.
  RouteService(const Topology& topology, LoopMailbox* mailbox, RouterMetrics* metrics)
      : topology_(topology), mailbox_(*mailbox), metrics_(*metrics) {}

  grpc::ServerUnaryReactor* SetRoutes(grpc::CallbackServerContext* context,
                                      const v1::SetRoutesRequest* request,
                                      v1::SetRoutesResponse* response) override;
  grpc::ServerUnaryReactor* RenewHopStates(grpc::CallbackServerContext* context,
                                           const v1::RenewHopStatesRequest* request,
                                           v1::RenewHopStatesResponse* response) override;
  grpc::ServerUnaryReactor* ReadRoutes(grpc::CallbackServerContext* context,
                                       const v1::ReadRoutesRequest* request,
                                       v1::ReadRoutesResponse* response) override;
  grpc::ServerWriteReactor<v1::ReadRoutesResponse>* WatchRoutes(
      grpc::CallbackServerContext* context, const v1::ReadRoutesRequest* request) override;

 private:
  const Topology& topology_;
  LoopMailbox& mailbox_;
  RouterMetrics& metrics_;
};

}  // namespace dialtone::router
