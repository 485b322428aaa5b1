#include "platform/wait_objects_linux.hpp"

#include <algorithm>
#include <numeric>

namespace poolbugs::wait {
namespace {

int index_of(std::size_t i) { return static_cast<int>(i); }

}  // namespace

void add_all(const std::vector<int>& more, std::vector<int>& to) {
  for (const int one : more)
    if (std::find(to.begin(), to.end(), one) == to.end()) to.push_back(one);
}

Objects::Objects(const Facts& facts, Graph& graph)
    : facts_(facts),
      graph_(graph),
      outside_(facts.around.held_outside.begin(),
               facts.around.held_outside.end()) {
  for (const ProcessFacts& process : facts.processes)
    for (const Descriptor& one : process.descriptors)
      in_flight_ = in_flight_ || one.in_flight;
}

const Descriptor* Objects::descriptor(int process, int number) const {
  const auto& all =
      facts_.processes[static_cast<std::size_t>(process)].descriptors;
  const auto it =
      std::find_if(all.begin(), all.end(),
                   [&](const Descriptor& one) { return one.number == number; });
  return it == all.end() ? nullptr : &*it;
}

bool Objects::held_outside(FileKind kind, FileId file) const {
  if (kind != FileKind::eventfd) return outside_.contains(file);
  const auto& ids = facts_.around.eventfds_outside;
  return std::find(ids.begin(), ids.end(), file.inode) != ids.end();
}

bool Objects::shared_outside(int process, const Descriptor& file) const {
  const long id = facts_.processes[static_cast<std::size_t>(process)].id;
  const FileId wanted{static_cast<std::uint64_t>(id),
                      static_cast<std::uint64_t>(file.number)};
  const auto& all = facts_.around.anonymous_outside;
  return std::find(all.begin(), all.end(), wanted) != all.end() ||
         held_outside(file.kind, file.file);
}

std::vector<int> Objects::all_processes() const {
  std::vector<int> found(facts_.processes.size());
  std::iota(found.begin(), found.end(), 0);
  return found;
}

std::vector<int> Objects::living_children(int process, long wanted) const {
  const auto& all = facts_.processes;
  const long id = all[static_cast<std::size_t>(process)].id;
  std::vector<int> found;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].parent == id && !all[i].threads.empty() &&
        (wanted == 0 || all[i].inner_id == wanted))
      found.push_back(static_cast<int>(i));
  return found;
}

int Objects::process_of(long id) const {
  for (std::size_t i = 0; i < facts_.processes.size(); ++i)
    if (facts_.processes[i].id == id) return index_of(i);
  return -1;
}

int Objects::thread_in(int process, long inner_id) const {
  int index = 0;
  for (std::size_t p = 0; p < facts_.processes.size(); ++p)
    for (const ThreadFacts& thread : facts_.processes[p].threads) {
      if (index_of(p) == process && thread.inner_id == inner_id) return index;
      ++index;
    }
  return -1;
}

int Objects::thread_anywhere(long inner_id) const {
  for (std::size_t p = 0; p < facts_.processes.size(); ++p)
    if (const int found = thread_in(index_of(p), inner_id); found >= 0)
      return found;
  return -1;
}

std::vector<int> Objects::holders(FileKind kind, FileId file, bool read,
                                  bool write) const {
  std::vector<int> found;
  for (std::size_t p = 0; p < facts_.processes.size(); ++p) {
    const auto& all = facts_.processes[p].descriptors;
    if (std::any_of(all.begin(), all.end(), [&](const Descriptor& one) {
          return one.kind == kind && one.file == file &&
                 ((read && one.reads) || (write && one.writes));
        }))
      found.push_back(index_of(p));
  }
  return found;
}

std::vector<int> Objects::holders_of_socket(std::uint64_t inode) const {
  std::vector<int> found;
  for (std::size_t p = 0; p < facts_.processes.size(); ++p) {
    const auto& all = facts_.processes[p].descriptors;
    if (std::any_of(all.begin(), all.end(), [&](const Descriptor& one) {
          return one.kind == FileKind::socket && one.file.inode == inode;
        }))
      found.push_back(index_of(p));
  }
  return found;
}

std::vector<int> Objects::reach(FileId file) const {
  std::vector<int> found;
  for (std::size_t p = 0; p < facts_.processes.size(); ++p) {
    const ProcessFacts& process = facts_.processes[p];
    const bool maps =
        std::find(process.shared_maps.begin(), process.shared_maps.end(),
                  file) != process.shared_maps.end();
    const bool holds =
        std::any_of(process.descriptors.begin(), process.descriptors.end(),
                    [&](const Descriptor& one) { return one.file == file; });
    if (maps || holds) found.push_back(index_of(p));
  }
  return found;
}

std::vector<int> Objects::share_memory_with(int process) const {
  const auto& all = facts_.processes;
  const auto vforks = [](const ProcessFacts& one) {
    return std::any_of(one.threads.begin(), one.threads.end(),
                       [](const ThreadFacts& thread) { return thread.vforks; });
  };
  std::vector<int> found{process};
  const ProcessFacts& self = all[static_cast<std::size_t>(process)];
  for (std::size_t p = 0; p < all.size(); ++p)
    if ((all[p].parent == self.id && vforks(self)) ||
        (all[p].id == self.parent && vforks(all[p])))
      found.push_back(index_of(p));
  return found;
}

int Objects::add(const Key& key, Object object) {
  graph_.objects.push_back(std::move(object));
  return known_[key] = index_of(graph_.objects.size() - 1);
}

/// Through an exec, and not as its standard output: what nobody told a program
/// of it does not use.
bool Objects::has_by_chance(int process, FileId pipe) const {
  const ProcessFacts& own = facts_.processes[static_cast<std::size_t>(process)];
  if (own.forked || own.parent == 0) return false;
  return std::all_of(own.descriptors.begin(), own.descriptors.end(),
                     [&](const Descriptor& one) {
                       return one.kind != FileKind::pipe || one.file != pipe ||
                              !one.writes || one.number > 2;
                     });
}

int Objects::pipe(FileId file) {
  const Key key{ObjectKind::pipe, 0, file.device, file.inode, 0};
  if (const auto it = known_.find(key); it != known_.end()) return it->second;
  Object object;
  object.kind = ObjectKind::pipe;
  object.readers = holders(FileKind::pipe, file, true, false);
  object.writers = holders(FileKind::pipe, file, false, true);
  for (const int writer : object.writers)
    if (has_by_chance(writer, file)) object.stray_writers.push_back(writer);
  return add(key, std::move(object));
}

int Objects::socket(const Descriptor& end) {
  // Each direction is an object: what `end` reads, its peer writes.
  const Key key{ObjectKind::socket, 0, end.file.inode, end.peer, 0};
  if (const auto it = known_.find(key); it != known_.end()) return it->second;
  Object object;
  object.kind = ObjectKind::socket;
  object.readers = holders_of_socket(end.file.inode);
  object.writers = holders_of_socket(end.peer);
  return add(key, std::move(object));
}

int Objects::listener(const Descriptor& socket) {
  const Key key{ObjectKind::listener, 0, socket.file.inode, 0, 0};
  if (const auto it = known_.find(key); it != known_.end()) return it->second;
  Object object;
  object.kind = ObjectKind::listener;
  object.readers = holders_of_socket(socket.file.inode);
  return add(key, std::move(object));
}

int Objects::eventfd(FileId file) {
  const Key key{ObjectKind::eventfd, 0, file.device, file.inode, 0};
  if (const auto it = known_.find(key); it != known_.end()) return it->second;
  Object object;
  object.kind = ObjectKind::eventfd;
  object.readers = object.writers =
      holders(FileKind::eventfd, file, true, true);
  return add(key, std::move(object));
}

int Objects::futex(int process, const Futex& futex, bool process_private) {
  const bool shared = futex.shared && !process_private;
  const Key key = shared ? Key{ObjectKind::futex, -1, futex.file.device,
                               futex.file.inode, futex.offset}
                         : Key{ObjectKind::futex, process, futex.address, 0, 0};
  if (const auto it = known_.find(key); it != known_.end()) return it->second;
  Object object;
  object.kind = ObjectKind::futex;
  object.shared = shared;
  if (shared) object.path = futex.path;
  object.process = shared ? -1 : process;
  return add(key, std::move(object));
}

int Objects::child(int process) {
  const Key key{ObjectKind::child, process, 0, 0, 0};
  if (const auto it = known_.find(key); it != known_.end()) return it->second;
  Object object;
  object.kind = ObjectKind::child;
  object.process = process;
  return add(key, std::move(object));
}

int Objects::file_lock(const Descriptor& file, const std::vector<int>& owners) {
  // The parts of a file have owners of their own: one object for each set.
  for (int other = 0;; ++other) {
    const Key key{ObjectKind::file_lock, other, file.file.device,
                  file.file.inode, 0};
    const auto it = known_.find(key);
    if (it == known_.end()) {
      Object object;
      object.kind = ObjectKind::file_lock;
      object.shared = true;
      object.path = file.path;
      object.owner = Owner::process;
      object.owner_processes = owners;
      return add(key, std::move(object));
    }
    const auto& known = graph_.objects[static_cast<std::size_t>(it->second)];
    if (known.owner_processes == owners) return it->second;
  }
}

int Objects::nameless(ObjectKind kind, int process) {
  const Key key{kind, process, 1, 0, 0};
  if (const auto it = known_.find(key); it != known_.end()) return it->second;
  Object object;
  object.kind = kind;
  object.process = process;
  return add(key, std::move(object));
}

void Objects::unless(const std::string& phrase) {
  auto& all = graph_.unless;
  if (std::find(all.begin(), all.end(), phrase) == all.end())
    all.push_back(phrase);
}

}  // namespace poolbugs::wait
