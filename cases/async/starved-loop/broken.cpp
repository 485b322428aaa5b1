// A long computation and a heartbeat share one event loop.
#include <atomic>
#include <boost/asio.hpp>
#include <chrono>
#include <ctime>

#include "cases/common/say.hpp"

using namespace poolbugs;
namespace asio = boost::asio;

asio::io_context loop;
asio::steady_timer heartbeat(loop);
std::atomic<int> beats = 0;

// Every millisecond: tells the workers that their parent is alive.
void beat() {
  ++beats;
  heartbeat.expires_after(std::chrono::milliseconds(1));
  heartbeat.async_wait([](boost::system::error_code) { beat(); });
}

// Until the program has used 200 ms of processor time: at least as much of any
// other clock, on however busy a machine.
void compute() {
  while (std::clock() < CLOCKS_PER_SEC / 5) continue;
}

void long_task() {
  const int before = beats;
  compute();
  observed(beats > before ? "heartbeats during the task"
                          : "no heartbeat during the task");
  loop.stop();
}

int main() {
  expected("heartbeats during the task");
  beat();
  asio::post(loop, long_task);
  loop.run();
}
