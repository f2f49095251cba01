#include "router/render.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "router/kamailio/plan_file.h"
#include "router/kamailio/site_file.h"
#include "router/route_table.h"

#include <sys/stat.h>

namespace dialtone::router {
namespace {

absl::Status Failed(const std::string& path, absl::string_view what) {
  return absl::UnavailableError(absl::StrCat(path, ": ", what, ": ", strerror(errno)));
}

absl::Status WriteAll(int file, const std::string& text) {
  size_t written = 0;
  while (written < text.size()) {
    const ssize_t size = write(file, text.data() + written, text.size() - written);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return absl::UnavailableError("write");
    written += static_cast<size_t>(size);
  }
  return fsync(file) == 0 ? absl::OkStatus() : absl::UnavailableError("fsync");
}

}  // namespace

absl::Status ReplaceFile(const std::string& path, const std::string& text) {
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  const std::string fresh = path + ".new";
  // Kamailio may run as another user; nothing in these files is secret.
  const int file = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return Failed(fresh, "cannot be made");
  const absl::Status written = WriteAll(file, text);
  const int error = errno;
  close(file);
  errno = error;
  if (!written.ok()) return Failed(fresh, written.message());
  if (rename(fresh.c_str(), path.c_str()) != 0) return Failed(path, "cannot be replaced");
  return absl::OkStatus();
}

absl::Status Render(const RouterSettings& settings, absl::Time now) {
  const Topology& topology = settings.topology;
  RETURN_IF_ERROR(ReplaceFile(topology.files.site_file, RenderSiteFile(topology)));
  RETURN_IF_ERROR(ReplaceFile(topology.files.address_file, RenderAddressFile(topology)));
  ASSIGN_OR_RETURN(std::unique_ptr<PlanFile> plan_file,
                   PlanFile::Open(topology.files.plan_file, now));
  ASSIGN_OR_RETURN(const std::vector<PlanReading> readings, plan_file->ReadPlans());
  RouteTable table(topology, settings.inventory, 0);
  for (const PlanReading& reading : readings) table.Keep(reading);
  RETURN_IF_ERROR(plan_file->WritePlans(table.Plans()));
  return plan_file->WriteNumbers(settings.inventory);
}

}  // namespace dialtone::router
