// A graph as Mermaid's text.
#pragma once

#include <string>
#include <vector>

namespace poolbugs::judge {

struct Node {
  enum class Shape { actor, object, missing } shape = Shape::actor;
  std::string label;  ///< escaped
  bool core = false;
};

/// Between two nodes, by index.
struct Link {
  int from = 0, to = 0;
  std::string label;  ///< plain words
  bool core = false;
};

/// Text of any origin as part of a label.
std::string escaped(const std::string& text);

/// "graph LR" and lines, with those of `nodes` that `shown` names, in its
/// order, and the links between them.
std::string mermaid_text(const std::vector<Node>& nodes,
                         const std::vector<Link>& links,
                         const std::vector<int>& shown);

}  // namespace poolbugs::judge
