// How the agent shows itself to TLS targets, and whom it trusts.
#pragma once

#include <array>
#include <ctime>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "openssl/ssl.h"

#include "agents/measurement.h"

namespace dialtone::agents {

// The files of one TLS profile (config.proto, TlsProfile). Without certificate and key none is
// shown.
struct TlsProfile {
  std::string name;
  std::string certificate_file;
  std::string private_key_file;
  std::string authority_file;
  std::string fqdn;  // in Contact and From
};

struct SslFree {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using SslPointer = std::unique_ptr<SSL, SslFree>;

// One profile, loaded: TLS 1.2 or later, the peer's certificate always verified, no session ever
// resumed (a handshake is there to be measured).
class TlsContext {
 public:
  // INVALID_ARGUMENT names the file and what is wrong with it.
  static absl::StatusOr<std::unique_ptr<TlsContext>> Load(const TlsProfile& profile);

  // A client session that asks for `server_name` (SNI) and accepts only a certificate for it.
  SslPointer NewSession(const std::string& server_name) const;

  // Looks, at most every 10 s, whether the files were renewed and takes them if they are sound.
  // Sessions made before keep the old certificate: generation() tells that there is a new one.
  void Refresh(absl::Time now);
  int generation() const { return generation_; }

  const std::string& fqdn() const { return profile_.fqdn; }

 private:
  using FileTimes = std::array<timespec, 3>;
  using SslContextPointer = std::unique_ptr<SSL_CTX, SslFree>;

  TlsContext(TlsProfile profile, SslContextPointer context, FileTimes times);
  static absl::StatusOr<SslContextPointer> LoadFiles(const TlsProfile& profile);
  static FileTimes TimesOf(const TlsProfile& profile);

  TlsProfile profile_;
  SslContextPointer context_;
  FileTimes times_;
  absl::Time looked_ = absl::InfinitePast();
  int generation_ = 1;
};

// Why TLS failed on this session, from its verification result and OpenSSL's error queue, which is
// emptied. Never to be asked when nothing has failed.
Measurement TlsFailure(const SSL& ssl, int ssl_error, Phase phase);

// When the certificate that the peer showed expires.
std::optional<absl::Time> CertificateExpiry(const SSL& ssl);

}  // namespace dialtone::agents
