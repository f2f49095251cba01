// ShowReplay of show.h.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/show.h"

namespace dialtone::cli {
namespace {

absl::Time TimeOf(const v1::Event& event) {
  return absl::FromUnixSeconds(event.time().seconds()) + absl::Nanoseconds(event.time().nanos());
}

std::string Clock(absl::Time time) {
  return absl::FormatTime("%H:%M:%E3S", time, absl::UTCTimeZone());
}

// What differs, and by how much.
Cell Kind(const v1::ReplayDifference& difference) {
  if (!difference.has_redecided()) return {"only recorded", Tone::kBad};
  if (!difference.has_recorded()) return {"only replayed", Tone::kWarning};
  const absl::Duration later = TimeOf(difference.redecided()) - TimeOf(difference.recorded());
  if (later == absl::ZeroDuration()) return {"other words", Tone::kFaint};
  return {absl::StrCat(ShortDuration(absl::AbsDuration(later)),
                       later > absl::ZeroDuration() ? " later" : " earlier"),
          Tone::kWarning};
}

}  // namespace

std::string ShowReplay(const v1::ReplayReport& report, bool colour) {
  const absl::Time first = absl::FromUnixNanos(report.first_ns());
  const absl::Time last = absl::FromUnixNanos(report.last_ns());
  std::string out = absl::StrCat("Recording  ", absl::StrJoin(report.files(), " "), "\n           ",
                                 report.steps(), " steps");
  if (report.steps() > 0) {
    absl::StrAppend(&out, " from ",
                    absl::FormatTime("%Y-%m-%d %H:%M:%E3S", first, absl::UTCTimeZone()), " to ",
                    Clock(last), " UTC (", ShortDuration(last - first), ")");
  }
  absl::StrAppend(&out, ", decided again by ",
                  report.other_policy() ? "another policy" : "the recorded policy", "\n");
  for (const std::string& note : report.notes()) {
    absl::StrAppend(&out, Paint("Note", Tone::kWarning, colour), "       ", note, "\n");
  }
  absl::StrAppend(&out, "Decisions  ", report.recorded(), " recorded, ", report.redecided(),
                  " made again, ", report.differences_size(), " differ; ");
  absl::StrAppend(
      &out,
      report.identical()
          ? Paint("every effect of every step is the same, to the last bit", Tone::kGood, colour)
          : absl::StrCat(report.different_steps(), " steps have other effects"),
      "\n");
  Table table({"DIFFERENCE", "RECORDED", "REPLAYED", "KIND", "DECISION"});
  for (const v1::ReplayDifference& difference : report.differences()) {
    const v1::Event& shown =
        difference.has_redecided() ? difference.redecided() : difference.recorded();
    table.Add({Kind(difference),
               difference.has_recorded() ? Clock(TimeOf(difference.recorded())) : "",
               difference.has_redecided() ? Clock(TimeOf(difference.redecided())) : "",
               Word(v1::EventKind_Name(shown.kind())), shown.sentence()});
  }
  if (!table.empty()) absl::StrAppend(&out, "\n", table.ToString(colour));
  return out;
}

}  // namespace dialtone::cli
