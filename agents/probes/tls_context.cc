#include "agents/probes/tls_context.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "openssl/err.h"
#include "openssl/x509v3.h"

#include "base/check.h"
#include "base/log.h"
#include "base/status.h"

#include <sys/stat.h>

namespace dialtone::agents {
namespace {

constexpr absl::Duration kLookInterval = absl::Seconds(10);

std::string LastSslError() {
  const unsigned long error = ERR_peek_last_error();
  const char* const reason = ERR_reason_error_string(error);
  ERR_clear_error();
  return reason == nullptr ? "unknown error" : reason;
}

// Alerts by which a peer says that it does not like our certificate (RFC 8446 §6.2, RFC 5246
// §7.2.2).
bool BlamesOurCertificate(int alert) {
  switch (alert) {
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_ACCESS_DENIED:
    case SSL_AD_CERTIFICATE_REQUIRED:
      return true;
    default:
      return false;
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<TlsContext>> TlsContext::Load(const TlsProfile& profile) {
  const FileTimes times = TimesOf(profile);
  ASSIGN_OR_RETURN(SslContextPointer context, LoadFiles(profile));
  return std::unique_ptr<TlsContext>(new TlsContext(profile, std::move(context), times));
}

TlsContext::TlsContext(TlsProfile profile, SslContextPointer context, FileTimes times)
    : profile_(std::move(profile)), context_(std::move(context)), times_(times) {}

absl::StatusOr<TlsContext::SslContextPointer> TlsContext::LoadFiles(const TlsProfile& profile) {
  SslContextPointer context(SSL_CTX_new(TLS_client_method()));
  CHECK(context != nullptr);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  const auto error = [&](absl::string_view what, const std::string& file) {
    return absl::InvalidArgumentError(absl::StrCat("tls profile \"", profile.name, "\": ", what,
                                                   " ", file, ": ", LastSslError()));
  };
  ERR_clear_error();
  const bool shows_certificate = !profile.certificate_file.empty();
  if (shows_certificate &&
      SSL_CTX_use_certificate_chain_file(context.get(), profile.certificate_file.c_str()) != 1) {
    return error("cannot use certificate", profile.certificate_file);
  }
  if (shows_certificate &&
      SSL_CTX_use_PrivateKey_file(context.get(), profile.private_key_file.c_str(),
                                  SSL_FILETYPE_PEM) != 1) {
    return error("cannot use private key", profile.private_key_file);
  }
  if (SSL_CTX_load_verify_locations(context.get(), profile.authority_file.c_str(), nullptr) != 1) {
    return error("cannot use authorities", profile.authority_file);
  }
  return context;
}

SslPointer TlsContext::NewSession(const std::string& server_name) const {
  SslPointer ssl(SSL_new(context_.get()));
  CHECK(ssl != nullptr);
  CHECK(SSL_set_tlsext_host_name(ssl.get(), server_name.c_str()) == 1);
  SSL_set_hostflags(ssl.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  CHECK(SSL_set1_host(ssl.get(), server_name.c_str()) == 1);
  SSL_set_connect_state(ssl.get());
  return ssl;
}

void TlsContext::Refresh(absl::Time now) {
  if (now - looked_ < kLookInterval) return;
  looked_ = now;
  const FileTimes times = TimesOf(profile_);
  const auto same = [](const timespec& a, const timespec& b) {
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
  };
  if (std::equal(times.begin(), times.end(), times_.begin(), same)) return;
  times_ = times;
  absl::StatusOr<SslContextPointer> context = LoadFiles(profile_);
  if (!context.ok()) {
    LogWarning("tls_profile_not_renewed",
               {{"profile", profile_.name}, {"reason", std::string(context.status().message())}});
    return;
  }
  context_ = *std::move(context);
  ++generation_;
  LogInfo("tls_profile_renewed", {{"profile", profile_.name}});
}

TlsContext::FileTimes TlsContext::TimesOf(const TlsProfile& profile) {
  const auto time_of = [](const std::string& file) {
    struct stat facts = {};
    stat(file.c_str(), &facts);
    return facts.st_mtim;
  };
  return {time_of(profile.certificate_file), time_of(profile.private_key_file),
          time_of(profile.authority_file)};
}

Measurement TlsFailure(const SSL& ssl, int ssl_error, Phase phase) {
  Measurement measurement;
  measurement.phase = phase;
  const long verified = SSL_get_verify_result(&ssl);
  const int reason = ERR_GET_REASON(ERR_peek_error());
  const std::string words = LastSslError();
  if (verified != X509_V_OK) {
    measurement.outcome = Outcome::kOwnConfiguration;
    measurement.detail = absl::StrCat("certificate of the target not accepted: ",
                                      X509_verify_cert_error_string(verified));
    return measurement;
  }
  const int alert = reason - SSL_AD_REASON_OFFSET;
  if (ssl_error == SSL_ERROR_SSL && alert >= 0 && BlamesOurCertificate(alert)) {
    measurement.outcome = Outcome::kOwnConfiguration;
    measurement.detail = absl::StrCat("the target does not accept our certificate: ", words);
    return measurement;
  }
  measurement.outcome = Outcome::kTlsFailed;
  measurement.detail = ssl_error == SSL_ERROR_SSL ? absl::StrCat("TLS failed: ", words)
                                                  : "connection closed during the TLS handshake";
  return measurement;
}

std::optional<absl::Time> CertificateExpiry(const SSL& ssl) {
  X509* const certificate = SSL_get0_peer_certificate(&ssl);
  if (certificate == nullptr) return std::nullopt;
  tm when = {};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &when) != 1) return std::nullopt;
  return absl::FromTM(when, absl::UTCTimeZone());
}

}  // namespace dialtone::agents
