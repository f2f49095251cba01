#include "deploy/lab/tunnel.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>

namespace dialtone::lab {

absl::StatusOr<int> OpenTunnel(const TunnelEnd& end) {
  const std::string there_path = absl::StrCat("/run/netns/", end.network_namespace);
  const int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  const int there = open(there_path.c_str(), O_RDONLY | O_CLOEXEC);
  const absl::Cleanup close_both = [home, there] {
    if (home >= 0) close(home);
    if (there >= 0) close(there);
  };
  if (home < 0) return absl::ErrnoToStatus(errno, "cannot open /proc/self/ns/net");
  if (there < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", there_path));
  if (end.interface.empty() || end.interface.size() >= IFNAMSIZ) {
    return absl::InvalidArgumentError(
        absl::StrCat("given the interface \"", end.interface, "\", expected 1 to 15 characters"));
  }
  if (setns(there, CLONE_NEWNET) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot enter ", end.network_namespace));
  }
  ifreq request = {};
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  std::memcpy(request.ifr_name, end.interface.data(), end.interface.size());
  absl::StatusOr<int> made;
  const int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) {
    made = absl::ErrnoToStatus(errno, "cannot open /dev/net/tun");
  } else if (ioctl(fd, TUNSETIFF, &request) != 0) {
    made = absl::ErrnoToStatus(errno, absl::StrCat("cannot make interface ", end.interface));
    close(fd);
  } else {
    made = fd;
  }
  if (setns(home, CLONE_NEWNET) != 0) return absl::ErrnoToStatus(errno, "cannot come back");
  return made;
}

}  // namespace dialtone::lab
