// Which nodes and links there are, and which of them are shown.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "harness/judge/cause.hpp"
#include "harness/judge/mermaid_text.hpp"
#include "harness/judge/wait_deeds.hpp"
#include "harness/judge/wait_edges.hpp"
#include "harness/judge/wait_words.hpp"

namespace poolbugs::judge {
namespace {

using wait::Event;
using wait::Graph;
using wait::Object;
using wait::ObjectKind;
using wait::Owner;
using wait::Thread;
using wait::Verdict;
using wait::Wait;

constexpr std::size_t kMaxNodes = 30;
constexpr std::size_t kMaxHolders = 4;  ///< drawn, of one object

class Picture {
 public:
  Picture(const Graph& graph, const Verdict& verdict, const StuckCause& cause)
      : graph_(graph), verdict_(verdict), cause_(cause) {}

  std::string draw() {
    add_actors();
    for (const int group : first_of_groups_) add_waits(group);
    mark_core();
    const std::vector<int> nodes = chosen();
    return mermaid_text(nodes_, links_, nodes);
  }

 private:
  [[nodiscard]] const Thread& at(int thread) const {
    return thread_at(graph_, thread);
  }

  void add_actors();
  void add_waits(int thread);
  void add_holders(int thread, const Wait& wait, int node);
  void add_missing(int thread, const Wait& wait, int node);
  void mark_core();
  [[nodiscard]] std::vector<int> holders(const Object& object,
                                         const Wait& wait);
  int actor_of(int process);
  int object_node(int object);
  int add(Node node);
  int link(int from, int to, const std::string& label);
  void mark(int from, int to);
  [[nodiscard]] std::string caption(int thread, const Wait& wait) const;
  [[nodiscard]] std::vector<int> canonical(bool core_only) const;
  [[nodiscard]] std::vector<int> chosen();

  const Graph& graph_;
  const Verdict& verdict_;
  const StuckCause& cause_;
  std::vector<Node> nodes_;
  std::vector<Link> links_;
  std::vector<int> first_of_groups_;  ///< threads
  std::map<int, int> actors_;         ///< stuck threads to nodes
  std::map<int, int> movers_;         ///< processes with nobody stuck, to nodes
  std::map<int, int> objects_;
  std::vector<int> walk_;  ///< nodes of the core, along it
  std::size_t left_out_ = 0;
};

int Picture::add(Node node) {
  nodes_.push_back(std::move(node));
  return static_cast<int>(nodes_.size() - 1);
}

/// The link's index; one link for each pair and label.
int Picture::link(int from, int to, const std::string& label) {
  const auto it =
      std::find_if(links_.begin(), links_.end(), [&](const Link& one) {
        return one.from == from && one.to == to && one.label == label;
      });
  if (it != links_.end()) return static_cast<int>(it - links_.begin());
  links_.push_back({from, to, label, false});
  return static_cast<int>(links_.size() - 1);
}

/// One node for the threads of a process that wait for the same, apart from
/// those of whom something is wanted by name.
void Picture::add_actors() {
  std::set<int> alone(cause_.core.begin(), cause_.core.end());
  for (const Object& object : graph_.objects)
    if (object.owner == Owner::thread) alone.insert(object.owner_thread);
  std::map<std::pair<int, std::vector<std::pair<int, int>>>, std::vector<int>>
      alike;
  std::vector<std::vector<int>> groups;
  for (const int one : verdict_.stuck) {
    if (alone.contains(one)) {
      groups.push_back({one});
      continue;
    }
    std::vector<std::pair<int, int>> wanted;
    for (const Wait& wait : at(one).waits)
      wanted.emplace_back(wait.object, static_cast<int>(wait.event));
    alike[{at(one).process, wanted}].push_back(one);
  }
  for (const auto& [key, threads] : alike) groups.push_back(threads);
  std::sort(groups.begin(), groups.end());
  for (const auto& threads : groups) {
    Speaker speaker(graph_);
    std::string name = speaker.threads(threads);
    if (name.starts_with("the ")) name.erase(0, 4);
    const int node = add({Node::Shape::actor, escaped(name), false});
    for (const int thread : threads) actors_[thread] = node;
    first_of_groups_.push_back(threads.front());
  }
}

/// Of a process in which nobody is stuck.
int Picture::actor_of(int process) {
  if (const auto it = movers_.find(process); it != movers_.end())
    return it->second;
  Speaker speaker(graph_);
  std::string name = speaker.process(process);
  if (name.starts_with("the ")) name.erase(0, 4);
  name = escaped(name);
  const std::vector<int> threads = threads_of(graph_, process);
  const std::string why =
      threads.empty() ? "has ended" : one_line(at(threads.front()).why);
  if (!why.empty()) name += "<br/>" + escaped(why);
  return movers_[process] = add({Node::Shape::actor, name, false});
}

int Picture::object_node(int index) {
  if (const auto it = objects_.find(index); it != objects_.end())
    return it->second;
  std::string name = noun(graph_.objects[static_cast<std::size_t>(index)]);
  for (const std::string article : {"a ", "an ", "the "})
    if (name.starts_with(article)) {
      name.erase(0, article.size());
      break;
    }
  return objects_[index] = add({Node::Shape::object, escaped(name), false});
}

std::string Picture::caption(int thread, const Wait& wait) const {
  const bool poll = polls(at(thread));
  switch (wait.event) {
    case Event::readable:
      return poll ? "waits for data" : "reads, it is empty";
    case Event::writable:
      return poll ? "waits for room" : "writes, it is full";
    case Event::unlocked:
      return "locks";
    case Event::woken:
      return "waits";
    case Event::ended:
      return "waits for its end";
  }
  return "";
}

/// Nodes of those who owe the deed.
std::vector<int> Picture::holders(const Object& object, const Wait& wait) {
  std::vector<int> found;
  const auto take = [&](int node) {
    if (!contains(found, node)) found.push_back(node);
  };
  if (object.owner == Owner::thread) {
    const auto it = actors_.find(object.owner_thread);
    take(it != actors_.end() ? it->second
                             : actor_of(at(object.owner_thread).process));
    return found;
  }
  for (const int process : owing(object, wait)) {
    bool stuck = false;
    for (const int thread : threads_of(graph_, process))
      if (const auto it = actors_.find(thread); it != actors_.end()) {
        take(it->second);
        stuck = true;
      }
    if (!stuck) take(actor_of(process));
  }
  return found;
}

void Picture::add_waits(int thread) {
  const int self = actors_.at(thread);
  for (const Wait& wait : at(thread).waits) {
    const Object& object = object_of(graph_, wait);
    const bool ends =
        object.kind == ObjectKind::child ||
        (object.kind == ObjectKind::thread && object.owner == Owner::thread);
    if (ends) {
      for (const int other : holders(object, wait))
        link(self, other, caption(thread, wait));
      continue;
    }
    const int node = object_node(wait.object);
    link(self, node, caption(thread, wait));
    add_holders(thread, wait, node);
  }
}

void Picture::add_holders(int thread, const Wait& wait, int node) {
  const Object& object = object_of(graph_, wait);
  const char* label = wait.event == Event::readable   ? "written by"
                      : wait.event == Event::writable ? "read by"
                                                      : "held by";
  std::vector<int> all = holders(object, wait);
  if (all.empty()) return add_missing(thread, wait, node);
  if (all.size() > kMaxHolders) {
    // Those on the cycle say enough.
    std::erase_if(all, [&](int one) {
      return std::none_of(cause_.core.begin(), cause_.core.end(),
                          [&](int core) { return actors_.at(core) == one; });
    });
  }
  for (const int one : all) link(node, one, label);
}

/// Who should be there and is not, of what the core waits for.
void Picture::add_missing(int thread, const Wait& wait, int node) {
  if (!contains(cause_.core, thread)) return;
  const Object& object = object_of(graph_, wait);
  const bool known =
      object.owner == Owner::not_in_process || object.owner == Owner::gone;
  const char* who = "nobody";
  if (cause_.slug == "orphaned-lock")
    who = "thread that was not forked";
  else if (known)
    who = "owner that ended";
  const char* label = object.kind == ObjectKind::thread ? "is"
                      : known                           ? "held by"
                      : cause_.slug == "orphaned-lock"  ? "left to"
                                                        : "woken by";
  const int missing = add({Node::Shape::missing, who, true});
  link(node, missing, label);
  mark(node, missing);
  walk_.push_back(missing);
}

void Picture::mark(int from, int to) {
  for (Link& one : links_)
    if (one.from == from && one.to == to) {
      one.core = true;
      nodes_[static_cast<std::size_t>(from)].core = true;
      nodes_[static_cast<std::size_t>(to)].core = true;
    }
}

void Picture::mark_core() {
  const auto& core = cause_.core;
  std::vector<int> walk;
  for (std::size_t i = 0; i < core.size(); ++i) {
    const int self = actors_.at(core[i]);
    const int next = core[(i + 1) % core.size()];
    nodes_[static_cast<std::size_t>(self)].core = true;
    walk.push_back(self);
    if (at(core[i]).waits.empty()) continue;
    const Wait& wait = wait_for(graph_, core[i], next);
    const auto object = objects_.find(wait.object);
    if (object == objects_.end()) {
      mark(self, actors_.at(next));
      continue;
    }
    mark(self, object->second);
    mark(object->second, actors_.at(next));
    walk.push_back(object->second);
  }
  walk_.insert(walk_.begin(), walk.begin(), walk.end());
}

std::vector<int> Picture::canonical(bool core_only) const {
  std::vector<int> order;
  for (const auto shape :
       {Node::Shape::actor, Node::Shape::object, Node::Shape::missing})
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      if (nodes_[i].shape == shape && (!core_only || nodes_[i].core))
        order.push_back(static_cast<int>(i));
  return order;
}

std::vector<int> Picture::chosen() {
  std::vector<int> nodes = canonical(false);
  if (nodes.size() <= kMaxNodes) return nodes;
  const bool has_core = !cause_.core.empty();
  if (has_core) nodes = canonical(true);
  if (nodes.size() <= kMaxNodes) return nodes;
  // Along the cycle, so that what is shown hangs together.
  if (has_core) {
    std::vector<int> seen;
    for (const int node : walk_)
      if (!contains(seen, node)) seen.push_back(node);
    nodes = seen;
  }
  left_out_ = nodes.size() - (kMaxNodes - 1);
  nodes.resize(kMaxNodes - 1);
  const int more =
      add({Node::Shape::missing, fmt::format("… {} more", left_out_), false});
  if (has_core) {
    link(nodes.back(), more, "");
    link(more, nodes.front(), "");
  }
  nodes.push_back(more);
  return nodes;
}

}  // namespace

std::string mermaid(const Graph& graph, const Verdict& verdict,
                    const StuckCause& cause) {
  return Picture(graph, verdict, cause).draw();
}

}  // namespace poolbugs::judge
