// Mermaid's grammar takes an unquoted "(" or a node called "end" for its own,
// so labels are quoted, written with entities, and nodes are n1, n2 …
#include "harness/judge/mermaid_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <string_view>

namespace poolbugs::judge {
namespace {

std::string node_line(std::size_t number, const Node& node) {
  const bool object = node.shape == Node::Shape::object;
  return fmt::format("  n{}{}\"{}\"{}\n", number, object ? "([" : "[",
                     node.label, object ? "])" : "]");
}

}  // namespace

// #NN; for all that Mermaid or Markdown may read as something else.
std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    const bool plain =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
        (c >= 'a' && c <= 'z') ||
        std::string_view(" .,:()/+-").find(c) != std::string_view::npos ||
        static_cast<unsigned char>(c) >= 0x80;
    safe +=
        plain ? std::string(1, c) : fmt::format("#{};", static_cast<int>(c));
  }
  return safe;
}

std::string mermaid_text(const std::vector<Node>& nodes,
                         const std::vector<Link>& links,
                         const std::vector<int>& shown) {
  std::string out = "graph LR\n";
  if (shown.empty()) return out + "  n1[\"nobody is stuck\"]\n";
  std::map<int, std::size_t> number;
  std::vector<std::string> core, missing;
  for (const int node : shown) {
    const std::size_t n = number[node] = number.size() + 1;
    const Node& one = nodes[static_cast<std::size_t>(node)];
    out += node_line(n, one);
    if (one.shape == Node::Shape::missing)
      missing.push_back(fmt::format("n{}", n));
    else if (one.core)
      core.push_back(fmt::format("n{}", n));
  }
  std::vector<std::size_t> core_links;
  std::size_t drawn = 0;
  for (const Link& one : links) {
    if (!number.contains(one.from) || !number.contains(one.to)) continue;
    const std::string label =
        one.label.empty() ? "" : fmt::format("|\"{}\"|", one.label);
    out += fmt::format("  n{} -->{} n{}\n", number.at(one.from), label,
                       number.at(one.to));
    if (one.core) core_links.push_back(drawn);
    ++drawn;
  }
  // Strokes alone: the fill and the letters stay those of a light or a dark
  // page.
  constexpr const char* kStroke = "stroke:#e5484d,stroke-width:3px";
  if (!core.empty())
    out += fmt::format("  classDef core {}\n  class {} core\n", kStroke,
                       fmt::join(core, ","));
  if (!missing.empty())
    out += fmt::format(
        "  classDef missing {},stroke-dasharray:5 5\n  class {} missing\n",
        kStroke, fmt::join(missing, ","));
  if (!core_links.empty())
    out +=
        fmt::format("  linkStyle {} {}\n", fmt::join(core_links, ","), kStroke);
  return out;
}

}  // namespace poolbugs::judge
