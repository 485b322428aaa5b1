#include <algorithm>
#include <array>
#include <cstdlib>
#include <sstream>

#include "harness/plants/generated/program.hpp"

namespace poolbugs::generated {
namespace {

constexpr std::array kObjects{
    "pipe", "sockets", "eventfd",   "timerfd",   "signalfd", "epoll", "file",
    "word", "mutex",   "semaphore", "condition", "barrier",  "sysv"};
static_assert(kObjects.size() == static_cast<std::size_t>(ObjectKind::kCount));

constexpr std::array kPlaces{"own", "shared", "memfd", "named"};
static_assert(kPlaces.size() == static_cast<std::size_t>(Place::kCount));

constexpr std::array kActs{
    "rest",          "fork",      "clone_vm",   "vfork",       "start",
    "join",          "wait",      "waitid",     "exit",        "leave",
    "parent_death",  "read",      "receive",    "drain",       "gulp",
    "write",         "flood",     "close",      "shutdown",    "poll",
    "select",        "epoll",     "epoll_wait", "settime",     "send_file",
    "receive_file",  "async",     "lock_file",  "unlock_file", "lock_record",
    "unlock_record", "wait_word", "wake_word",  "requeue",     "lock",
    "unlock",        "down",      "up",         "await",       "notify",
    "meet",          "down_sysv", "up_sysv",    "handle",      "block",
    "unblock",       "sigwait",   "pause",      "kill",        "alarm",
    "posix_timer",   "stop",      "resume"};
static_assert(kActs.size() == static_cast<std::size_t>(Act::kCount));

template <typename Kind, std::size_t N>
std::optional<Kind> find(const std::array<const char*, N>& names,
                         const std::string& name) {
  const auto it = std::find(names.begin(), names.end(), name);
  if (it == names.end()) return std::nullopt;
  return static_cast<Kind>(it - names.begin());
}

/// "o3.b", "p1", "t2".
std::string to_text(const Target& target) {
  const std::string number = std::to_string(target.index);
  switch (target.kind) {
    case Target::object:
      return "o" + number + (target.end == 0 ? ".a" : ".b");
    case Target::process:
      return "p" + number;
    case Target::thread:
      return "t" + number;
    case Target::none:
      break;
  }
  return "-";
}

std::optional<Target> target_of(const std::string& text) {
  if (text == "-") return Target{};
  if (text.size() < 2 || text[1] < '0' || text[1] > '9') return std::nullopt;
  Target target;
  target.index = std::stoi(text.substr(1));
  target.kind = text[0] == 'o'   ? Target::object
                : text[0] == 'p' ? Target::process
                : text[0] == 't' ? Target::thread
                                 : Target::none;
  if (target.kind == Target::none) return std::nullopt;
  const int most = target.kind == Target::object    ? kMostObjects
                   : target.kind == Target::process ? kMostProcesses
                                                    : kMostThreads;
  if (target.index >= most) return std::nullopt;
  target.end = text.ends_with(".b") ? 1 : 0;
  return target;
}

bool read_object(std::istringstream& words, Object& object) {
  std::string word;
  if (!(words >> word)) return false;
  const auto kind = find<ObjectKind>(kObjects, word);
  if (!kind) return false;
  object.kind = *kind;
  while (words >> word) {
    const std::string key = word.substr(0, word.find('='));
    const std::string value =
        word.size() > key.size() ? word.substr(key.size() + 1) : "";
    if (key == "outside" && !value.empty())
      object.outside = (value.find('a') != std::string::npos ? 1 : 0) |
                       (value.find('b') != std::string::npos ? 2 : 0);
    else if (key == "flavour" && !value.empty())
      object.flavour = std::stoi(value);
    else if (const auto place = find<Place>(kPlaces, word))
      object.place = *place;
    else if (const auto target = target_of(word))
      object.watched.push_back(*target);
    else
      return false;
  }
  return true;
}

bool read_op(std::istringstream& words, Op& op) {
  std::string word;
  if (!(words >> word)) return false;
  const auto act = find<Act>(kActs, word);
  if (!act) return false;
  op.act = *act;
  bool in_set = false;
  while (words >> word) {
    if (word == "{" || word == "}") {
      in_set = word == "{";
    } else if (word == "restart") {
      op.restart = true;
    } else if (word == "then") {
      if (!(words >> word)) return false;
      const auto then = find<Act>(kActs, word);
      if (!then) return false;
      op.then = *then;
    } else if (word == "with") {
      if (!(words >> word)) return false;
      const auto other = target_of(word);
      if (!other) return false;
      op.other = *other;
    } else if (const auto target = target_of(word)) {
      if (in_set)
        op.set.push_back(*target);
      else
        op.target = *target;
    } else {
      char* rest = nullptr;
      op.value = static_cast<int>(std::strtol(word.c_str(), &rest, 10));
      if (*rest != '\0') return false;
    }
  }
  return true;
}

}  // namespace

bool Program::has(Act act) const {
  for (const Process& process : processes)
    for (const Script& script : process.threads)
      for (const Op& op : script)
        if (op.act == act) return true;
  return false;
}

const char* name_of(Act act) { return kActs[static_cast<std::size_t>(act)]; }

std::string to_text(const Op& op) {
  std::string text = name_of(op.act);
  if (op.target.kind != Target::none) text += " " + to_text(op.target);
  if (op.other.kind != Target::none) text += " with " + to_text(op.other);
  if (op.value != 0) text += " " + std::to_string(op.value);
  if (!op.set.empty()) {
    text += " {";
    for (const Target& one : op.set) text += " " + to_text(one);
    text += " }";
  }
  if (op.then != Act::rest) text += std::string(" then ") + name_of(op.then);
  if (op.restart) text += " restart";
  return text;
}

std::string to_text(const Program& program) {
  std::ostringstream text;
  for (std::size_t i = 0; i < program.objects.size(); ++i) {
    const Object& object = program.objects[i];
    text << "object " << i << ' '
         << kObjects[static_cast<std::size_t>(object.kind)] << ' '
         << kPlaces[static_cast<std::size_t>(object.place)];
    if (object.flavour != 0) text << " flavour=" << object.flavour;
    if (object.outside != 0)
      text << " outside=" << ((object.outside & 1) != 0 ? "a" : "")
           << ((object.outside & 2) != 0 ? "b" : "");
    for (const Target& one : object.watched) text << ' ' << to_text(one);
    text << '\n';
  }
  for (std::size_t p = 0; p < program.processes.size(); ++p) {
    const Process& process = program.processes[p];
    text << "process " << p << ' ' << process.parent << '\n';
    for (std::size_t t = 0; t < process.threads.size(); ++t) {
      text << " thread " << t << '\n';
      for (const Op& op : process.threads[t])
        text << "  " << to_text(op) << '\n';
    }
  }
  for (const OutsideOp& one : program.outside)
    text << "outside " << one.at << ' ' << to_text(one.op) << '\n';
  return text.str();
}

std::optional<Program> parse(const std::string& text) {
  Program program;
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string word;
    int number = 0;
    if (!(words >> word)) continue;
    if (word == "object") {
      if (!(words >> number)) return std::nullopt;
      if (!read_object(words, program.objects.emplace_back()))
        return std::nullopt;
    } else if (word == "process") {
      Process& process = program.processes.emplace_back();
      if (!(words >> number >> process.parent)) return std::nullopt;
    } else if (word == "thread") {
      if (program.processes.empty()) return std::nullopt;
      program.processes.back().threads.emplace_back();
    } else if (word == "outside") {
      OutsideOp& one = program.outside.emplace_back();
      if (!(words >> one.at) || !read_op(words, one.op)) return std::nullopt;
    } else {
      if (program.processes.empty() || program.processes.back().threads.empty())
        return std::nullopt;
      words.seekg(0);
      words.clear();
      Script& script = program.processes.back().threads.back();
      if (!read_op(words, script.emplace_back())) return std::nullopt;
    }
  }
  if (program.objects.size() > kMostObjects || program.processes.empty() ||
      program.processes.size() > kMostProcesses)
    return std::nullopt;
  return program;
}

}  // namespace poolbugs::generated
