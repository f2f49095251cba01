// Status and Explain of operator_codec.h: the view as operators see it.
#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"

#include "detector/enum_codec.h"
#include "detector/operator_codec.h"
#include "detector/route_codec.h"
#include "detector/time_codec.h"

namespace dialtone::detector {
namespace {

std::string SiteName(const Fleet& fleet, SiteIndex site) {
  return site == kNone ? "" : fleet.sites[static_cast<size_t>(site)].name;
}

std::string TargetName(const Fleet& fleet, TargetIndex target) {
  return target == kNone ? "" : fleet.targets[static_cast<size_t>(target)].name;
}

std::string VoiceLayerName(const Fleet& fleet, VoiceLayerIndex voice_layer) {
  return voice_layer == kNone ? "" : fleet.voice_layers[static_cast<size_t>(voice_layer)].name;
}

bool IsFinite(absl::Time time) {
  return time > absl::InfinitePast() && time < absl::InfiniteFuture();
}

v1::PathStatus EncodePath(const Fleet& fleet, const PathView& path) {
  v1::PathStatus message;
  message.set_target(TargetName(fleet, path.target));
  message.set_health(ToProto(path.health));
  if (path.age.has_value()) *message.mutable_last_result_age() = ToProto(*path.age);
  if (path.round_trip.has_value()) *message.mutable_round_trip() = ToProto(*path.round_trip);
  message.set_detail(path.detail);
  message.set_baseline(path.baseline);
  return message;
}

v1::RouterStatus EncodeRouter(const Fleet& fleet, const RouterView& view) {
  v1::RouterStatus message;
  message.set_voice_layer(VoiceLayerName(fleet, view.voice_layer));
  message.set_up(view.up);
  message.set_epoch(view.epoch);
  message.set_generation(view.generation);
  message.set_out_of_sync(static_cast<std::uint32_t>(std::max(view.out_of_sync, 0)));
  message.set_voice_layer_up(view.voice_layer_up);
  message.set_voice_layer_restarts(view.voice_layer_restarts);
  message.set_error(view.error);
  return message;
}

v1::HopStatus EncodeHop(const Fleet& fleet, const HopView& view) {
  v1::HopStatus message;
  message.set_voice_layer(VoiceLayerName(fleet, view.voice_layer));
  message.set_hop(view.hop);
  message.set_wanted(ToProto(view.wanted));
  message.set_confirmed(ToProto(view.confirmed));
  message.set_reason(view.reason);
  return message;
}

bool Hits(const Diagnosis& diagnosis, SiteIndex site) {
  return std::find(diagnosis.sites.begin(), diagnosis.sites.end(), site) != diagnosis.sites.end();
}

// The index of the thing called `name` in `things`, or kNone.
template <typename Things>
int IndexOf(const Things& things, const std::string& name) {
  const auto found = std::find_if(things.begin(), things.end(),
                                  [&](const auto& thing) { return thing.name == name; });
  return found == things.end() ? kNone : static_cast<int>(found - things.begin());
}

// What a question is about.
struct Subject {
  bool everything = false;
  SiteIndex site = kNone;
  SiteIndex vantage = kNone;  // of the group's voice layer
  std::vector<std::string> groups = {};
  std::uint64_t diagnosis = 0;

  bool Concerns(const Diagnosis& candidate) const {
    if (everything) return true;
    if (diagnosis != 0) return candidate.id == diagnosis;
    return Hits(candidate, site) || (vantage != kNone && Hits(candidate, vantage));
  }
  bool Concerns(const DecisionView& decision) const {
    if (everything || diagnosis != 0) return true;
    return std::any_of(decision.groups.begin(), decision.groups.end(), [&](const auto& group) {
      return std::find(groups.begin(), groups.end(), group) != groups.end();
    });
  }
};

absl::StatusOr<Subject> FindSubject(const Fleet& fleet, const View& view,
                                    const v1::ExplainRequest& request) {
  Subject subject;
  switch (request.subject_case()) {
    case v1::ExplainRequest::kSite: {
      subject.site = IndexOf(fleet.sites, request.site());
      if (subject.site == kNone) {
        return absl::NotFoundError(absl::StrCat("no site is called \"", request.site(), "\""));
      }
      for (const Group& group : fleet.groups) {
        if (group.site == subject.site) subject.groups.push_back(group.name);
      }
      return subject;
    }
    case v1::ExplainRequest::kGroup: {
      const GroupIndex index = IndexOf(fleet.groups, request.group());
      if (index == kNone) {
        return absl::NotFoundError(absl::StrCat("no group is called \"", request.group(), "\""));
      }
      const Group& group = fleet.groups[static_cast<size_t>(index)];
      subject.site = group.site;
      subject.vantage = fleet.voice_layers[static_cast<size_t>(group.voice_layer)].vantage;
      subject.groups.push_back(group.name);
      return subject;
    }
    case v1::ExplainRequest::kDiagnosis: {
      subject.diagnosis = request.diagnosis();
      const auto is_it = [&](const Diagnosis& diagnosis) {
        return diagnosis.id == subject.diagnosis;
      };
      if (subject.diagnosis == 0 ||
          (std::none_of(view.diagnoses.begin(), view.diagnoses.end(), is_it) &&
           std::none_of(view.past_diagnoses.begin(), view.past_diagnoses.end(), is_it))) {
        return absl::NotFoundError(absl::StrCat("no diagnosis ", request.diagnosis(),
                                                " is in force or ended within the last hour"));
      }
      return subject;
    }
    case v1::ExplainRequest::SUBJECT_NOT_SET:
      break;
  }
  subject.everything = true;
  return subject;
}

}  // namespace

v1::SiteStatus EncodeSite(const Fleet& fleet, const SiteView& view) {
  const Site& site = fleet.sites[static_cast<size_t>(view.site)];
  v1::SiteStatus message;
  message.set_site(site.name);
  message.set_region(site.region);
  message.set_isp(site.isp);
  message.set_is_vantage(site.is_vantage);
  message.set_connected(view.connected);
  if (view.last_batch_age.has_value()) {
    *message.mutable_last_report_age() = ToProto(*view.last_batch_age);
  }
  message.set_is_mute(view.is_mute);
  message.set_health(ToProto(view.health));
  for (const PathView& path : view.paths) *message.add_paths() = EncodePath(fleet, path);
  message.set_agent_version(view.agent_version);
  message.set_clock_steps(view.clock_steps);
  if (view.last_clock_step.has_value()) {
    *message.mutable_last_clock_step() = ToProto(*view.last_clock_step);
  }
  if (view.last_clock_step_age.has_value()) {
    *message.mutable_last_clock_step_age() = ToProto(*view.last_clock_step_age);
  }
  return message;
}

v1::OperatorGroupStatus EncodeGroup(const Fleet& fleet, const GroupView& view) {
  const Group& group = fleet.groups[static_cast<size_t>(view.group)];
  v1::OperatorGroupStatus message;
  message.set_group(group.name);
  message.set_site(SiteName(fleet, group.site));
  message.set_voice_layer(VoiceLayerName(fleet, group.voice_layer));
  message.set_numbers(view.numbers);
  message.set_home_route(view.home_route);
  if (view.wanted.has_value()) *message.mutable_wanted() = EncodeGroupRoute(*view.wanted);
  for (const Share& share : view.confirmed) *message.add_confirmed() = EncodeShare(share);
  message.set_in_sync(view.in_sync);
  message.set_backup_proof(view.backup_proof);
  message.set_error(view.error);
  message.set_blocked_by(view.blocked_by);
  return message;
}

v1::Diagnosis EncodeDiagnosis(const Fleet& fleet, const Diagnosis& diagnosis) {
  v1::Diagnosis message;
  message.set_id(diagnosis.id);
  message.set_state(ToProto(diagnosis.state));
  message.set_domain(ToProto(diagnosis.domain));
  message.set_hub(TargetName(fleet, diagnosis.hub));
  message.set_scope(ToProto(diagnosis.scope));
  message.set_scope_name(diagnosis.scope_name);
  for (const SiteIndex site : diagnosis.sites) message.add_sites(SiteName(fleet, site));
  message.set_score(diagnosis.score);
  for (const Evidence& evidence : diagnosis.evidence) {
    v1::Evidence* entry = message.add_evidence();
    entry->set_site(SiteName(fleet, evidence.site));
    entry->set_target(TargetName(fleet, evidence.target));
    entry->set_bad(static_cast<std::uint32_t>(std::max(evidence.bad, 0)));
    entry->set_probes(static_cast<std::uint32_t>(std::max(evidence.probes, 0)));
    entry->set_detail(evidence.detail);
    entry->set_is_witness(evidence.is_witness);
  }
  for (const RunnerUp& runner_up : diagnosis.runners_up) {
    v1::RunnerUp* entry = message.add_runners_up();
    entry->set_domain(ToProto(runner_up.domain));
    entry->set_hub(TargetName(fleet, runner_up.hub));
    entry->set_scope(ToProto(runner_up.scope));
    entry->set_score(runner_up.score);
    entry->set_why(runner_up.why);
  }
  message.set_sentence(diagnosis.sentence);
  if (IsFinite(diagnosis.onset)) *message.mutable_onset_time() = ToProto(diagnosis.onset);
  if (IsFinite(diagnosis.suspected)) {
    *message.mutable_suspected_time() = ToProto(diagnosis.suspected);
  }
  if (IsFinite(diagnosis.confirmed)) {
    *message.mutable_confirmed_time() = ToProto(diagnosis.confirmed);
  }
  if (IsFinite(diagnosis.ended)) *message.mutable_ended_time() = ToProto(diagnosis.ended);
  return message;
}

v1::StatusResponse EncodeStatus(const Fleet& fleet, const View& view, const Presence& presence) {
  v1::StatusResponse response;
  response.set_mode(view.may_act ? v1::MODE_AUTO : v1::MODE_OBSERVE);
  response.set_frozen(view.frozen);
  response.set_frozen_reason(view.frozen_reason);
  for (const Diagnosis& diagnosis : view.diagnoses) {
    *response.add_diagnoses() = EncodeDiagnosis(fleet, diagnosis);
  }
  for (const SiteView& site : view.sites) *response.add_sites() = EncodeSite(fleet, site);
  for (const GroupView& group : view.groups) *response.add_groups() = EncodeGroup(fleet, group);
  for (const RouterView& router : view.routers) {
    *response.add_routers() = EncodeRouter(fleet, router);
  }
  for (const HopView& hop : view.hops) *response.add_hops() = EncodeHop(fleet, hop);
  for (const Hold& hold : view.holds) *response.add_holds() = EncodeHold(hold);
  for (const std::string& error : view.errors) response.add_errors(error);
  if (!presence.journal_error.empty()) {
    response.add_errors(absl::StrCat("no route changes until the journal can be written: ",
                                     presence.journal_error));
  }
  response.set_epoch(presence.epoch);
  response.set_generation(view.generation);
  response.set_detector_version(DIALTONE_VERSION);
  *response.mutable_time() = ToProto(presence.now);
  response.set_all_healthy(view.all_healthy && presence.journal_error.empty());
  return response;
}

absl::StatusOr<v1::ExplainResponse> Explain(const Fleet& fleet, const View& view,
                                            const v1::ExplainRequest& request) {
  const absl::StatusOr<Subject> subject = FindSubject(fleet, view, request);
  if (!subject.ok()) return subject.status();
  v1::ExplainResponse response;
  bool wrong = false;
  for (const std::vector<Diagnosis>* diagnoses : {&view.diagnoses, &view.past_diagnoses}) {
    for (const Diagnosis& diagnosis : *diagnoses) {
      if (!subject->Concerns(diagnosis)) continue;
      *response.add_diagnoses() = EncodeDiagnosis(fleet, diagnosis);
      wrong |= diagnoses == &view.diagnoses;
    }
  }
  for (const DecisionView& decision : view.decisions) {
    if (subject->Concerns(decision)) response.add_decisions(decision.sentence);
  }
  for (const std::string& step : view.next_steps) response.add_next_steps(step);
  if (!wrong) {
    response.set_summary(subject->everything && !view.all_healthy
                             ? "no diagnosis is in force; see the errors and sites of status"
                             : "nothing is wrong here: no diagnosis is in force");
  }
  return response;
}

}  // namespace dialtone::detector
