#include "router/topology.h"

#include <set>

namespace dialtone::router {

std::vector<std::string> Group::Routes() const {
  std::vector<std::string> routes = {home_route};
  routes.insert(routes.end(), backup_routes.begin(), backup_routes.end());
  return routes;
}

std::vector<std::string> Topology::ProtectedHops() const {
  std::set<std::string> backups;
  for (const Group& group : groups) {
    backups.insert(group.backup_routes.begin(), group.backup_routes.end());
  }
  std::set<std::string> hops_found;
  for (const Route& route : routes) {
    if (backups.contains(route.name)) hops_found.insert(route.hops.begin(), route.hops.end());
  }
  for (const EmergencyTable& table : emergency_tables) {
    hops_found.insert(table.hops.begin(), table.hops.end());
  }
  return {hops_found.begin(), hops_found.end()};
}

}  // namespace dialtone::router
