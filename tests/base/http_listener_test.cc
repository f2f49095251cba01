#include "base/http_listener.h"

#include <unistd.h>

#include <chrono>
#include <future>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/metrics.h"

#include <arpa/inet.h>
#include <sys/socket.h>

namespace dialtone {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// A TCP client that knows nothing of HTTP. Five seconds of silence fail the test.
class Client {
 public:
  explicit Client(int port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience = {5, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    EXPECT_EQ(connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  Client(Client&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
  ~Client() {
    if (socket_ >= 0) close(socket_);
  }

  Client& Send(const std::string& text) {
    EXPECT_GT(send(socket_, text.data(), text.size(), MSG_NOSIGNAL), 0);
    return *this;
  }

  // All until `end` or until the server closes.
  std::string Read(const std::string& end = "") {
    std::string text;
    char byte = 0;
    while (end.empty() || text.size() < end.size() ||
           text.compare(text.size() - end.size(), end.size(), end) != 0) {
      const ssize_t got = recv(socket_, &byte, 1, 0);
      if (got <= 0) {
        closed_ = got == 0 || errno == ECONNRESET;
        break;
      }
      text += byte;
    }
    return text;
  }

  bool closed() const { return closed_; }

 private:
  int socket_;
  bool closed_ = false;
};

class HttpListenerTest : public ::testing::Test {
 protected:
  HttpListenerTest() {
    absl::StatusOr<std::unique_ptr<HttpListener>> listener = ListenHttp("127.0.0.1:0", &metrics_);
    EXPECT_TRUE(listener.ok()) << listener.status();
    listener_ = *std::move(listener);
    listener_->Serve("/healthz", [](absl::string_view) { return HttpResponse{.body = "ok\n"}; });
    listener_->Serve("/echo", [](absl::string_view query) {
      return HttpResponse{.body = std::string(query) + "\n"};
    });
  }

  Client Connect() const { return Client(listener_->port()); }

  // The whole answer to one request, after which the connection ends.
  std::string Get(const std::string& target, const std::string& method = "GET") const {
    return Connect()
        .Send(method + " " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .Read();
  }

  Metrics metrics_{"router"};
  std::unique_ptr<HttpListener> listener_;
};

TEST_F(HttpListenerTest, ServesTheMetrics) {
  ServeMetrics(metrics_, listener_.get());
  EXPECT_THAT(Get("/metrics"),
              AllOf(StartsWith("HTTP/1.1 200 OK\r\n"),
                    HasSubstr("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"),
                    HasSubstr("\ndialtone_build_info{")));
  listener_.reset();
}

TEST_F(HttpListenerTest, CountsRequestsByHandlerAndCodeAndNamesNoPathThatIsNone) {
  ServeMetrics(metrics_, listener_.get());
  Get("/healthz");
  Get("/healthz?x=1");
  Get("/wp-login.php");
  Get("/healthz", "POST");
  const std::string shown = Get("/metrics");
  EXPECT_THAT(
      shown, AllOf(HasSubstr("dialtone_http_requests_total{code=\"200\",handler=\"/healthz\"} 2\n"),
                   HasSubstr("dialtone_http_requests_total{code=\"404\",handler=\"none\"} 1\n"),
                   HasSubstr("dialtone_http_requests_total{code=\"405\",handler=\"none\"} 1\n")));
  EXPECT_EQ(shown.find("wp-login"), std::string::npos);
}

TEST_F(HttpListenerTest, GivesTheQueryToTheHandler) {
  EXPECT_THAT(Get("/echo?sites=0&x=?"), EndsWith("\r\n\r\nsites=0&x=?\n"));
  EXPECT_THAT(Get("/echo"), EndsWith("\r\n\r\n\n"));
}

TEST_F(HttpListenerTest, AnswersHeadWithoutABody) {
  EXPECT_THAT(Get("/healthz", "HEAD"),
              AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Content-Length: 3\r\n"),
                    EndsWith("\r\n\r\n")));
}

TEST_F(HttpListenerTest, KnowsOnlyWhatIsServed) {
  for (const char* target :
       {"/", "/healthz/", "/HEALTHZ", "/../healthz", "/metrics", "*", "http://x/healthz"}) {
    EXPECT_THAT(Get(target), StartsWith("HTTP/1.1 404 Not Found\r\n")) << target;
  }
}

TEST_F(HttpListenerTest, RefusesOtherMethods) {
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT"}) {
    EXPECT_THAT(Get("/healthz", method), AllOf(StartsWith("HTTP/1.1 405 Method Not Allowed\r\n"),
                                               HasSubstr("\r\nAllow: GET, HEAD\r\n")))
        << method;
  }
  EXPECT_THAT(Connect().Send("POST /healthz HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc").Read(),
              StartsWith("HTTP/1.1 405 "));
}

TEST_F(HttpListenerTest, RefusesABody) {
  EXPECT_THAT(Connect().Send("GET /healthz HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc").Read(),
              StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(Connect().Send("GET /healthz HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n").Read(),
              StartsWith("HTTP/1.1 400 "));
}

TEST_F(HttpListenerTest, RefusesLongHeaders) {
  Client client = Connect();
  // Exactly as much as the listener reads: what it leaves unread would reset the connection.
  client.Send("GET /healthz HTTP/1.1\r\nX: " + std::string(8200, 'x'));
  EXPECT_THAT(client.Read(), StartsWith("HTTP/1.1 431 "));
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpListenerTest, ClosesOnAFloodOfHeaders) {
  Client client = Connect();
  client.Send(std::string(1 << 20, 'x'));
  client.Read();
  EXPECT_TRUE(client.closed());
  EXPECT_THAT(Get("/healthz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpListenerTest, RefusesGarbage) {
  for (const char* garbage :
       {"\x16\x03\x01\x02\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n", "INVITE sip:x SIP/2.0\r\n\r\n"}) {
    EXPECT_THAT(Connect().Send(garbage).Read(), StartsWith("HTTP/1.1 400 ")) << garbage;
  }
}

TEST_F(HttpListenerTest, AnswersManyRequestsOnOneConnection) {
  Client client = Connect();
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(client.Send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").Read("ok\n"),
                StartsWith("HTTP/1.1 200 "));
  }
  // Pipelined: all at once, answered in order.
  client.Send(
      "GET /echo?1 HTTP/1.1\r\n\r\nGET /nowhere HTTP/1.1\r\n\r\nGET /echo?3 HTTP/1.1\r\n\r\n");
  EXPECT_THAT(client.Read("\n1\n"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(client.Read("no such page\n"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(client.Read("\n3\n"), StartsWith("HTTP/1.1 200 "));
  EXPECT_FALSE(client.closed());
}

TEST_F(HttpListenerTest, SurvivesAPeerThatLeavesEarly) {
  for (int i = 0; i < 20; ++i) {
    Connect();
    Connect().Send("GET /hea");
    Connect().Send("GET /healthz HTTP/1.1\r\n\r\n");
  }
  EXPECT_THAT(Get("/healthz"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(HttpListenerTest, HoldsAHundredConnectionsAndNoMore) {
  std::vector<Client> clients;
  for (int i = 0; i < 100; ++i) clients.push_back(Connect());
  EXPECT_THAT(clients.back().Send("GET /healthz HTTP/1.1\r\n\r\n").Read("ok\n"),
              StartsWith("HTTP/1.1 200 "));
  Client one_too_many = Connect();
  EXPECT_EQ(one_too_many.Read(), "");
  EXPECT_TRUE(one_too_many.closed());
  clients.pop_back();
  clients[0].Send("GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n").Read();
}

TEST_F(HttpListenerTest, StopsAtOnceWithConnectionsOpen) {
  std::vector<Client> clients;
  for (int i = 0; i < 10; ++i) clients.push_back(Connect());
  clients.back().Send("GET /healthz HTTP/1.1\r\n\r\n").Read("ok\n");
  std::future<void> stopped = std::async(std::launch::async, [this] { listener_.reset(); });
  ASSERT_EQ(stopped.wait_for(std::chrono::seconds(5)), std::future_status::ready);
  clients.back().Read();
  EXPECT_TRUE(clients.back().closed());
}

TEST_F(HttpListenerTest, SaysWhyItCannotListen) {
  const std::string taken = "127.0.0.1:" + std::to_string(listener_->port());
  EXPECT_EQ(ListenHttp(taken, &metrics_).status().message(),
            "cannot serve HTTP on " + taken + ": Address already in use");
  EXPECT_EQ(ListenHttp("192.0.2.1:0", &metrics_).status().code(), absl::StatusCode::kUnavailable);
  for (const char* bad : {"", "localhost:80", "127.0.0.1", "127.0.0.1:70000"}) {
    EXPECT_EQ(ListenHttp(bad, &metrics_).status().code(), absl::StatusCode::kInvalidArgument)
        << bad;
  }
}

TEST_F(HttpListenerTest, ListensOnIpv6) { EXPECT_TRUE(ListenHttp("[::1]:0", &metrics_).ok()); }

}  // namespace
}  // namespace dialtone
