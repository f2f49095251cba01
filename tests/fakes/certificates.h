// Certificates of a test, made by deploy/certificates.sh in a directory that goes away with the
// object.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "gtest/gtest.h"

#include "base/identity.h"

namespace dialtone {

class Certificates {
 public:
  // `arguments` as certificates.sh takes them, for example "agent/lon operator/alice".
  explicit Certificates(const std::string& arguments) {
    char pattern[] = "/tmp/dialtone-certificates-XXXXXX";
    directory_ = mkdtemp(pattern);
    Make(arguments);
  }
  ~Certificates() { std::filesystem::remove_all(directory_); }
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  // Makes more, or renews.
  void Make(const std::string& arguments) {
    const std::string command = DIALTONE_SOURCE_DIR "/deploy/certificates.sh --directory " +
                                directory_ + " " + arguments + " >&2";
    EXPECT_EQ(system(command.c_str()), 0) << command;
  }

  // The files of "ROLE/NAME".
  TlsIdentity Of(const std::string& identity) const {
    std::string stem = directory_ + "/" + identity;
    stem[stem.rfind('/')] = '-';
    return {stem + ".pem", stem + ".key", directory_ + "/ca.pem"};
  }

  const std::string& directory() const { return directory_; }

 private:
  std::string directory_;
};

}  // namespace dialtone
