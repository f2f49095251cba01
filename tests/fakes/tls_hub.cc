#include "tests/fakes/tls_hub.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "absl/strings/strip.h"
#include "openssl/x509.h"

#include "base/check.h"
#include "tests/fakes/sip_answer.h"

#include <netinet/in.h>
#include <sys/socket.h>

namespace dialtone {
namespace {

std::string CommonNameOf(const SSL& ssl) {
  X509* const certificate = SSL_get0_peer_certificate(&ssl);
  if (certificate == nullptr) return "";
  char name[256] = "";
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof(name));
  return name;
}

// A client that closes while the hub writes is no end of the test. The thread blocks the signal,
// and does not rely on the process to ignore it: libraries set its handler as they please.
void BlockSigpipe() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

void Drain(int fd) {
  char byte = 0;
  while (recv(fd, &byte, 1, 0) > 0) continue;
}

}  // namespace

TlsHub::TlsHub(const TlsIdentity& files) : context_(SSL_CTX_new(TLS_server_method())) {
  CHECK(SSL_CTX_use_certificate_chain_file(context_.get(), files.certificate_file.c_str()) == 1);
  CHECK(SSL_CTX_use_PrivateKey_file(context_.get(), files.private_key_file.c_str(),
                                    SSL_FILETYPE_PEM) == 1);
  CHECK(SSL_CTX_load_verify_locations(context_.get(), files.authority_file.c_str(), nullptr) == 1);
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  answer_ = [](const std::string& request) { return SipAnswer(request, "200 OK"); };

  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CHECK(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
  CHECK(listen(listener_, 16) == 0);
  socklen_t length = sizeof(address);
  CHECK(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

TlsHub::~TlsHub() {
  {
    MutexLock lock(&mutex_);
    stops_ = true;
    for (const int fd : open_) shutdown(fd, SHUT_RDWR);
  }
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (std::thread& server : servers_) server.join();
  close(listener_);
}

void TlsHub::Do(Answer answer) {
  MutexLock lock(&mutex_);
  answer_ = std::move(answer);
}

void TlsHub::DoByBytes(bool by_bytes) {
  MutexLock lock(&mutex_);
  by_bytes_ = by_bytes;
}

void TlsHub::ShakeNoHands() {
  MutexLock lock(&mutex_);
  shakes_hands_ = false;
}

std::vector<std::string> TlsHub::requests() const {
  MutexLock lock(&mutex_);
  return requests_;
}

std::vector<std::string> TlsHub::server_names() const {
  MutexLock lock(&mutex_);
  return server_names_;
}

std::vector<std::string> TlsHub::clients() const {
  MutexLock lock(&mutex_);
  return clients_;
}

int TlsHub::open() const {
  MutexLock lock(&mutex_);
  return static_cast<int>(open_.size());
}

void TlsHub::ShakeHandsAfter(std::function<void()> wait) {
  MutexLock lock(&mutex_);
  wait_ = std::move(wait);
}

void TlsHub::Accept() {
  for (;;) {
    const int fd = accept(listener_, nullptr, nullptr);
    if (fd < 0) return;
    {
      MutexLock lock(&mutex_);
      open_.push_back(fd);
      if (stops_) shutdown(fd, SHUT_RDWR);
    }
    servers_.emplace_back([this, fd] { Serve(fd); });
  }
}

void TlsHub::Serve(int fd) {
  BlockSigpipe();
  bool shakes_hands = false;
  std::function<void()> wait;
  {
    MutexLock lock(&mutex_);
    shakes_hands = shakes_hands_;
    wait = wait_;
  }
  if (shakes_hands) {
    wait();
    SSL* const ssl = SSL_new(context_.get());
    SSL_set_fd(ssl, fd);
    const bool is_open = SSL_accept(ssl) == 1;
    if (is_open) Talk(ssl);
    SSL_free(ssl);
    // Closed with something unread, the alert would be lost in a reset.
    shutdown(fd, SHUT_WR);
    if (!is_open) Drain(fd);
  } else {
    Drain(fd);
  }
  MutexLock lock(&mutex_);
  open_.erase(std::find(open_.begin(), open_.end(), fd));
  close(fd);
}

void TlsHub::Talk(SSL* ssl) {
  {
    const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    MutexLock lock(&mutex_);
    server_names_.push_back(name == nullptr ? "" : name);
    clients_.push_back(CommonNameOf(*ssl));
  }
  std::string incoming;
  char buffer[16384];
  for (;;) {
    const int length = SSL_read(ssl, buffer, sizeof(buffer));
    if (length <= 0) return;
    incoming.append(buffer, static_cast<size_t>(length));
    for (size_t end = incoming.find("\r\n\r\n"); end != std::string::npos;
         end = incoming.find("\r\n\r\n")) {
      const std::string request = incoming.substr(0, end + 4);
      incoming.erase(0, end + 4);
      Answer answer;
      bool by_bytes = false;
      {
        MutexLock lock(&mutex_);
        requests_.push_back(request);
        answer = answer_;
        by_bytes = by_bytes_;
      }
      const std::string answered = answer(request);
      absl::string_view bytes = answered;
      const bool closes = absl::ConsumeSuffix(&bytes, kClose);
      const size_t step = by_bytes ? 1 : std::max<size_t>(1, bytes.size());
      for (size_t at = 0; at < bytes.size(); at += step) {
        SSL_write(ssl, &bytes[at], static_cast<int>(step));
      }
      if (closes) return;
    }
  }
}

}  // namespace dialtone
