#include "agents/probes/stun_binding.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "openssl/rand.h"

#include "agents/probes/stun_message.h"
#include "base/check.h"

#include <netinet/in.h>
#include <netinet/ip.h>

namespace dialtone::agents {
namespace {

constexpr int kMostDatagramsAtOnce = 64;
constexpr size_t kLongestAnswer = 1500;

// DSCP EF (RFC 3246), as Teams' own clients mark voice.
void MarkAsVoice(int fd, int family) {
  const int class_of_service = 46 << 2;
  // Where it may not be set, the stream is still a measurement.
  if (family == AF_INET6) {
    setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &class_of_service, sizeof(class_of_service));
  } else {
    setsockopt(fd, IPPROTO_IP, IP_TOS, &class_of_service, sizeof(class_of_service));
  }
}

}  // namespace

// One measurement. Outlives its sending: the last packets are waited for while the next stream is
// on its way.
class StunBinding::Stream {
 public:
  Stream(const StreamShape& shape, absl::Time began, Done done)
      : shape_(shape), began_(began), done_(std::move(done)) {}

  bool is_over() const { return is_over_; }
  // Whether there is a packet left to send, and when it is due.
  bool wants_to_send() const { return !is_over_ && sent_ < shape_.packets; }
  absl::Time next_due() const { return began_ + sent_ * shape_.spacing; }
  void CountSent() { ++sent_; }

  // One of its packets was answered, or waited for in vain, or the path broke.
  void OnPacket(const Measurement& packet) {
    if (is_over_) return;
    if (packet.round_trip) {
      meter_.CountAnswer(*packet.round_trip);
      if (packet.outcome != Outcome::kAnswered || answer_.outcome != Outcome::kAnswered) {
        answer_ = packet;
      }
    } else if (packet.outcome == Outcome::kTimedOut) {
      meter_.CountLoss();
      if (meter_.answered() == 0 && meter_.lost() == kSilencesThatEnd) return End(packet);
    } else {
      return End(packet);
    }
    if (meter_.sent() == shape_.packets) End(meter_.answered() > 0 ? answer_ : packet);
  }

 private:
  void End(Measurement how) {
    is_over_ = true;
    how.stream = meter_.Measured();
    how.round_trip = how.stream->round_trip;
    done_(std::move(how));
  }

  const StreamShape shape_;
  const absl::Time began_;
  const Done done_;
  int sent_ = 0;
  bool is_over_ = false;
  Measurement answer_;  // the last one, or the last that was an error
  QualityMeter meter_;
};

StunBinding::StunBinding(Loop& loop, const Target& target, std::string source, StreamBudget* budget,
                         const StreamShape& shape)
    : loop_(loop),
      peer_(AddressOf(target.address, target.port)),
      source_(std::move(source)),
      budget_(budget),
      shape_(shape),
      patience_(target.timeout),
      in_flight_(loop, patience_, "no STUN answer"),
      pace_(loop, &Call<StunBinding, &StunBinding::SendNext>, this) {
  CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(secret_.data()),
                   static_cast<int>(secret_.size())) == 1);
}

StunBinding::~StunBinding() = default;

bool StunBinding::Start(Done done) {
  if (sending_ != nullptr && sending_->wants_to_send()) return false;
  if (budget_ != nullptr && !budget_->Take(loop_.Now())) return false;
  if (fd_.is_open()) TakeErrors();
  Measurement failure;
  if (!fd_.is_open() && !Open(&failure)) {
    done(failure);
    return true;
  }
  sending_ = std::make_shared<Stream>(shape_, loop_.Now(), std::move(done));
  SendNext();
  return true;
}

bool StunBinding::Open(Measurement* failure) {
  OpenedSocket opened = OpenDatagramSocket(peer_, SOCK_DGRAM, IPPROTO_UDP, source_);
  if (opened.ok() && !watch_.Start(opened.fd.get(), FD_READ,
                                   &CallReady<StunBinding, &StunBinding::OnReady>, this)) {
    opened.fd.Close();
    opened.error = EMFILE;
    opened.doing = "cannot watch the socket";
  }
  if (!opened.ok()) {
    *failure = FailedBy(opened, Phase::kAnswer);
    return false;
  }
  fd_ = std::move(opened.fd);
  MarkAsVoice(fd_.get(), peer_.family());
  return true;
}

void StunBinding::SendNext() {
  const std::shared_ptr<Stream> stream = sending_;
  if (!stream->wants_to_send()) return;
  const std::string id = NextId();
  const std::string request = WriteStunBinding(id);
  stream->CountSent();
  in_flight_.Await(id, [stream](const Measurement& packet) { stream->OnPacket(packet); });
  if (send(fd_.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) {
    return BreakBy(FailedBy(errno, Phase::kAnswer, "cannot send"));
  }
  // After a stall the rest keeps its distance: a volley would measure its own queue.
  if (stream->wants_to_send()) {
    pace_.StartAt(std::max(stream->next_due(), loop_.Now() + shape_.spacing / 2));
  }
}

void StunBinding::OnReady(int /*flags*/) {
  char buffer[kLongestAnswer];
  for (int i = 0; i < kMostDatagramsAtOnce; ++i) {
    const std::optional<Datagram> datagram = Receive(fd_.get(), buffer, sizeof(buffer));
    if (!datagram) break;
    const std::optional<StunAnswer> answer = ParseStunAnswer(datagram->bytes);
    if (!answer) continue;
    Measurement packet = {.outcome = Outcome::kAnswered, .phase = Phase::kAnswer};
    packet.code = answer->code;
    if (answer->code >= 500) {
      packet.outcome = Outcome::kRejected;
      packet.detail = absl::StrCat("STUN error ", answer->code);
    }
    in_flight_.OnAnswer(answer->id, datagram->waited, std::move(packet));
  }
  TakeErrors();
}

void StunBinding::TakeErrors() {
  const int error = TakeError(fd_.get());
  if (error != 0) BreakBy(FailedBy(error, Phase::kAnswer, "the network answers"));
}

void StunBinding::BreakBy(const Measurement& failure) {
  watch_.Stop();
  fd_.Close();
  pace_.Cancel();
  in_flight_.FailAll(failure);
}

std::string StunBinding::NextId() {
  const uint32_t packet = htonl(++last_packet_);
  std::string id(secret_.data(), secret_.size());
  id.append(reinterpret_cast<const char*>(&packet), sizeof(packet));
  return id;
}

}  // namespace dialtone::agents
