#include "detector/config.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/config_reader.h"
#include "base/ip_and_port.h"
#include "base/status.h"
#include "detector/fleet_codec.h"
#include "detector/policy_codec.h"
#include "dialtone/v1/config.pb.h"

namespace dialtone::detector {
namespace {

TlsIdentity DecodeTls(ConfigReader* reader, absl::string_view field, const v1::TlsFiles& tls) {
  reader->ExpectReadableFile(absl::StrCat(field, ".certificate_file"), tls.certificate_file());
  reader->ExpectReadableFile(absl::StrCat(field, ".private_key_file"), tls.private_key_file());
  reader->ExpectReadableFile(absl::StrCat(field, ".authority_file"), tls.authority_file());
  return {.certificate_file = reader->Resolve(tls.certificate_file()),
          .private_key_file = reader->Resolve(tls.private_key_file()),
          .authority_file = reader->Resolve(tls.authority_file())};
}

void DecodeListeners(ConfigReader* reader, const v1::DetectorConfig& config,
                     DetectorSettings* settings) {
  reader->ExpectIpAndPort("grpc.address", config.grpc().address());
  settings->grpc_address = config.grpc().address();
  if (config.grpc().insecure_loopback()) {
    const std::optional<IpAndPort> address = ParseIpAndPort(config.grpc().address());
    reader->Expect(!address.has_value() || address->loopback(), "grpc.address",
                   absl::StrCat("\"", config.grpc().address(), "\""),
                   "a loopback address, because insecure_loopback is set");
    reader->Expect(!config.grpc().has_tls(), "grpc.tls", "certificates and insecure_loopback",
                   "one of them");
  } else {
    settings->grpc_identity = DecodeTls(reader, "grpc.tls", config.grpc().tls());
  }
  if (!config.http().address().empty()) {
    reader->ExpectIpAndPort("http.address", config.http().address());
    settings->http_address = config.http().address();
  }
}

void DecodeRouters(ConfigReader* reader, const v1::DetectorConfig& config,
                   DetectorSettings* settings) {
  const bool plaintext = config.grpc().insecure_loopback() && !config.has_router_tls();
  if (!plaintext && config.voice_layers_size() > 0) {
    settings->router_identity = DecodeTls(reader, "router_tls", config.router_tls());
  }
  for (int i = 0; i < config.voice_layers_size(); ++i) {
    const v1::VoiceLayerConfig& voice_layer = config.voice_layers(i);
    const std::string field = absl::StrCat("voice_layers[", i, "].router");
    const std::string& address = voice_layer.router().address();
    const size_t colon = address.rfind(':');
    reader->Expect(colon != std::string::npos && colon > 0 && colon + 1 < address.size(),
                   absl::StrCat(field, ".address"), absl::StrCat("\"", address, "\""),
                   "\"HOST:PORT\"");
    std::string identity = voice_layer.router().identity();
    if (identity.empty()) identity = absl::StrCat("router/", voice_layer.name());
    reader->Expect(absl::StartsWith(identity, "router/") && identity.size() > 7,
                   absl::StrCat(field, ".identity"), absl::StrCat("\"", identity, "\""),
                   "\"router/NAME\"");
    settings->routers.push_back({.address = address, .identity = std::move(identity)});
  }
}

void DecodeRecording(ConfigReader* reader, const v1::RecordingConfig& recording,
                     DetectorSettings* settings) {
  constexpr std::uint32_t kMostMebibytes = 4'096;
  constexpr std::uint32_t kMostFiles = 1'000;
  reader->ExpectSet("recording.directory", recording.directory());
  reader->Expect(recording.mebibytes_per_file() <= kMostMebibytes, "recording.mebibytes_per_file",
                 absl::StrCat(recording.mebibytes_per_file()),
                 absl::StrCat("1 to ", kMostMebibytes, ", or 0 for 64"));
  reader->Expect(recording.files() <= kMostFiles, "recording.files",
                 absl::StrCat(recording.files()),
                 absl::StrCat("1 to ", kMostFiles, ", or 0 for 8"));
  RecordingSettings decoded{.directory = reader->Resolve(recording.directory())};
  if (recording.mebibytes_per_file() != 0) {
    decoded.bytes_per_file = std::int64_t{recording.mebibytes_per_file()} << 20;
  }
  if (recording.files() != 0) decoded.files = static_cast<int>(recording.files());
  settings->recording = std::move(decoded);
}

}  // namespace

absl::StatusOr<DetectorSettings> ReadConfig(const std::string& path) {
  v1::DetectorConfig config;
  ConfigReader reader(path);
  if (!reader.Parse(&config)) return reader.status();

  DetectorSettings settings;
  DecodeListeners(&reader, config, &settings);
  DecodeRouters(&reader, config, &settings);
  reader.ExpectSet("state_directory", config.state_directory());
  settings.state_directory = reader.Resolve(config.state_directory());
  if (config.has_recording()) DecodeRecording(&reader, config.recording(), &settings);
  settings.config_text = reader.text();
  reader.ExpectReadableFile("policy_file", config.policy_file());

  // The policy has errors of its own, in its own file; both lists are shown.
  absl::Status policy_status;
  if (absl::StatusOr<Policy> policy =
          ReadPolicy(reader.Resolve(config.policy_file()), &settings.policy_text);
      policy.ok()) {
    settings.policy = *std::move(policy);
  } else if (!config.policy_file().empty()) {
    policy_status = policy.status();
  }
  settings.fleet = DecodeFleet(&reader, config, settings.policy);

  if (reader.status().ok()) RETURN_IF_ERROR(policy_status);
  if (policy_status.ok()) RETURN_IF_ERROR(reader.status());
  if (!policy_status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(reader.status().message(), "\n", policy_status.message()));
  }
  return settings;
}

absl::StatusOr<FleetAndPolicy> ReadFleetAndPolicy(const std::string& config_path,
                                                  const std::string& policy_path) {
  v1::DetectorConfig config;
  ConfigReader reader(config_path);
  if (!reader.Parse(&config)) return reader.status();
  std::string policy_file = policy_path;
  if (policy_file.empty()) {
    reader.ExpectReadableFile("policy_file", config.policy_file());
    RETURN_IF_ERROR(reader.status());
    policy_file = reader.Resolve(config.policy_file());
  }
  FleetAndPolicy settings;
  ASSIGN_OR_RETURN(settings.policy, ReadPolicy(policy_file));
  settings.fleet = DecodeFleet(&reader, config, settings.policy);
  RETURN_IF_ERROR(reader.status());
  return settings;
}

absl::StatusOr<FleetAndPolicy> ReadRecordedSettings(const std::string& label,
                                                    const std::string& config_text,
                                                    const std::string& policy_text) {
  FleetAndPolicy settings;
  ASSIGN_OR_RETURN(settings.policy, ParsePolicy(absl::StrCat(label, " (policy)"), policy_text));
  v1::DetectorConfig config;
  ConfigReader reader(absl::StrCat(label, " (configuration)"));
  if (!reader.ParseText(config_text, &config)) return reader.status();
  settings.fleet = DecodeFleet(&reader, config, settings.policy);
  RETURN_IF_ERROR(reader.status());
  return settings;
}

}  // namespace dialtone::detector
