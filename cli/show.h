// Messages of the operator API as text for a person. No I/O: what is returned is printed by the
// verbs.
#pragma once

#include <string>

#include "absl/time/time.h"

#include "dialtone/v1/operator.pb.h"

namespace dialtone::cli {

// One screen: what is wrong first, then sites, groups, hops, routers, holds.
std::string ShowStatus(const v1::StatusResponse& status, bool colour);

// Sentence, evidence, runner-up hypotheses, decisions, what happens next.
std::string ShowExplanation(const v1::ExplainResponse& explanation, absl::Time now, bool colour);

// What would move, what stays, which guards stand in the way, how to take it back.
std::string ShowPlan(const v1::PlanResponse& plan, bool colour);

// "10:32:05.120 suspected   SENTENCE".
std::string ShowEvent(const v1::Event& event, bool colour);

// "pbx" or "25 % teams, 75 % pbx"; "unknown" when empty.
std::string ShowShares(const google::protobuf::RepeatedPtrField<v1::Share>& shares);

// The words of the glossary for enum values of the API: "teams-signalling", "global", "suspected".
std::string Word(const std::string& enum_value_name);

}  // namespace dialtone::cli
