// The hypotheses of a fleet: which fault domains its targets can tell apart, and what each spoils.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "detector/fleet.h"

namespace dialtone::detector {

// Position in Domains. Sets come first, then one domain per target ("this target alone").
using DomainIndex = int;

// What a confirmed diagnosis of a domain leads to. Two domains with the same remedy are no rivals
// that a decision must tell apart; two with different ones must differ by a margin of evidence.
enum class Remedy {
  kNothing,  // named, shown, alarmed
  kHop,      // reorder, skip
  kMove,     // skip, flip
  kNetwork,  // flip only of groups whose backup avoids the dead line
  kAudio,    // the same, but it is the audio's way alone
  kDisarm,   // never move towards it
};

// One fault domain of this fleet.
struct Domain {
  FaultDomain name = FaultDomain::kUnknown;
  TargetIndex alone = kNone;              // the one target of a single-target domain
  std::vector<TargetIndex> targets = {};  // ascending
  Remedy remedy = Remedy::kNothing;
  bool is_candidate = true;  // false: another domain says the same, or it is no hypothesis
};

// Built once from the fleet. Sets that the targets cannot tell apart are left out: without a media
// relay and a sign-in target, teams-all is teams-signalling.
class Domains {
 public:
  explicit Domains(const Fleet& fleet);

  int size() const { return static_cast<int>(domains_.size()); }
  int sets() const { return sets_; }
  const Domain& operator[](DomainIndex domain) const {
    return domains_[static_cast<std::size_t>(domain)];
  }

  // The single-target domain of `target`.
  DomainIndex alone(TargetIndex target) const { return sets_ + target; }

  // Sets that a result of `target`, seen from `site`, speaks for or against, as bits. A voice layer
  // may stand on the vantage's own LAN, a backup or a resolver wherever the user chose: their
  // answers are no witnesses of the network, although its fault explains their silence.
  std::uint32_t SetsOf(TargetIndex target, SiteIndex site) const { return Seen(target, site).by; }

  bool Contains(DomainIndex domain, TargetIndex target) const;
  bool Overlap(DomainIndex a, DomainIndex b) const;
  // The sets that share targets with a set, itself included, as bits; of a single target: none.
  std::uint32_t SetsOverlapping(DomainIndex domain) const;
  // Whether what `cause` breaks makes the targets of `effect` fail too: they overlap, or they are
  // calls that need what is broken. A call that fails while its way is dead is no fault of its own.
  bool Explains(DomainIndex cause, DomainIndex effect) const;
  // Whether the domain must show in `target` to be believed.
  bool Requires(DomainIndex domain, TargetIndex target, SiteIndex site) const {
    if (domain >= sets_) return domain == alone(target);
    return (Seen(target, site).required_by >> domain & 1U) != 0;
  }

  // The set of that name, or kNone.
  DomainIndex Find(FaultDomain name) const;

  // Whether a domain accuses the site's own network: these explain away every other one.
  static bool IsNetwork(FaultDomain name);
  // Whether a domain accuses Teams or Microsoft 365.
  static bool IsMicrosoft(FaultDomain name);
  // Whether a domain is seen in the ways of calls or media alone, so that its evidence is slow or
  // its hypothesis rare; it votes with a larger discount (hypothesis.h).
  static bool IsCalling(FaultDomain name);

 private:
  // The sets of a target as a site sees it: those it speaks for or against, and of these those that
  // must show in it. Asked for every path at every decision.
  struct Sets {
    std::uint32_t by = 0;
    std::uint32_t required_by = 0;
  };
  const Sets& Seen(TargetIndex target, SiteIndex site) const {
    return seen_[is_vantage_[static_cast<std::size_t>(site)]][static_cast<std::size_t>(target)];
  }
  void AddSet(FaultDomain name, Remedy remedy, std::vector<TargetIndex> targets);
  void Relate(const Fleet& fleet);

  std::vector<Domain> domains_;
  int sets_ = 0;
  std::vector<std::uint32_t> sets_of_target_;
  std::vector<std::uint32_t> overlaps_;  // by set
  std::uint32_t network_sets_ = 0;
  std::array<std::vector<Sets>, 2> seen_;  // from a branch and from a vantage, by target
  std::vector<std::uint8_t> is_vantage_;   // by site: 0 or 1
};

// Whether a target is a witness: not Microsoft's, off the LAN, and not ours.
bool IsWitness(TargetRole role);
// Whether a target is reached over the site's line.
bool IsOffLan(TargetRole role);
// Whether a target is Teams itself.
bool IsTeams(TargetRole role);
// Whether a target is an audio stream.
bool IsMedia(TargetRole role);
// Whether a target is a call: through Teams, or through a carrier.
bool IsCall(TargetRole role);

// The words of settled vocabulary, lower case with dashes ("teams-signalling", "global").
absl::string_view Word(FaultDomain domain);
absl::string_view Word(Scope scope);
// Which domain; nothing for an unknown word.
FaultDomain FaultDomainOf(absl::string_view word);
Scope ScopeOf(absl::string_view word);

}  // namespace dialtone::detector
