// Which fields the facts of a process tree have, by name: one list for both
// directions of facts_json.cpp. A field that is missing here does not compile.
#pragma once

#include <array>
#include <boost/pfr/core.hpp>
#include <cstddef>

#include "platform/wait_facts.hpp"

namespace poolbugs::wait {

template <class Enum>
struct Words;
template <>
struct Words<FileKind> {
  static constexpr std::array all{
      "pipe",      "fifo",     "socket", "eventfd",       "timerfd",
      "signalfd",  "pidfd",    "epoll",  "message_queue", "regular",
      "directory", "io_uring", "other"};
};
template <>
struct Words<FileLock::Kind> {
  static constexpr std::array all{"flock", "posix", "open_file"};
};
template <>
struct Words<Surroundings::Alarm> {
  static constexpr std::array all{"none", "pending_somewhere", "unknown"};
};

template <>
struct Words<Sameness> {
  static constexpr std::array all{"not_known", "same", "other"};
};
template <>
struct Words<Interrupt> {
  static constexpr std::array all{"not_asked", "raises", "acts"};
};

template <class Struct, std::size_t N>
constexpr void has_fields() {
  static_assert(boost::pfr::tuple_size_v<Struct> == N);
}

template <class Io>
void fields(Io& io, FileLock& it) {
  has_fields<FileLock, 4>();
  io("kind", it.kind);
  io("write", it.write);
  io("first", it.first);
  io("last", it.last);
}

template <class Io>
void fields(Io& io, EpollEntry& it) {
  has_fields<EpollEntry, 3>();
  io("descriptor", it.descriptor);
  io("events", it.events);
  io("sure", it.sure);
}

template <class Io>
void fields(Io& io, Descriptor& it) {
  has_fields<Descriptor, 22>();
  io("number", it.number);
  io("kind", it.kind);
  io("file", it.file);
  io("reads", it.reads);
  io("writes", it.writes);
  io("nonblocking", it.nonblocking);
  io("signals", it.signals);
  io("path", it.path);
  io("anonymous_pair", it.anonymous_pair);
  io("peer", it.peer);
  io("listens_inside", it.listens_inside);
  io("listens_privately", it.listens_privately);
  io("passes_descriptors", it.passes_descriptors);
  io("in_flight", it.in_flight);
  io("receive_timed", it.receive_timed);
  io("send_timed", it.send_timed);
  io("armed", it.armed);
  io.hex("awaited", it.awaited);
  io("target", it.target);
  io("watched", it.watched);
  io("all_watched_known", it.all_watched_known);
  io("locks", it.locks);
}

template <class Io>
void fields(Io& io, Futex& it) {
  has_fields<Futex, 12>();
  io.hex("address", it.address);
  io("process_private", it.process_private);
  io("mapped", it.mapped);
  io("shared", it.shared);
  io("file", it.file);
  io.hex("offset", it.offset);
  io("path", it.path);
  io("nameless", it.nameless);
  io.hex("words", it.words);
  io("readable", it.readable);
  io.hex("parent_words", it.parent_words);
  io("in_parent", it.in_parent);
}

template <class Io>
void fields(Io& io, PollEntry& it) {
  has_fields<PollEntry, 2>();
  io("descriptor", it.descriptor);
  io("events", it.events);
}

template <class Io>
void fields(Io& io, LockRequest& it) {
  has_fields<LockRequest, 2>();
  io("known", it.known);
  io("lock", it.lock);
}

template <class Io>
void fields(Io& io, ThreadFacts& it) {
  has_fields<ThreadFacts, 20>();
  io("id", it.id);
  io("inner_id", it.inner_id);
  io("state", it.state);
  io("asleep", it.asleep);
  io("elsewhere", it.elsewhere);
  io("call", it.call);
  io.hex("arguments", it.arguments);
  io.hex("pc", it.pc);
  io.hex("stack", it.stack);
  io("start_ticks", it.start_ticks);
  io("switches", it.switches);
  io.hex("blocked", it.blocked);
  io("tracer", it.tracer);
  io("name", it.name);
  io("futexes", it.futexes);
  io("futexes_known", it.futexes_known);
  io("polled", it.polled);
  io("polled_known", it.polled_known);
  io("lock", it.lock);
  io("vforks", it.vforks);
}

template <class Io>
void fields(Io& io, ProcessFacts& it) {
  has_fields<ProcessFacts, 20>();
  io("id", it.id);
  io("parent", it.parent);
  io("inner_id", it.inner_id);
  io("start_ticks", it.start_ticks);
  io("name", it.name);
  io("forked", it.forked);
  io("zombie", it.zombie);
  io("readable", it.readable);
  io("modelled", it.modelled);
  io("why_not", it.why_not);
  io("timers", it.timers);
  io.hex("caught", it.caught);
  io("interrupt", it.interrupt);
  io("forker", it.forker);
  io("terminal", it.terminal);
  io("ipc_space", it.ipc_space);
  io("threads", it.threads);
  io("descriptors", it.descriptors);
  io("shared_maps", it.shared_maps);
  io("requeue_maps", it.requeue_maps);
}

template <class Io>
void fields(Io& io, Surroundings& it) {
  has_fields<Surroundings, 13>();
  io("ours", it.ours);
  io("own_namespaces", it.own_namespaces);
  io("no_signals", it.no_signals);
  io("held_outside", it.held_outside);
  io("eventfds_outside", it.eventfds_outside);
  io("anonymous_outside", it.anonymous_outside);
  io("sockets_hold", it.sockets_hold);
  io("strange_sockets", it.strange_sockets);
  io("saw_everybody", it.saw_everybody);
  io("unreadable", it.unreadable);
  io("traces_outside", it.traces_outside);
  io("alarm", it.alarm);
  io("group_events", it.group_events);
}

template <class Io>
void fields(Io& io, Facts& it) {
  has_fields<Facts, 4>();
  io("root", it.root);
  io("processes", it.processes);
  io("around", it.around);
  io("disturbed", it.disturbed);
}

}  // namespace poolbugs::wait
