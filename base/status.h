// Early return on a bad Status, as in the macros of the same names that Google's projects share.
#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Returns the Status of `expression` from the calling function unless it is OK.
#define RETURN_IF_ERROR(expression)                                         \
  do {                                                                      \
    if (absl::Status status_ = (expression); !status_.ok()) return status_; \
  } while (false)

#define DIALTONE_STATUS_CONCAT_INNER(a, b) a##b
#define DIALTONE_STATUS_CONCAT(a, b) DIALTONE_STATUS_CONCAT_INNER(a, b)

// Declares `declaration` from the value of a StatusOr expression, or returns its Status.
#define ASSIGN_OR_RETURN(declaration, expression) \
  DIALTONE_ASSIGN_OR_RETURN(DIALTONE_STATUS_CONCAT(status_or_, __LINE__), declaration, expression)
#define DIALTONE_ASSIGN_OR_RETURN(temporary, declaration, expression) \
  auto temporary = (expression);                                      \
  if (!temporary.ok()) return temporary.status();                     \
  declaration = *std::move(temporary)
