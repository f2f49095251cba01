// A TLS profile of the agent for tests.
#pragma once

#include <memory>
#include <utility>

#include "gtest/gtest.h"

#include "agents/probes/tls_context.h"
#include "base/identity.h"

namespace dialtone::agents {

// The profile "default" with these files.
inline std::unique_ptr<TlsContext> TlsContextOf(const TlsIdentity& files) {
  absl::StatusOr<std::unique_ptr<TlsContext>> context =
      TlsContext::Load({.name = "default",
                        .certificate_file = files.certificate_file,
                        .private_key_file = files.private_key_file,
                        .authority_file = files.authority_file,
                        .fqdn = "sbc-lon.example"});
  EXPECT_TRUE(context.ok()) << context.status();
  return *std::move(context);
}

}  // namespace dialtone::agents
