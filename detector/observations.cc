#include "detector/observations.h"

#include <algorithm>
#include <bit>

namespace dialtone::detector {
namespace {

// Probes faster than this are not independent: ten of them in one burst of the line are one
// witness, so they speak only for the hypothesis that any answer refutes.
constexpr absl::Duration kSlowestBurst = absl::Milliseconds(500);
// A packet of a stream is lost when its answer has not come for so long, at least.
constexpr absl::Duration kStreamPatience = absl::Milliseconds(200);

// Whether a domain is about the way to a target: an answer that says no has come that way.
bool IsWay(FaultDomain name) { return Domains::IsNetwork(name) || name == FaultDomain::kMediaPath; }

}  // namespace

Observations::Observations(const Fleet& fleet, const Policy& policy)
    : fleet_(fleet),
      burst_interval_(policy.burst_interval),
      fast_bursts_(policy.burst_interval < kSlowestBurst),
      thresholds_(ThresholdsOf(policy, fleet)),
      domains_(fleet),
      paths_(fleet),
      scopes_(fleet),
      over_since_(static_cast<std::size_t>(paths_.size()), absl::InfinitePast()),
      links_(fleet.sites.size()),
      internet_good_(fleet.sites.size(), absl::InfinitePast()),
      sets_at_(fleet.sites.size() * static_cast<std::size_t>(domains_.sets())),
      alone_at_(static_cast<std::size_t>(paths_.size())),
      highest_(fleet.sites.size(), 0),
      sign_at_(fleet.sites.size(), kNone),
      sets_in_(static_cast<std::size_t>(scopes_.size()) *
               static_cast<std::size_t>(domains_.sets())),
      pooled_highest_(static_cast<std::size_t>(scopes_.size()), 0),
      pooled_up_to_(fleet.sites.size(), Scope::kGlobal),
      saved_(fleet.sites.size(), absl::InfinitePast()) {
  for (TargetIndex target = 0; target < static_cast<int>(fleet.targets.size()); ++target) {
    const Target& what = fleet.targets[static_cast<std::size_t>(target)];
    intervals_.push_back(IntervalOf(what, policy));
    const bool is_shared = what.sites.size() > 1 && what.role != TargetRole::kSiteUplink;
    slot_.push_back(is_shared ? static_cast<int>(slot_target_.size()) : kNone);
    if (is_shared) slot_target_.push_back(target);
  }
  alone_in_.resize(static_cast<std::size_t>(scopes_.size()) * slot_target_.size());
  for (DomainIndex set = 0; set < domains_.sets(); ++set) {
    if (IsWay(domains_[set].name)) way_sets_ |= 1U << set;
    if (!Domains::IsMicrosoft(domains_[set].name)) continue;
    const auto stride = static_cast<std::size_t>(domains_.sets());
    for (auto* const scores : {&sets_at_, &sets_in_}) {
      for (auto at = static_cast<std::size_t>(set); at < scores->size(); at += stride) {
        (*scores)[at] = Score(/*must_show=*/true);
      }
    }
  }
  health_.reserve(static_cast<std::size_t>(paths_.size()));
  for (PathIndex path = 0; path < paths_.size(); ++path) {
    const TargetRole role = fleet.targets[static_cast<std::size_t>(paths_.target(path))].role;
    health_.emplace_back(IsCall(role)    ? PathHealth::kCalls
                         : IsMedia(role) ? PathHealth::kStreams
                                         : PathHealth::kRequests);
  }
}

const PathHealth* Observations::Find(SiteIndex site, TargetIndex target) const {
  const PathIndex path = paths_.Find(site, target);
  return path == kNone ? nullptr : &health_[static_cast<std::size_t>(path)];
}

const Score& Observations::score(SiteIndex site, DomainIndex domain) const {
  static const Score kZero;
  if (domain < domains_.sets()) {
    return sets_at_[static_cast<std::size_t>(site) * static_cast<std::size_t>(domains_.sets()) +
                    static_cast<std::size_t>(domain)];
  }
  const PathIndex path = paths_.Find(site, domains_[domain].alone);
  return path == kNone ? kZero : alone_at_[static_cast<std::size_t>(path)];
}

const Score& Observations::pooled(ScopeIndex scope, DomainIndex domain) const {
  static const Score kZero;
  const auto at = static_cast<std::size_t>(scope);
  if (domain < domains_.sets()) {
    return sets_in_[at * static_cast<std::size_t>(domains_.sets()) +
                    static_cast<std::size_t>(domain)];
  }
  const int slot = slot_[static_cast<std::size_t>(domains_[domain].alone)];
  return slot == kNone ? kZero
                       : alone_in_[at * slot_target_.size() + static_cast<std::size_t>(slot)];
}

std::vector<DomainIndex> Observations::AccusedAt(SiteIndex site) const {
  std::vector<DomainIndex> accused;
  for (DomainIndex set = 0; set < domains_.sets(); ++set) {
    if (score(site, set).best() > 0) accused.push_back(set);
  }
  for (const PathIndex path : paths_.OfSite(site)) {
    if (alone_at_[static_cast<std::size_t>(path)].best() > 0) {
      accused.push_back(domains_.alone(paths_.target(path)));
    }
  }
  return accused;
}

std::vector<DomainIndex> Observations::AccusedIn(ScopeIndex scope) const {
  std::vector<DomainIndex> accused;
  for (DomainIndex set = 0; set < domains_.sets(); ++set) {
    if (pooled(scope, set).best() > 0) accused.push_back(set);
  }
  for (const TargetIndex target : slot_target_) {
    if (pooled(scope, domains_.alone(target)).best() > 0) accused.push_back(domains_.alone(target));
  }
  return accused;
}

// ---- one result

void Observations::OnResult(SiteIndex site, const ProbeResult& result, absl::Time now) {
  const PathIndex path = paths_.Find(site, result.target);
  const Testimony testimony = Testify(result);
  PathHealth& health = health_[static_cast<std::size_t>(path)];

  if (testimony.is_bad() && result.sent < over_since_[static_cast<std::size_t>(path)]) return;
  const Chance chance = ChanceOf(site, path, result, testimony);
  const int configuration_before = health.own_configuration_streak();
  const bool was_bad = health.bad_streak() > 0;
  const absl::Duration own_lag =
      was_bad ? absl::AbsDuration(result.sent - health.last_sent()) : absl::InfiniteDuration();
  const TargetRole role = fleet_.targets[static_cast<std::size_t>(result.target)].role;
  if (IsOffLan(role) && !IsCall(role) && testimony.of_network != Says::kNothing && IsCalm(site)) {
    links_[static_cast<std::size_t>(site)].Learn(testimony.of_network == Says::kBad,
                                                 health.is_stream(), result.sent, own_lag);
  }
  health.OnResult(result, testimony, chance, IsCalm(site));
  if (testimony.is_bad() && !health.is_stream()) health.OnLossKnown(now - result.sent);
  if (health.own_configuration_streak() != configuration_before) NoteOwnConfiguration(path);
  NoteNetwork(site, result, testimony, health, chance.all());
  Weigh(site, path, result, testimony, chance, now);
}

// What the result tells of the site's line.
void Observations::NoteNetwork(SiteIndex site, const ProbeResult& result,
                               const Testimony& testimony, const PathHealth& health,
                               double chance) {
  const TargetRole role = fleet_.targets[static_cast<std::size_t>(result.target)].role;
  Link& link = links_[static_cast<std::size_t>(site)];
  if (testimony.of_network == Says::kBad && IsOffLan(role) && !IsCall(role) &&
      health.bad_streak() < PathHealth::kState) {
    link.OnBad(result.target, result.sent, health.is_stream(), chance);
  }
  if (testimony.of_target == Says::kGood && IsWitness(role)) {
    link.OnWitnessGood(result.sent);
    if (role == TargetRole::kInternetWitness) {
      absl::Time& last = internet_good_[static_cast<std::size_t>(site)];
      last = std::max(last, result.sent);
    }
  }
}

void Observations::NoteOwnConfiguration(PathIndex path) {
  const int run = health_[static_cast<std::size_t>(path)].own_configuration_streak();
  const auto found = std::find(own_configuration_.begin(), own_configuration_.end(), path);
  NoteNews(/*is_bad=*/true);
  if (run == 0 && found != own_configuration_.end()) own_configuration_.erase(found);
  if (run == kOwnConfigurationRun && found == own_configuration_.end()) {
    own_configuration_.push_back(path);
  }
}

bool Observations::IsCalm(SiteIndex site) const {
  if (highest_[static_cast<std::size_t>(site)] >= kSuspicion) return false;
  const absl::Span<const ScopeIndex> scopes = scopes_.OfSite(site);
  return std::none_of(scopes.begin(), scopes.end(),
                      [this](ScopeIndex scope) { return pooled_highest(scope) >= kWideSuspicion; });
}

// ---- evidence

Says Observations::SaysOf(DomainIndex domain, const Testimony& testimony) const {
  const bool is_way = domain < domains_.sets() && (way_sets_ >> domain & 1U) != 0;
  // An answer that says nothing of the target's health (throttled, our own configuration) still
  // says that it is there: while it is all that comes, lone losses must not add up.
  const bool is_there =
      testimony.of_target == Says::kNothing && testimony.of_network == Says::kGood;
  return is_way || is_there ? testimony.of_network : testimony.of_target;
}

Observations::Block Observations::BlockAt(SiteIndex site, PathIndex path) {
  return {
      .sets = &sets_at_[static_cast<std::size_t>(site) * static_cast<std::size_t>(domains_.sets())],
      .alone = &alone_at_[static_cast<std::size_t>(path)],
      .ceiling = static_cast<float>(thresholds_.site + kHeadroom)};
}

Observations::Block Observations::BlockIn(ScopeIndex scope, TargetIndex target) {
  const auto at = static_cast<std::size_t>(scope);
  const int slot = slot_[static_cast<std::size_t>(target)];
  return {.sets = &sets_in_[at * static_cast<std::size_t>(domains_.sets())],
          .alone = slot == kNone
                       ? nullptr
                       : &alone_in_[at * slot_target_.size() + static_cast<std::size_t>(slot)],
          .ceiling = static_cast<float>(thresholds_.wide + kHeadroom)};
}

void Observations::Weigh(SiteIndex site, PathIndex path, const ProbeResult& result,
                         const Testimony& testimony, const Chance& chance, absl::Time now) {
  const TargetRole role = fleet_.targets[static_cast<std::size_t>(result.target)].role;
  if (testimony.of_target == Says::kNothing && testimony.of_network == Says::kNothing) return;
  if (role == TargetRole::kSiteUplink) {  // judged with the silence of its site
    NoteNews(/*is_bad=*/true);
    return;
  }
  // Of a fast burst two probes a second speak for all severities: chosen by when they were sent,
  // for losses are known later than answers.
  const bool is_full = !result.in_burst || !fast_bursts_ ||
                       absl::ToUnixMicros(result.sent) % absl::ToInt64Microseconds(kSlowestBurst) <
                           absl::ToInt64Microseconds(burst_interval_);
  const int severities = is_full ? kWithLossy : 1;
  const bool is_bad = testimony.is_bad();
  // When in its second a stream lost its packets is not known: a fault began at its end at the
  // latest, and before the loss was known.
  const absl::Time began = result.packets_sent > 0
                               ? std::min(result.sent + kStreamLasts, now - kStreamPatience)
                               : result.sent;
  Weights weights(chance);
  const std::uint32_t sets = domains_.SetsOf(result.target, site);
  if (is_bad || HasSigns(site)) {
    const Excess excess =
        WeighIn(BlockAt(site, path), sets, result, testimony, began, severities, &weights);
    SlideAlone(site, result.target, excess);
    NoteSigns(site);
    NoteNews(is_bad);
  }
  for (const ScopeIndex scope : scopes_.OfSite(site)) {
    if (!is_bad && pooled_highest(scope) <= 0) continue;
    if (scopes_[scope].kind > pooled_up_to_[static_cast<std::size_t>(site)]) continue;
    const Excess excess = WeighIn(BlockIn(scope, result.target), sets, result, testimony, began,
                                  severities, &weights);
    SlideAloneIn(scope, result.target, excess);
    NotePooled(scope);
  }
}

Observations::Excess Observations::WeighIn(const Block& block, std::uint32_t sets,
                                           const ProbeResult& result, const Testimony& testimony,
                                           absl::Time began, int severities,
                                           Weights* weights) const {
  float highest = 0;
  DomainIndex best = kNone;
  const TargetIndex other = weights->burst_seen_in();
  const auto add = [&](Score* score, DomainIndex domain) {
    const Says says = SaysOf(domain, testimony);
    if (says == Says::kNothing) return;
    const bool is_bad = says == Says::kBad;
    const bool explains_burst = other != kNone && domains_.Contains(domain, other);
    score->Add(weights->Of(is_bad, explains_burst), severities, is_bad, began);
    if (score->best() <= highest) return;
    highest = score->best();
    best = domain;
  };
  for (std::uint32_t left = sets; left != 0; left &= left - 1) {
    const int set = std::countr_zero(left);
    add(block.sets + set, set);
  }
  if (block.alone != nullptr) add(block.alone, domains_.alone(result.target));
  const float excess = highest - block.ceiling;
  if (excess <= 0) return {};
  for (std::uint32_t left = sets | domains_.SetsOverlapping(best); left != 0; left &= left - 1) {
    block.sets[std::countr_zero(left)].Slide(excess, block.ceiling, severities);
  }
  if (block.alone != nullptr) block.alone->Slide(excess, block.ceiling, severities);
  return {.nats = excess, .best = best, .severities = severities};
}

// Of the other targets that the best explanation spoils, too.
void Observations::SlideAlone(SiteIndex site, TargetIndex but, const Excess& excess) {
  if (excess.nats <= 0 || excess.best >= domains_.sets()) return;
  const auto ceiling = static_cast<float>(thresholds_.site + kHeadroom);
  for (const PathIndex path : paths_.OfSite(site)) {
    const TargetIndex target = paths_.target(path);
    if (target == but || !domains_.Contains(excess.best, target)) continue;
    alone_at_[static_cast<std::size_t>(path)].Slide(excess.nats, ceiling, excess.severities);
  }
}

void Observations::SlideAloneIn(ScopeIndex scope, TargetIndex but, const Excess& excess) {
  if (excess.nats <= 0 || excess.best >= domains_.sets()) return;
  for (const TargetIndex target : slot_target_) {
    if (target == but || !domains_.Contains(excess.best, target)) continue;
    const Block block = BlockIn(scope, target);
    block.alone->Slide(excess.nats, block.ceiling, excess.severities);
  }
}

void Observations::NoteSigns(SiteIndex site) {
  const auto at = static_cast<std::size_t>(site);
  const Score* const sets = &sets_at_[at * static_cast<std::size_t>(domains_.sets())];
  float highest = 0;
  for (DomainIndex set = 0; set < domains_.sets(); ++set) {
    highest = std::max(highest, sets[set].best());
  }
  for (const PathIndex path : paths_.OfSite(site)) {
    highest = std::max(highest, alone_at_[static_cast<std::size_t>(path)].best());
  }
  highest_[at] = highest;
  int& place = sign_at_[at];
  if (highest > 0 && place == kNone) {
    place = static_cast<int>(signs_.size());
    signs_.push_back(site);
  } else if (highest <= 0 && place != kNone) {
    sign_at_[static_cast<std::size_t>(signs_.back())] = place;
    signs_[static_cast<std::size_t>(place)] = signs_.back();
    signs_.pop_back();
    place = kNone;
  }
}

void Observations::NotePooled(ScopeIndex scope) {
  const auto at = static_cast<std::size_t>(scope);
  const Score* const sets = &sets_in_[at * static_cast<std::size_t>(domains_.sets())];
  float highest = 0;
  for (DomainIndex set = 0; set < domains_.sets(); ++set) {
    highest = std::max(highest, sets[set].best());
  }
  // Most targets are in some set whose score is no lower; asked for all only while all are at rest.
  if (highest <= 0) {
    for (std::size_t slot = 0; slot < slot_target_.size(); ++slot) {
      highest = std::max(highest, alone_in_[at * slot_target_.size() + slot].best());
    }
  }
  pooled_highest_[at] = highest;
}

// ---- the end of a fault

void Observations::ExpectRecovery(SiteIndex site, DomainIndex domain) {
  for (const TargetIndex target : domains_[domain].targets) {
    const PathIndex path = paths_.Find(site, target);
    if (path != kNone) health_[static_cast<std::size_t>(path)].ExpectRecovery();
  }
}

void Observations::Clear(SiteIndex site, DomainIndex domain, absl::Time now) {
  const auto forget = [&](TargetIndex target) {
    const PathIndex path = paths_.Find(site, target);
    if (path == kNone) return;
    alone_at_[static_cast<std::size_t>(path)].Clear();
    health_[static_cast<std::size_t>(path)].ForgetUnlearned();
    over_since_[static_cast<std::size_t>(path)] = now;
  };
  for (DomainIndex set = 0; set < domains_.sets(); ++set) {
    if (set != domain && !domains_.Explains(domain, set)) continue;
    sets_at_[static_cast<std::size_t>(site) * static_cast<std::size_t>(domains_.sets()) +
             static_cast<std::size_t>(set)]
        .Clear();
    if (domains_.Overlap(domain, set)) continue;
    for (const TargetIndex target : domains_[set].targets) forget(target);
  }
  for (const TargetIndex target : domains_[domain].targets) forget(target);
  NoteSigns(site);
  NoteNews(/*is_bad=*/true);
}

void Observations::ClearPooled(const std::vector<SiteIndex>& sites, DomainIndex domain) {
  std::vector<bool> is_hit(static_cast<std::size_t>(scopes_.size()), false);
  for (const SiteIndex site : sites) {
    for (const ScopeIndex scope : scopes_.OfSite(site)) {
      is_hit[static_cast<std::size_t>(scope)] = true;
    }
  }
  for (ScopeIndex scope = 0; scope < scopes_.size(); ++scope) {
    if (!is_hit[static_cast<std::size_t>(scope)]) continue;
    for (DomainIndex set = 0; set < domains_.sets(); ++set) {
      if (set != domain && !domains_.Explains(domain, set)) continue;
      BlockIn(scope, slot_target_.empty() ? 0 : slot_target_[0]).sets[set].Clear();
    }
    for (const TargetIndex target : domains_[domain].targets) {
      Score* const alone = BlockIn(scope, target).alone;
      if (alone != nullptr) alone->Clear();
    }
    NotePooled(scope);
  }
  NoteNews(/*is_bad=*/true);
}

}  // namespace dialtone::detector
