#include "harness/judge/wait_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "harness/judge/wait_edges.hpp"
#include "harness/report/text.hpp"

namespace poolbugs::judge {
namespace {

using wait::Graph;

constexpr std::size_t kMaxListed = 4;
constexpr std::size_t kMaxName = 40;  ///< bytes
constexpr std::string_view kWorker = "worker ";

/// N of "worker N", or 0 of any other role.
int worker_number(const std::string& role) {
  if (!role.starts_with(kWorker)) return 0;
  const std::string number = role.substr(kWorker.size());
  const bool plain = !number.empty() && number.size() < 8 &&
                     std::all_of(number.begin(), number.end(),
                                 [](char c) { return c >= '0' && c <= '9'; });
  return plain ? std::stoi(number) : 0;
}

/// "2", "2 and 3", "2 to 5, 7 and 9": of sorted numbers.
std::string numbers(const std::vector<int>& all) {
  std::vector<std::string> items;
  for (std::size_t i = 0; i < all.size();) {
    std::size_t last = i;
    while (last + 1 < all.size() && all[last + 1] == all[last] + 1) ++last;
    if (last - i < 2) last = i;
    items.push_back(last == i ? std::to_string(all[i])
                              : fmt::format("{} to {}", all[i], all[last]));
    i = last + 1;
  }
  return listed(items);
}

}  // namespace

std::vector<int> threads_of(const Graph& graph, int process) {
  std::vector<int> found;
  for (std::size_t i = 0; i < graph.threads.size(); ++i)
    if (graph.threads[i].process == process)
      found.push_back(static_cast<int>(i));
  return found;
}

bool names_differ(const Graph& graph) {
  return std::any_of(graph.processes.begin(), graph.processes.end(),
                     [&](const wait::Process& one) {
                       return one.name != graph.processes.front().name;
                     });
}

std::string one_line(std::string_view text) {
  std::string line = report::visible(text);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\t'; },
      ' ');
  return std::string(report::cut_utf8(line, kMaxName));
}

std::string chosen_name(std::string_view path) {
  constexpr std::string_view kDeleted = " (deleted)";
  if (path.ends_with(kDeleted)) return "";
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || c == '.' || c == '-' || c == '_';
  });
  for (const std::string_view made_up : {"tmp", "sem.", "psm_"})
    if (name.starts_with(made_up)) return "";
  return plain && name.size() <= kMaxName ? std::string(name) : "";
}

std::string listed(const std::vector<std::string>& items,
                   std::string_view word) {
  std::vector<std::string> shown = items;
  if (items.size() > kMaxListed) {
    shown.resize(kMaxListed - 1);
    shown.push_back(fmt::format("{} more", items.size() - shown.size()));
  }
  std::string text;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (i > 0) text += i + 1 == shown.size() ? fmt::format(" {} ", word) : ", ";
    text += shown[i];
  }
  return text;
}

std::string capitalised(std::string sentence) {
  if (!sentence.empty() && sentence[0] >= 'a' && sentence[0] <= 'z')
    sentence[0] = static_cast<char>(sentence[0] - 'a' + 'A');
  return sentence;
}

Speaker::Speaker(const Graph& graph)
    : graph_(graph), tell_names_(names_differ(graph)) {}

std::string Speaker::role(int index) const {
  const std::string& role =
      graph_.processes[static_cast<std::size_t>(index)].role;
  return role == "parent" ? "the parent" : role;
}

std::string Speaker::process(int index) {
  said_ = index;
  const std::string name =
      one_line(graph_.processes[static_cast<std::size_t>(index)].name);
  if (!tell_names_ || name.empty() || !told_.insert(index).second)
    return role(index);
  return fmt::format("{} ({})", role(index), name);
}

std::string Speaker::thread(int index) { return threads({index}); }

/// Some threads of one process.
std::string Speaker::part(int process_index, const std::vector<int>& threads) {
  std::vector<int> which;
  for (const int thread : threads)
    which.push_back(thread_at(graph_, thread).number);
  const bool again = said_ == process_index;
  const std::string text = fmt::format(
      "{} {}", which.size() == 1 ? "thread" : "threads", numbers(which));
  return again ? text : fmt::format("{} of {}", text, process(process_index));
}

/// Processes, neighbours of one name together: "workers 2 to 16".
std::vector<std::string> Speaker::ranges(const std::vector<int>& processes) {
  std::vector<std::string> parts;
  std::vector<int> workers;
  std::string name;
  const auto at = [&](int index) -> const wait::Process& {
    return graph_.processes[static_cast<std::size_t>(index)];
  };
  const auto flush = [&] {
    if (workers.size() == 1) parts.push_back(process(workers.front()));
    if (workers.size() > 1) {
      std::vector<int> which;
      bool fresh = false;
      said_ = -1;
      for (const int one : workers) {
        which.push_back(worker_number(at(one).role));
        fresh = told_.insert(one).second || fresh;
      }
      const std::string told = fresh && tell_names_ && !name.empty()
                                   ? fmt::format(" ({})", one_line(name))
                                   : "";
      parts.push_back(fmt::format("workers {}{}", numbers(which), told));
    }
    workers.clear();
  };
  for (const int index : processes) {
    const bool joins =
        worker_number(at(index).role) > 0 &&
        (workers.empty() || !tell_names_ || at(index).name == name);
    if (!joins) flush();
    if (worker_number(at(index).role) == 0) {
      parts.push_back(process(index));
      continue;
    }
    workers.push_back(index);
    name = at(index).name;
  }
  flush();
  return parts;
}

std::string Speaker::processes(const std::vector<int>& indices,
                               std::string_view word) {
  return listed(ranges(indices), word);
}

std::string Speaker::threads(const std::vector<int>& indices) {
  std::map<int, std::vector<int>> by_process;
  for (const int index : indices)
    by_process[thread_at(graph_, index).process].push_back(index);
  // Whole processes of one thread, of several, and parts of processes.
  std::vector<int> single, whole;
  std::vector<std::pair<int, std::vector<int>>> parts;
  for (auto& [process, threads] : by_process) {
    const std::size_t all = threads_of(graph_, process).size();
    std::sort(threads.begin(), threads.end());
    if (all == 1)
      single.push_back(process);
    else if (all == threads.size())
      whole.push_back(process);
    else
      parts.emplace_back(process, threads);
  }
  std::vector<std::string> items = ranges(single);
  if (!whole.empty())
    items.push_back(fmt::format("all threads of {}", processes(whole)));
  for (const auto& [process, threads] : parts)
    items.push_back(part(process, threads));
  return listed(items);
}

}  // namespace poolbugs::judge
