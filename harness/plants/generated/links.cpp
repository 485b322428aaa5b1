// Links of a composed program: who waits for what, and what ends it.
#include <sys/wait.h>

#include <csignal>

#include "harness/plants/generated/composer.hpp"

namespace poolbugs::generated {

void Composer::read(Actor a, Target from) {
  const auto kind = program_.objects[static_cast<std::size_t>(from.index)].kind;
  const int how = random_.below(10);
  if (how < 5) return add(a, Act::read, from);
  if (how < 6 && kind == ObjectKind::sockets) return add(a, Act::receive, from);
  Op op;
  op.act = random_.one_of<Act>({Act::poll, Act::select, Act::epoll});
  op.value = endless_or_time();
  op.set = {from};
  add(a, std::move(op));
  if (random_.chance(60)) add(a, Act::read, from);
}

void Composer::write(Actor b, Target to) {
  if (random_.chance(70)) rest(b);
  add(b, Act::write, to);
}

void Composer::wait_for_nothing(Actor a) {
  switch (random_.below(shares_memory(a) ? 5 : 8)) {
    case 0:
      return add(a, Act::read, end(object(ObjectKind::pipe)));
    case 1:
      return add(a, Act::read, end(object(ObjectKind::eventfd)));
    case 2:
      return add(a, Act::wait_word,
                 end(object(ObjectKind::word, place_for(a, any_actor()))), -1);
    case 3: {
      Op op;
      op.act = random_.one_of<Act>({Act::poll, Act::select, Act::epoll});
      op.value = -1;
      op.set = {end(object(ObjectKind::pipe))};
      return add(a, std::move(op));
    }
    case 4:
      return add(a, Act::pause);
    case 5: {
      const int set = object(ObjectKind::epoll);
      return add(a, Act::epoll_wait, end(set), -1);
    }
    case 6:
      return add(a, Act::down,
                 end(object(ObjectKind::semaphore, place_for(a, any_actor()))),
                 -1);
    default: {
      const Target lock =
          end(object(ObjectKind::mutex, Place::own, random_.below(4)));
      add(a, Act::lock, lock, -1);
      return add(a, Act::lock, lock, -1);
    }
  }
}

void Composer::byte(Actor a, Actor b) {
  const auto kind = random_.one_of<ObjectKind>(
      {ObjectKind::pipe, ObjectKind::sockets, ObjectKind::eventfd});
  const int one = object(kind, Place::own, random_.below(2));
  read(a, end(one));
  write(b, end(one, kind == ObjectKind::eventfd ? 0 : 1));
}

/// Over several; only one of them comes.
void Composer::several(Actor a, Actor b) {
  const int first = object(ObjectKind::pipe);
  const int second = object(
      random_.one_of<ObjectKind>({ObjectKind::pipe, ObjectKind::sockets,
                                  ObjectKind::eventfd, ObjectKind::timerfd}));
  std::vector<Target> set{end(first), end(second)};
  if (random_.chance(30)) {
    const auto many = static_cast<int>(program_.processes.size());
    set.push_back({Target::process, random_.below(many), 0});
  }
  if (random_.chance(40)) {
    std::erase_if(set, [](Target one) { return one.kind != Target::object; });
    const int object_set = object(ObjectKind::epoll);
    program_.objects.back().watched = set;
    add(a, Act::epoll_wait, end(object_set), endless_or_time());
  } else {
    Op op;
    op.act = random_.one_of<Act>({Act::poll, Act::select, Act::epoll});
    op.value = endless_or_time();
    op.set = set;
    add(a, std::move(op));
  }
  write(b, end(first, 1));
}

void Composer::room(Actor a, Actor b) {
  const int one =
      object(random_.chance(60) ? ObjectKind::pipe : ObjectKind::sockets);
  add(a, Act::flood, end(one, 1));
  if (random_.chance(70)) rest(b);
  add(b, Act::gulp, end(one));
}

void Composer::end_of_file(Actor a, Actor b) {
  const int one =
      object(random_.chance(60) ? ObjectKind::pipe : ObjectKind::sockets);
  add(a, Act::drain, end(one));
  if (random_.chance(60)) rest(b);
  const bool shut =
      program_.objects.back().kind == ObjectKind::sockets && random_.chance(30);
  add(b, shut ? Act::shutdown : Act::close, end(one, 1));
}

void Composer::word(Actor a, Actor b) {
  const Place place = place_for(a, b);
  const int one = object(ObjectKind::word, place);
  Op op;
  op.act = Act::wait_word;
  op.target = end(one);
  op.value = endless_or_time();
  if (random_.chance(20)) {
    op.value = -1;
    op.set = {end(one), end(object(ObjectKind::word, place))};
  }
  add(a, std::move(op));
  if (random_.chance(70)) rest(b);
  add(b, Act::wake_word, end(one));
}

void Composer::mutex(Actor a, Actor b) {
  if (shares_memory(a) || shares_memory(b)) return;
  const Target one =
      end(object(ObjectKind::mutex, place_for(a, b), random_.below(4)));
  add(b, Act::lock, one, -1);
  rest(a);
  add(a, Act::lock, one, endless_or_time());
  rest(b);
  // Its owner may end with it, too.
  if (random_.chance(85)) add(b, Act::unlock, one);
  if (random_.chance(85)) add(a, Act::unlock, one);
}

void Composer::semaphore(Actor a, Actor b) {
  if (shares_memory(a)) return;
  const bool named = wants(Feature::names) && random_.chance(20);
  const Target one = end(
      object(ObjectKind::semaphore, named ? Place::named : place_for(a, b)));
  add(a, Act::down, one, endless_or_time());
  if (named && wants(Feature::outside) && random_.chance(50))
    return outside(Act::up, one);
  if (random_.chance(70)) rest(b);
  add(b, Act::up, one);
}

void Composer::condition(Actor a, Actor b) {
  if (shares_memory(a) || shares_memory(b)) return;
  const Target one = end(object(ObjectKind::condition, place_for(a, b)));
  add(a, Act::await, one);
  rest(b);
  add(b, Act::notify, one);
}

void Composer::barrier(Actor a, Actor b) {
  if (shares_memory(a) || shares_memory(b)) return;
  const Target one = end(object(ObjectKind::barrier, place_for(a, b)));
  add(a, Act::meet, one);
  if (random_.chance(70)) rest(b);
  add(b, Act::meet, one);
}

void Composer::file_lock(Actor a, Actor b) {
  const Target one =
      end(object(ObjectKind::file, Place::own, random_.chance(80) ? 1 : 0));
  const bool record = random_.chance(50);
  const int value = random_.chance(30) ? 1 : 0;
  add(b, record ? Act::lock_record : Act::lock_file, one, value);
  rest(a);
  add(a, record ? Act::lock_record : Act::lock_file, one,
      record ? value : random_.below(2));
  rest(b);
  if (random_.chance(85))
    add(b, record ? Act::unlock_record : Act::unlock_file, one, value);
}

void Composer::system_v(Actor a, Actor b) {
  const Target one = end(object(ObjectKind::sysv));
  add(a, Act::down_sysv, one);
  if (wants(Feature::outside) && random_.chance(30))
    return outside(Act::up_sysv, one);
  rest(b);
  add(b, Act::up_sysv, one);
}

void Composer::child(Actor a) {
  std::vector<int> children;
  for (std::size_t p = 1; p < program_.processes.size(); ++p)
    if (program_.processes[p].parent == a.process)
      children.push_back(static_cast<int>(p));
  if (children.empty()) return;
  const Target target{Target::process, random_.one_of(children), 0};
  if (random_.chance(30)) {
    Op op;
    op.act = random_.one_of<Act>({Act::poll, Act::select, Act::epoll});
    op.value = endless_or_time();
    op.set = {target};
    return add(a, std::move(op));
  }
  add(a, random_.chance(70) ? Act::wait : Act::waitid,
      random_.chance(70) ? target : Target{},
      wants(Feature::stops) ? random_.one_of<int>({0, 0, WUNTRACED, WCONTINUED})
                            : 0);
}

void Composer::join(Actor a) {
  const auto threads = static_cast<int>(
      program_.processes[static_cast<std::size_t>(a.process)].threads.size());
  const int thread = random_.below(threads);
  if (thread == 0 || a.thread != 0) return;
  add(a, Act::join, {Target::thread, thread, 0});
}

void Composer::timer(Actor a, Actor b) {
  const Target one = end(object(ObjectKind::timerfd));
  if (random_.chance(50)) add(a, Act::settime, one, time());
  read(a, one);
  if (random_.chance(50)) rest(b);
  add(b, Act::settime, one, time());
}

/// The end by which `a` is to be woken is under way while everybody rests.
void Composer::flight(Actor a, Actor b) {
  const int pipe = object(ObjectKind::pipe);
  const int sockets = object(ObjectKind::sockets, Place::own, random_.below(2));
  const Actor c = any_actor();
  Op op;
  op.act = Act::send_file;
  op.target = end(sockets, 1);
  op.other = end(pipe, 1);
  add(b, std::move(op));
  add(b, Act::close, end(pipe, 1));
  if (random_.chance(50)) add(b, Act::close, end(sockets, 1));
  if (random_.chance(50))
    read(a, end(pipe));
  else
    add(a, Act::drain, end(pipe));
  rest(c);
  add(c, Act::receive_file, end(sockets));
  if (random_.chance(60)) write(c, end(pipe, 1));
}

void Composer::from_outside(Actor a) {
  switch (random_.below(7)) {
    case 0: {
      const Target one = end(
          object(random_.chance(60) ? ObjectKind::pipe : ObjectKind::sockets,
                 Place::own, 0, random_.chance(80) ? 2 : 3));
      read(a, one);
      return outside(random_.chance(70) ? Act::write : Act::close,
                     end(one.index, 1));
    }
    case 1: {
      const int one =
          object(random_.chance(60) ? ObjectKind::pipe : ObjectKind::sockets,
                 Place::own, 0, 1);
      add(a, Act::flood, end(one, 1));
      return outside(random_.chance(60) ? Act::gulp : Act::close, end(one));
    }
    case 2: {
      const Target one = end(object(ObjectKind::eventfd, Place::own, 0, 1));
      read(a, one);
      return outside(Act::write, one);
    }
    case 3: {
      const Target one = end(object(ObjectKind::timerfd, Place::own, 0, 1));
      read(a, one);
      return outside(Act::settime, one, 50);
    }
    case 4: {
      const Target one =
          end(object(ObjectKind::word,
                     random_.chance(50) ? Place::shared : Place::memfd, 0, 1));
      add(a, Act::wait_word, one, -1);
      return outside(Act::wake_word, one);
    }
    case 5: {
      if (shares_memory(a)) return;
      const Target one =
          end(object(ObjectKind::semaphore,
                     random_.chance(50) ? Place::shared : Place::memfd, 0, 1));
      add(a, Act::down, one, -1);
      return outside(Act::up, one);
    }
    default: {
      const Target one = end(
          object(ObjectKind::file, Place::own, random_.chance(80) ? 1 : 0, 1));
      outside(Act::lock_file, one);
      program_.outside.back().at = 0;
      rest(a);
      add(a, Act::lock_file, one, random_.below(2));
      return outside(Act::unlock_file, one);
    }
  }
}

/// What the call of `a` names is not where it waits in the end.
void Composer::requeue(Actor a, Actor b) {
  const Place place = place_for(a, b);
  const int first = object(ObjectKind::word, place);
  const int second = object(
      ObjectKind::word, place, 0,
      place != Place::own && wants(Feature::outside) && random_.chance(50) ? 1
                                                                           : 0);
  add(a, Act::wait_word, end(first), -1);
  rest(b);
  Op op;
  op.act = Act::requeue;
  op.target = end(first);
  op.other = end(second);
  add(b, std::move(op));
  if (program_.objects.back().outside != 0)
    return outside(Act::wake_word, end(second));
  const Actor c = any_actor();
  rest(c);
  add(c, Act::wake_word, end(second));
}

}  // namespace poolbugs::generated
