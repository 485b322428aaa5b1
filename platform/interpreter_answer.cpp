#include "platform/interpreter_answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace poolbugs {
namespace {

std::vector<int> numbers(std::string_view text) {
  std::vector<int> found;
  for (const char* at = text.data(); at < text.data() + text.size(); ++at) {
    int number = 0;
    const auto [end, error] =
        std::from_chars(at, text.data() + text.size(), number);
    if (error != std::errc()) return {};
    found.push_back(number);
    at = end;
  }
  return found;
}

}  // namespace

const char* const kInterpreterQuestion = R"(
import multiprocessing, platform, sys, sysconfig
def say(name, value): print('poolbugs-%s %s' % (name, value))
say('implementation', platform.python_implementation())
say('executable', sys.executable)
say('version', '.'.join(map(str, sys.version_info[:3])))
say('free-threaded', sysconfig.get_config_var('Py_GIL_DISABLED') or 0)
if hasattr(multiprocessing, 'get_all_start_methods'):
    methods = multiprocessing.get_all_start_methods()
elif sys.platform == 'win32':
    methods = ['spawn']
else:
    methods = ['fork']
for method in methods: say('method', method)
say('usual', methods[0])
for folder in set([sys.prefix, sys.exec_prefix,
                   getattr(sys, 'base_prefix', sys.prefix)]):
    say('folder', folder)
say('end', '')
)";

Result<Interpreter> understand_answer(const std::filesystem::path& executable,
                                      std::string_view text) {
  Interpreter answer;
  answer.executable = executable;
  std::string implementation;
  bool whole = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    at = end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    constexpr std::string_view kMark = "poolbugs-";
    const std::size_t space = line.find(' ');
    if (!line.starts_with(kMark) || space == line.npos) continue;
    const std::string_view name =
        line.substr(kMark.size(), space - kMark.size());
    const std::string_view value = line.substr(space + 1);
    const auto method = parse_start_method(value);
    if (name == "implementation") implementation = value;
    if (name == "executable") answer.executable = value;
    if (name == "version") answer.version = numbers(value);
    if (name == "free-threaded") answer.free_threaded = value == "1";
    if (name == "method" && method) answer.start_methods.push_back(*method);
    if (name == "usual" && method) answer.usual = *method;
    if (name == "folder") answer.folders.emplace_back(value);
    if (name == "end") whole = true;
  }
  if (!whole || answer.version.size() != 3)
    return Error{"it gave no answer that a Python would give"};
  if (implementation != "CPython")
    return Error{fmt::format("it is {}, not CPython", implementation)};
  std::sort(answer.start_methods.begin(), answer.start_methods.end());
  return answer;
}

void add_answer(const std::filesystem::path& executable, std::string_view text,
                Interpreters& all) {
  Result<Interpreter> answer = understand_answer(executable, text);
  if (answer)
    all.found.push_back(std::move(*answer));
  else
    all.broken.push_back({executable, answer.error().text});
}

void sort_by_version(std::vector<Interpreter>& found) {
  const auto newer = [](const Interpreter& a, const Interpreter& b) {
    return a.version != b.version ? a.version > b.version
                                  : a.free_threaded < b.free_threaded;
  };
  std::stable_sort(found.begin(), found.end(), newer);
  const auto same = [&](const Interpreter& a, const Interpreter& b) {
    return !newer(a, b) && !newer(b, a);
  };
  found.erase(std::unique(found.begin(), found.end(), same), found.end());
}

std::string last_line(std::string_view text) {
  while (!text.empty() &&
         (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
    text.remove_suffix(1);
  const std::size_t start = text.rfind('\n');
  return std::string(start == text.npos ? text : text.substr(start + 1));
}

}  // namespace poolbugs
