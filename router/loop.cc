#include "router/loop.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"

#include "base/log.h"

namespace dialtone::router {
namespace {

// One line for each group that moves: what an engineer greps for at 3 a.m.
void LogChanged(const std::vector<GroupWish>& changed, const std::string& caller, Version version) {
  for (const GroupWish& wish : changed) {
    std::string shares;
    for (const Share& share : wish.shares) {
      absl::StrAppend(&shares, shares.empty() ? "" : ",", share.route, ":", share.percent);
    }
    LogInfo("route_wanted", {{"group", wish.group},
                             {"shares", shares},
                             {"origin", ToString(wish.origin)},
                             {"caller", caller},
                             {"epoch", version.epoch},
                             {"generation", version.generation},
                             {"reason", wish.reason}});
  }
}

}  // namespace

Loop::Loop(RouteTable* table, const Clock& clock, LoopMailbox* mailbox, WishTaker* reconciler,
           RouterMetrics* metrics, Save save)
    : table_(*table),
      clock_(clock),
      mailbox_(*mailbox),
      reconciler_(*reconciler),
      metrics_(*metrics),
      save_(std::move(save)) {}

void Loop::Run() {
  TellReconciler();
  for (;;) {
    std::optional<Message> message = mailbox_.Take(NextWake() - clock_.TimeNow());
    if (!message.has_value() && mailbox_.drained()) return;
    const absl::Time now = clock_.TimeNow();
    if (message.has_value()) {
      Handle(*std::move(message), now);
    } else {
      table_.Advance(now);
    }
    TellReconciler();
    metrics_.Show(table_);
    if (changed_ || now >= shown_ + kShowAtLeastEvery) TellWatchers(now);
  }
}

absl::Time Loop::NextWake() const {
  const absl::Time show = watchers_.empty() ? absl::InfiniteFuture() : shown_ + kShowAtLeastEvery;
  return std::min(table_.NextWake(), show);
}

void Loop::Handle(Message message, absl::Time now) {
  if (auto* propose = std::get_if<Propose>(&message)) return OnPropose(std::move(*propose), now);
  if (auto* renew = std::get_if<Renew>(&message)) return OnRenew(std::move(*renew), now);
  if (auto* watch = std::get_if<Watch>(&message)) return OnWatch(std::move(*watch), now);
  if (auto* report = std::get_if<VoiceLayerReport>(&message)) {
    return OnReport(std::move(*report), now);
  }
  table_.Advance(now);
  std::get<Question>(message).reply({table_, voice_layer_, now});
}

void Loop::OnPropose(Propose message, absl::Time now) {
  const Version version = message.proposal.version;
  Answer answer{Judge(&message, now), table_.hop_states().refused()};
  metrics_.Judged(answer.judgement.result);
  if (answer.judgement.accepted()) {
    changed_ = true;
  } else {
    LogWarning("proposal_refused", {{"caller", message.caller},
                                    {"epoch", version.epoch},
                                    {"generation", version.generation},
                                    {"result", ToString(answer.judgement.result)},
                                    {"reason", answer.judgement.reason}});
  }
  message.reply(answer);
}

Judgement Loop::Judge(Propose* message, absl::Time now) {
  Judgement judgement = table_.Judge(message->proposal, message->writer);
  if (!judgement.accepted()) return judgement;
  const std::vector<GroupWish> changed = table_.Changed(message->proposal);
  const Version version = message->proposal.version;
  if (judgement.result == ProposalResult::kAccepted) {
    const absl::Status saved = save_(version, changed);
    if (!saved.ok()) return {ProposalResult::kNotStored, std::string(saved.message())};
    LogChanged(changed, message->caller, version);
  }
  table_.Accept(std::move(message->proposal), now);
  return judgement;
}

void Loop::OnRenew(Renew message, absl::Time now) {
  const Version accepted = table_.version();
  Answer answer;
  if (!table_.Renew(message.version, now)) {
    answer.judgement = {
        ProposalResult::kOlder,
        absl::StrCat("given (epoch ", message.version.epoch, ", generation ",
                     message.version.generation, "), expected the last accepted, (epoch ",
                     accepted.epoch, ", generation ", accepted.generation,
                     "), set since this router started")};
  }
  answer.refused = table_.hop_states().refused();
  message.reply(answer);
}

// What lasts is logged once.
void Loop::LogReport(const VoiceLayerReport& report) {
  if (report.restarts != voice_layer_.restarts) LogWarning("voice_layer_restarted");
  if (report.error == error_) return;
  error_ = report.error;
  if (error_.empty()) {
    LogInfo("voice_layer_good");
  } else {
    LogError(report.up ? "voice_layer_error" : "voice_layer_lost", {{"reason", error_}});
  }
}

void Loop::OnReport(VoiceLayerReport report, absl::Time now) {
  LogReport(report);
  const bool same = report.up == voice_layer_.up && report.restarts == voice_layer_.restarts &&
                    report.hop_states == voice_layer_.hop_states;
  voice_layer_ = {report.up, report.restarts, std::move(report.hop_states)};
  metrics_.Show(voice_layer_);

  const std::vector<HopCalls> calls_before = table_.calls().All();
  const uint64_t confirmed_before = table_.confirmed_serial();
  if (!report.up) {
    table_.LostCalls(now);
  } else if (report.look) {
    table_.ObserveCalls(std::move(report.look->counters), now);
    metrics_.Count(table_.calls().All());
  }
  for (const absl::Duration took : table_.Confirm(report.readings, now)) metrics_.Confirmed(took);
  table_.Advance(now);
  if (report.full_reading != 0) full_reading_ = report.full_reading;
  changed_ = changed_ || !same || table_.confirmed_serial() != confirmed_before ||
             table_.calls().All() != calls_before;
}

void Loop::OnWatch(Watch message, absl::Time now) {
  std::erase_if(watchers_, [](const auto& watcher) { return watcher.expired(); });
  table_.Advance(now);
  const std::shared_ptr<Watcher> watcher = message.watcher.lock();
  if (watcher == nullptr) return;
  if (watchers_.size() >= kMaxWatchers) {
    return watcher->End(absl::ResourceExhaustedError(
        absl::StrCat("expected at most ", kMaxWatchers, " watchers of this router")));
  }
  watchers_.push_back(std::move(message.watcher));
  changed_ = true;
}

void Loop::TellReconciler() {
  VoiceLayerWish wish = told_;
  if (told_.plans == nullptr || told_.serial != table_.plans_serial()) {
    wish.plans = std::make_shared<const std::vector<GroupPlan>>(table_.Plans());
    wish.serial = table_.plans_serial();
  }
  if (table_.hop_states().known()) wish.hop_states = table_.hop_states().in_force();
  wish.full_reading = full_reading_;
  if (wish == told_) return;
  if (wish.hop_states != told_.hop_states) changed_ = true;
  told_ = wish;
  reconciler_.Want(std::move(wish));
}

void Loop::TellWatchers(absl::Time now) {
  changed_ = false;
  shown_ = now;
  std::erase_if(watchers_, [&](const std::weak_ptr<Watcher>& watcher) {
    const std::shared_ptr<Watcher> alive = watcher.lock();
    if (alive != nullptr) alive->Show({table_, voice_layer_, now});
    return alive == nullptr;
  });
}

}  // namespace dialtone::router
