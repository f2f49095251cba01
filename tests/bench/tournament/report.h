// The results for readers: a page of tables per rate, and the numbers of its plots.
#pragma once

#include <string>

#include "tests/bench/tournament/classes.h"
#include "tests/bench/tournament/row.h"

namespace dialtone::bench {

// Writes DIR/lab.md and DIR/shipped.md, and beside them what the gnuplot scripts draw, from the
// rows that DIR has. Of a rate without rows nothing is written.
bool WriteReport(const std::string& directory, std::string* error);

// The page of one rate.
std::string PageOf(Rates rates, const Results& results);

// "0.53", "12.8", "120"; "never" for kNever.
std::string Seconds(double value);

}  // namespace dialtone::bench
