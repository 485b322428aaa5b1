#include "platform/process_roles.hpp"

#include <map>

namespace poolbugs {

std::vector<std::string> role_names(const std::vector<Kinship>& by_birth) {
  std::vector<std::string> names;
  std::map<long, std::string> roles;
  std::map<long, int> children;
  int orphans = 0;
  for (const Kinship& process : by_birth) {
    const auto parent = roles.find(process.parent);
    std::string name;
    if (roles.empty()) {
      name = "parent";
    } else if (parent == roles.end()) {
      name = "orphan " + std::to_string(++orphans);
    } else {
      const std::string number = std::to_string(++children[process.parent]);
      name = parent->second == "parent" ? "worker " + number
                                        : parent->second + "." + number;
    }
    roles[process.id] = name;
    names.push_back(name);
  }
  return names;
}

}  // namespace poolbugs
