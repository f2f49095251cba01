#include "router/proposal.h"

#include <set>

#include "gtest/gtest.h"

namespace dialtone::router {
namespace {

TEST(Version, TheEpochCountsBeforeTheGeneration) {
  EXPECT_LT((Version{1, 9}), (Version{2, 1}));
  EXPECT_LT((Version{2, 1}), (Version{2, 2}));
  EXPECT_EQ((Version{2, 2}), (Version{2, 2}));
}

TEST(Judgement, ARepetitionIsAccepted) {
  EXPECT_TRUE((Judgement{ProposalResult::kAccepted, ""}.accepted()));
  EXPECT_TRUE((Judgement{ProposalResult::kRepeated, ""}.accepted()));
  EXPECT_FALSE((Judgement{ProposalResult::kOlder, ""}.accepted()));
  EXPECT_FALSE((Judgement{ProposalResult::kNotStored, ""}.accepted()));
}

TEST(ProposalWords, EveryResultHasAWordOfItsOwn) {
  std::set<absl::string_view> words;
  for (const ProposalResult result : kAllProposalResults) words.insert(ToString(result));
  EXPECT_EQ(words.size(), std::size(kAllProposalResults));
  EXPECT_EQ(words.count(""), 0u);
}

TEST(ProposalWords, AreThoseOfTheOtherRooms) {
  EXPECT_EQ(ToString(Origin::kBreakGlass), "break_glass");
  EXPECT_EQ(ToString(Origin::kAuto), "auto");
  EXPECT_EQ(ToString(Origin::kOperator), "operator");
  EXPECT_EQ(ToString(HopState::kNormal), "normal");
  EXPECT_EQ(ToString(HopState::kLastInRoute), "last_in_route");
  EXPECT_EQ(ToString(HopState::kAfterBackups), "after_backups");
}

}  // namespace
}  // namespace dialtone::router
