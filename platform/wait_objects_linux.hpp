// The objects of a tree as its facts show them: who holds what, and whether
// somebody outside of the tree may.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "platform/wait_graph.hpp"

namespace poolbugs::wait {

/// Those of `more` that are not there yet, at its end.
void add_all(const std::vector<int>& more, std::vector<int>& to);

/// Looks things up in the facts, and adds objects to the graph as threads
/// need them.
class Objects {
 public:
  Objects(const Facts& facts, Graph& graph);

  /// nullptr if the process has no such descriptor.
  [[nodiscard]] const Descriptor* descriptor(int process, int number) const;
  [[nodiscard]] bool held_outside(FileKind kind, FileId file) const;
  /// The same of an epoll set or a timer of this process.
  [[nodiscard]] bool shared_outside(int process, const Descriptor& file) const;
  /// A descriptor is under way in some socket of the tree: it may be an end
  /// of anything.
  [[nodiscard]] bool in_flight() const { return in_flight_; }
  [[nodiscard]] const Facts& facts() const { return facts_; }
  [[nodiscard]] Graph& graph() const { return graph_; }

  [[nodiscard]] std::vector<int> all_processes() const;
  /// Children of the process that have threads; `wanted` (an id in its own
  /// namespace) alone, or all with 0.
  [[nodiscard]] std::vector<int> living_children(int process,
                                                 long wanted = 0) const;
  /// Index, or -1.
  [[nodiscard]] int process_of(long id) const;
  /// By the id of its own namespace; -1 if there is none.
  [[nodiscard]] int thread_in(int process, long inner_id) const;
  [[nodiscard]] int thread_anywhere(long inner_id) const;

  int pipe(FileId file);
  int socket(const Descriptor& end);
  int listener(const Descriptor& socket);
  int eventfd(FileId file);
  int futex(int process, const Futex& futex, bool process_private);
  int child(int process);
  int file_lock(const Descriptor& file, const std::vector<int>& owners);
  /// What has no identity that /proc shows: one object for each process.
  int nameless(ObjectKind kind, int process);

  /// Processes with this end of a socket.
  [[nodiscard]] std::vector<int> holders_of_socket(std::uint64_t inode) const;
  /// Processes that hold the file or map it shared.
  [[nodiscard]] std::vector<int> reach(FileId file) const;

  /// The process, and those that a vfork lets share its memory.
  [[nodiscard]] std::vector<int> share_memory_with(int process) const;

  /// Adds to Graph::unless, once.
  void unless(const std::string& phrase);

 private:
  using Key =
      std::tuple<ObjectKind, int, std::uint64_t, std::uint64_t, std::uint64_t>;
  int add(const Key& key, Object object);
  [[nodiscard]] std::vector<int> holders(FileKind kind, FileId file, bool read,
                                         bool write) const;

  [[nodiscard]] bool has_by_chance(int process, FileId pipe) const;

  const Facts& facts_;
  Graph& graph_;
  std::map<Key, int> known_;
  std::set<FileId> outside_;
  bool in_flight_ = false;
};

}  // namespace poolbugs::wait
