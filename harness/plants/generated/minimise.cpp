#include <algorithm>

#include "harness/plants/generated/stage.hpp"

namespace poolbugs::generated {
namespace {

constexpr int kChances = 4;

template <typename Function>
void for_ops(Program& program, const Function& one) {
  for (Process& process : program.processes)
    for (Script& script : process.threads)
      for (Op& op : script) one(op);
  for (OutsideOp& op : program.outside) one(op.op);
}

/// Takes all mentions of `gone` away; later ones are one less. `where`: of
/// threads, the process that it is in.
void forget(Program& program, Target::Kind kind, int gone,
            const Process* where = nullptr) {
  const auto is_gone = [&](const Target& target) {
    return target.kind == kind && target.index == gone;
  };
  const auto renumber = [&](Target& target) {
    if (target.kind == kind && target.index > gone) --target.index;
  };
  const auto clean = [&](Op& op) {
    std::erase_if(op.set, is_gone);
    for (Target& one : op.set) renumber(one);
    renumber(op.target);
    renumber(op.other);
  };
  for (Process& process : program.processes) {
    if (where != nullptr && where != &process) continue;
    for (Script& script : process.threads) {
      std::erase_if(script, [&](const Op& op) {
        const bool polls = !op.set.empty();
        return is_gone(op.target) || is_gone(op.other) ||
               (polls && std::ranges::all_of(op.set, is_gone));
      });
      for (Op& op : script) clean(op);
    }
  }
  if (where != nullptr) return;
  std::erase_if(program.outside,
                [&](const OutsideOp& one) { return is_gone(one.op.target); });
  for (OutsideOp& one : program.outside) clean(one.op);
  for (Object& object : program.objects) {
    std::erase_if(object.watched, is_gone);
    for (Target& one : object.watched) renumber(one);
  }
}

void without_processes(const Program& program, std::vector<Program>& all) {
  for (std::size_t p = 1; p < program.processes.size(); ++p) {
    const auto is_parent = [&](const Process& one) {
      return one.parent == static_cast<int>(p);
    };
    if (std::ranges::any_of(program.processes, is_parent)) continue;
    Program less = program;
    less.processes.erase(less.processes.begin() +
                         static_cast<std::ptrdiff_t>(p));
    for (Process& one : less.processes)
      if (one.parent > static_cast<int>(p)) --one.parent;
    forget(less, Target::process, static_cast<int>(p));
    all.push_back(std::move(less));
  }
}

void without_threads(const Program& program, std::vector<Program>& all) {
  for (std::size_t p = 0; p < program.processes.size(); ++p)
    for (std::size_t t = 1; t < program.processes[p].threads.size(); ++t) {
      const auto& script = program.processes[p].threads[t];
      const bool forks = std::ranges::any_of(script, [](const Op& op) {
        return op.act == Act::fork || op.act == Act::clone_vm ||
               op.act == Act::vfork;
      });
      if (forks) continue;
      Program less = program;
      auto& threads = less.processes[p].threads;
      threads.erase(threads.begin() + static_cast<std::ptrdiff_t>(t));
      forget(less, Target::thread, static_cast<int>(t), &less.processes[p]);
      all.push_back(std::move(less));
    }
}

void without_ops(const Program& program, std::vector<Program>& all) {
  for (std::size_t p = 0; p < program.processes.size(); ++p)
    for (std::size_t t = 0; t < program.processes[p].threads.size(); ++t)
      for (std::size_t i = 0; i < program.processes[p].threads[t].size(); ++i) {
        const Op& op = program.processes[p].threads[t][i];
        // Their processes and threads would never begin.
        if (op.act == Act::fork || op.act == Act::start ||
            op.act == Act::clone_vm || op.act == Act::vfork)
          continue;
        Program less = program;
        Script& script = less.processes[p].threads[t];
        script.erase(script.begin() + static_cast<std::ptrdiff_t>(i));
        all.push_back(std::move(less));
        for (std::size_t k = 0; k < op.set.size() && op.set.size() > 1; ++k) {
          less = program;
          auto& set = less.processes[p].threads[t][i].set;
          set.erase(set.begin() + static_cast<std::ptrdiff_t>(k));
          all.push_back(std::move(less));
        }
      }
}

void without_the_outside(const Program& program, std::vector<Program>& all) {
  for (std::size_t i = 0; i < program.outside.size(); ++i) {
    Program less = program;
    less.outside.erase(less.outside.begin() + static_cast<std::ptrdiff_t>(i));
    all.push_back(std::move(less));
  }
  for (std::size_t i = 0; i < program.objects.size(); ++i) {
    if (program.objects[i].outside == 0) continue;
    Program less = program;
    less.objects[i].outside = 0;
    all.push_back(std::move(less));
  }
}

void without_objects(const Program& program, std::vector<Program>& all) {
  for (std::size_t i = 0; i < program.objects.size(); ++i) {
    Program less = program;
    less.objects.erase(less.objects.begin() + static_cast<std::ptrdiff_t>(i));
    forget(less, Target::object, static_cast<int>(i));
    all.push_back(std::move(less));
  }
}

}  // namespace

std::vector<Program> smaller(const Program& program) {
  std::vector<Program> all;
  without_processes(program, all);
  without_threads(program, all);
  without_objects(program, all);
  without_the_outside(program, all);
  without_ops(program, all);
  return all;
}

Program minimise(const Settings& settings, Program program,
                 const std::function<void(const Program&)>& tell) {
  while (true) {
    const std::vector<Program> candidates = smaller(program);
    if (candidates.empty()) return program;
    const std::vector<bool> failed = which_fail(settings, candidates, kChances);
    const auto first = std::find(failed.begin(), failed.end(), true);
    if (first == failed.end()) return program;
    program = candidates[static_cast<std::size_t>(first - failed.begin())];
    tell(program);
  }
}

}  // namespace poolbugs::generated
