#include "harness/report/junit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <pugixml.hpp>
#include <sstream>

#include "harness/report/text.hpp"

namespace poolbugs::report {
namespace {

using catalogue::Outcome;
using catalogue::Verdict;

constexpr std::size_t kTail = 2000;  ///< bytes of stderr in a message

/// Only characters of XML 1.0 (its production [2]): of the control characters
/// tab and line ends, neither U+FFFE nor U+FFFF.
std::string xml_text(std::string_view bytes) {
  const auto text = valid_utf8(bytes);
  std::string clean;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 && c != '\t' && c != '\n' && c != '\r') continue;
    if (text.compare(i, 3, "\xEF\xBF\xBE") == 0 ||
        text.compare(i, 3, "\xEF\xBF\xBF") == 0) {
      i += 2;
      continue;
    }
    clean += text[i];
  }
  return clean;
}

std::string tail(const std::string& text) {
  if (text.size() <= kTail) return text;
  auto begin = text.size() - kTail;
  const auto line = text.find('\n', begin);
  if (line != std::string::npos && line + 1 < text.size()) begin = line + 1;
  return "…\n" + text.substr(begin);
}

std::string promised(const Record& record) {
  std::string text;
  for (const auto& promise : record.promised)
    text += (text.empty() ? "" : " or ") + promise;
  return text.empty() ? "nothing" : text;
}

std::string full_message(const Record& record) {
  auto text = fmt::format("promised: {}\nobserved: {}\nended: {}\n",
                          promised(record), outcome_text(record), record.ended);
  for (const auto& sentence : reasons_of(record)) text += sentence + "\n";
  text += fmt::format("reproduce it: {}\n", command_of(record));
  if (!record.err.empty()) text += "stderr:\n" + tail(record.err);
  return text;
}

std::string test_name(const Record& record) {
  auto name = fmt::format(
      "{}.{}", record.case_name.substr(record.case_name.find('/') + 1),
      record.program);
  if (record.runtime != plan::kNative) name += "." + record.runtime;
  if (record.start_method)
    name += fmt::format(".{}", to_string(*record.start_method));
  if (record.repetition > 1) name += fmt::format(" #{}", record.repetition);
  return name;
}

void add_problem(pugi::xml_node test, const char* kind, const Record& record) {
  auto problem = test.append_child(kind);
  problem.append_attribute("type") =
      std::string(catalogue::to_string(record.outcome)).c_str();
  const auto message = fmt::format("promised {}, observed {}", promised(record),
                                   outcome_text(record));
  problem.append_attribute("message") = xml_text(message).c_str();
  problem.text().set(xml_text(full_message(record)).c_str());
}

struct Counts {
  int tests = 0, failures = 0, errors = 0, skipped = 0;
  double seconds = 0;

  void write_to(pugi::xml_node node) const {
    node.append_attribute("tests") = tests;
    node.append_attribute("failures") = failures;
    node.append_attribute("errors") = errors;
    node.append_attribute("skipped") = skipped;
    node.append_attribute("time") = fmt::format("{:.3f}", seconds).c_str();
  }
};

void add_test(pugi::xml_node suite, const std::string& area,
              const Record& record, Counts& counts) {
  auto test = suite.append_child("testcase");
  test.append_attribute("classname") =
      xml_text(record.platform + "." + area).c_str();
  test.append_attribute("name") = xml_text(test_name(record)).c_str();
  test.append_attribute("time") =
      fmt::format("{:.3f}", record.seconds.value_or(0)).c_str();
  ++counts.tests;
  counts.seconds += record.seconds.value_or(0);
  if (record.outcome == Outcome::harness_error) {
    ++counts.errors;
    add_problem(test, "error", record);
  } else if (record.verdict == Verdict::unsupported) {
    ++counts.skipped;
    test.append_child("skipped").append_attribute("message") =
        xml_text(comma_list(record.explanation)).c_str();
  } else if (record.verdict == Verdict::broken_promise) {
    ++counts.failures;
    add_problem(test, "failure", record);
  }
}

}  // namespace

std::string junit(std::vector<Record> records) {
  std::stable_sort(records.begin(), records.end(), comes_before);
  pugi::xml_document document;
  auto declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  auto root = document.append_child("testsuites");
  root.append_attribute("name") = "poolbugs";
  for (auto at = records.begin(); at != records.end();) {
    const auto area = at->case_name.substr(0, at->case_name.find('/'));
    auto suite = root.append_child("testsuite");
    suite.append_attribute("name") = xml_text(area).c_str();
    Counts counts;
    for (; at != records.end() &&
           at->case_name.substr(0, at->case_name.find('/')) == area;
         ++at)
      add_test(suite, area, *at, counts);
    counts.write_to(suite);
  }
  std::ostringstream text;
  document.save(text, "  ");
  return text.str();
}

}  // namespace poolbugs::report
