#include <windows.h>

#include "platform/pool_starter.hpp"

namespace poolbugs::pool {
namespace {

/// Every worker is this program, started again.
class SpawnStarter : public Starter {
 public:
  Result<void> start(std::uint64_t worker, UniqueFd channel) override {
    return children_.start(
        worker,
        {std::string(kWorkerWord), std::to_string(::GetCurrentProcessId())},
        channel.get());
  }
  void kill(std::uint64_t worker) override { children_.kill(worker); }
  void report_to(Waiter& waiter) override { children_.report_to(waiter); }
  Result<std::vector<Ended>> ended() override { return children_.reap(); }

 private:
  Children children_;
};

}  // namespace

Result<std::unique_ptr<Starter>> make_starter(StartMethod method) {
  if (method == StartMethod::spawn)
    return std::unique_ptr<Starter>(std::make_unique<SpawnStarter>());
  return Error{"there is no fork on Windows, so no start method " +
               std::string(to_string(method)) + ": use spawn"};
}

}  // namespace poolbugs::pool
