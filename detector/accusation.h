// Who may accuse whom.
#pragma once

#include "absl/time/time.h"

#include "detector/clearance.h"
#include "detector/observations.h"

namespace dialtone::detector {

// Whether a site may accuse a domain. It may accuse Microsoft only while an internet witness proves
// its own line: one that answers, did so after the fault began, and has answered since before the
// last loss. When all of them return together with Teams, that Teams was lost until then says
// nothing; nor does it of resolver, voice layer and whatever else hangs on the line. These may be
// accused while no witness answers.
bool MayAccuse(const Observations& observations, SiteIndex site, DomainIndex domain);

// How many of the sites that are implicated in a scope must be free to accuse a domain: one of them
// is by chance, for a lone loss of long ago is a beginning, too. While the network explains an
// eighth as much as that domain does, a quarter of them: of fourteen there are two by chance.
int LeastAccusers(const Observations& observations, ScopeIndex scope, DomainIndex domain,
                  int implicated);

// Whether what a scope says together is explained by the network as well as by what is Microsoft's:
// votes for that, each of a site's own bad luck, convict nobody then.
bool IsNetworkAhead(const Observations& observations, ScopeIndex scope, DomainIndex domain);

// Since when the evidence of a site has stood against a domain without a pause, and the site might
// accuse it: not while all of its witnesses failed too.
absl::Time AccusedSince(const Observations& observations, SiteIndex site, DomainIndex domain);

// Whether one path of a domain has failed twice in a row with a good witness between. Of what
// spoils several kinds of targets that says nothing: the witness may be one of them.
bool HasSuspectPath(const Observations& observations, SiteIndex site, DomainIndex domain);

// Whether a line that is said to be dead has lost its voice layer too since then: it is asked
// seldom, and what is asked often convicts within a second. Of other faults nothing is asked.
bool VoiceFailsToo(const Observations& observations, SiteIndex site, const Charge& charge);

// Whether every internet witness of the site has failed since `since`. Not heard is not failing.
bool WitnessesFail(const Observations& observations, SiteIndex site, absl::Time since);

// Whether what a site suffers is its own, although a wider fault of another kind explains a part of
// it too: the line of one branch is cut while a hub is down for everyone.
bool IsItsOwn(const Observations& observations, SiteIndex site, DomainIndex own, DomainIndex wide);

// By how many nats the site's own network explains better what a domain explains, too; negative:
// the domain leads. Minus infinity where the network is no rival.
double LineLeads(const Observations& observations, SiteIndex site, DomainIndex domain);

// What a scope says best of the evidence for a domain, of all that would lead to the same action:
// audio alone looks wide when one ISP has lost all of Microsoft, and another site its audio.
DomainIndex BestIn(const Observations& observations, ScopeIndex scope, DomainIndex domain);

// Whether a narrower scope convicts a wider domain that explains its part of a scope's pool: what
// is left of that is not for the pool to say.
bool IsExplainedInside(const Observations& observations, ScopeIndex scope, DomainIndex domain);

// Audio is what a lossy network shows first. So a network needs no lead over what is said of audio
// alone, as long as that does not lead; and who accuses the way of audio alone must have heard that
// requests get through.
// By how much `one` must lead `rival`, which would lead to another action.
double LeadOver(FaultDomain one, FaultDomain rival);

// Whether `part` of a wider domain has failed since the rest of that domain answered again: a loss
// sent after the first answer. When a line returns, the path that has not been asked yet is no
// fault of its own.
bool FailsAlone(const Observations& observations, SiteIndex site, DomainIndex part,
                DomainIndex whole);

// Whether `part` is a part of a wider domain of which every other target fails at the site, too,
// twice in a row at least: when hubs die one after another, each of them has its own old fault, and
// none of them explains that there is none left.
bool IsPartOf(const Observations& observations, SiteIndex site, DomainIndex part,
              DomainIndex whole);

}  // namespace dialtone::detector
