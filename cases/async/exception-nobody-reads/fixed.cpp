// One coroutine per worker waits for its result; the second worker dies.
#include <boost/asio.hpp>
#include <cstdlib>
#include <exception>
#include <string>

#include "cases/common/say.hpp"
#include "platform/channel.hpp"
#include "platform/worker.hpp"
#include "platform/worker_stream.hpp"

using namespace poolbugs;
namespace asio = boost::asio;

int work() {
  asio::io_context context;
  WorkerStream parent(context, inherited(3));
  char task = 0;
  asio::read(parent, asio::buffer(&task, 1));
  if (task == '2') std::_Exit(1);
  asio::write(parent, asio::buffer(&task, 1));
  return 0;
}

asio::awaitable<void> ask(WorkerStream worker, char task) {
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
  Descriptor own[2];
  Child workers[2];
  for (int i : {0, 1}) {
    auto ends = make_channel_pair();
    if (!ends) return 70;
    workers[i] = start_worker(method, argv, work, {ends->theirs.get()});
    own[i] = ends->ours.release();
  }
  asio::io_context loop;
  const auto report = [](std::exception_ptr error) {
    if (error) observed("a task failed");
  };
  asio::co_spawn(loop, ask(WorkerStream(loop, own[0]), '1'), report);
  asio::co_spawn(loop, ask(WorkerStream(loop, own[1]), '2'), report);
  loop.run();
  for (const Child worker : workers) wait_for(worker);
}
