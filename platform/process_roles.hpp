// What the processes of a tree are called in reports.
#pragma once

#include <string>
#include <vector>

namespace poolbugs {

/// One process of a tree; `parent` need not be in the tree.
struct Kinship {
  long id = 0;
  long parent = 0;
};

/// "parent" for the first, "worker 2" for its second child, "worker 2.1" below
/// that, "orphan 1" where the parent is not in the tree. Oldest first.
std::vector<std::string> role_names(const std::vector<Kinship>& by_birth);

}  // namespace poolbugs
