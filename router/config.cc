#include "router/config.h"

#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "base/config_reader.h"
#include "base/ip_and_port.h"
#include "base/status.h"
#include "dialtone/v1/config.pb.h"
#include "router/topology_codec.h"

namespace dialtone::router {
namespace {

// The certificate must be that of this voice layer's router: the detector expects no other.
void CheckIdentity(ConfigReader* reader, const TlsIdentity& files, const std::string& voice_layer) {
  const absl::StatusOr<OwnIdentity> own = ReadIdentity(files);
  reader->ExpectOk("grpc.tls", own.status());
  if (!own.ok()) return;
  reader->Expect(own->id.role == "router" && own->id.name == voice_layer,
                 "grpc.tls.certificate_file",
                 absl::StrCat("a certificate of ", own->id.role, "/", own->id.name),
                 absl::StrCat("one of router/", voice_layer));
}

void DecodeListeners(ConfigReader* reader, const v1::RouterConfig& config,
                     RouterSettings* settings) {
  const v1::GrpcListener& grpc = config.grpc();
  reader->ExpectIpAndPort("grpc.address", grpc.address());
  settings->grpc_address = grpc.address();
  if (grpc.insecure_loopback()) {
    const std::optional<IpAndPort> address = ParseIpAndPort(grpc.address());
    reader->Expect(!address || address->loopback(), "grpc.address",
                   absl::StrCat("\"", grpc.address(), "\""),
                   "a loopback address, because insecure_loopback is set");
    reader->Expect(!grpc.has_tls(), "grpc.tls", "certificates and insecure_loopback",
                   "one of them");
  } else {
    const size_t errors = reader->errors().size();
    reader->ExpectReadableFile("grpc.tls.certificate_file", grpc.tls().certificate_file());
    reader->ExpectReadableFile("grpc.tls.private_key_file", grpc.tls().private_key_file());
    reader->ExpectReadableFile("grpc.tls.authority_file", grpc.tls().authority_file());
    settings->grpc_identity = {.certificate_file = reader->Resolve(grpc.tls().certificate_file()),
                               .private_key_file = reader->Resolve(grpc.tls().private_key_file()),
                               .authority_file = reader->Resolve(grpc.tls().authority_file())};
    if (reader->errors().size() == errors) {
      CheckIdentity(reader, *settings->grpc_identity, config.voice_layer());
    }
  }
  if (!config.http().address().empty()) {
    reader->ExpectIpAndPort("http.address", config.http().address());
    settings->http_address = config.http().address();
  }
}

// The inventory has errors of its own, in its own file; both lists are shown.
absl::StatusOr<Inventory> ReadInventory(const std::string& path, const Topology& topology) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (file.bad()) return absl::InvalidArgumentError(absl::StrCat(path, ": cannot be read"));
  std::vector<std::string> groups;
  for (const Group& group : topology.groups) groups.push_back(group.name);
  return Inventory::Parse(text, path, std::move(groups));
}

}  // namespace

absl::StatusOr<RouterSettings> ReadConfig(const std::string& path) {
  v1::RouterConfig config;
  ConfigReader reader(path);
  if (!reader.Parse(&config)) return reader.status();

  RouterSettings settings;
  reader.ExpectName("voice_layer", config.voice_layer());
  DecodeListeners(&reader, config, &settings);
  reader.ExpectSet("state_directory", config.state_directory());
  settings.state_directory = reader.Resolve(config.state_directory());
  settings.groups_per_10s = config.groups_per_10s();
  settings.topology = DecodeTopology(&reader, config);

  reader.ExpectReadableFile("inventory_file", config.inventory_file());
  std::string errors(reader.status().message());
  const std::string inventory_file = reader.Resolve(config.inventory_file());
  if (std::ifstream(inventory_file).good()) {
    absl::StatusOr<Inventory> inventory = ReadInventory(inventory_file, settings.topology);
    if (inventory.ok()) {
      settings.inventory = *std::move(inventory);
    } else {
      absl::StrAppend(&errors, errors.empty() ? "" : "\n", inventory.status().message());
    }
  }
  if (!errors.empty()) return absl::InvalidArgumentError(errors);
  return settings;
}

}  // namespace dialtone::router
