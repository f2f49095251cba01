#include "agents/config.h"

#include <set>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "agents/plan.h"
#include "base/config_reader.h"
#include "base/ip_and_port.h"
#include "base/status.h"
#include "dialtone/v1/config.pb.h"

namespace dialtone::agents {
namespace {

std::string Quoted(absl::string_view text) { return absl::StrCat("\"", text, "\""); }

// "HOST:PORT" with a host name or an IP, brackets around IPv6.
bool IsHostAndPort(const std::string& text) {
  if (const std::optional<IpAndPort> address = ParseIpAndPort(text)) return address->port != 0;
  const size_t colon = text.rfind(':');
  int port = 0;
  return colon != std::string::npos && IsHostName(text.substr(0, colon)) &&
         absl::SimpleAtoi(text.substr(colon + 1), &port) && port >= 1 && port <= 65535;
}

// The files, as absolute paths; false when one is missing.
bool ReadTlsFiles(const v1::TlsFiles& files, const std::string& field, ConfigReader* reader,
                  TlsIdentity* identity) {
  const size_t errors = reader->errors().size();
  const auto read = [&](absl::string_view name, const std::string& file) {
    const std::string path = file.empty() ? "" : reader->Resolve(file);
    reader->ExpectReadableFile(absl::StrCat(field, ".", name), path);
    return path;
  };
  identity->certificate_file = read("certificate_file", files.certificate_file());
  identity->private_key_file = read("private_key_file", files.private_key_file());
  identity->authority_file = read("authority_file", files.authority_file());
  return reader->errors().size() == errors;
}

// As ReadTlsFiles, of a profile that shows no certificate.
bool ReadAuthority(const v1::TlsFiles& files, const std::string& field, ConfigReader* reader,
                   TlsIdentity* identity) {
  const size_t errors = reader->errors().size();
  identity->authority_file =
      files.authority_file().empty() ? "" : reader->Resolve(files.authority_file());
  reader->ExpectReadableFile(field + ".authority_file", identity->authority_file);
  return reader->errors().size() == errors;
}

void ReadDetectors(const v1::AgentConfig& config, ConfigReader* reader, AgentSettings* settings) {
  reader->Expect(
      config.detectors_size() >= 1 && config.detectors_size() <= AgentSettings::kMostDetectors,
      "detectors", absl::StrCat(config.detectors_size(), " detectors"), "1 to 3");
  std::set<std::string> addresses;
  for (int i = 0; i < config.detectors_size(); ++i) {
    const v1::GrpcEndpoint& detector = config.detectors(i);
    const std::string field = absl::StrCat("detectors[", i, "]");
    reader->Expect(IsHostAndPort(detector.address()), field + ".address",
                   Quoted(detector.address()), "\"HOST:PORT\"");
    reader->Expect(addresses.insert(detector.address()).second, field + ".address",
                   Quoted(detector.address()), "each detector once");
    if (config.insecure_loopback()) {
      const std::optional<IpAndPort> address = ParseIpAndPort(detector.address());
      reader->Expect(address && address->loopback(), field + ".address", Quoted(detector.address()),
                     "127.0.0.1:PORT or [::1]:PORT with insecure_loopback");
    } else {
      reader->Expect(absl::StartsWith(detector.identity(), "detector/") &&
                         ParseSpiffeId(absl::StrCat("spiffe://x/", detector.identity())),
                     field + ".identity", Quoted(detector.identity()), "\"detector/NAME\"");
    }
    settings->detectors.push_back({.address = detector.address(), .identity = detector.identity()});
  }
}

void ReadIdentityTowardsDetectors(const v1::AgentConfig& config, ConfigReader* reader,
                                  AgentSettings* settings) {
  if (config.insecure_loopback()) return;
  TlsIdentity identity;
  if (!ReadTlsFiles(config.tls(), "tls", reader, &identity)) return;
  const absl::StatusOr<OwnIdentity> own = ReadIdentity(identity);
  reader->ExpectOk("tls.certificate_file", own.status());
  if (own.ok()) {
    reader->Expect(own->id.role == "agent", "tls.certificate_file",
                   absl::StrCat("a certificate of ", own->id.role, "/", own->id.name),
                   "one of agent/SITE");
  }
  settings->identity = identity;
}

void ReadProfiles(const v1::AgentConfig& config, ConfigReader* reader, AgentSettings* settings) {
  std::set<std::string> names;
  for (int i = 0; i < config.tls_profiles_size(); ++i) {
    const v1::TlsProfile& profile = config.tls_profiles(i);
    const std::string field = absl::StrCat("tls_profiles[", i, "]");
    reader->ExpectName(field + ".name", profile.name());
    reader->Expect(names.insert(profile.name()).second, field + ".name", Quoted(profile.name()),
                   "each profile once");
    reader->Expect(IsHostName(profile.fqdn()), field + ".fqdn", Quoted(profile.fqdn()),
                   "the name that this SBC is registered with, such as \"sbc1.example.com\"");
    TlsIdentity files;
    const bool is_anonymous =
        profile.tls().certificate_file().empty() && profile.tls().private_key_file().empty();
    if (is_anonymous ? !ReadAuthority(profile.tls(), field + ".tls", reader, &files)
                     : !ReadTlsFiles(profile.tls(), field + ".tls", reader, &files)) {
      continue;
    }
    settings->tls_profiles.push_back({.name = profile.name(),
                                      .certificate_file = files.certificate_file,
                                      .private_key_file = files.private_key_file,
                                      .authority_file = files.authority_file,
                                      .fqdn = profile.fqdn()});
    reader->ExpectOk(field + ".tls", TlsContext::Load(settings->tls_profiles.back()).status());
  }
}

}  // namespace

absl::StatusOr<AgentSettings> ReadConfig(const std::string& path) {
  v1::AgentConfig config;
  ConfigReader reader(path);
  if (!reader.Parse(&config)) return reader.status();

  AgentSettings settings;
  ReadDetectors(config, &reader, &settings);
  ReadIdentityTowardsDetectors(config, &reader, &settings);
  ReadProfiles(config, &reader, &settings);
  settings.http_address = config.http().address();
  if (!settings.http_address.empty()) {
    reader.ExpectIpAndPort("http.address", settings.http_address);
  }
  if (config.spool_results() != 0) {
    settings.spool_results = config.spool_results();
    reader.Expect(settings.spool_results >= AgentSettings::kSmallestSpool &&
                      settings.spool_results <= AgentSettings::kLargestSpool,
                  "spool_results", absl::StrCat(config.spool_results()), "1,000 to 1,000,000");
  }
  settings.probe_source_address = config.probe_source_address();
  reader.Expect(settings.probe_source_address.empty() || IsIpLiteral(settings.probe_source_address),
                "probe_source_address", Quoted(settings.probe_source_address),
                "an IPv4 or IPv6 literal");
  RETURN_IF_ERROR(reader.status());
  return settings;
}

}  // namespace dialtone::agents
