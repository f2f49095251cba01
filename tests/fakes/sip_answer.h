// What a SIP hub of a test answers.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace dialtone {

// The answer with `status` ("200 OK") to a request, with more headers ("Retry-After: 3\r\n").
inline std::string SipAnswer(const std::string& request, const std::string& status,
                             const std::string& more_headers = "") {
  std::string answer = absl::StrCat("SIP/2.0 ", status, "\r\n");
  const std::vector<std::string> lines = absl::StrSplit(request, "\r\n");
  for (const std::string& line : lines) {
    if (line.empty()) break;
    for (const char* name : {"Via:", "From:", "To:", "Call-ID:", "CSeq:"}) {
      if (absl::StartsWith(line, name)) absl::StrAppend(&answer, line, "\r\n");
    }
  }
  return absl::StrCat(answer, more_headers, "Content-Length: 0\r\n\r\n");
}

}  // namespace dialtone
