#include "base/identity.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/status.h"

#include <sys/stat.h>

namespace dialtone {
namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

absl::Status Wrong(const std::string& file, absl::string_view what) {
  ERR_clear_error();  // what OpenSSL noted down would puzzle the next to ask it, gRPC
  return absl::InvalidArgumentError(
      absl::StrCat(file.empty() ? "certificate files" : file, ": ", what));
}

absl::StatusOr<Owned<BIO>> Open(const std::string& file, absl::string_view holding) {
  if (file.empty()) return Wrong(file, absl::StrCat("no file is named for the ", holding));
  Owned<BIO> bio(BIO_new_file(file.c_str(), "r"));
  if (bio == nullptr) {
    return Wrong(file, absl::StrCat("the ", holding, " cannot be read: ", std::strerror(errno)));
  }
  return bio;
}

absl::StatusOr<Owned<X509>> ReadCertificate(const std::string& file, absl::string_view holding) {
  ASSIGN_OR_RETURN(const Owned<BIO> bio, Open(file, holding));
  Owned<X509> certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (certificate == nullptr) {
    return Wrong(file, absl::StrCat("given no PEM certificate, expected the ", holding));
  }
  return certificate;
}

absl::StatusOr<Owned<EVP_PKEY>> ReadPrivateKey(const std::string& file) {
  ASSIGN_OR_RETURN(const Owned<BIO> bio, Open(file, "private key"));
  struct stat info = {};
  if (stat(file.c_str(), &info) == 0 && (info.st_mode & 077) != 0) {
    return Wrong(file,
                 absl::StrFormat("given a private key that others can read (mode %04o), expected "
                                 "mode 0600 or 0400",
                                 info.st_mode & 07777));
  }
  // A key with a passphrase must fail, not ask on the terminal.
  const auto no_passphrase = [](char*, int, int, void*) { return -1; };
  Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  if (key == nullptr) return Wrong(file, "given no PEM private key without passphrase");
  return key;
}

std::vector<std::string> UriNames(const X509& certificate) {
  const Owned<GENERAL_NAMES> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> uris;
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* uri = name->d.uniformResourceIdentifier;
    uris.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                      static_cast<size_t>(ASN1_STRING_length(uri)));
  }
  return uris;
}

bool IsLabel(absl::string_view text) {
  return !text.empty() && text.size() <= 64 && text != "." && text != ".." &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '.' || c == '-' || c == '_';
         });
}

}  // namespace

std::optional<SpiffeId> ParseSpiffeId(absl::string_view uri) {
  if (!absl::ConsumePrefix(&uri, "spiffe://")) return std::nullopt;
  const std::vector<std::string> parts = absl::StrSplit(uri, '/');
  if (parts.size() != 3 || !std::all_of(parts.begin(), parts.end(), IsLabel)) return std::nullopt;
  return SpiffeId{parts[0], parts[1], parts[2]};
}

absl::StatusOr<OwnIdentity> ReadIdentity(const TlsIdentity& files) {
  ASSIGN_OR_RETURN(const Owned<X509> certificate,
                   ReadCertificate(files.certificate_file, "certificate"));
  ASSIGN_OR_RETURN(const Owned<EVP_PKEY> key, ReadPrivateKey(files.private_key_file));
  RETURN_IF_ERROR(ReadCertificate(files.authority_file, "certificate of an authority").status());
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    return Wrong(files.private_key_file,
                 absl::StrCat("is not the key of the certificate in ", files.certificate_file));
  }
  const std::vector<std::string> uris = UriNames(*certificate);
  const std::optional<SpiffeId> id = uris.size() == 1 ? ParseSpiffeId(uris[0]) : std::nullopt;
  if (!id) {
    return Wrong(
        files.certificate_file,
        absl::StrCat("given ", uris.size() == 1 ? uris[0] : absl::StrCat(uris.size(), " URI names"),
                     ", expected one URI name spiffe://TRUST-DOMAIN/ROLE/NAME"));
  }
  std::tm not_after = {};
  ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &not_after);
  return OwnIdentity{*id, absl::FromTM(not_after, absl::UTCTimeZone())};
}

}  // namespace dialtone
