#include "detector/holds.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "detector/saved_fields.h"

namespace dialtone::detector {
namespace {

constexpr absl::string_view kKey = "hold/";
constexpr absl::string_view kFreezeKey = "freeze";

// Whether `outer` covers whatever `inner` covers, and is no narrower.
bool IsWithin(const Fleet& fleet, const ScopeSelector& inner, const ScopeSelector& outer) {
  if (inner == outer || outer.kind == ScopeSelector::Kind::kAll) return true;
  if (inner.kind != ScopeSelector::Kind::kGroup) return false;
  for (GroupIndex group = 0; group < static_cast<int>(fleet.groups.size()); ++group) {
    if (Covers(fleet, inner, group)) return Covers(fleet, outer, group);
  }
  return false;
}

}  // namespace

bool Covers(const Fleet& fleet, const ScopeSelector& scope, GroupIndex group) {
  const Group& what = fleet.groups[static_cast<std::size_t>(group)];
  switch (scope.kind) {
    case ScopeSelector::Kind::kAll:
      return true;
    case ScopeSelector::Kind::kGroup:
      return what.name == scope.name;
    case ScopeSelector::Kind::kSite:
      return fleet.sites[static_cast<std::size_t>(what.site)].name == scope.name;
  }
  return false;
}

std::string ScopeWords(const ScopeSelector& scope) {
  switch (scope.kind) {
    case ScopeSelector::Kind::kAll:
      return "all";
    case ScopeSelector::Kind::kGroup:
      return absl::StrCat("group ", scope.name);
    case ScopeSelector::Kind::kSite:
      return absl::StrCat("site ", scope.name);
  }
  return "";
}

void Holds::Set(Hold hold) {
  std::erase_if(holds_, [&hold](const Hold& old) { return old.scope == hold.scope; });
  holds_.push_back(std::move(hold));
}

bool Holds::Clear(const ScopeSelector& scope) {
  return std::erase_if(holds_,
                       [&](const Hold& hold) { return IsWithin(fleet_, hold.scope, scope); }) > 0;
}

std::vector<Hold> Holds::Expire(Agenda* agenda) {
  std::vector<Hold> over;
  std::erase_if(holds_, [&](const Hold& hold) {
    if (!agenda->Passed(hold.until)) return false;
    over.push_back(hold);
    return true;
  });
  return over;
}

void Holds::Freeze(bool frozen, std::string reason) {
  frozen_ = frozen;
  frozen_reason_ = frozen ? std::move(reason) : "";
}

const Hold* Holds::Covering(GroupIndex group) const {
  for (const Hold& hold : holds_) {
    if (Covers(fleet_, hold.scope, group)) return &hold;
  }
  return nullptr;
}

const Hold* Holds::CoveringBesides(const ScopeSelector& scope, GroupIndex group) const {
  for (const Hold& hold : holds_) {
    if (!IsWithin(fleet_, hold.scope, scope) && Covers(fleet_, hold.scope, group)) return &hold;
  }
  return nullptr;
}

void Holds::Save(std::map<std::string, std::string>* journal) const {
  for (const Hold& hold : holds_) {
    FieldWriter fields;
    fields.Add(static_cast<std::int64_t>(hold.scope.kind));
    fields.Add(hold.scope.name);
    fields.Add(hold.author);
    fields.Add(hold.reason);
    fields.Add(hold.since);
    fields.Add(hold.until);
    (*journal)[absl::StrCat(kKey, ScopeWords(hold.scope))] = fields.text();
  }
  if (!frozen_) return;
  FieldWriter fields;
  fields.Add(frozen_reason_);
  (*journal)[std::string(kFreezeKey)] = fields.text();
}

void Holds::Restore(const std::map<std::string, std::string>& journal) {
  for (const auto& [key, value] : journal) {
    if (key == kFreezeKey) {
      Freeze(true, FieldReader(value).Text());
      continue;
    }
    if (!absl::StartsWith(key, kKey)) continue;
    FieldReader fields(value);
    Hold hold;
    hold.scope.kind =
        static_cast<ScopeSelector::Kind>(std::clamp<std::int64_t>(fields.Number(), 0, 2));
    hold.scope.name = fields.Text();
    hold.author = fields.Text();
    hold.reason = fields.Text();
    hold.since = fields.Time();
    hold.until = fields.Time();
    if (fields.ok()) holds_.push_back(std::move(hold));
  }
}

}  // namespace dialtone::detector
