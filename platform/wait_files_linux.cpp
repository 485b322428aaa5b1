// Waits for descriptors. A thread that reads may be woken by those who hold
// the other end, a poller by what happens to any of its files.
#include <poll.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "platform/wait_calls_linux.hpp"

namespace poolbugs::wait {
namespace {

constexpr int kMaxNesting = 4;  ///< of epoll sets

Waits model_pipe(Objects& objects, const Descriptor& file, bool read,
                 bool write) {
  if (objects.held_outside(file.kind, file.file))
    return Error{"waits for a pipe that somebody outside holds"};
  const int pipe = objects.pipe(file.file);
  const Object& object =
      objects.graph().objects[static_cast<std::size_t>(pipe)];
  std::vector<Wait> waits;
  if (read && file.reads)
    waits.push_back({pipe, Event::readable, object.writers, {}, true});
  if (write && file.writes) {
    // Whoever has an end may make the pipe larger (F_SETPIPE_SZ).
    std::vector<int> all = object.readers;
    add_all(object.writers, all);
    waits.push_back({pipe, Event::writable, std::move(all), {}, true});
  }
  // Where nobody held the other end the wait would be over: it would be the end
  // of the file, or EPIPE (pipe(7)). So there is somebody, whom nobody saw: the
  // kernel itself has ends (autofs, 9p), or a message that is under way.
  if ((read && file.reads && object.writers.empty()) ||
      (write && file.writes && object.readers.empty()))
    return Error{"waits for a pipe that somebody unseen holds"};
  return waits;
}

/// A connection can come from whoever knows the name.
Waits model_listener(Objects& objects, const Descriptor& file) {
  if (objects.held_outside(file.kind, file.file))
    return Error{"waits for a socket that somebody outside holds"};
  if (!objects.facts().around.own_namespaces || !file.listens_inside) {
    if (!file.listens_privately) return Error{"waits for connections"};
    objects.unless("somebody outside connects to a process of CPython");
  }
  return std::vector<Wait>{{objects.listener(file),
                            Event::woken,
                            objects.all_processes(),
                            {},
                            false}};
}

Waits model_socket(Objects& objects, const Descriptor& file, bool read,
                   bool write) {
  if (file.listens_inside || file.listens_privately)
    return model_listener(objects, file);
  if (!file.anonymous_pair) return Error{"waits for a socket"};
  if (objects.held_outside(file.kind, file.file) ||
      objects.held_outside(file.kind, {file.file.device, file.peer}))
    return Error{"waits for a socket that somebody outside holds"};
  std::vector<Wait> waits;
  const std::vector<int> peers = objects.holders_of_socket(file.peer);
  if (peers.empty())
    return Error{"waits for a socket that somebody unseen holds"};
  // Those who hold this end too may shut it down (shutdown(2)).
  std::vector<int> all = peers;
  add_all(objects.holders_of_socket(file.file.inode), all);
  if (read)
    waits.push_back({objects.socket(file), Event::readable, all, {}, true});
  if (write) {
    Descriptor other = file;
    std::swap(other.file.inode, other.peer);
    waits.push_back({objects.socket(other), Event::writable, all, {}, true});
  }
  return waits;
}

Waits model_eventfd(Objects& objects, const Descriptor& file) {
  if (objects.held_outside(file.kind, file.file))
    return Error{"waits for an eventfd that somebody outside holds"};
  if (objects.facts().around.group_events)
    objects.unless("the kernel writes to an eventfd (a control group's event)");
  const int eventfd = objects.eventfd(file.file);
  return std::vector<Wait>{
      {eventfd,
       Event::woken,
       objects.graph().objects[static_cast<std::size_t>(eventfd)].readers,
       {},
       false}};
}

Waits model_pidfd(Objects& objects, const Descriptor& file) {
  const int process = file.target > 0 ? objects.process_of(file.target) : -1;
  if (process < 0 || objects.facts()
                         .processes[static_cast<std::size_t>(process)]
                         .threads.empty())
    return Error{"waits for a process outside of the tree"};
  return std::vector<Wait>{
      {objects.child(process), Event::ended, {process}, {}, true}};
}

Waits model_set(Objects& objects, int process, const Descriptor& set,
                int depth);

/// Anything that may happen to a descriptor. What end it is says what can:
/// errors and hang-ups are always reported (poll(2)).
Waits model_any(Objects& objects, int process, int number, int depth) {
  const Descriptor* file = objects.descriptor(process, number);
  if (file == nullptr) return Error{"waits for a descriptor that is not there"};
  if (objects.in_flight())
    return Error{"waits while descriptors are under way in a socket"};
  switch (file->kind) {
    case FileKind::pipe:
      return model_pipe(objects, *file, true, true);
    case FileKind::socket:
      return model_socket(objects, *file, true, true);
    case FileKind::eventfd:
      return model_eventfd(objects, *file);
    case FileKind::timerfd:
      if (file->armed || objects.shared_outside(process, *file))
        return Error{"waits for a timer"};
      // Who of the tree may arm it is not to be seen.
      return std::vector<Wait>{{objects.nameless(ObjectKind::timer, process),
                                Event::woken,
                                objects.all_processes(),
                                {},
                                false}};
    case FileKind::signalfd:
      return model_signal(objects, process, file->awaited);
    case FileKind::pidfd:
      return model_pidfd(objects, *file);
    case FileKind::epoll:
      return model_set(objects, process, *file, depth + 1);
    case FileKind::message_queue:
      return model_anybody(objects, ObjectKind::message_queue);
    default:
      return Error{"waits for something outside"};
  }
}

/// One of several descriptors: all of them must be understood.
Waits model_all(Objects& objects, int process, const std::vector<int>& numbers,
                int depth) {
  std::vector<Wait> all;
  for (const int number : numbers) {
    auto waits = model_any(objects, process, number, depth);
    if (!waits) return waits;
    all.insert(all.end(), waits->begin(), waits->end());
  }
  // Of nothing at all it is a wait for a signal.
  if (all.empty()) return model_signal(objects, process);
  return all;
}

Waits model_set(Objects& objects, int process, const Descriptor& set,
                int depth) {
  if (depth > kMaxNesting || !set.all_watched_known)
    return Error{"waits for an epoll set that is not known"};
  if (objects.shared_outside(process, set))
    objects.unless("a process outside shares an epoll set");
  std::vector<int> numbers;
  for (const EpollEntry& entry : set.watched) {
    if (!entry.sure) return Error{"waits for an epoll set that is not known"};
    numbers.push_back(entry.descriptor);
  }
  // The kernel sorts them by address: in each run another order.
  std::sort(numbers.begin(), numbers.end());
  return model_all(objects, process, numbers, depth);
}

bool overlap(const FileLock& a, const FileLock& b) {
  return a.first <= b.last && b.first <= a.last;
}

Waits model_lock(Objects& objects, const Descriptor* file,
                 const std::function<bool(const FileLock&)>& conflicts) {
  if (file == nullptr) return Error{"waits for a lock on an unknown file"};
  if (objects.in_flight() || objects.held_outside(file->kind, file->file))
    return Error{"waits for a lock on a file that others have open"};
  std::vector<int> owners;
  const auto& all = objects.facts().processes;
  for (std::size_t p = 0; p < all.size(); ++p)
    for (const Descriptor& one : all[p].descriptors)
      if (one.file == file->file &&
          std::any_of(one.locks.begin(), one.locks.end(), conflicts) &&
          (owners.empty() || owners.back() != static_cast<int>(p)))
        owners.push_back(static_cast<int>(p));
  if (owners.empty()) return Error{"waits for a lock that nobody here holds"};
  return std::vector<Wait>{
      {objects.file_lock(*file, owners), Event::unlocked, owners, {}, true}};
}

}  // namespace

Waits model_transfer(Objects& objects, int process, int descriptor,
                     Direction direction) {
  const Descriptor* file = objects.descriptor(process, descriptor);
  if (file == nullptr) return Error{"waits for a descriptor that is not there"};
  if (objects.in_flight())
    return Error{"waits while descriptors are under way in a socket"};
  const bool read = direction == Direction::read;
  switch (file->kind) {
    case FileKind::pipe: {
      auto waits = model_pipe(objects, *file, read, !read);
      if (waits && waits->empty()) return Error{"waits at the wrong end"};
      return waits;
    }
    case FileKind::socket:
      if (read ? file->receive_timed : file->send_timed)
        return Error{"waits for a socket that may have a time-out"};
      return model_socket(objects, *file, read, !read);
    case FileKind::epoll:
    case FileKind::pidfd:
      return Error{"waits for something outside"};
    default:
      return model_any(objects, process, descriptor, 0);
  }
}

Waits model_poll(Objects& objects, const ThreadFacts& facts, int process) {
  if (!facts.polled_known) return Error{"waits for it is not known what"};
  std::vector<int> numbers;
  for (const PollEntry& entry : facts.polled)
    if (entry.descriptor >= 0) numbers.push_back(entry.descriptor);
  return model_all(objects, process, numbers, 0);
}

Waits model_epoll(Objects& objects, int process, int descriptor) {
  const Descriptor* set = objects.descriptor(process, descriptor);
  if (set == nullptr || set->kind != FileKind::epoll)
    return Error{"waits for an epoll set that is not known"};
  return model_set(objects, process, *set, 0);
}

Waits model_flock(Objects& objects, const ThreadFacts& facts, int process) {
  const Descriptor* file =
      objects.descriptor(process, static_cast<int>(facts.arguments[0]));
  // A shared lock waits for an exclusive one, which has one owner; whichever
  // is there, nothing else but its end helps.
  return model_lock(objects, file, [](const FileLock& lock) {
    return lock.kind == FileLock::Kind::flock;
  });
}

Waits model_record_lock(Objects& objects, const ThreadFacts& facts,
                        int process) {
  const LockRequest& wanted = *facts.lock;
  if (!wanted.known) return Error{"waits for a lock it is not known where"};
  const Descriptor* file =
      objects.descriptor(process, static_cast<int>(facts.arguments[0]));
  return model_lock(objects, file, [&](const FileLock& lock) {
    return lock.kind != FileLock::Kind::flock && overlap(lock, wanted.lock) &&
           (lock.write || wanted.lock.write);
  });
}

}  // namespace poolbugs::wait
