#include "harness/judge/lock_left_behind.hpp"

#include <fmt/format.h>

#include "harness/judge/wait_edges.hpp"

namespace poolbugs::judge {
namespace {

using wait::AtFork;
using wait::Graph;
using wait::Object;
using wait::ObjectKind;
using wait::Owner;

/// Who waits, and for whom it was forked.
struct Story {
  std::string who, in_it, origin, forked;
};

Story story_of(const Graph& graph, Speaker& speaker, int thread) {
  const wait::Thread& waiter = thread_at(graph, thread);
  const wait::Process& process = process_of(graph, waiter);
  Story story;
  story.who = speaker.thread(thread);
  const bool alone = threads_of(graph, waiter.process).size() == 1;
  // Where it is one thread of several, "it" would be the thread.
  story.in_it = alone ? "it" : speaker.process(waiter.process);
  const std::string child = speaker.process(waiter.process);
  story.origin = process.parent >= 0 ? speaker.process(process.parent)
                                     : "the process that forked it";
  story.forked = fmt::format("when {} was forked", child);
  return story;
}

/// Nothing in the object tells who has it.
std::string without_owner(const Object& object, const Story& story, bool self) {
  const bool lock = object.kind == ObjectKind::lock;
  const char* let_go = lock ? "release" : "signal";
  if (self)
    return fmt::format(
        "{} waits for {} in its own memory, and has no other thread: its "
        "parent has something else there, so it made that itself (or its "
        "parent has freed it since), and only it could {} it",
        story.who,
        lock ? "what looks like a lock" : "a lock, semaphore or event", let_go);
  return fmt::format(
      "{} waits for {} in its own memory, and has no other thread: whoever "
      "was to {} it was not copied {} from {}",
      story.who,
      lock ? "what looks like a lock" : "a lock, semaphore or condition",
      let_go, story.forked, story.origin);
}

std::string what_it_waits_for(const Object& object, const Story& story,
                              bool forked, bool self) {
  if (object.owner == Owner::gone)
    return fmt::format(
        "{} waits for a lock in shared memory whose owner does not exist any "
        "more: it ended without releasing the lock",
        story.who);
  if (object.owner == Owner::not_in_process && !forked)
    return fmt::format(
        "{} waits for a lock whose owner is no thread of {} any more: it ended "
        "without releasing the lock",
        story.who, story.in_it);
  if (object.at_fork == AtFork::forking_thread)
    return fmt::format(
        "{} waits for a lock that was held {}, by the thread of {} that forked "
        "it: inside its own critical section",
        story.who, story.forked, story.origin);
  if (object.owner != Owner::not_in_process)
    return without_owner(object, story, self);
  if (object.at_fork == AtFork::other_thread)
    return fmt::format(
        "{} waits for a lock whose owner does not exist in {}: another thread "
        "of {} held it {}, and that thread was not copied",
        story.who, story.in_it, story.origin, story.forked);
  return fmt::format(
      "{} waits for a lock whose owner is no thread of {}: it has ended, or it "
      "held the lock {}",
      story.who, story.in_it, story.forked);
}

}  // namespace

std::vector<std::string> lock_left_behind(const Graph& graph, Speaker& speaker,
                                          const StuckCause& cause, int thread) {
  const wait::Thread& waiter = thread_at(graph, thread);
  const Object& object = object_of(graph, waiter.waits.front());
  const Story story = story_of(graph, speaker, thread);
  if (object.kind == ObjectKind::thread)
    return {fmt::format(
                "{} waits for the end of a thread that does not exist in {}: "
                "it was a thread of {} {}, and was not copied",
                story.who, story.in_it, story.origin, story.forked),
            "so its end never comes"};
  return {what_it_waits_for(object, story, process_of(graph, waiter).forked,
                            cause.slug == "self-deadlock"),
          object.kind == ObjectKind::futex ? "so nobody can wake it"
                                           : "so nobody can release it"};
}

}  // namespace poolbugs::judge
