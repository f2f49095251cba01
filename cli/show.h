// Messages of the operator API as text for a person. No I/O: what is returned is printed by the
// verbs.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "cli/screen.h"

#include "dialtone/v1/operator.pb.h"
#include "dialtone/v1/recording.pb.h"

namespace dialtone::cli {

// One screen: what is wrong first, then sites, groups, hops, routers, holds.
std::string ShowStatus(const v1::StatusResponse& status, bool colour);

// One line a site, worst first.
std::string ShowSiteList(const v1::SitesResponse& sites, bool colour);

// Some sites in full: diagnoses, groups and every path of each.
std::string ShowSites(const v1::SitesResponse& sites, bool colour);

// What an order does to each group, if there was one, and the holds in force.
std::string ShowHold(const v1::HoldResponse& response, bool colour);

// The parts of ShowStatus that others show too; empty when there is nothing to show.
std::string ShowGroups(const google::protobuf::RepeatedPtrField<v1::OperatorGroupStatus>& groups,
                       bool colour);
std::string ShowHolds(const google::protobuf::RepeatedPtrField<v1::HoldEntry>& holds, bool colour);
std::string ShowDiagnosisLine(const v1::Diagnosis& diagnosis, bool colour);
// "heard 0.4 s ago", "MUTE for 40 s", "never heard".
Cell AgentCell(const v1::SiteStatus& site);
Cell HealthCell(v1::Health health);

// Sentence, evidence, runner-up hypotheses, decisions, what happens next.
std::string ShowExplanation(const v1::ExplainResponse& explanation, absl::Time now, bool colour);

// What would move, what stays, which guards stand in the way, how to take it back.
std::string ShowPlan(const v1::PlanResponse& plan, bool colour);

// "10:32:05.120 suspected   SENTENCE".
std::string ShowEvent(const v1::Event& event, bool colour);

// What was replayed, and every decision that differs.
std::string ShowReplay(const v1::ReplayReport& report, bool colour);

// "pbx" or "25 % teams, 75 % pbx"; "unknown" when empty.
std::string ShowShares(const google::protobuf::RepeatedPtrField<v1::Share>& shares);

absl::Duration DurationOf(const google::protobuf::Duration& duration);

// The words of the glossary for enum values of the API: "teams-signalling", "global", "suspected".
std::string Word(const std::string& enum_value_name);

}  // namespace dialtone::cli
