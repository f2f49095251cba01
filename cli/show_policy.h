// What `dialtone policy check` prints, as text for a person.
#pragma once

#include <string>

#include "dialtone/v1/forecast.pb.h"

namespace dialtone::cli {

// How sure a diagnosis must be, how long each kind of fault takes, and what is stated and not kept.
std::string ShowForecast(const v1::PolicyForecast& forecast, bool colour);

}  // namespace dialtone::cli
