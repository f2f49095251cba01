#include "base/http_listener.h"

#include <map>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/core/tcp_stream.hpp"
#include "boost/beast/http.hpp"
#include "prometheus/counter.h"
#include "prometheus/family.h"

#include "base/ip_and_port.h"
#include "base/metrics.h"

namespace dialtone {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr uint32_t kMaxHeaderBytes = 8 << 10;
constexpr int kMaxConnections = 100;
// For a request to arrive, and for a response to be taken.
constexpr auto kPatience = std::chrono::seconds(10);
// Between two attempts to accept while the process is out of file descriptors.
constexpr auto kAcceptRetry = std::chrono::milliseconds(100);

// What the connections need of their listener. All of it belongs to the listener's thread.
struct Site {
  std::map<std::string, HttpHandler, std::less<>> handlers;
  int connections = 0;
  prometheus::Family<prometheus::Counter>* requests = nullptr;
};

constexpr char kNoHandler[] = "none";

// One connection: reads a request, answers it, and begins again while the peer wants to. Kept alive
// by the operation it waits for, hence the shared pointers.
class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, Site* site) : stream_(std::move(socket)), site_(site) {
    ++site_->connections;
  }
  ~Connection() { --site_->connections; }

  void ReadRequest() {
    parser_.emplace();
    parser_->header_limit(kMaxHeaderBytes);
    stream_.expires_after(kPatience);
    http::async_read_header(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](error_code error, size_t) { self->OnRequest(error); });
  }

 private:
  void OnRequest(error_code error) {
    if (error == http::error::header_limit) {
      return Answer({431, "text/plain", "more than 8 KiB of headers\n"}, /*close=*/true);
    }
    if (error.category() == http::make_error_code(http::error::bad_method).category() &&
        error != http::error::end_of_stream && error != http::error::partial_message) {
      return Answer({400, "text/plain", absl::StrCat(error.message(), "\n")}, /*close=*/true);
    }
    if (error) return;  // gone, or silent for too long
    const http::request<http::empty_body>& request = parser_->get();
    if (request.method() != http::verb::get && request.method() != http::verb::head) {
      return Answer({405, "text/plain", "only GET and HEAD\n"}, /*close=*/true);
    }
    if (!parser_->is_done()) {
      return Answer({400, "text/plain", "a request without body is expected\n"}, /*close=*/true);
    }
    absl::string_view path(request.target().data(), request.target().size());
    absl::string_view query;
    if (const size_t mark = path.find('?'); mark != absl::string_view::npos) {
      query = path.substr(mark + 1);
      path = path.substr(0, mark);
    }
    const bool close = !request.keep_alive();
    const auto handler = site_->handlers.find(path);
    if (handler == site_->handlers.end())
      return Answer({404, "text/plain", "no such page\n"}, close);
    Answer(handler->second(query), close, handler->first);
  }

  void Answer(HttpResponse answer, bool close, const std::string& handler = kNoHandler) {
    // A scrape every few seconds may look its series up.
    site_->requests->Add({{"handler", handler}, {"code", absl::StrCat(answer.code)}}).Increment();
    response_ = {};
    response_.result(static_cast<unsigned>(answer.code));
    response_.keep_alive(!close);
    response_.set(http::field::content_type, answer.content_type);
    response_.set(http::field::cache_control, "no-store");
    response_.set("X-Content-Type-Options", "nosniff");
    if (answer.code == 405) response_.set(http::field::allow, "GET, HEAD");
    response_.body() = std::move(answer.body);
    response_.prepare_payload();
    serializer_.emplace(response_);
    stream_.expires_after(kPatience);
    auto on_written = [self = shared_from_this(), close](error_code error, size_t) {
      if (error) return;
      if (!close) return self->ReadRequest();
      self->stream_.socket().shutdown(tcp::socket::shutdown_send, error);
    };
    if (parser_->is_header_done() && parser_->get().method() == http::verb::head) {
      http::async_write_header(stream_, *serializer_, std::move(on_written));
    } else {
      http::async_write(stream_, *serializer_, std::move(on_written));
    }
  }

  beast::tcp_stream stream_;
  Site* const site_;
  beast::flat_buffer buffer_{2 * kMaxHeaderBytes};
  std::optional<http::request_parser<http::empty_body>> parser_;
  http::response<http::string_body> response_;
  std::optional<http::response_serializer<http::string_body>> serializer_;
};

class BeastListener final : public HttpListener {
 public:
  explicit BeastListener(prometheus::Registry* registry) : acceptor_(context_), retry_(context_) {
    site_.requests = &prometheus::BuildCounter()
                          .Name("dialtone_http_requests_total")
                          .Help("HTTP requests served.")
                          .Register(*registry);
  }

  // Listens and starts the thread, once.
  error_code Start(const IpAndPort& address) {
    const tcp::endpoint endpoint(asio::ip::make_address(address.ip), address.port);
    error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(kMaxConnections, error);
    if (!error) port_ = acceptor_.local_endpoint(error).port();
    if (error) return error;
    Accept();
    thread_ = std::thread([this] { context_.run(); });
    return {};
  }

  ~BeastListener() override {
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }

  int port() const override { return port_; }

  void Serve(const std::string& path, HttpHandler handler) override {
    asio::post(context_, [this, path, handler = std::move(handler)]() mutable {
      site_.handlers[path] = std::move(handler);
    });
  }

 private:
  void Accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      if (error) {
        retry_.expires_after(kAcceptRetry);
        retry_.async_wait([this](error_code) { Accept(); });
        return;
      }
      // One too many is closed at once.
      if (site_.connections < kMaxConnections) {
        std::make_shared<Connection>(std::move(socket), &site_)->ReadRequest();
      }
      Accept();
    });
  }

  Site site_;                 // outlives the connections,
  asio::io_context context_;  // which end with the context
  tcp::acceptor acceptor_;
  asio::steady_timer retry_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HttpListener>> ListenHttp(absl::string_view address,
                                                         Metrics* metrics) {
  const std::optional<IpAndPort> parsed = ParseIpAndPort(address);
  if (!parsed) {
    return absl::InvalidArgumentError(
        absl::StrCat("given \"", address, "\", expected \"IP:PORT\" to serve HTTP on"));
  }
  auto listener = std::make_unique<BeastListener>(&metrics->registry());
  if (const error_code error = listener->Start(*parsed)) {
    return absl::UnavailableError(
        absl::StrCat("cannot serve HTTP on ", address, ": ", error.message()));
  }
  return listener;
}

void ServeMetrics(const Metrics& metrics, HttpListener* listener) {
  listener->Serve("/metrics", [&metrics](absl::string_view) {
    return HttpResponse{200, "text/plain; version=0.0.4; charset=utf-8", metrics.Serialize()};
  });
}

}  // namespace dialtone
