#include "platform/pool.hpp"

#include "platform/pool_dispatcher.hpp"

namespace poolbugs::pool {

// The starter comes first: under fork it must not copy the pool's thread.
Pool::Pool(StartMethod method, char**, int workers)
    : dispatcher_(std::make_unique<Dispatcher>(make_starter(method), workers)) {
}

Pool::~Pool() = default;

void Pool::enqueue(const std::string& task, std::string arguments,
                   std::unique_ptr<detail::Completion> completion) {
  dispatcher_->add({task, encode(Request{task, std::move(arguments)}),
                    std::move(completion)});
}

void Pool::terminate() { dispatcher_->stop(Dispatcher::Stop::terminate); }

}  // namespace poolbugs::pool
