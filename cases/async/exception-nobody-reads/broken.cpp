// One coroutine per worker waits for its result; the second worker dies.
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio.hpp>
#include <exception>
#include <string>

#include "cases/common/check.hpp"
#include "cases/common/say.hpp"
#include "platform/worker.hpp"

using namespace poolbugs;
namespace asio = boost::asio;
using Stream = asio::posix::stream_descriptor;

int work() {
  char task = 0;
  check(read(3, &task, 1), "read");
  if (task == '2') _exit(1);
  check(write(3, &task, 1), "write");
  return 0;
}

asio::awaitable<void> ask(Stream worker, char task) {
  co_await async_write(worker, asio::buffer(&task, 1), asio::use_awaitable);
  char result = 0;
  // Throws if the worker is gone.
  co_await async_read(worker, asio::buffer(&result, 1), asio::use_awaitable);
  observed(std::string("task ") + task + " has a result");
}

int main(int argc, char** argv) {
  if (is_worker(argc, argv)) return work();
  const StartMethod method = start_method(argc, argv);
  expected("task 1 has a result");
  expected("a task failed");
  int own[2];
  pid_t workers[2];
  for (int i : {0, 1}) {
    int ends[2];
    check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends),
          "socketpair");
    workers[i] = start_worker(method, argv, work, {ends[1]});
    close(ends[1]);
    own[i] = ends[0];
  }
  asio::io_context loop;
  asio::co_spawn(loop, ask(Stream(loop, own[0]), '1'), asio::detached);
  asio::co_spawn(loop, ask(Stream(loop, own[1]), '2'), asio::detached);
  loop.run();
  for (pid_t worker : workers) wait_for(worker);
}
