// The tree of a composed program, and helpers; its links are in links.cpp.
#include "harness/plants/generated/composer.hpp"

#include <sys/wait.h>

namespace poolbugs::generated {
namespace {

/// Room for a link's objects must be left.
constexpr std::size_t kObjectsOfALink = 3;

bool may_be_closed(const Object& object) {
  return object.kind == ObjectKind::pipe || object.kind == ObjectKind::sockets;
}

}  // namespace

std::uint64_t Random::next() {
  std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

Script& Composer::script(Actor actor) {
  return program_.processes[static_cast<std::size_t>(actor.process)]
      .threads[static_cast<std::size_t>(actor.thread)];
}

void Composer::add(Actor actor, Act act, Target target, int value) {
  Op op;
  op.act = act;
  op.target = target;
  op.value = value;
  add(actor, std::move(op));
}

void Composer::outside(Act act, Target target, int value) {
  OutsideOp one;
  one.at = 150 + random_.below(8) * 75;
  one.op.act = act;
  one.op.target = target;
  one.op.value = value;
  program_.outside.push_back(std::move(one));
}

void Composer::rest(Actor actor) { add(actor, Act::rest, {}, time()); }

Actor Composer::any_actor() { return random_.one_of(actors_); }

/// A child that has its parent's memory may only do plain system calls.
bool Composer::shares_memory(Actor actor) const {
  return sharing_[static_cast<std::size_t>(actor.process)];
}

int Composer::object(ObjectKind kind, Place place, int flavour, int outside) {
  Object one;
  one.kind = kind;
  one.place = place;
  one.flavour = flavour;
  one.outside = outside;
  program_.objects.push_back(std::move(one));
  return static_cast<int>(program_.objects.size()) - 1;
}

Place Composer::place_for(Actor a, Actor b) {
  if (a.process == b.process && random_.chance(70)) return Place::own;
  return random_.chance(70) ? Place::shared : Place::memfd;
}

void Composer::handler(Actor a, int signal, Act then, Target target) {
  Op op;
  op.act = Act::handle;
  op.value = signal;
  op.then = then;
  op.target = target;
  op.restart = random_.chance(30);
  prefixes_[static_cast<std::size_t>(a.process)].push_back(std::move(op));
}

/// By `b`, or by the outside party.
void Composer::send(Actor a, Actor b, int signal) {
  const Target target{Target::process, a.process, 0};
  if (wants(Feature::outside) && random_.chance(40))
    return outside(Act::kill, target, signal);
  if (random_.chance(90)) rest(b);
  add(b, Act::kill, target, signal);
}

void Composer::add_processes() {
  const int many =
      1 + random_.one_of<int>({0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4});
  for (int p = 0; p < many; ++p) {
    Process process;
    process.parent = p == 0 ? -1 : random_.chance(65) ? 0 : random_.below(p);
    // No child of a child that shares the memory.
    while (p != 0 && sharing_[static_cast<std::size_t>(process.parent)])
      process.parent =
          program_.processes[static_cast<std::size_t>(process.parent)].parent;
    sharing_.push_back(p != 0 && wants(Feature::sharing) && random_.chance(6));
    const int threads =
        sharing_.back() ? 1 : 1 + random_.one_of<int>({0, 0, 0, 0, 1, 1, 2});
    process.threads.resize(static_cast<std::size_t>(threads));
    for (int t = 0; t < threads; ++t) actors_.push_back({p, t});
    program_.processes.push_back(std::move(process));
  }
  prefixes_.resize(program_.processes.size());
  forked_by_thread_.resize(program_.processes.size());
}

/// In front of what the links added: handlers and masks, threads, children.
void Composer::start_all() {
  std::vector<Script> begins(actors_.size());
  const auto begin_of = [&](Actor actor) -> Script& {
    std::size_t i = 0;
    while (!(actors_[i] == actor)) ++i;
    return begins[i];
  };
  const auto op_of = [](Act act, Target target) {
    Op op;
    op.act = act;
    op.target = target;
    return op;
  };
  for (std::size_t p = 0; p < program_.processes.size(); ++p)
    begin_of({static_cast<int>(p), 0}) = prefixes_[p];
  for (const Actor actor : actors_)
    if (actor.thread != 0)
      begin_of({actor.process, 0})
          .push_back(op_of(Act::start, {Target::thread, actor.thread, 0}));
  for (std::size_t p = 1; p < program_.processes.size(); ++p) {
    const int parent = program_.processes[p].parent;
    const auto threads = static_cast<int>(
        program_.processes[static_cast<std::size_t>(parent)].threads.size());
    const int thread = random_.chance(75) ? 0 : random_.below(threads);
    if (thread != 0) forked_by_thread_[static_cast<std::size_t>(parent)] = true;
    const Act act = !sharing_[p]         ? Act::fork
                    : random_.chance(50) ? Act::vfork
                                         : Act::clone_vm;
    begin_of({parent, thread})
        .push_back(op_of(act, {Target::process, static_cast<int>(p), 0}));
  }
  for (const Actor actor : actors_) {
    Script& all = script(actor);
    const Script& begin = begin_of(actor);
    all.insert(all.begin(), begin.begin(), begin.end());
  }
}

/// Most processes close the ends that they do not use, once their children
/// have them.
void Composer::close_the_rest() {
  for (std::size_t p = 0; p < program_.processes.size(); ++p) {
    if (forked_by_thread_[p] || !random_.chance(85)) continue;
    Process& process = program_.processes[p];
    Script& main = process.threads[0];
    std::size_t at = 0;
    while (at < main.size() &&
           (main[at].act == Act::handle || main[at].act == Act::block ||
            main[at].act == Act::start || main[at].act == Act::fork ||
            main[at].act == Act::clone_vm || main[at].act == Act::vfork))
      ++at;
    const auto uses = [&](Target end) {
      for (const Script& one : process.threads)
        for (const Op& op : one) {
          if (op.target == end || op.other == end) return true;
          for (const Target& member : op.set)
            if (member == end) return true;
        }
      for (const Object& set : program_.objects)
        for (const Target& member : set.watched)
          if (member == end) return true;
      return false;
    };
    Script closes;
    for (std::size_t i = 0; i < program_.objects.size(); ++i)
      for (int side = 0; side < 2; ++side) {
        const Target one = end(static_cast<int>(i), side);
        if (!may_be_closed(program_.objects[i]) || uses(one)) continue;
        if (!random_.chance(85)) continue;
        Op op;
        op.act = Act::close;
        op.target = one;
        closes.push_back(std::move(op));
      }
    main.insert(main.begin() + static_cast<std::ptrdiff_t>(at), closes.begin(),
                closes.end());
  }
}

void Composer::end_all() {
  for (const Actor actor : actors_) {
    if (actor.thread != 0) continue;
    const auto& process =
        program_.processes[static_cast<std::size_t>(actor.process)];
    if (random_.chance(50))
      for (std::size_t t = 1; t < process.threads.size(); ++t)
        add(actor, Act::join, {Target::thread, static_cast<int>(t), 0});
    const bool waits = random_.chance(60);
    for (std::size_t p = 1; p < program_.processes.size() && waits; ++p)
      if (program_.processes[p].parent == actor.process)
        add(actor, random_.chance(70) ? Act::wait : Act::waitid,
            random_.chance(70) ? Target{Target::process, static_cast<int>(p), 0}
                               : Target{},
            wants(Feature::stops) && random_.chance(10) ? WUNTRACED : 0);
    if (process.threads.size() > 1 && random_.chance(15))
      add(actor, Act::leave);
  }
}

Program Composer::compose() {
  add_processes();
  const int links = 1 + random_.below(2 * static_cast<int>(actors_.size()) + 1);
  for (int i = 0; i < links; ++i)
    if (program_.objects.size() + kObjectsOfALink <= kMostObjects) link();
  start_all();
  close_the_rest();
  end_all();
  return std::move(program_);
}

}  // namespace poolbugs::generated
