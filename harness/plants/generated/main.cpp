// generated_soak: programs made at random of pipes, locks, signals, children
// and timers, each looked at as long as it lives and then moved by everything
// that an outside party can do: no thread may go on that was proved stuck.
//
// Exit status: 0 no false proof; 1 one, made small; 2 usage; 3 it could not be
// done, or nothing at all was proved; 77 trees cannot be read here.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <csignal>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "harness/plants/generated/generate.hpp"
#include "harness/plants/generated/stage.hpp"
#include "platform/wait_reader.hpp"

namespace poolbugs::generated {
namespace {

using Clock = Life::Clock;

volatile std::sig_atomic_t told_to_stop = 0;

struct Options {
  int programs = 20'000;
  std::uint64_t seed = 1;
  Settings settings;
  std::vector<std::string> without;
  std::string file;  ///< a program to run, as often as `programs`
  bool keep_going = false, no_minimising = false, show = false;
};

constexpr std::array kEnds{"still going on",
                           "ended by itself",
                           "proved stuck",
                           "proved stuck in part",
                           "never moved, not proved (missed)",
                           "moved by the outside party only",
                           "could not be run"};
static_assert(kEnds.size() == static_cast<std::size_t>(End::kCount));

class Run {
 public:
  explicit Run(const Options& options) : options_(options) {
    for (int i = 0; i < static_cast<int>(Feature::kCount); ++i)
      for (const std::string& word : options.without)
        if (word == name_of(static_cast<Feature>(i)))
          taste_.without.push_back(static_cast<Feature>(i));
  }
  int run();

 private:
  std::optional<Program> next();
  void done(const Life& life);
  void progress() const;
  void report() const;
  void make_small();

  const Options& options_;
  Taste taste_;
  int started_ = 0;
  std::map<std::string, std::uint64_t> seeds_;  ///< of those running
  std::map<End, int> ends_;
  std::map<std::string, int> missed_;  ///< reasons
  long looks_ = 0, claims_ = 0;
  int over_ = 0, false_ = 0, examples_ = 0;
  std::optional<Program> failing_;
  Clock::time_point began_ = Clock::now();
};

std::optional<Program> Run::next() {
  if (started_ == options_.programs) return std::nullopt;
  const std::uint64_t seed =
      options_.seed + static_cast<std::uint64_t>(started_++);
  if (options_.file.empty()) {
    Program program = generate(seed, taste_);
    seeds_[to_text(program)] = seed;
    return program;
  }
  std::ostringstream text;
  text << std::ifstream(options_.file).rdbuf();
  auto program = parse(text.str());
  if (!program) throw std::runtime_error(options_.file + ": no program");
  return program;
}

void Run::done(const Life& life) {
  const std::string text = to_text(life.program());
  const auto found = seeds_.find(text);
  const std::string seed =
      found == seeds_.end() ? "" : std::to_string(found->second);
  if (found != seeds_.end()) seeds_.erase(found);
  ++over_;
  ++ends_[life.end()];
  looks_ += life.looks();
  claims_ += life.judge().claimed();
  if (life.end() == End::never_moved) {
    ++missed_[life.why_not()];
    if (options_.show)
      fmt::print("MISSED {} {}\n{}\n", seed, life.why_not(), text);
  }
  if (life.end() == End::broken)
    fmt::print("seed {} could not be run\n{}\n", seed, text);
  if (!life.judge().found().empty()) {
    ++false_;
    fmt::print("\nFALSE PROOF, seed {}\n{}\n", seed, life.story());
    if (!failing_) failing_ = life.program();
  }
  if (over_ % 500 == 0) progress();
  std::fflush(stdout);
}

void Run::progress() const {
  const std::chrono::duration<double> took = Clock::now() - began_;
  fmt::print("{:6.0f} s  {:6} programs, {} looks, {} false proofs\n",
             took.count(), over_, looks_, false_);
}

void Run::report() const {
  fmt::print("\n");
  progress();
  for (const auto& [end, times] : ends_)
    fmt::print("  {}: {}\n", kEnds[static_cast<std::size_t>(end)], times);
  fmt::print("  threads that were proved stuck: {}\n", claims_);
  for (const auto& [reason, times] : missed_)
    fmt::print("  missed, for it {}: {}\n", reason, times);
}

void Run::make_small() {
  fmt::print("\nMaking it smaller …\n");
  const Program least =
      minimise(options_.settings, *failing_, [](const Program& program) {
        fmt::print("---\n{}", to_text(program));
        std::fflush(stdout);
      });
  fmt::print("\nTHE SMALLEST:\n{}", to_text(least));
}

int Run::run() {
  const auto next_one = [this] { return next(); };
  const auto stop = [this] {
    return told_to_stop != 0 || (failing_ && !options_.keep_going);
  };
  run_all(
      options_.settings, next_one, [this](const Life& life) { done(life); },
      stop);
  report();
  if (failing_ && !options_.no_minimising && told_to_stop == 0) make_small();
  if (false_ > 0) return 1;
  if (claims_ == 0 && options_.file.empty())
    fmt::print("Nothing was proved: that shows nothing.\n");
  else if (told_to_stop == 0 && !ends_.contains(End::broken))
    return 0;
  return 3;
}

int soak(int argc, char** argv) {
  Options options;
  CLI::App app{"The stress test of the proof with programs made at random."};
  app.add_option("programs", options.programs, "how many")
      ->capture_default_str();
  app.add_option("--seed", options.seed, "of the first")->capture_default_str();
  app.add_option("--at-once", options.settings.at_once, "programs")
      ->capture_default_str();
  app.add_option("--watchers", options.settings.watchers, "threads that look")
      ->capture_default_str();
  app.add_option("--without", options.without,
                 "parts: signals, stops, names, requeue, sharing, flight, "
                 "deaths, outside");
  app.add_option("--program", options.file, "this one, as often as said");
  app.add_flag("--keep-going", options.keep_going, "after a false proof");
  app.add_flag("--as-it-is", options.no_minimising,
               "do not make a failing program smaller");
  app.add_flag("--show-missed", options.show, "programs that were missed");
  bool print = false;
  app.add_flag("--print", print, "only print the program");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (print) {
    fmt::print("{}", to_text(generate(options.seed)));
    return 0;
  }
  if (const auto can = wait::can_read_trees(); !can) {
    fmt::print("skipped: {}\n", can.error().text);
    return 77;
  }
  struct sigaction action {};
  action.sa_handler = [](int) { told_to_stop = 1; };
  for (const int signal : {SIGINT, SIGTERM, SIGHUP})
    ::sigaction(signal, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return Run(options).run();
}

}  // namespace
}  // namespace poolbugs::generated

int main(int argc, char** argv) {
  try {
    return poolbugs::generated::soak(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "generated_soak: {}\n", error.what());
    return 3;
  }
}
