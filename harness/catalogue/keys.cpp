#include "harness/catalogue/keys.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <regex>

#include "harness/catalogue/promise.hpp"
#include "harness/catalogue/text.hpp"

namespace poolbugs::catalogue {
namespace {

const std::vector<std::string> kKeys{
    "id",    "title", "aliases", "start", "start.py",  "python",  "peer",
    "needs", "links", "broken",  "fixed", "broken.py", "fixed.py"};

std::string did_you_mean(std::string_view word,
                         const std::vector<std::string>& known) {
  const std::string proposal = nearest(word, known);
  return proposal.empty()
             ? fmt::format("; known are: {}", fmt::join(known, " "))
             : fmt::format("; did you mean `{}`?", proposal);
}

bool is_link(const std::string& text) {
  static const std::regex thread(
      R"([A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}#[0-9]{1,9})");
  return text.starts_with("https://") || text.starts_with("http://") ||
         (text.size() < 250 && std::regex_match(text, thread));
}

class KeyReader {
 public:
  KeyReader(const toml::table& keys, int first_line,
            const std::filesystem::path& file, Manifest& manifest)
      : keys_(keys),
        first_line_(first_line),
        file_(file),
        manifest_(manifest),
        complain_([this](int line, std::string message) {
          fault_at(line, std::move(message));
        }) {}

  void read() {
    for (const auto& [key, value] : keys_)
      if (std::ranges::find(kKeys, key.str()) == kKeys.end())
        fault_at(static_cast<int>(key.source().begin.line),
                 fmt::format("unknown key `{}`{}", key.str(),
                             did_you_mean(key.str(), kKeys)));
    read_id();
    read_title();
    read_aliases();
    read_start("start", manifest_.item.start);
    read_python_start();
    read_python();
    read_peer();
    read_needs();
    read_links();
    for (const Language language : {Language::cpp, Language::python})
      for (const char* half : {"broken", "fixed"}) read_program(half, language);
  }

 private:
  static int line_of(const toml::node& node) {
    return static_cast<int>(node.source().begin.line);
  }
  void fault_at(int toml_line, std::string message) {
    manifest_.faults.push_back(
        {file_, toml_line + first_line_ - 1, std::move(message)});
  }
  void fault(const toml::node& node, std::string message) {
    fault_at(line_of(node), std::move(message));
  }

  /// The string of a key that must be there, or nothing after a fault.
  std::optional<std::string> required(std::string_view key,
                                      std::string_view example) {
    const toml::node* node = keys_.get(key);
    if (!node) {
      fault_at(1, fmt::format("`{0}` is missing; write `{0} = \"{1}\"`", key,
                              example));
      return std::nullopt;
    }
    std::optional<std::string> text = node->value_exact<std::string>();
    if (!text || trim(*text).empty()) {
      fault(*node, fmt::format("`{0}` must be a string; write `{0} = \"{1}\"`",
                               key, example));
      return std::nullopt;
    }
    return text;
  }

  /// The strings of a list, each with its node.
  std::vector<std::pair<std::string, const toml::node*>> strings(
      std::string_view key, std::string_view example) {
    std::vector<std::pair<std::string, const toml::node*>> found;
    const toml::node* node = keys_.get(key);
    if (!node) return found;
    const toml::array* list = node->as_array();
    if (!list) {
      fault(*node, fmt::format("`{0}` must be a list of strings; write `{0} = "
                               "[\"{1}\"]`",
                               key, example));
      return found;
    }
    std::vector<std::string> seen;
    for (const toml::node& item : *list) {
      const std::optional<std::string> text = item.value_exact<std::string>();
      if (!text)
        fault(item, fmt::format("`{0}` must hold strings only; write `{0} = "
                                "[\"{1}\"]`",
                                key, example));
      else if (std::ranges::find(seen, *text) != seen.end())
        fault(item, fmt::format("`{}` names `{}` twice", key, *text));
      else
        found.emplace_back(seen.emplace_back(*text), &item);
    }
    return found;
  }

  void read_id() {
    const std::optional<std::string> id = required("id", "PB-0042");
    if (!id) return;
    static const std::regex form("PB-[0-9]{4}");
    const toml::node& node = *keys_.get("id");
    if (id->size() != 7 || !std::regex_match(*id, form))
      return fault(node, fmt::format("`id` is `{}`; write PB- and four digits, "
                                     "such as \"PB-0042\"",
                                     *id));
    manifest_.item.id = *id;
    manifest_.id = {*id, line_of(node) + first_line_ - 1};
  }

  void read_title() {
    const std::optional<std::string> title =
        required("title", "What fails, in one sentence");
    if (!title) return;
    if (title->find('\n') != title->npos)
      return fault(*keys_.get("title"), "`title` must be a single line");
    manifest_.item.title = trim(*title);
  }

  void read_aliases() {
    for (const auto& [name, node] : strings("aliases", "fork-mutex-held")) {
      if (!is_slug(name)) {
        fault(*node, fmt::format("the alias `{}` must consist of small "
                                 "letters, digits and hyphens",
                                 name));
        continue;
      }
      manifest_.item.aliases.push_back(name);
      manifest_.aliases.push_back({name, line_of(*node) + first_line_ - 1});
    }
  }

  void read_start(std::string_view key, std::vector<StartMethod>& methods) {
    if (!keys_.contains(key)) {
      methods.assign(kStartMethods.begin(), kStartMethods.end());
      return;
    }
    std::vector<std::string> known;
    for (const StartMethod method : kStartMethods)
      known.emplace_back(to_string(method));
    for (const auto& [name, node] : strings(key, "fork")) {
      if (const auto method = parse_start_method(name))
        methods.push_back(*method);
      else
        fault(*node, fmt::format("unknown start method `{}`{}", name,
                                 did_you_mean(name, known)));
    }
    std::ranges::sort(methods);
  }

  void read_python_start() {
    Case& item = manifest_.item;
    if (keys_.contains("start.py"))
      read_start("start.py", item.python_start);
    else
      item.python_start = item.start;
  }

  void read_python() {
    const toml::node* node = keys_.get("python");
    if (!node) return;
    const auto text = node->value_exact<std::string>();
    auto condition = text ? Condition::parse("python " + *text)
                          : Result<Condition>(Error{"it must be a string"});
    if (condition)
      manifest_.item.python = std::move(*condition);
    else
      fault(*node, fmt::format("`python`: {}; write `python = \">= 3.8\"`",
                               condition.error().text));
  }

  void read_peer() {
    const toml::node* node = keys_.get("peer");
    if (!node) return;
    const auto name = node->value_exact<std::string>();
    if (!name)
      return fault(*node, "`peer` must be a string; write `peer = \"s390x\"`");
    if (!std::ranges::binary_search(peers(), *name))
      return fault(*node, fmt::format("unknown peer `{}`{}", *name,
                                      did_you_mean(*name, peers())));
    for (const char* half : {"broken", "fixed"})
      if (keys_.contains(promise_key(half, Language::python)))
        return fault(*node,
                     "`peer` is for programs in C++; no Python is built for "
                     "another platform");
    manifest_.item.peer = *name;
  }

  void read_needs() {
    for (const auto& [name, node] : strings("needs", "threads")) {
      if (std::ranges::binary_search(known_feature_words(), name))
        manifest_.item.needs.push_back(name);
      else if (parse_start_method(name))
        fault(*node, fmt::format("`{}` is a start method; name it in `start` "
                                 "and leave it out here",
                                 name));
      else
        fault(*node, fmt::format("unknown feature `{}`{}", name,
                                 did_you_mean(name, known_feature_words())));
    }
  }

  void read_links() {
    for (const auto& [link, node] : strings("links", "python/cpython#50970")) {
      if (is_link(link))
        manifest_.item.links.push_back(link);
      else
        fault(*node, fmt::format("`{}` is no link; write OWNER/REPOSITORY#"
                                 "NUMBER or https://…",
                                 link));
    }
  }

  void read_program(const std::string& name, Language language) {
    const std::string key = promise_key(name, language);
    const toml::node* node = keys_.get(key);
    if (!node) return;
    manifest_.halves.push_back({key, line_of(*node) + first_line_ - 1});
    manifest_.item.programs.push_back(
        {name, language, {}, read_promises(*node, key, complain_)});
  }

  const toml::table& keys_;
  int first_line_;
  const std::filesystem::path& file_;
  Manifest& manifest_;
  Complain complain_;
};

}  // namespace

bool read_keys(std::string_view toml, int first_line,
               const std::filesystem::path& file, Manifest& manifest) {
  try {
    const toml::table keys = toml::parse(toml);
    KeyReader(keys, first_line, file, manifest).read();
    return true;
  } catch (const toml::parse_error& error) {
    manifest.faults.push_back(
        {file, static_cast<int>(error.source().begin.line) + first_line - 1,
         fmt::format("this is not TOML: {}", error.description())});
    return false;
  }
}

}  // namespace poolbugs::catalogue
