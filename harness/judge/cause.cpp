// The graph has certain edges (the owner of a lock, holders of the other end,
// a child, a thread that is joined) and waits that anybody of some processes
// could end; the latter make no cycles. A component of certain edges that none
// leaves is why everybody before it waits. Several such: a lock without owner,
// a cycle of locks or of full pipes speak for themselves. Of the others, which
// idle pools show too, those count that the first thread waits for: a cycle
// before one who waits for a wake-up.
#include "harness/judge/cause.hpp"

#include <algorithm>
#include <optional>

#include "harness/judge/wait_edges.hpp"

namespace poolbugs::judge {
namespace {

using wait::Event;
using wait::Graph;
using wait::Object;
using wait::ObjectKind;
using wait::Owner;
using wait::Thread;
using wait::Wait;

/// What the object of a wait says by itself, or "". "orphaned-lock" only if it
/// is known: what a process does to itself spawn does not cure.
std::string ownerless(const Graph& graph, const Thread& thread) {
  if (thread.waits.size() != 1) return "";
  const Object& object = object_of(graph, thread.waits.front());
  if (object.owner == Owner::gone) return "dead-owner";
  const bool word =
      object.kind == ObjectKind::futex || object.kind == ObjectKind::lock;
  const bool nobody_left =
      word && !object.shared && living_threads(graph, thread.process) == 1;
  if (object.owner != Owner::not_in_process && !nobody_left) return "";
  switch (object.at_fork) {
    case wait::AtFork::other_thread:
      return "orphaned-lock";
    case wait::AtFork::forking_thread:
    case wait::AtFork::nobody:
      return "self-deadlock";
    case wait::AtFork::not_known:
      break;
  }
  // CPython's locks, for one, do not say who has them: it may be the thread
  // itself, or one that has ended.
  return object.owner == Owner::not_in_process ? "dead-owner" : "";
}

/// Nobody but itself could wake it, and an idle worker does not wait so: for
/// memory of its own, in a process without another thread.
bool waits_for_itself(const Graph& graph, const StuckCause& cause) {
  if (cause.core.size() != 1) return false;
  const Thread& thread = thread_at(graph, cause.core.front());
  if (thread.waits.size() != 1) return false;
  const Object& object = object_of(graph, thread.waits.front());
  return (object.kind == ObjectKind::futex ||
          object.kind == ObjectKind::lock) &&
         !object.shared && living_threads(graph, thread.process) == 1;
}

bool is_lock(const Edge& edge) {
  return edge.kind == ObjectKind::mutex || edge.kind == ObjectKind::file_lock;
}
bool is_join(const Edge& edge) {
  return edge.kind == ObjectKind::child || edge.kind == ObjectKind::thread;
}

/// Somebody waits for a reader whose writers are others: it waits for an end
/// of file that the joiner believes it has sent.
bool joins_starved_reader(const Graph& graph, const std::vector<Edge>& edges) {
  for (const Edge& join : edges) {
    if (!is_join(join)) continue;
    const Thread& child = thread_at(graph, join.to);
    const int joiner = thread_at(graph, join.from).process;
    for (const Wait& wait : child.waits) {
      const Object& object = object_of(graph, wait);
      if (wait.event == Event::readable && child.process != joiner &&
          !contains(object.writers, joiner))
        return true;
    }
  }
  return false;
}

/// A reader holds the write end of what it reads.
std::optional<int> own_writer(const Graph& graph,
                              const std::vector<int>& members) {
  for (const int member : members) {
    const Thread& thread = thread_at(graph, member);
    for (const Wait& wait : thread.waits)
      if (wait.event == Event::readable &&
          contains(object_of(graph, wait).writers, thread.process))
        return member;
  }
  return std::nullopt;
}

/// What a member reads only those could write to that do not know of it.
bool is_starved(const Graph& graph, const std::vector<int>& members) {
  return std::any_of(members.begin(), members.end(), [&](int member) {
    const auto& waits = thread_at(graph, member).waits;
    return std::any_of(waits.begin(), waits.end(), [&](const Wait& wait) {
      const Object& object = object_of(graph, wait);
      return wait.event == Event::readable && !object.writers.empty() &&
             object.stray_writers == object.writers;
    });
  });
}

std::string name_cycle(const Graph& graph, const std::vector<int>& members,
                       const std::vector<Edge>& edges) {
  const auto any = [&](auto what) {
    return std::any_of(edges.begin(), edges.end(), what);
  };
  const auto written = [&](const Edge& edge) { return writes(graph, edge); };
  if (std::all_of(edges.begin(), edges.end(), is_lock)) return "lock-cycle";
  // Who holds a file lock and waits for a process that wants it (flock(1)).
  const auto on_file = [](const Edge& edge) {
    return edge.kind == ObjectKind::file_lock;
  };
  if (any(on_file) &&
      std::all_of(edges.begin(), edges.end(), [&](const Edge& edge) {
        return is_lock(edge) || is_join(edge);
      }))
    return "lock-cycle";
  if (any(is_join))
    return joins_starved_reader(graph, edges) ? "eof-never-comes"
                                              : "join-cycle";
  if (any(is_lock)) return "wait-cycle";
  if (any(written)) return "pipe-cycle";
  return own_writer(graph, members) || is_starved(graph, members)
             ? "eof-never-comes"
             : "read-cycle";
}

/// It waits for what only a poller or a stopped thread owes: those may do it,
/// so nothing is lost yet.
bool owed_by_mover(const Graph& graph, const Thread& thread) {
  return std::any_of(
      thread.waits.begin(), thread.waits.end(), [&](const Wait& wait) {
        if (!wait.certain) return false;
        const Object& object = object_of(graph, wait);
        const std::vector<int> all = owing(object, wait);
        return std::any_of(
            graph.threads.begin(), graph.threads.end(), [&](const Thread& one) {
              if (one.motion == wait::Motion::blocked) return false;
              return object.owner == Owner::thread
                         ? &one == &thread_at(graph, object.owner_thread)
                         : contains(all, one.process);
            });
      });
}

/// One thread that nobody else could wake.
std::string name_sink(const Graph& graph, int member) {
  const Thread& thread = thread_at(graph, member);
  if (owed_by_mover(graph, thread)) return "";
  if (const std::string slug = ownerless(graph, thread); !slug.empty())
    return slug;
  const auto waits_for = [&](Event event) {
    return std::any_of(
        thread.waits.begin(), thread.waits.end(), [&](const Wait& wait) {
          return wait.event == event && !is_self_pipe(graph, thread, wait);
        });
  };
  if (waits_for(Event::readable)) return "eof-never-comes";
  return waits_for(Event::writable) ? "pipe-cycle" : "lost-wakeup";
}

/// By the cycle alone: who only waits beside it, like a shell that started one
/// of them, has no part in the name.
StuckCause name_component(const Graph& graph, const Edges& edges,
                          const std::vector<int>& component) {
  if (edges.within(component).empty())
    return {name_sink(graph, component.front()), component};
  const std::vector<int> members = edges.shortest_cycle(component);
  const std::vector<Edge> inside = edges.within(members);
  if (members.size() == 1 && std::all_of(inside.begin(), inside.end(), is_lock))
    return {"self-deadlock", members};
  StuckCause cause{name_cycle(graph, members, inside), members};
  const bool starved = cause.slug == "eof-never-comes";
  if (const auto reader = own_writer(graph, members); starved && reader)
    std::rotate(cause.core.begin(),
                std::find(cause.core.begin(), cause.core.end(), *reader),
                cause.core.end());
  return cause;
}

/// Its members only read from each other, as a server at rest and its client
/// do, and one of them waits for the end of a process that is stuck as well.
bool rests_for_a_child(const Edges& edges, const std::vector<int>& component) {
  return std::ranges::all_of(
             edges.within(component),
             [](const Edge& edge) { return edge.event == Event::readable; }) &&
         std::ranges::any_of(component, [&](int member) {
           return std::ranges::any_of(edges.from(member), is_join);
         });
}

/// Causes that no idle pool shows.
bool speaks_for_itself(const std::string& slug) {
  return slug == "orphaned-lock" || slug == "dead-owner" ||
         slug == "lock-cycle" || slug == "pipe-cycle" ||
         slug == "self-deadlock";
}

}  // namespace

StuckCause cause_of(const Graph& graph, const wait::Verdict& verdict) {
  const Edges edges(graph, verdict.stuck);
  const std::vector<std::vector<int>> components = edges.components();
  std::vector<std::size_t> of(graph.threads.size());
  StuckCause alone;
  for (std::size_t i = 0; i < components.size(); ++i) {
    for (const int member : components[i])
      of[static_cast<std::size_t>(member)] = i;
    if (!edges.is_last(components[i])) continue;
    StuckCause cause = name_component(graph, edges, components[i]);
    if (speaks_for_itself(cause.slug)) return cause;
    if (alone.slug.empty() && waits_for_itself(graph, cause))
      alone = std::move(cause);
  }
  if (!alone.slug.empty()) return alone;
  if (verdict.stuck.empty()) return {};
  // A cycle is why, though one of its processes has idle threads, too, to which
  // its edges lead.
  const std::vector<int> reached = edges.reach(verdict.stuck.front());
  const auto component_of = [&](int thread) -> const std::vector<int>& {
    return components[of[static_cast<std::size_t>(thread)]];
  };
  for (const int thread : reached)
    if (!edges.within(component_of(thread)).empty() &&
        !rests_for_a_child(edges, component_of(thread)))
      return name_component(graph, edges, component_of(thread));
  for (const int thread : reached)
    if (edges.is_last(component_of(thread)))
      return name_component(graph, edges, component_of(thread));
  return {};
}

}  // namespace poolbugs::judge
