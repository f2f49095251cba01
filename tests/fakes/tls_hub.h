// A SIP hub over TLS on loopback, for tests: real sockets, real handshakes, scripted manners.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "openssl/ssl.h"

#include "base/identity.h"
#include "base/mutex.h"

namespace dialtone {

// Asks every client for a certificate signed by the authority of its own files, and answers
// requests by a function: the bytes to send, "" for silence; kClose at their end closes the
// connection.
class TlsHub {
 public:
  using Answer = std::function<std::string(const std::string& request)>;
  static constexpr char kClose[] = "CLOSE";

  // Answers 200 OK until told otherwise.
  explicit TlsHub(const TlsIdentity& files);
  ~TlsHub();
  TlsHub(const TlsHub&) = delete;
  TlsHub& operator=(const TlsHub&) = delete;

  int port() const { return port_; }
  void Do(Answer answer) ABSL_LOCKS_EXCLUDED(mutex_);
  // Sends its answers in TLS records of one byte each.
  void DoByBytes(bool by_bytes) ABSL_LOCKS_EXCLUDED(mutex_);
  // Accepts connections and never shakes hands.
  void ShakeNoHands() ABSL_LOCKS_EXCLUDED(mutex_);
  // Accepts connections and shakes hands when `wait` returns.
  void ShakeHandsAfter(std::function<void()> wait) ABSL_LOCKS_EXCLUDED(mutex_);

  // What it saw, in order.
  std::vector<std::string> requests() const ABSL_LOCKS_EXCLUDED(mutex_);
  std::vector<std::string> server_names() const ABSL_LOCKS_EXCLUDED(mutex_);  // one a handshake
  std::vector<std::string> clients() const ABSL_LOCKS_EXCLUDED(mutex_);       // CN of certificates
  int handshakes() const { return static_cast<int>(server_names().size()); }
  // Connections that are open now.
  int open() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct SslFree {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };

  void Accept();
  void Serve(int fd) ABSL_LOCKS_EXCLUDED(mutex_);
  void Talk(SSL* ssl) ABSL_LOCKS_EXCLUDED(mutex_);

  std::unique_ptr<SSL_CTX, SslFree> context_;
  int listener_ = -1;
  int port_ = 0;
  std::vector<std::thread> servers_;  // of the accepting thread until it ends
  mutable Mutex mutex_;
  Answer answer_ ABSL_GUARDED_BY(mutex_);
  bool shakes_hands_ ABSL_GUARDED_BY(mutex_) = true;
  std::function<void()> wait_ ABSL_GUARDED_BY(mutex_) = [] {};
  bool by_bytes_ ABSL_GUARDED_BY(mutex_) = false;
  bool stops_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<int> open_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> requests_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> server_names_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> clients_ ABSL_GUARDED_BY(mutex_);
  std::thread acceptor_;
};

}  // namespace dialtone
