#include "router/proposal.h"

namespace dialtone::router {

absl::string_view ToString(ProposalResult result) {
  switch (result) {
    case ProposalResult::kAccepted:
      return "accepted";
    case ProposalResult::kRepeated:
      return "repeated";
    case ProposalResult::kOlder:
      return "older";
    case ProposalResult::kConflicting:
      return "conflicting";
    case ProposalResult::kShrunk:
      return "shrunk";
    case ProposalResult::kInvalid:
      return "invalid";
    case ProposalResult::kTooMany:
      return "too_many";
    case ProposalResult::kNotPermitted:
      return "not_permitted";
    case ProposalResult::kNotStored:
      return "not_stored";
    case ProposalResult::kBusy:
      return "busy";
  }
  return "";
}

absl::string_view ToString(Origin origin) {
  switch (origin) {
    case Origin::kUnset:
      return "unset";
    case Origin::kAuto:
      return "auto";
    case Origin::kOperator:
      return "operator";
    case Origin::kBreakGlass:
      return "break_glass";
  }
  return "";
}

absl::string_view ToString(HopState state) {
  switch (state) {
    case HopState::kUnset:
      return "unset";
    case HopState::kNormal:
      return "normal";
    case HopState::kLastInRoute:
      return "last_in_route";
    case HopState::kAfterBackups:
      return "after_backups";
  }
  return "";
}

}  // namespace dialtone::router
