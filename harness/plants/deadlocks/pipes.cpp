// Pipes and pairs of sockets.
#include <sys/socket.h>

#include <ctime>
#include <thread>

#include "harness/plants/deadlocks/deadlock.hpp"

namespace poolbugs::deadlocks {
namespace {

/// Process i writes into pipe i and reads from pipe i - 1.
template <int kMany, class Wait>
void pipe_ring(Wait wait) {
  const std::vector<Pipe> pipes(kMany);
  const auto input = [&](int i) { return pipes[(i + kMany - 1) % kMany].read; };
  ring(
      kMany,
      [&](int i) {
        keep(pipes, {input(i), pipes[i].write});
      },
      [&](int i) { wait(i, input(i), pipes[i].write); });
}

void both_write() {
  pipe_ring<2>([](int, int, int to) { write_much(to); });
}

void three_write() {
  pipe_ring<3>([](int, int, int to) { write_much(to); });
}

/// 0 writes to 1, who reads from somebody else: 2, who reads from 0.
void one_writes_two_read() {
  const std::vector<Pipe> pipes(3);
  ring(
      3,
      [&](int i) {
        if (i == 0) keep(pipes, {pipes[0].write, pipes[1].write});
        if (i == 1) keep(pipes, {pipes[0].read, pipes[2].read});
        if (i == 2) keep(pipes, {pipes[1].read, pipes[2].write});
      },
      [&](int i) {
        if (i == 0) write_much(pipes[0].write);
        read_byte(i == 1 ? pipes[2].read : pipes[1].read);
      });
}

void both_read() {
  pipe_ring<2>([](int, int from, int) { read_byte(from); });
}

void three_read() {
  pipe_ring<3>([](int, int from, int) { read_byte(from); });
}

void writes_to_itself() {
  const Pipe pipe;
  stuck();
  write_much(pipe.write);
}

/// Waits for the end of what it could itself still write.
void reads_own_pipe() {
  const Pipe pipe;
  stuck();
  read_byte(pipe.read);
}

/// As every Ruby has one.
void has_unarmed_timer() {
  timer_t timer;
  must(::timer_create(CLOCK_MONOTONIC, nullptr, &timer) == 0, "timer_create");
  reads_own_pipe();
}

/// The worker has ended; its parent forgot to close its own write end.
void forgot_to_close() {
  const Pipe pipe;
  wait_for(start([&] {
    must(::write(pipe.write, "x", 1) == 1, "write");
    ::_exit(0);
  }));
  read_byte(pipe.read);
  stuck();
  read_byte(pipe.read);
}

template <class Wait>
void pair(Wait wait) {
  int ends[2];
  must(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
  ring(
      2, [&](int i) { ::close(ends[1 - i]); }, [&](int i) { wait(ends[i]); });
}

void pair_reads() { pair(read_byte); }

void pair_writes() { pair(write_much); }

/// Messages with recvmsg, as frameworks do.
void pair_messages() {
  pair([](int end) {
    char byte;
    iovec part{&byte, 1};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    ::recvmsg(end, &message, 0);
  });
}

void reads_own_pair() {
  int ends[2];
  must(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
  stuck();
  read_byte(ends[0]);
}

}  // namespace

std::vector<Deadlock> pipes() {
  return {
      {"both_write", "pipe-cycle", "pipe-write", both_write, false, 2},
      {"three_write", "pipe-cycle", "pipe-write", three_write, false, 3},
      {"one_writes_two_read", "pipe-cycle", "pipe-write", one_writes_two_read,
       false, 3},
      {"writes_to_itself", "pipe-cycle", "pipe-write", writes_to_itself},
      {"both_read", "read-cycle", "pipe-read", both_read, false, 2},
      {"three_read", "read-cycle", "pipe-read", three_read, false, 3},
      {"reads_own_pipe", "eof-never-comes", "pipe-read", reads_own_pipe},
      {"has_unarmed_timer", "eof-never-comes", "pipe-read", has_unarmed_timer},
      {"forgot_to_close", "eof-never-comes", "pipe-read", forgot_to_close},
      {"pair_reads", "read-cycle", "socket-read", pair_reads, false, 2},
      {"pair_writes", "pipe-cycle", "socket-write", pair_writes, false, 2},
      {"pair_messages", "read-cycle", "socket-read", pair_messages, false, 2},
      {"reads_own_pair", "eof-never-comes", "socket-read", reads_own_pair}};
}

}  // namespace poolbugs::deadlocks
