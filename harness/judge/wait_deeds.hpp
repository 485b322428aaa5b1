// What a stuck thread wants, as a predicate: "waits for the end of worker 1".
#pragma once

#include <string>
#include <vector>

#include "harness/judge/wait_edges.hpp"
#include "harness/judge/wait_words.hpp"
#include "platform/wait_graph.hpp"

namespace poolbugs::judge {

/// A futex of any kind.
bool is_word(wait::ObjectKind kind);
/// "a pipe", "what looks like a lock", "a wake-up"; with where it lies.
std::string noun(const wait::Object& object);
/// "reads from a pipe", "waits for data in a pipe".
std::string reads(const wait::Thread& thread, wait::ObjectKind kind);
/// Waits for any of several things, which are not all children.
bool waits_for_several(const wait::Graph& graph, const wait::Thread& thread);
/// Processes, if a child's end is among what it waits for.
std::vector<int> children_waited_for(const wait::Graph& graph,
                                     const wait::Thread& thread);
/// The wait through which `from` waits for `to`, best for its end, or the
/// first.
const wait::Wait& wait_for(const wait::Graph& graph, int from, int to);

/// What `from` wants of `to`, another thread or itself.
std::string wants_of(const wait::Graph& graph, Speaker& speaker, int from,
                     int to);
/// What the thread wants, and of whom.
std::string wants(const wait::Graph& graph, Speaker& speaker, int thread);
/// The same without whom: "waits for a wake-up in its own memory".
std::string wants_bare(const wait::Graph& graph, const wait::Thread& thread);
/// "waits for the same lock".
std::string wants_same(const wait::Graph& graph, const wait::Thread& thread);

/// "reads" of one, "read" of several.
std::string in_plural(std::string predicate);

/// Of each thread: over how many certain edges it waits for one of `core`; a
/// large number if it does not.
std::vector<int> distances(const wait::Graph& graph, const Edges& edges,
                           const std::vector<int>& core);

}  // namespace poolbugs::judge
