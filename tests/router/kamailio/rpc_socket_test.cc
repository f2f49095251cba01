#include "router/kamailio/rpc_socket.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/fakes/temporary_directory.h"

#include <sys/socket.h>
#include <sys/un.h>

namespace dialtone::router {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// Something that answers on a Unix datagram socket until it is destroyed.
class Peer {
 public:
  // What to say to a request; each text is one datagram.
  using Speak = std::function<std::vector<std::string>(const std::string& request)>;

  Peer(const std::string& path, Speak speak) : speak_(std::move(speak)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, path.size());
    fd_ = socket(AF_UNIX, SOCK_DGRAM, 0);
    EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(pipe(stop_), 0);
    thread_ = std::thread([this] { Serve(); });
  }
  ~Peer() {
    close(stop_[1]);
    thread_.join();
    close(stop_[0]);
    close(fd_);
  }

  size_t requests = 0;  // read after the peer's last answer

 private:
  void Serve() {
    for (;;) {
      pollfd ready[2] = {{fd_, POLLIN, 0}, {stop_[0], POLLIN, 0}};
      poll(ready, 2, -1);
      if (ready[1].revents != 0) return;
      char buffer[4096];
      sockaddr_un from{};
      socklen_t length = sizeof(from);
      const ssize_t size =
          recvfrom(fd_, buffer, sizeof(buffer), 0, reinterpret_cast<sockaddr*>(&from), &length);
      if (size < 0) return;
      ++requests;
      for (const std::string& text : speak_({buffer, static_cast<size_t>(size)})) {
        sendto(fd_, text.data(), text.size(), 0, reinterpret_cast<const sockaddr*>(&from), length);
      }
    }
  }

  const Speak speak_;
  int fd_ = -1;
  int stop_[2] = {-1, -1};
  std::thread thread_;
};

std::string IdOf(const std::string& request) {
  const size_t at = request.rfind(':') + 1;
  return request.substr(at, request.size() - at - 1);
}

std::string Ok(const std::string& id) {
  return absl::StrCat(R"({"jsonrpc":"2.0","result":"Ok. Done.","id":)", id, "}");
}

std::string Value(const std::string& id, const std::string& value) {
  return absl::StrCat(R"({"jsonrpc":"2.0","result":{"item":{"name":"k","value":")", value,
                      R"("}},"id":)", id, "}");
}

class RpcSocketTest : public ::testing::Test {
 protected:
  const TemporaryDirectory directory_;
  const std::string path_ = directory_.File("rpc.sock");
  RpcSocket socket_{path_};
};

TEST_F(RpcSocketTest, GivesEachRequestItsReplyWhateverTheirOrder) {
  // Answers in pairs, the later one first.
  std::string held;
  const Peer peer(path_, [&](const std::string& request) {
    std::vector<std::string> answers;
    if (held.empty()) {
      held = Value(IdOf(request), IdOf(request));
    } else {
      answers = {Value(IdOf(request), IdOf(request)), held};
      held.clear();
    }
    return answers;
  });
  const std::vector<TableRequest> requests(1000, TableRequest::Get("grp", "lon"));
  const auto replies = socket_.Call(requests);
  ASSERT_TRUE(replies.ok()) << replies.status();
  ASSERT_THAT(*replies, SizeIs(1000));
  for (size_t i = 0; i < replies->size(); ++i) EXPECT_EQ(replies->at(i), absl::StrCat(i + 1));
}

TEST_F(RpcSocketTest, NobodyThereIsUnavailableAtOnce) {
  const auto replies = socket_.Call({TableRequest::Get("ctl", "boot")});
  EXPECT_EQ(replies.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(replies.status().message(), HasSubstr(path_));
}

TEST_F(RpcSocketTest, FindsAPeerThatBeganAnew) {
  for (int start = 0; start < 3; ++start) {
    const Peer peer(path_, [](const std::string& request) {
      return std::vector<std::string>{Ok(IdOf(request))};
    });
    // The first call may still find the socket of the peer before.
    if (!socket_.Call({TableRequest::Delete("hs", "t1")}).ok()) {
      EXPECT_TRUE(socket_.Call({TableRequest::Delete("hs", "t1")}).ok());
    }
    unlink(path_.c_str());
  }
}

TEST_F(RpcSocketTest, AsksTwiceAndDropsALateAnswer) {
  // Says nothing to the first request; answers the second try, and then the first one too.
  std::string first;
  const Peer peer(path_, [&](const std::string& request) -> std::vector<std::string> {
    if (first.empty()) {
      first = request;
      return {};
    }
    return {Value(IdOf(first), "late"), Value(IdOf(request), "in time")};
  });
  const auto replies = socket_.Call({TableRequest::Get("ctl", "boot")});
  ASSERT_TRUE(replies.ok()) << replies.status();
  EXPECT_EQ(replies->at(0), "in time");
}

TEST_F(RpcSocketTest, GivesUpAPeerThatSaysNothing) {
  const Peer peer(path_, [](const std::string&) { return std::vector<std::string>(); });
  const auto replies = socket_.Call({TableRequest::Get("ctl", "boot")});
  EXPECT_EQ(replies.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(replies.status().message(), HasSubstr("no answer"));
}

TEST_F(RpcSocketTest, ARefusalNamesTheRequest) {
  const Peer peer(path_, [](const std::string& request) {
    return std::vector<std::string>{
        absl::StrCat(R"({"jsonrpc":"2.0","error":{"code":500,"message":"No such htable"},"id":)",
                     IdOf(request), "}")};
  });
  const auto replies = socket_.Call({TableRequest::Get("nope", "x")});
  EXPECT_EQ(replies.status().code(), absl::StatusCode::kInternal);
  EXPECT_THAT(replies.status().message(), HasSubstr("refuses to get nope.x: "));
  EXPECT_THAT(replies.status().message(), HasSubstr("No such htable"));
}

TEST_F(RpcSocketTest, NonsenseIsAnErrorAndNotAWait) {
  const Peer peer(path_, [](const std::string&) { return std::vector<std::string>{"hello"}; });
  EXPECT_EQ(socket_.Call({TableRequest::Get("ctl", "boot")}).status().code(),
            absl::StatusCode::kInternal);
}

TEST_F(RpcSocketTest, NeverHasMoreUnderWayThanTheWindow) {
  // Collects requests and answers only when a window full has come, or all.
  constexpr size_t kRequests = 3 * RpcSocket::kWindow;
  std::vector<std::string> held;
  size_t most = 0;
  Peer peer(path_, [&](const std::string& request) {
    held.push_back(Ok(IdOf(request)));
    most = std::max(most, held.size());
    std::vector<std::string> answers;
    if (held.size() == RpcSocket::kWindow) answers.swap(held);
    return answers;
  });
  const auto replies =
      socket_.Call(std::vector<TableRequest>(kRequests, TableRequest::Delete("hs", "t1")));
  ASSERT_TRUE(replies.ok()) << replies.status();
  EXPECT_EQ(most, RpcSocket::kWindow);
  EXPECT_EQ(peer.requests, kRequests);
}

TEST_F(RpcSocketTest, APathThatIsTooLongIsSaid) {
  RpcSocket socket("/tmp/" + std::string(200, 'x'));
  EXPECT_THAT(socket.Call({TableRequest::Get("ctl", "boot")}).status().message(),
              HasSubstr("longer than 107"));
}

}  // namespace
}  // namespace dialtone::router
