// How the lab changes a running part of it: one line of words over a Unix datagram socket, one line
// back.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace dialtone::lab {

// A bound datagram socket, for one owner thread that polls fd().
class ControlSocket {
 public:
  // Takes `path`, also when a dead part left it behind. At most 107 characters (sun_path).
  static absl::StatusOr<ControlSocket> Bind(const std::string& path);

  ControlSocket(ControlSocket&& other) noexcept;
  ControlSocket& operator=(ControlSocket&&) = delete;
  ~ControlSocket();

  int fd() const { return fd_; }

  // Answers every line that waits: "ok ..." or "error ...". Never blocks.
  void Serve(
      const std::function<absl::StatusOr<std::string>(absl::string_view line)>& answer) const;

 private:
  ControlSocket(int fd, std::string path);

  int fd_;
  std::string path_;
};

}  // namespace dialtone::lab
