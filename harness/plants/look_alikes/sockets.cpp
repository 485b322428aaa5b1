// Servers that wait for somebody outside, and clients.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>

#include "harness/plants/look_alikes/look_alike.hpp"

namespace poolbugs::look_alikes {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// Bound to a port of its own on the loopback interface, which is told.
int bound(int kind) {
  const int fd = must(::socket(AF_INET, kind, 0), "socket");
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  must(::bind(fd, reinterpret_cast<sockaddr*>(&address), size), "bind");
  if (kind == SOCK_STREAM) must(::listen(fd, 8), "listen");
  must(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size),
       "getsockname");
  tell(ntohs(address.sin_port));
  return fd;
}

int connected(int kind, int port) {
  const int fd = must(::socket(AF_INET, kind, 0), "socket");
  const sockaddr_in address = loopback(port);
  must(::connect(fd, reinterpret_cast<const sockaddr*>(&address),
                 sizeof address),
       "connect");
  return fd;
}

Rescue client() {
  return [] { connected(SOCK_STREAM, told()); };
}

void accept_tcp() {
  must(::accept(bound(SOCK_STREAM), nullptr, nullptr), "accept");
}

void poll_tcp() {
  pollfd polled{bound(SOCK_STREAM), POLLIN, 0};
  must(::poll(&polled, 1, -1), "poll");
}

void epoll_tcp() {
  const int set = must(::epoll_create1(0), "epoll_create1");
  epoll_event event{EPOLLIN, {}};
  must(::epoll_ctl(set, EPOLL_CTL_ADD, bound(SOCK_STREAM), &event),
       "epoll_ctl");
  must(::epoll_wait(set, &event, 1, -1), "epoll_wait");
}

/// The master waits for workers, who wait for clients: a preforking server.
void preforked_server() {
  const int server = bound(SOCK_STREAM);
  std::vector<pid_t> workers;
  for (int i = 0; i < 3; ++i)
    workers.push_back(
        in_child([=] { must(::accept(server, nullptr, nullptr), "accept"); }));
  for (const pid_t worker : workers) join(worker);
}

Rescue three_clients() {
  return [] {
    for (int i = 0; i < 3; ++i) ::close(connected(SOCK_STREAM, told()));
  };
}

void receive_udp() {
  char byte;
  expect(::recv(bound(SOCK_DGRAM), &byte, 1, 0) == 1, "recv");
}
Rescue sender_udp() {
  return [] { say(connected(SOCK_DGRAM, told())); };
}

/// A connection; the server at its other end is outside and slow.
void slow_server() { hear(connected(SOCK_STREAM, handed_id())); }
Rescue serve_late() {
  const int server =
      must(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  must(::bind(server, reinterpret_cast<sockaddr*>(&address), size), "bind");
  must(::listen(server, 8), "listen");
  ::getsockname(server, reinterpret_cast<sockaddr*>(&address), &size);
  hand_down_id(ntohs(address.sin_port));
  return [=] { say(must(::accept(server, nullptr, nullptr), "accept")); };
}

// --- unix sockets

sockaddr_un named(bool abstract, socklen_t& size) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = place("server");
  std::memcpy(address.sun_path + abstract, path.data(), path.size());
  size =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return address;
}

int unix_server(bool abstract, int kind) {
  socklen_t size = 0;
  const sockaddr_un address = named(abstract, size);
  const int fd = must(::socket(AF_UNIX, kind, 0), "socket");
  must(::bind(fd, reinterpret_cast<const sockaddr*>(&address), size), "bind");
  if (kind == SOCK_STREAM) must(::listen(fd, 8), "listen");
  return fd;
}

void unix_client(bool abstract, int kind) {
  socklen_t size = 0;
  const sockaddr_un address = named(abstract, size);
  const int fd = must(::socket(AF_UNIX, kind, 0), "socket");
  // On a busy machine the server may not be there yet.
  int connected = -1;
  for (int i = 0; i < 500 && connected != 0; ++i) {
    if (i > 0) sleep_for(0.01);
    connected =
        ::connect(fd, reinterpret_cast<const sockaddr*>(&address), size);
    if (connected != 0 && errno != ENOENT && errno != ECONNREFUSED) break;
  }
  must(connected, "connect");
  if (kind == SOCK_DGRAM) say(fd);
}

void accept_unix() {
  must(::accept(unix_server(false, SOCK_STREAM), nullptr, nullptr), "accept");
}
Rescue client_unix() {
  return [] { unix_client(false, SOCK_STREAM); };
}

void accept_abstract() {
  must(::accept(unix_server(true, SOCK_STREAM), nullptr, nullptr), "accept");
}
void poll_abstract() {
  pollfd polled{unix_server(true, SOCK_STREAM), POLLIN, 0};
  must(::poll(&polled, 1, -1), "poll");
}
Rescue client_abstract() {
  return [] { unix_client(true, SOCK_STREAM); };
}

void receive_unix() { hear(unix_server(false, SOCK_DGRAM)); }
Rescue sender_unix() {
  return [] { unix_client(false, SOCK_DGRAM); };
}

/// A pair of datagram sockets, one of which has got a name meanwhile.
void named_pair() {
  int ends[2];
  must(::socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), "socketpair");
  socklen_t size = 0;
  const sockaddr_un address = named(false, size);
  must(::bind(ends[0], reinterpret_cast<const sockaddr*>(&address), size),
       "bind");
  // Connected, it hears its peer only; now it hears everybody.
  sockaddr nobody{};
  nobody.sa_family = AF_UNSPEC;
  must(::connect(ends[0], &nobody, sizeof nobody), "connect");
  hear(ends[0]);
}

/// The client's connect(2) waits: nobody takes what is queued.
void connect_waits() {
  socklen_t size = 0;
  const sockaddr_un address = named(false, size);
  for (int i = 0; i < 3; ++i) {
    const int fd = must(::socket(AF_UNIX, SOCK_STREAM, 0), "socket");
    must(::connect(fd, reinterpret_cast<const sockaddr*>(&address), size),
         "connect");
  }
}
Rescue accept_late() {
  socklen_t size = 0;
  const sockaddr_un address = named(false, size);
  const int server =
      must(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  must(::bind(server, reinterpret_cast<const sockaddr*>(&address), size),
       "bind");
  must(::listen(server, 0), "listen");
  return [=] {
    for (int i = 0; i < 3; ++i)
      must(::accept(server, nullptr, nullptr), "accept");
  };
}

/// Both ends of a TCP connection in one process, and a sleeper with one.
void tcp_in_tree() {
  const int server = must(::socket(AF_INET, SOCK_STREAM, 0), "socket");
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  must(::bind(server, reinterpret_cast<sockaddr*>(&address), size), "bind");
  must(::listen(server, 8), "listen");
  ::getsockname(server, reinterpret_cast<sockaddr*>(&address), &size);
  const int there = connected(SOCK_STREAM, ntohs(address.sin_port));
  const int here = must(::accept(server, nullptr, nullptr), "accept");
  const pid_t child = in_child([&] { sleep_for(span()), say(there); });
  hear(here);
  join(child);
}

const Table sockets{
    {"accept_tcp", "", accept_tcp, client},
    {"poll_tcp", "", poll_tcp, client},
    {"epoll_tcp", "", epoll_tcp, client},
    {"preforked_server", "", preforked_server, three_clients},
    {"receive_udp", "", receive_udp, sender_udp},
    {"slow_server", "", slow_server, serve_late},
    {"accept_unix", "", accept_unix, client_unix},
    {"accept_abstract", "", accept_abstract, client_abstract},
    {"poll_abstract", "", poll_abstract, client_abstract},
    {"receive_unix", "", receive_unix, sender_unix},
    {"named_pair", "", named_pair, sender_unix},
    {"connect_waits", "", connect_waits, accept_late},
    {"tcp_in_tree", "", tcp_in_tree},
};

}  // namespace
}  // namespace poolbugs::look_alikes
