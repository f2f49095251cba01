// One sentence that names a fault, whom it hits and whose it is to mend.
#pragma once

#include <string>

#include "detector/fleet.h"
#include "detector/view.h"

namespace dialtone::detector {

// Who must mend what broke: "Microsoft", "the access provider of lon", ...
std::string OwnerOf(const Fleet& fleet, const Diagnosis& diagnosis);

// For the engineer at 3 a.m., from the diagnosis alone, for example "teams-signalling is down for
// everyone: hub1, hub2 and hub3 do not answer 4 sites (lon, nyc, par, vantage), while the internet
// answers them. Owner: Microsoft."
std::string DiagnosisSentence(const Fleet& fleet, const Diagnosis& diagnosis);

}  // namespace dialtone::detector
