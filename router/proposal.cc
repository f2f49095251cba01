#include "router/proposal.h"

namespace dialtone::router {

absl::string_view ToString(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAccepted:
      return "accepted";
    case Verdict::kRepeated:
      return "repeated";
    case Verdict::kOlder:
      return "older";
    case Verdict::kConflicting:
      return "conflicting";
    case Verdict::kShrunk:
      return "shrunk";
    case Verdict::kInvalid:
      return "invalid";
    case Verdict::kTooMany:
      return "too_many";
    case Verdict::kNotPermitted:
      return "not_permitted";
    case Verdict::kNotStored:
      return "not_stored";
    case Verdict::kBusy:
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
