#include <algorithm>

#include "platform/system_calls_linux.hpp"
#include "platform/wait_outside_linux.hpp"

namespace poolbugs::wait {
namespace {

bool takes_part(const ThreadFacts& thread, int descriptor) {
  const bool waits_for_lock =
      thread.call == SYS_flock || thread.call == SYS_fcntl;
  return waits_for_lock && static_cast<int>(thread.arguments[0]) == descriptor;
}

void add_descriptor(const ProcessFacts& process, const Descriptor& one,
                    Interest& interest) {
  switch (one.kind) {
    case FileKind::pipe:
      interest.pipes[one.file.inode] = one.file;
      return;
    case FileKind::socket:
      interest.sockets[one.file.inode] = one.file;
      if (one.peer != 0)
        interest.sockets[one.peer] = {one.file.device, one.peer};
      return;
    case FileKind::eventfd:
      interest.eventfds.insert(one.file.inode);
      return;
    case FileKind::fifo:
    case FileKind::message_queue:
      interest.files.insert(one.file);
      return;
    case FileKind::epoll:
      interest.files.insert(one.file);
      [[fallthrough]];
    case FileKind::timerfd:
      if (!process.threads.empty())
        interest.anonymous.push_back(
            {process.id, process.threads.front().id, one.number, one.kind});
      return;
    default:
      break;
  }
  bool matters = !one.locks.empty();
  for (const ThreadFacts& thread : process.threads)
    matters = matters || takes_part(thread, one.number);
  if (matters && one.file.inode != 0) interest.files.insert(one.file);
}

void add_mapped(const FileId& file, Interest& interest) {
  if (file.inode == 0) return;
  const auto [first, last] = interest.mapped.equal_range(file.inode);
  if (std::none_of(first, last,
                   [&](const auto& one) { return one.second == file; }))
    interest.mapped.emplace(file.inode, file);
}

void add_futexes(const ProcessFacts& process, Interest& interest) {
  bool anywhere = false;
  for (const ThreadFacts& thread : process.threads) {
    anywhere = anywhere ||
               may_be_requeued_anywhere(thread.call, thread.arguments.data());
    for (const Futex& futex : thread.futexes)
      if (futex.shared) add_mapped(futex.file, interest);
  }
  if (!anywhere) return;
  for (const FileId& file : process.requeue_maps) add_mapped(file, interest);
}

}  // namespace

Interest interest_of(const Facts& facts) {
  Interest interest;
  for (const ProcessFacts& process : facts.processes) {
    for (const Descriptor& one : process.descriptors)
      add_descriptor(process, one, interest);
    add_futexes(process, interest);
  }
  return interest;
}

}  // namespace poolbugs::wait
