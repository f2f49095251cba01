// The two files that tell Kamailio what differs between sites. Their format is part of
// deploy/kamailio (README.md there).
#pragma once

#include <string>

#include "absl/strings/string_view.h"

#include "router/topology.h"

namespace dialtone::router {

// dialtone-site.cfg: files, sockets, hops, routes, peers, allowed callers and destinations, and the
// emergency tables, which stand nowhere else.
std::string RenderSiteFile(const Topology& topology);

// The address list of module permissions: peers, then probes.
std::string RenderAddressFile(const Topology& topology);

// Whether `text` may stand in the site file as it is: printable without spaces, and no comma, bar,
// quote or backslash, which end a field or a string there, no dollar, which begins a variable, nor
// "#!", which is an order to its reader.
bool FitsSiteFile(absl::string_view text);

}  // namespace dialtone::router
