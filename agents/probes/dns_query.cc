#include "agents/probes/dns_query.h"

#include <ares.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "base/check.h"

#include <arpa/nameser.h>
#include <netinet/in.h>
#include <sys/uio.h>

namespace dialtone::agents {
namespace {

// c-ares has time-outs too, and none of them is to fire.
constexpr int kAresTimeoutMilliseconds = 60'000;
constexpr int kMostAddresses = 64;

// "SERVFAIL": RFC 6895 §2.3.
std::string WordOfCode(int code) {
  switch (code) {
    case ns_r_noerror:
      return "no address";
    case ns_r_formerr:
      return "FORMERR";
    case ns_r_servfail:
      return "SERVFAIL";
    case ns_r_nxdomain:
      return "NXDOMAIN";
    case ns_r_notimpl:
      return "NOTIMP";
    case ns_r_refused:
      return "REFUSED";
    default:
      return absl::StrCat("response code ", code);
  }
}

}  // namespace

// One query with its channel. Lives until its answer has come or the ceiling has passed, though it
// may be told as timed out before.
class DnsQuery::Attempt {
 public:
  Attempt(DnsQuery& probe, Done done)
      : probe_(probe),
        done_(std::move(done)),
        deadline_(probe.loop_, &Call<Attempt, &Attempt::OnDeadline>, this) {}

  ~Attempt() { Close(); }

  void Begin() {
    OpenChannel();
    asked_ = probe_.loop_.Now();
    deadline_.StartIn(probe_.patience_.wait());
    ares_query(channel_, probe_.target_.query.c_str(), ns_c_in, ns_t_a, &OnAnswer, this);
  }

  bool is_over() const { return is_answered_ || channel_ == nullptr; }

 private:
  // A socket of the channel, watched as c-ares says.
  struct Socket {
    void OnReady(int flags) {
      // What is wrong with a socket is said by reading it. The answer may close it and end this
      // object.
      const bool is_readable = (flags & (FD_READ | FD_EXCEPT)) != 0;
      ares_process_fd(attempt->channel_, is_readable ? fd.get() : ARES_SOCKET_BAD,
                      (flags & FD_WRITE) != 0 ? fd.get() : ARES_SOCKET_BAD);
    }

    Attempt* attempt;
    Fd fd;
    bool is_datagram;
    Watch watch = {};
  };

  void OpenChannel() {
    ares_options options = {};
    options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_NOCHECKRESP;
    options.timeout = kAresTimeoutMilliseconds;
    options.tries = 1;
    options.sock_state_cb = &OnSocketState;
    options.sock_state_cb_data = this;
    // Nothing of this machine's own resolver configuration matters here.
    char lookups[] = "b";
    char nothing[] = "/dev/null";
    options.lookups = lookups;
    options.resolvconf_path = nothing;
    const int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB |
                     ARES_OPT_LOOKUPS | ARES_OPT_RESOLVCONF;
    CHECK(ares_init_options(&channel_, &options, mask) == ARES_SUCCESS);
    static constexpr ares_socket_functions kSockets = {.asocket = &OpenSocketOf,
                                                       .aclose = &CloseSocketOf,
                                                       .aconnect = &ConnectSocketOf,
                                                       .arecvfrom = &ReceiveFromOf,
                                                       .asendv = &SendOf};
    ares_set_socket_functions(channel_, &kSockets, this);
    const std::string server =
        absl::StrCat(HostInUri(probe_.target_.address), ":", probe_.target_.port);
    CHECK(ares_set_servers_ports_csv(channel_, server.c_str()) == ARES_SUCCESS) << server;
  }

  void Close() {
    if (ares_channel channel = std::exchange(channel_, nullptr)) {
      is_answered_ = true;  // the callback that comes now is no answer
      ares_destroy(channel);
    }
  }

  void OnDeadline() {
    if (is_told_) return Close();
    Tell({.outcome = Outcome::kTimedOut,
          .detail = absl::StrFormat("no DNS answer in %.2f s",
                                    absl::ToDoubleSeconds(probe_.loop_.Now() - asked_))});
    deadline_.StartAt(asked_ + probe_.patience_.ceiling());
  }

  static void OnAnswer(void* attempt, int status, int /*timeouts*/, unsigned char* bytes,
                       int length) {
    static_cast<Attempt*>(attempt)->TakeAnswer(status, bytes, length);
  }

  void TakeAnswer(int status, const unsigned char* bytes, int length) {
    if (std::exchange(is_answered_, true)) return;
    deadline_.Cancel();
    if (bytes == nullptr || length < NS_HFIXEDSZ) return TakeFailure(status);
    const absl::Duration elapsed = probe_.loop_.Now() - asked_;
    const absl::Duration round_trip = waited_ < elapsed ? elapsed - waited_ : elapsed;
    probe_.patience_.Learn(round_trip);

    const int code = bytes[3] & 0x0f;
    int count = kMostAddresses;
    ares_addrttl addresses[kMostAddresses];
    const int parsed = ares_parse_a_reply(bytes, length, nullptr, addresses, &count);
    Measurement measurement = {.code = code, .round_trip = round_trip};
    if (code == ns_r_noerror && parsed == ARES_EBADRESP) {
      measurement.outcome = Outcome::kRejected;
      measurement.detail = "the answer of the resolver cannot be read";
    } else {
      const bool has_address = parsed == ARES_SUCCESS && count > 0;
      measurement.outcome = OutcomeOfDnsAnswer(code, has_address, probe_.was_found_);
      if (measurement.outcome == Outcome::kAnswered) {
        probe_.was_found_ = true;
      } else {
        measurement.detail = absl::StrCat(WordOfCode(code), " for ", probe_.target_.query);
      }
    }
    Tell(std::move(measurement));
  }

  // There is no answer and will be none.
  void TakeFailure(int status) {
    if (socket_error_ != 0) return Tell(FailedBy(socket_error_, Phase::kNameLookup, doing_));
    Measurement how = {.detail = absl::StrCat("cannot ask: ", ares_strerror(status))};
    if (status == ARES_ECONNREFUSED) how.outcome = Outcome::kRefused;  // it closed the connection
    if (status == ARES_EBADNAME) how.outcome = Outcome::kOwnConfiguration;
    Tell(std::move(how));
  }

  // Once.
  void Tell(Measurement how) {
    if (std::exchange(is_told_, true)) return;
    how.phase = Phase::kNameLookup;
    done_(std::move(how));
  }

  int Fail(int error, std::string doing) {
    socket_error_ = error;
    doing_ = std::move(doing);
    errno = error;
    return -1;
  }

  // What c-ares asks of its sockets. Each sets errno when it fails.

  static ares_socket_t OpenSocketOf(int /*domain*/, int type, int /*protocol*/, void* user) {
    Attempt& self = *static_cast<Attempt*>(user);
    const DnsQuery& probe = self.probe_;
    const bool is_datagram = type == SOCK_DGRAM;
    OpenedSocket opened =
        is_datagram ? OpenDatagramSocket(probe.peer_, SOCK_DGRAM, IPPROTO_UDP, probe.source_)
                    : OpenSocket(probe.peer_, SOCK_STREAM, IPPROTO_TCP, probe.source_);
    if (!opened.ok()) return self.Fail(opened.error, opened.doing);
    const int fd = opened.fd.get();
    self.sockets_[fd] = std::unique_ptr<Socket>(
        new Socket{.attempt = &self, .fd = std::move(opened.fd), .is_datagram = is_datagram});
    return fd;
  }

  static int CloseSocketOf(ares_socket_t fd, void* user) {
    static_cast<Attempt*>(user)->sockets_.erase(fd);
    return 0;
  }

  static int ConnectSocketOf(ares_socket_t fd, const sockaddr* peer, ares_socklen_t length,
                             void* user) {
    Attempt& self = *static_cast<Attempt*>(user);
    if (self.sockets_.at(fd)->is_datagram) return 0;  // it is connected
    if (connect(fd, peer, length) == 0) return 0;
    return errno == EINPROGRESS ? -1 : self.Fail(errno, "cannot connect for a long answer");
  }

  static ares_ssize_t ReceiveFromOf(ares_socket_t fd, void* buffer, size_t size, int /*flags*/,
                                    sockaddr* from, ares_socklen_t* from_length, void* user) {
    Attempt& self = *static_cast<Attempt*>(user);
    if (!self.sockets_.at(fd)->is_datagram) {
      self.waited_ = absl::ZeroDuration();
      const ssize_t length = recv(fd, buffer, size, 0);
      return length < 0 && errno != EAGAIN ? self.Fail(errno, "the network answers") : length;
    }
    const std::optional<Datagram> datagram = Receive(fd, static_cast<char*>(buffer), size);
    if (!datagram) return errno == EAGAIN ? -1 : self.Fail(errno, "the network answers");
    self.waited_ = datagram->waited;
    // Connected: nobody else can have sent it.
    if (from != nullptr) {
      const SocketAddress& peer = self.probe_.peer_;
      *from_length = std::min<ares_socklen_t>(*from_length, peer.length);
      std::memcpy(from, peer.get(), *from_length);
    }
    return static_cast<ares_ssize_t>(datagram->bytes.size());
  }

  static ares_ssize_t SendOf(ares_socket_t fd, const iovec* parts, int count, void* user) {
    Attempt& self = *static_cast<Attempt*>(user);
    msghdr message = {};
    message.msg_iov = const_cast<iovec*>(parts);
    message.msg_iovlen = static_cast<size_t>(count);
    const ssize_t length = sendmsg(fd, &message, MSG_NOSIGNAL);
    return length < 0 && errno != EAGAIN ? self.Fail(errno, "cannot send") : length;
  }

  static void OnSocketState(void* user, ares_socket_t fd, int readable, int writable) {
    Attempt& self = *static_cast<Attempt*>(user);
    const auto found = self.sockets_.find(fd);
    if (found == self.sockets_.end()) return;
    Socket& socket = *found->second;
    const int flags = (readable != 0 ? FD_READ : 0) | (writable != 0 ? FD_WRITE : 0);
    if (flags == 0) return socket.watch.Stop();
    // Too many descriptors: the deadline ends it.
    (void)socket.watch.Start(fd, flags, &CallReady<Socket, &Socket::OnReady>, &socket);
  }

  DnsQuery& probe_;
  const Done done_;
  Timer deadline_;
  ares_channel channel_ = nullptr;
  std::map<ares_socket_t, std::unique_ptr<Socket>> sockets_;
  absl::Time asked_ = absl::InfinitePast();
  absl::Duration waited_;  // the last datagram, before we looked
  bool is_told_ = false;
  bool is_answered_ = false;
  int socket_error_ = 0;  // errno of the last socket operation that failed
  std::string doing_;
};

DnsQuery::DnsQuery(Loop& loop, const Target& target, std::string source)
    : loop_(loop),
      target_(target),
      peer_(AddressOf(target.address, target.port)),
      source_(std::move(source)),
      patience_(target.timeout) {}

DnsQuery::~DnsQuery() = default;

bool DnsQuery::Start(Done done) {
  std::erase_if(attempts_, [](const auto& attempt) { return attempt->is_over(); });
  attempts_.push_back(std::make_unique<Attempt>(*this, std::move(done)));
  attempts_.back()->Begin();
  return true;
}

}  // namespace dialtone::agents
