// Links that signals, stops and ends make, and the choice among all.
#include <sys/wait.h>

#include <csignal>

#include "harness/plants/generated/composer.hpp"

namespace poolbugs::generated {

/// A handler that only interrupts; `a` may block the signal in vain.
void Composer::interrupt(Actor a, Actor b) {
  handler(a, SIGUSR1);
  if (random_.chance(20)) add(a, Act::block, {}, SIGUSR1);
  if (random_.chance(20)) block_in_main(a, SIGUSR1);
  wait_for_nothing(a);
  send(a, b, SIGUSR1);
}

/// Of several threads the others have it.
void Composer::block_in_main(Actor a, int signal) {
  const Actor main{a.process, 0};
  Op op;
  op.act = Act::block;
  op.value = signal;
  Script& all = script(main);
  all.insert(all.begin(), std::move(op));
}

/// The end of a child interrupts.
void Composer::child_signal(Actor a) {
  handler(a, SIGCHLD);
  wait_for_nothing(a);
}

void Composer::taken(Actor a, Actor b) {
  Op op;
  op.act = Act::block;
  op.value = kTaken;
  prefixes_[static_cast<std::size_t>(a.process)].push_back(std::move(op));
  if (random_.chance(50))
    add(a, Act::sigwait, {}, kTaken);
  else
    read(a, end(object(ObjectKind::signalfd)));
  send(a, b, kTaken);
}

/// The handler is in any process that has the object, too.
void Composer::by_handler(Actor a, Actor b) {
  const Actor c = any_actor();
  if (shares_memory(c)) return;
  const int how = random_.below(4);
  if (how == 0 && !shares_memory(a)) {
    const Target one = end(object(ObjectKind::semaphore, place_for(a, c)));
    add(a, Act::down, one, -1);
    handler(c, SIGTERM, Act::up, one);
  } else if (how == 1) {
    const Target one = end(object(ObjectKind::word, place_for(a, c)));
    add(a, Act::wait_word, one, -1);
    handler(c, SIGTERM, Act::wake_word, one);
  } else if (how == 2) {
    const int one = object(ObjectKind::pipe);
    read(a, end(one));
    handler(c, SIGTERM, Act::write, end(one, 1));
  } else {
    const int one = object(ObjectKind::pipe);
    add(a, Act::drain, end(one));
    handler(c, SIGTERM, Act::exit);
  }
  if (random_.chance(50)) wait_for_nothing(c);
  if (random_.chance(40)) block_in_main(c, SIGTERM);
  send(c, b, SIGTERM);
}

void Composer::alarm(Actor a) {
  const bool timer = random_.chance(40);
  if (timer)
    handler(a, kTimerSignal);
  else if (random_.chance(75))  // without one it kills
    handler(a, SIGALRM, random_.chance(20) ? Act::exit : Act::rest);
  add(a, timer ? Act::posix_timer : Act::alarm, {},
      random_.one_of<int>({100, 250, 400}));
  wait_for_nothing(a);
}

void Composer::async(Actor a, Actor b) {
  const int pipe =
      object(random_.chance(50) ? ObjectKind::pipe : ObjectKind::sockets);
  handler(a, SIGIO);
  add(a, Act::async, end(pipe));
  // Who is sent the signal need not have the end any more.
  if (random_.chance(30)) add(a, Act::close, end(pipe));
  wait_for_nothing(a);
  write(b, end(pipe, 1));
}

void Composer::stop(Actor a, Actor b) {
  const Target target{Target::process, a.process, 0};
  if (random_.chance(50))
    wait_for_nothing(a);
  else if (random_.chance(50))
    add(a, Act::down_sysv, end(object(ObjectKind::sysv)));
  if (wants(Feature::outside) &&
      (random_.chance(50) || b.process == a.process)) {
    outside(Act::stop, target);
    const int at = program_.outside.back().at;
    outside(Act::resume, target);
    program_.outside.back().at = at + 150;
    return;
  }
  if (b.process == a.process) return;
  rest(b);
  add(b, Act::stop, target);
  rest(b);
  add(b, Act::resume, target);
}

void Composer::parent_death(Actor a) {
  if (a.process == 0 || shares_memory(a)) return;
  const int signal =
      wants(Feature::signals) && random_.chance(50) ? SIGTERM : SIGKILL;
  if (signal == SIGTERM) handler(a, signal);
  add(a, Act::parent_death, {}, signal);
  wait_for_nothing(a);
}

void Composer::link() {
  const Actor a = any_actor(), b = any_actor();
  if (a == b)
    return wants(Feature::outside) ? from_outside(a) : wait_for_nothing(a);
  const int which = random_.below(100);
  if (which < 12) return byte(a, b);
  if (which < 18) return several(a, b);
  if (which < 22) return room(a, b);
  if (which < 28) return end_of_file(a, b);
  if (which < 34) return word(a, b);
  if (which < 40) return mutex(a, b);
  if (which < 43) return semaphore(a, b);
  if (which < 46) return condition(a, b);
  if (which < 48) return barrier(a, b);
  if (which < 52) return file_lock(a, b);
  if (which < 53) return system_v(a, b);
  if (which < 57) return child(a);
  if (which < 60) return join(a);
  if (which < 63) return timer(a, b);
  if (which < 67) return wants(Feature::flight) ? flight(a, b) : byte(a, b);
  if (which < 75) return wants(Feature::outside) ? from_outside(a) : word(a, b);
  if (which < 77) return wants(Feature::requeue) ? requeue(a, b) : word(a, b);
  if (which < 79) return wants(Feature::deaths) ? parent_death(a) : byte(a, b);
  if (which < 83) return wants(Feature::stops) ? stop(a, b) : child(a);
  if (!wants(Feature::signals)) return byte(a, b);
  if (which < 87) return interrupt(a, b);
  if (which < 89) return taken(a, b);
  if (which < 90) return child_signal(a);
  if (which < 94) return by_handler(a, b);
  if (which < 97) return alarm(a);
  return async(a, b);
}

}  // namespace poolbugs::generated
