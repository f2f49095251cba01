// Who a program is and who it talks to: SPIFFE ids in X.509 certificates, and the PEM files that
// hold them.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace dialtone {

// "spiffe://TRUST-DOMAIN/ROLE/NAME" (SPIFFE-ID §2), the only form Dialtone gives out.
struct SpiffeId {
  std::string trust_domain;
  std::string role;  // agent, detector, router, operator
  std::string name;  // letters, digits, '.', '-', '_'; at most 64
};

// Nothing for any other form.
std::optional<SpiffeId> ParseSpiffeId(absl::string_view uri);

// PEM files of one side. Watched: a renewed certificate is taken without a restart.
struct TlsIdentity {
  std::string certificate_file;  // the chain, own certificate first
  std::string private_key_file;  // readable by its owner only
  std::string authority_file;    // authorities that peers must be signed by
};

// What the certificate says.
struct OwnIdentity {
  SpiffeId id;
  absl::Time not_after;
};

// Reads and checks the files: they exist, are PEM, the key belongs to the certificate and is not
// readable by group or others, the certificate carries exactly one SPIFFE id. Errors name the file.
// An expired certificate is not an error: a program that waits for its renewal is better than none.
absl::StatusOr<OwnIdentity> ReadIdentity(const TlsIdentity& files);

}  // namespace dialtone
