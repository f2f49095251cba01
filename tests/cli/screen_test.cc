#include "cli/screen.h"

#include "gtest/gtest.h"

namespace dialtone::cli {
namespace {

TEST(Table, MakesColumnsAsWideAsTheirWidestCell) {
  Table table({"SITE", "HEALTH"});
  table.Add({"lon", "healthy"});
  table.Add({"amsterdam", "FAILED"});
  EXPECT_EQ(table.ToString(/*colour=*/false),
            "SITE       HEALTH\n"
            "lon        healthy\n"
            "amsterdam  FAILED\n");
}

TEST(Table, ColourDoesNotMoveTheColumns) {
  Table table({"A", "B"});
  table.Add({Cell("bad", Tone::kBad), "x"});
  EXPECT_EQ(table.ToString(/*colour=*/true),
            "\x1b[2mA\x1b[0m    \x1b[2mB\x1b[0m\n\x1b[1;31mbad\x1b[0m  x\n");
}

TEST(ShortDuration, UsesTheUnitAPersonWouldUse) {
  EXPECT_EQ(ShortDuration(absl::Milliseconds(420)), "0.4 s");
  EXPECT_EQ(ShortDuration(absl::Seconds(42)), "42 s");
  EXPECT_EQ(ShortDuration(absl::Minutes(9)), "9 min");
  EXPECT_EQ(ShortDuration(absl::Hours(5)), "5 h");
  EXPECT_EQ(ShortDuration(absl::Hours(72)), "3 d");
}

TEST(TimeAndAge, NeverShowsANegativeAge) {
  const absl::Time noon = absl::FromUnixSeconds(1'800'014'400);  // 2027-01-15 12:00:00 UTC
  EXPECT_EQ(TimeAndAge(noon, noon + absl::Seconds(12)), "12:00:00 UTC (12 s ago)");
  EXPECT_EQ(TimeAndAge(noon, noon - absl::Seconds(3)), "12:00:00 UTC (0.0 s ago)");
}

}  // namespace
}  // namespace dialtone::cli
