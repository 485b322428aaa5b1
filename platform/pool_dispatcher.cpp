#include "platform/pool_dispatcher.hpp"

#include <algorithm>
#include <chrono>

#include "platform/pool_death.hpp"

namespace poolbugs::pool {
namespace {

/// How long a worker may take to leave once its channel is closed.
constexpr std::chrono::seconds kGrace{5};

constexpr auto has_job = [](const auto& entry) {
  return entry.second.job.has_value();
};

std::exception_ptr broken(const std::string& reason) {
  return std::make_exception_ptr(PoolBroken(reason));
}

}  // namespace

Dispatcher::Dispatcher(Result<std::unique_ptr<Starter>> starter, int workers)
    : wanted_(std::max(workers, 1)), starter_(std::move(starter)) {
  if (!starter_) broken_ = starter_.error().text;
  if (Result<std::unique_ptr<Waiter>> waiter = make_waiter())
    waiter_ = std::move(*waiter);
  else
    broken_ = waiter.error().text;
  if (!waiter_) return;  // every task will be told why
  if (starter_) (*starter_)->report_to(*waiter_);
  thread_ = start_quiet_thread([this] { run(); });
}

void Dispatcher::add(Job job) {
  if (job.request.size() > kMaxPayload)
    return job.completion->fail(std::make_exception_ptr(
        PoolError("the arguments are over the limit of " +
                  std::to_string(kMaxPayload) + " bytes")));
  if (!waiter_) return job.completion->fail(broken(*broken_));
  {
    std::lock_guard lock(mutex_);
    if (stop_ == Stop::no) {
      incoming_.push_back(std::move(job));
      waiter_->wake();
      return;
    }
  }
  job.completion->fail(broken("the pool was terminated"));
}

void Dispatcher::stop(Stop how) {
  {
    std::lock_guard lock(mutex_);
    if (stop_ != Stop::terminate) stop_ = how;
    if (waiter_) waiter_->wake();
  }
  std::lock_guard lock(join_mutex_);
  if (thread_.joinable()) thread_.join();
}

Dispatcher::Stop Dispatcher::take_orders() {
  std::lock_guard lock(mutex_);
  waiter_->clear();
  std::ranges::move(incoming_, std::back_inserter(queue_));
  incoming_.clear();
  return stop_;
}

void Dispatcher::run() {
  Stop stop = Stop::no;
  while (true) {
    stop = take_orders();
    if (stop == Stop::terminate) break;
    if (broken_) fail_all(*broken_);
    do start_missing();
    while (reap());
    assign();
    bool busy = std::ranges::any_of(workers_, has_job);
    if (stop == Stop::finish && queue_.empty() && !busy) break;
    wait_for_events({});
  }
  close_workers(stop);
  fail_all("the pool was terminated");
}

void Dispatcher::start_missing() {
  if (broken_) return;
  auto wanted = static_cast<std::size_t>(wanted_);
  if (!started_) {
    started_ = true;
    while (!broken_ && workers_.size() < wanted && start_one()) continue;
  }
  // Replacements only for work: whoever kills idle workers gets no new ones.
  auto free = static_cast<std::size_t>(std::ranges::count_if(
      workers_,
      [](const auto& entry) { return !has_job(entry) && !entry.second.deaf; }));
  while (!broken_ && free < queue_.size() && workers_.size() < wanted &&
         start_one())
    ++free;
}

bool Dispatcher::start_one() {
  Result<ChannelPair> pair = make_channel_pair();
  std::string problem;
  if (!pair) {
    problem = pair.error().text;
  } else {
    std::uint64_t number = next_number_++;
    workers_.try_emplace(number, std::move(pair->ours));
    Result<void> started = (*starter_)->start(number, std::move(pair->theirs));
    if (started) return true;
    problem = started.error().text;
    workers_.erase(number);
  }
  // Others may do the work; the next event is the time to try again.
  if (workers_.empty()) break_pool("no worker can be started: " + problem);
  return false;
}

void Dispatcher::assign() {
  for (auto& [number, worker] : workers_) {
    if (queue_.empty()) return;
    if (!worker.idle()) continue;
    worker.job = std::move(queue_.front());
    queue_.pop_front();
    worker.channel.queue(worker.job->request);  // add() looked at its size
    worker.job->request = {};
    worker.channel.send_some();  // a failure shows as the worker's end
  }
}

void Dispatcher::wait_for_events(Deadline deadline) {
  std::vector<Waiter::Line> lines;
  for (auto& [number, worker] : workers_)
    if (!worker.deaf) lines.push_back({number, &worker.channel});
  const Starter* starter = starter_ && !broken_ ? starter_->get() : nullptr;
  for (const std::uint64_t number : waiter_->wait(lines, starter, deadline)) {
    Worker& worker = workers_.at(number);
    worker.channel.send_some();
    read_from(number, worker);
  }
}

void Dispatcher::read_from(std::uint64_t number, Worker& worker) {
  while (!worker.deaf) {
    Received message = worker.channel.receive_some();
    if (message.state == Transfer::again) return;
    if (message.state == Transfer::done && take_reply(worker, message.payload))
      continue;
    // At EOF a worker is leaving or has closed what it must not: the second
    // kind would never end by itself, the first keeps its exit status.
    give_up_on(
        number, worker,
        message.state == Transfer::eof || message.state == Transfer::truncated
            ? ""
            : "sent what is no reply");
  }
}

/// False if it makes no sense.
bool Dispatcher::take_reply(Worker& worker, const std::string& payload) {
  std::optional<Reply> reply = decode_reply(payload);
  if (!reply || (reply->kind == Reply::hello) != !worker.ready) return false;
  if (reply->kind == Reply::hello) return worker.ready = true;
  if (!worker.job) return false;
  Job job = std::move(*worker.job);
  worker.job.reset();
  idle_deaths_ = 0;
  if (reply->kind == Reply::value)
    job.completion->succeed(reply->text);
  else
    job.completion->fail(
        std::make_exception_ptr(RemoteError(reply->type, reply->text)));
  return true;
}

void Dispatcher::give_up_on(std::uint64_t number, Worker& worker,
                            std::string fault) {
  worker.deaf = true;
  worker.fault = std::move(fault);
  (*starter_)->kill(number);
}

/// True if anybody has ended. Not only after a poll: an order to start one
/// worker may have brought news of others.
bool Dispatcher::reap() {
  if (broken_) return false;
  Result<std::vector<Ended>> ended = (*starter_)->ended();
  if (!ended) {
    break_pool(ended.error().text);
    return true;
  }
  for (const Ended& one : *ended) bury(one);
  return !ended->empty();
}

void Dispatcher::bury(const Ended& ended) {
  auto found = workers_.find(ended.worker);
  if (found == workers_.end()) return;
  // It may have answered before it died.
  read_from(ended.worker, found->second);
  Worker& worker = found->second;
  std::string how = describe_end(ended.status, worker.fault);
  if (worker.job) {
    worker.job->completion->fail(std::make_exception_ptr(
        WorkerDied("the worker of task '" + worker.job->task + "' died: " + how,
                   exit_code_of(ended.status), signal_of(ended.status))));
  } else {
    ++idle_deaths_;
  }
  workers_.erase(found);
  if (idle_deaths_ >= wanted_ + 3)
    break_pool("workers die before they do any work, " +
               std::to_string(idle_deaths_) + " in a row; the last one " + how);
}

void Dispatcher::break_pool(const std::string& reason) {
  broken_ = reason;
  for (auto& [number, worker] : workers_) {
    worker.channel.shut_down();
    if (worker.job) worker.job->completion->fail(broken(reason));
  }
  workers_.clear();
  starter_ = Error{reason};  // kills and reaps what is left
  fail_all(reason);
}

void Dispatcher::close_workers(Stop how) {
  if (starter_ && how == Stop::finish) {
    for (auto& [number, worker] : workers_) {
      worker.deaf = true;  // this EOF is ours
      worker.channel.shut_down();
    }
    const auto limit = std::chrono::steady_clock::now() + kGrace;
    for (reap(); !workers_.empty() && std::chrono::steady_clock::now() < limit;
         reap())
      wait_for_events(limit);
  }
  starter_ = Error{"the pool has ended"};
}

void Dispatcher::fail_all(const std::string& reason) {
  for (auto& [number, worker] : workers_)
    if (worker.job) worker.job->completion->fail(broken(reason));
  workers_.clear();
  for (Job& job : queue_) job.completion->fail(broken(reason));
  queue_.clear();
}

}  // namespace poolbugs::pool
