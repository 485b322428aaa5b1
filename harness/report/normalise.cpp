#include "harness/report/normalise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/regex.hpp>
#include <map>
#include <set>

#include "harness/report/record.hpp"
#include "harness/report/text.hpp"

namespace poolbugs::report {
namespace {

using catalogue::Grade;
using catalogue::Outcome;

struct Rule {
  boost::regex pattern;
  std::string replacement;
};

// Boost.Regex, because libstdc++'s recurses once per character. Order matters:
// a date is replaced before its parts could be taken for something else.
const std::vector<Rule>& rules() {
  static const std::vector<Rule> all = [] {
    const std::vector<std::pair<const char*, const char*>> texts = {
        // Of Windows, after forward_slashes(): the folder for temporary files
        // is what /tmp is elsewhere, and what a run had there is named after
        // its process and the time. An `.exe` says nothing.
        {R"((?<![\w.>-])[A-Za-z]:/(?:[^/\s:*?"<>|']+/)*?(?:Temp|TEMP|tmp)(?=/))",
         "/tmp"},
        {R"((/tmp/poolbugs-run-)\d+-\d+\b)", "$1<random>"},
        {R"((?<![\w.>-])[A-Za-z]:/[^\s"'():]*/(python[\d.]*t?|py)\.exe\b)",
         "$1"},
        {R"((?<![\w.>-])[A-Za-z]:/[^\s"'():]*/Lib/)", "<python>/"},
        {R"(((?:<build>|/tmp)/[^\s"':]*?)\.exe\b)", "$1"},
        // Where CPython is installed, and where its programs lie: as of here.
        {R"((?<![\w.>-])/[^\s"'():]*/lib(?:64)?/python\d\.\d+t?/)",
         "<python>/"},
        {R"((?<![\w.>-])/[^\s"'():]*/bin/(python[\d.]*t?)(?![\w/.-]))", "$1"},
        {R"((?<![\w.>-])/[^\s"'():]*?([\w-]+/[\w-]+/(?:broken|fixed)\.py)\b)",
         "cases/$1"},
        // A program of the corpus that was built elsewhere.
        {R"((?<![\w.>-])(?:[A-Za-z]:)?/[^\s"'():]*?/cases/([\w-]+)/([\w-]+)/(broken|fixed)(?:\.exe)?(?![\w/-]|\.\w))",
         "<build>/cases/$1/$2/$3"},
        // Times of day, with or without a date.
        {R"(\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d([.,]\d+)?( ?(Z|[+-]\d\d:?\d\d)\b)?)",
         "<time>"},
        {R"(\b\d\d:\d\d:\d\d([.,]\d+)?\b)", "<time>"},
        // Durations need a unit.
        {R"((?<![\w.])\d+(\.\d+)?(e[+-]?\d+)? ?(ns|us|µs|ms|s|secs?|seconds?|milliseconds?|microseconds?|nanoseconds?|minutes?)(?![\w/]))",
         "<time>"},
        // Descriptors that CPython hands to a process that it spawns.
        {R"(\b(tracker_fd|pipe_handle|child_handle)=\d+)", "$1=<fd>"},
        // Addresses. An NTSTATUS (0xC0000005) is a cause, not an address, and
        // a short number is a flag or an offset.
        {R"(\b0x(?![8CcEe][0-9A-Fa-f]{7}\b)[0-9A-Fa-f]{7,16}\b)", "<address>"},
        {R"(\b(address |at )[0-9A-Fa-f]{16}\b)", "$1<address>"},
        {R"(\b(thread |tid |thread::id of |started |started daemon )\d{12,}\b)",
         "$1<address>"},
        // Pids: only where a word says that it is one.
        {R"(\b((?:pid|ppid|tid|pgid|sid|PID)s?(?:\(\))?(?: is | = |: ?| |=))\d+\b)",
         "$1<pid>"},
        {R"(\b(getp?pid\(\)(?: returned| is| =|:)? )\d+\b)", "$1<pid>"},
        {R"((<pid>(?:,| and|, and) )\d+\b)", "$1<pid>"},
        {R"(==\d+==)", "==<pid>=="},
        {R"(/proc/\d+\b)", "/proc/<pid>"},
        {R"((/task/)\d+\b)", "$1<pid>"},
        {R"((Process name='[\w-]+' )pid=(?:<pid>|\d+) parent=\d+)",
         "$1pid=<pid> parent=<pid>"},
        // Random names: UUIDs, CPython's, then whatever mkstemp made or what
        // carries a pid, below the places where such names live.
        {R"(\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b)",
         "<random>"},
        {R"(\b(sem\.mp-|mp-|pymp-|psm_|wnsm_|listener-)[0-9A-Za-z_]{4,8}\b)",
         "$1<random>"},
        {R"((/tmp)[a-z0-9_]{8}(?![\w-]))", "$1<random>"},
        // The end of an address, where reprlib cut its beginning.
        {R"(\.\.\.[0-9a-f]{6,16}(?=>))", "...<address>"},
        // In a fork server's command line: folders of this machine.
        {R"('sys_path': \[[^\](]*[^\]( ])", "'sys_path': [<paths>"},
        // Which of a pool's workers took a task is chance.
        {R"(\b((?:Fork|Spawn|ForkServer)PoolWorker)-\d+\b)", "$1-N"},
        // After a name that was made long on purpose.
        {R"((x{20})x*[a-z0-9_]{8}(?=$|[\s/'":,;()\\]))", "$1…<random>"},
        {R"(((?:/tmp|/dev/shm)(?:/[^\s/'":,;()\\]+)*?/[^\s/'":,;()\\]*[-_.])(?:\d{2,}|[0-9A-Za-z]{6})(?=$|[\s/'":,;()\\]))",
         "$1<random>"},
        {R"(((?:/tmp|/dev/shm)(?:/[^\s/'":,;()\\]+)*?/[^\s/'":,;()<>\\]*?)(?=[0-9A-Za-z]{0,5}(?:\d|[a-z][A-Z]|[A-Z][a-z]))[0-9A-Za-z]{6}(?=$|[\s/'":,;()\\]))",
         "$1<random>"},
    };
    std::vector<Rule> made;
    for (const auto& [pattern, replacement] : texts)
      made.push_back({boost::regex(pattern), replacement});
    return made;
  }();
  return all;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; }

/// On Windows small and capital letters are one; Wine shows a folder of this
/// machine on a drive.
void replace_prefix_paths(std::string& line, std::string_view folder,
                          std::string_view with) {
  const std::string whole = std::string(folder) + "/";
  const bool windows = folder.size() > 1 && folder[1] == ':';
  const auto same = [&](char a, char b) {
    return windows ? lower(a) == lower(b) : a == b;
  };
  for (std::size_t at = 0;; at += with.size()) {
    const auto found =
        std::search(line.begin() + static_cast<std::ptrdiff_t>(at), line.end(),
                    whole.begin(), whole.end(), same);
    if (found == line.end()) return;
    at = static_cast<std::size_t>(found - line.begin());
    std::size_t size = whole.size();
    if (line.compare(at - std::min<std::size_t>(at, 2), 2, "Z:") == 0) {
      at -= 2;
      size += 2;
    }
    line.replace(at, size, with);
  }
}

/// Paths of Windows for which there is a rule, in one way to write them: C:\\a
/// (as Python quotes it), C:\a, \\?\C:\a and C:/a are all C:/a. Others stay:
/// how a program wrote them may be what it shows.
std::string forward_slashes(const std::string& line) {
  static const boost::regex path(
      R"((?<!\w)(?:\\{2,4}\?\\{1,2})?([A-Za-z]:[\\/][^\s"'<>|?*:,;()]*))");
  static const boost::regex known(
      R"(/(?:Temp|TEMP|tmp|Lib)/|/(?:python[\d.]*t?|py)\.exe|/cases/[\w-]+/[\w-]+/(?:broken|fixed))");
  if (line.find('\\') == std::string::npos) return line;
  return boost::regex_replace(line, path, [](const auto& found) {
    std::string text = found[1].str();
    std::size_t to = 0;
    for (std::size_t from = 0; from < text.size(); ++from)
      if (text[from] != '\\')
        text[to++] = text[from];
      else if (to == 0 || text[to - 1] != '/')
        text[to++] = '/';
    text.resize(to);
    std::string ours = text;
    replace_prefix_paths(ours, POOLBUGS_BINARY_DIR, "");
    replace_prefix_paths(ours, POOLBUGS_SOURCE_DIR, "");
    return ours != text || boost::regex_search(text, known) ? text
                                                            : found[0].str();
  });
}

/// Almost every rule needs a digit, the rest one of these words.
bool may_change(const std::string& line) {
  if (line.find_first_of("0123456789") != std::string::npos) return true;
  for (const char* word :
       {"/tmp", "/dev/shm", "mp-", "psm_", "wnsm_", "listener-", ".py", "/bin/",
        "{'", "broken", "fixed", ":/"})
    if (line.find(word) != std::string::npos) return true;
  return false;
}

/// A set of texts, as CPython writes it: its order is that of random hashes.
std::string sort_sets(const std::string& line) {
  static const boost::regex set(R"(\{'[^'{}:]*'(, '[^'{}:]*')+\})");
  return boost::regex_replace(line, set, [](const auto& found) {
    const std::string inside = found[0].str();
    std::vector<std::string> items;
    for (std::size_t at = 1; at + 1 < inside.size();) {
      const auto end = inside.find('\'', at + 1) + 1;
      items.push_back(inside.substr(at, end - at));
      at = end + 2;  // the comma and the blank
    }
    std::sort(items.begin(), items.end(), natural_less);
    return "{" + comma_list(items) + "}";
  });
}

std::string once(std::string line) {
  line = forward_slashes(line);
  replace_prefix_paths(line, POOLBUGS_BINARY_DIR, "<build>/");
  replace_prefix_paths(line, POOLBUGS_SOURCE_DIR, "");
  if (!may_change(line)) return line;
  for (const auto& rule : rules()) try {
      line = boost::regex_replace(line, rule.pattern, rule.replacement);
    } catch (const std::runtime_error&) {
      // "The complexity of matching … exceeded predefined bounds": a line
      // made to be hard stays as it is.
    }
  return line.find("{'") == std::string::npos ? line : sort_sets(line);
}

/// Applies `step` until nothing changes, which makes the whole idempotent:
/// a replacement may give another rule something to replace.
template <class Value, class Step>
Value settle(Value value, Step step) {
  for (int turn = 0; turn < 10; ++turn) {
    Value next = step(value);
    if (next == value) break;
    value = std::move(next);
  }
  return value;
}

std::string shortened(std::string line, std::size_t bytes) {
  static constexpr std::string_view note = " … (line cut)";
  if (line.size() <= bytes) return line;
  return std::string(cut_utf8(line, bytes - note.size())) + std::string(note);
}

std::vector<std::string> collapse_equal(std::vector<std::string> lines,
                                        std::size_t limit) {
  const auto note =
      fmt::format("… the same line, more than {} times in all", limit);
  std::vector<std::string> kept;
  for (std::size_t i = 0; i < lines.size();) {
    auto end = i;
    while (end < lines.size() && lines[end] == lines[i]) ++end;
    if (end - i > limit) {
      kept.push_back(lines[i]);
      kept.push_back(note);
    } else {
      kept.insert(kept.end(), lines.begin() + i, lines.begin() + end);
    }
    i = end;
  }
  return kept;
}

std::vector<std::string> first_and_last(std::vector<std::string> lines,
                                        const TextLimits& limits) {
  // One more than is kept: the note must not be cut the next time.
  if (lines.size() <= limits.first + limits.last + 1) return lines;
  std::vector<std::string> kept(lines.begin(), lines.begin() + limits.first);
  if (!limits.count_is_stable) {
    kept.emplace_back("… more lines, not the same number in each run");
    return kept;
  }
  kept.push_back(fmt::format("… {} lines left out",
                             lines.size() - limits.first - limits.last));
  kept.insert(kept.end(), lines.end() - limits.last, lines.end());
  return kept;
}

/// Of processes that a pool starts for ever, each with its traceback, these
/// come mixed, and where we end it is chance. What they end with is not.
std::vector<std::string> without_mixed_tracebacks(
    std::vector<std::string> lines) {
  constexpr int many = 4;
  static const boost::regex end(
      R"(^[A-Za-z_][\w.]*(Error|Exception|Exit|Interrupt|Pool)\b.*)");
  if (std::ranges::count(lines, "Traceback (most recent call last):") < many)
    return lines;
  std::set<std::string> raw, ends;
  for (const auto& line : lines)  // a storm may write very many lines
    if (raw.size() < 500 && line.size() < 400 && boost::regex_match(line, end))
      raw.insert(line);
  for (const auto& line : raw) ends.insert("  " + stable_line(line));
  std::vector<std::string> kept = {
      "… tracebacks of many processes, mixed; they end with:"};
  kept.insert(kept.end(), ends.begin(), ends.end());
  return kept;
}

/// A count that passed a limit says no more than that: "4,812 processes,
/// limit 512" differs from run to run.
std::string counts_over_limits(const std::string& sentence) {
  static const boost::regex pattern(
      R"((?<!more than )\b(\d[\d,]*) ([A-Za-z]+)(,? \(?(?:the )?limit(?: is| of|:)? (\d[\d,]*)\)?))");
  const auto number = [](std::string digits) {
    std::erase(digits, ',');
    return digits.size() > 18 ? ~0ULL : std::stoull(digits);
  };
  return boost::regex_replace(sentence, pattern, [&](const auto& found) {
    return number(found[1].str()) > number(found[4].str())
               ? fmt::format("more than {} {}", found[4].str(), found[2].str())
               : found[0].str();
  });
}

/// Of a thread that runs Python, the frames of the interpreter say how it does
/// that. The Python frames say where it is.
void drop_interpreter_frames(std::vector<std::string>& stacks) {
  static constexpr std::string_view python = ": Python: ";
  std::set<std::string, std::less<>> in_python;
  for (const auto& stack : stacks)
    if (const auto at = stack.find(python); at != std::string::npos)
      in_python.insert(stack.substr(0, at));
  std::erase_if(stacks, [&](const std::string& stack) {
    return stack.find(python) == std::string::npos &&
           in_python.contains(stack.substr(0, stack.find(": ")));
  });
}

/// "process broken" of "process broken.exe": a name, on every platform.
std::string without_exe(std::string left) {
  constexpr std::string_view ending = ".exe";
  if (left.ends_with(ending)) left.resize(left.size() - ending.size());
  return left;
}

/// How the threads of a run that was still busy stand is a matter of the
/// instant, and how many there are of a storm likewise.
bool threads_are_stable(const Record& record) {
  return record.outcome == Outcome::hang && record.grade &&
         (*record.grade == Grade::proven || *record.grade == Grade::quiescent);
}

}  // namespace

std::string stable_line(std::string line) {
  return settle(visible(line),
                [](const std::string& text) { return once(text); });
}

std::string stable_output(std::string_view text, const TextLimits& limits) {
  // Patterns only ever see the head of a line: their cost stays linear.
  const auto step = [&](const std::string& now) {
    auto lines = split_lines(now);
    if (!limits.count_is_stable) lines = without_mixed_tracebacks(lines);
    lines = group_by_role(std::move(lines));
    for (auto& line : lines) line = shortened(line, limits.line_bytes * 4);
    lines =
        first_and_last(collapse_equal(std::move(lines), limits.same), limits);
    for (auto& line : lines)
      line = shortened(stable_line(std::move(line)), limits.line_bytes);
    return join_lines(lines);
  };
  return settle(visible(text), step);
}

std::vector<std::string> stable_list(std::vector<std::string> items,
                                     std::size_t more_than) {
  static const boost::regex counted(R"(^(.*) \((more than )?(\d+) times\)$)");
  std::map<std::string, std::size_t> counts;
  for (auto& item : items) {
    item = stable_line(std::move(item));
    boost::smatch found;
    if (boost::regex_match(item, found, counted) && found[3].length() < 9)
      counts[found[1].str()] +=
          std::stoul(found[3].str()) + (found[2].matched ? 1 : 0);
    else
      ++counts[item];
  }
  items.clear();
  for (const auto& [item, count] : counts) {
    if (count == 1)
      items.push_back(item);
    else if (count <= more_than)
      items.push_back(fmt::format("{} ({} times)", item, count));
    else
      items.push_back(fmt::format("{} (more than {} times)", item, more_than));
  }
  std::sort(items.begin(), items.end(), natural_less);
  return group_by_role(std::move(items));
}

Record normalise(Record record) {
  const bool by_itself = !record.ended.starts_with("ended by poolbugs");
  TextLimits limits;
  limits.count_is_stable =
      by_itself && !record.truncated && record.outcome != Outcome::runaway;
  record.out = stable_output(record.out, limits);
  record.err = stable_output(record.err, limits);
  for (auto& sentence : record.explanation)
    sentence = stable_line(settle(std::move(sentence), counts_over_limits));
  record.ended = stable_line(std::move(record.ended));
  record.cause = visible(record.cause);  // a word, or the manifest's own text
  std::sort(record.limits.begin(), record.limits.end());
  for (auto& left : record.left) left = without_exe(std::move(left));
  record.left = stable_list(std::move(record.left));
  if (threads_are_stable(record)) {
    record.threads = stable_list(std::move(record.threads));
    drop_interpreter_frames(record.stacks);
    record.stacks = stable_list(std::move(record.stacks));
  } else {
    record.threads.clear();
    record.stacks.clear();
    std::erase_if(record.explanation, [](const std::string& sentence) {
      return sentence.starts_with("When it was ended: ");
    });
  }
  record.strangers.clear();
  record.seconds.reset();
  return record;
}

}  // namespace poolbugs::report
