// A small company told second by second: three branches, the vantage of one voice layer, three
// hubs, witnesses, a PBX, and a router that does what it is told. Stories break it and look at the
// core.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

#include "detector/core.h"

namespace dialtone::detector {

class Story {
 public:
  static constexpr SiteIndex kLon = 0, kPar = 1, kNyc = 2, kVantage = 3;
  static constexpr TargetIndex kHub1 = 0, kHub2 = 1, kHub3 = 2, kPing = 3, kTcp = 4, kVoice = 5,
                               kPbx = 6, kIspA = 7, kIspB = 8, kLanLon = 9, kUplinkLon = 13;

  // The lab's company and policy.
  static Fleet LabFleet();
  static Policy LabPolicy();
  // Its router, all groups at home.
  static RouterReport LabRouter(const Fleet& fleet);

  // Is given every event that the core is told, and what it caused.
  using Tape = std::function<void(const Event& event, absl::Time now, const Effects& effects)>;

  explicit Story(Policy policy = LabPolicy(), Fleet fleet = LabFleet(), Tape tape = {});

  // ---- the world

  // Results of `target` from `site` become `outcome`, until Heal.
  Story& Break(SiteIndex site, TargetIndex target, Outcome outcome = Outcome::kTimedOut,
               int code = 0);
  Story& BreakHubs(Outcome outcome = Outcome::kTimedOut, int code = 0);
  // Everything off the LAN of the site; its uplink as the others see it.
  Story& CutUplink(SiteIndex site);
  Story& SilenceAgent(SiteIndex site);
  // Somebody sets the wall clock of the site's agent.
  Story& SetClock(SiteIndex site, absl::Duration by);
  Story& Heal();
  Story& LoseRouter();
  Story& FindRouter();

  // ---- time

  // Lets `duration` go by in steps of 50 ms.
  Story& Run(absl::Duration duration);
  // Runs until `holds`, at most `patience`; the time it took, or InfiniteDuration.
  absl::Duration Until(const std::function<bool()>& holds, absl::Duration patience);

  // ---- the detector

  Effects Tell(const Event& event);
  // Ends the detector, and starts the next one; `with_journal` says whether its disk survived.
  Story& Restart(bool with_journal);
  View Look() const { return core_->Look(now_); }
  absl::Time now() const { return now_; }

  // ---- what there is to see

  // The diagnosis in force of that domain, or null.
  const Diagnosis* Find(FaultDomain domain);
  bool Confirmed(FaultDomain domain);
  HopState Hop(const std::string& hop) const;
  std::vector<Share> Route(const std::string& group) const;
  bool IsAllOn(const std::string& group, const std::string& route) const;
  // Names that were ever confirmed.
  const std::set<FaultDomain>& accused() const { return accused_; }
  const std::vector<Occurrence>& told() const { return told_; }
  bool Told(OccurrenceKind kind) const;
  int wishes() const { return wishes_; }
  const RouterReport& router() const { return router_; }
  RouterReport& router() { return router_; }
  OperatorAnswer last_answer;

 private:
  struct Probe {
    SiteIndex site;
    TargetIndex target;
    absl::Time next;
    absl::Time burst_until;
    absl::Duration burst_interval;
  };
  struct Late {
    absl::Time arrives;
    SiteIndex site;
    ProbeResult result;
  };

  void Start();
  void Step();
  void Send(Probe* probe);
  void Carry(const Effects& effects);
  void Report();

  const Tape tape_;
  Policy policy_;
  Fleet fleet_;
  absl::Time now_ = absl::FromUnixSeconds(1'000'000);
  std::unique_ptr<Core> core_;
  std::map<std::string, std::string> journal_;
  absl::Time journal_time_ = absl::InfinitePast();
  std::uint64_t epoch_ = 0;
  std::uint64_t run_ = 1;
  std::vector<Probe> probes_;
  std::vector<Late> late_;
  std::map<SiteIndex, std::uint64_t> sequence_;
  std::map<SiteIndex, absl::Time> last_batch_;
  std::map<std::pair<SiteIndex, TargetIndex>, std::pair<Outcome, int>> broken_;
  std::set<SiteIndex> silent_;
  std::map<SiteIndex, absl::Duration> clock_set_by_;
  RouterReport router_;
  bool router_is_away_ = false;
  absl::Time lease_;
  View view_;
  std::set<FaultDomain> accused_;
  std::vector<Occurrence> told_;
  int wishes_ = 0;
};

inline constexpr absl::Duration kLongerThanAnyPersistence = absl::Seconds(45);

// Whether all calls of every group take `route`.
bool AllMoved(const Story& story, const std::string& route);

}  // namespace dialtone::detector
