// A small HTTP/1.1 server for /metrics and /healthz, on Boost.Beast in one thread: GET and HEAD
// only, headers at most 8 KiB, no body, idle connections closed after 10 s, at most 100
// connections.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace dialtone {

class Metrics;

struct HttpResponse {
  int code = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

// Answers a GET of one path. Called on the listener's thread: read a snapshot, do not wait.
using HttpHandler = std::function<HttpResponse(absl::string_view query)>;

class HttpListener {
 public:
  virtual ~HttpListener() = default;  // stops serving and joins its thread

  // Port it listens on: useful when port 0 was asked for.
  virtual int port() const = 0;

  // Serves `path` by `handler`; before that, every path answers 404. May be called while serving.
  virtual void Serve(const std::string& path, HttpHandler handler) = 0;
};

// Listens on "IP:PORT". INVALID_ARGUMENT when the address is none, UNAVAILABLE with the reason when
// it cannot be had. Requests are counted in `metrics`, which must outlive the listener, by the path
// that served them ("none": no such page, or no proper request) and the code of the answer.
absl::StatusOr<std::unique_ptr<HttpListener>> ListenHttp(absl::string_view address,
                                                         Metrics* metrics);

// Serves `metrics`, which must outlive the listener, as /metrics.
void ServeMetrics(const Metrics& metrics, HttpListener* listener);

}  // namespace dialtone
