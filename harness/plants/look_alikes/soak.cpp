// The stress test of the proof: all healthy look-alikes again and again, as
// root and as nobody in turn, while busy loops take the CPUs from observers
// and plants alike, until so many pairs of snapshots were made.
//
// Exit status: 0 no false proof; 1 one, with its facts and graph, at once; 2
// usage, 3 it could not be done or was told to stop.
#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <random>
#include <set>
#include <stdexcept>
#include <thread>

#include "harness/plants/look_alikes/stage.hpp"

namespace poolbugs::look_alikes {
namespace {

using Clock = std::chrono::steady_clock;

/// Those with alarms take their turn one by one, which costs the most time:
/// only in every so many pairs of rounds.
constexpr int kAlarmsEvery = 4;

volatile std::sig_atomic_t told_to_stop = 0;

struct Options {
  long long pairs = 1'000'000;
  double minutes = 60;
  int at_once = 24;
  int busy = 2 * static_cast<int>(std::thread::hardware_concurrency());
  std::string seconds = "0.6";
  std::vector<std::string> plants;  ///< only these
};

/// Take the CPUs from whoever shares them with us.
class BusyLoops {
 public:
  explicit BusyLoops(int many) {
    for (int i = 0; i < many; ++i)
      threads_.emplace_back([](const std::stop_token& stop) {
        while (!stop.stop_requested()) continue;
      });
  }

 private:
  std::vector<std::jthread> threads_;
};

struct Total {
  long long pairs = 0, disturbed = 0, but_pollers = 0, looks = 0;
  long long conditional = 0;  ///< proofs, on what rescues the plant
  std::map<std::string, long long> phrases;   ///< of these
  std::map<std::string, long long> of_plant;  ///< pairs
  std::map<std::string, int> failed;          ///< plants, by themselves
  std::set<std::string> skipped;
  std::string false_proof;  ///< the first one's story
};

void add(const Plant& plant, const Seen& seen, const std::string& as,
         Total& total) {
  const Tally& tally = seen.tally;
  ++total.looks;
  total.pairs += tally.pairs;
  total.disturbed += tally.disturbed;
  total.but_pollers += tally.but_pollers;
  if (seen.status == kSkipped) {
    total.skipped.insert(plant.name + " as " + as);
    return;
  }
  total.of_plant[plant.name] += tally.pairs;
  if (seen.status != 0) ++total.failed[plant.name];
  for (const auto& [unless, proofs] : tally.proofs)
    if (is_true(plant, unless)) {
      total.conditional += proofs.times;
      for (const std::string& phrase : CLI::detail::split(unless, ';'))
        total.phrases[CLI::detail::trim_copy(phrase)] += proofs.times;
    }
  const auto wrong = false_claims(plant, tally);
  if (!wrong.empty() && total.false_proof.empty())
    total.false_proof =
        fmt::format("{}, as {}: {}", plant.name, as, wrong.front());
}

class Soak {
 public:
  explicit Soak(const Options& options) : options_(options) {}
  int run();

 private:
  [[nodiscard]] bool over() const {
    return told_to_stop != 0 || Clock::now() > deadline_ ||
           pairs_ >= options_.pairs || !total_.false_proof.empty();
  }
  void round(int number);
  void progress(int number) const;
  int report() const;

  const Options& options_;
  const Clock::time_point start_ = Clock::now();
  const Clock::time_point deadline_ =
      start_ +
      std::chrono::duration_cast<Clock::duration>(
          std::chrono::duration<double, std::ratio<60>>(options_.minutes));
  std::vector<Plant> plants_ = list();
  std::mt19937 random_{1};
  Total total_;
  std::atomic<long long> pairs_ = 0;
};

void Soak::round(int number) {
  const bool root = ::geteuid() == 0, nobody = root && number % 2 == 1;
  const std::string as = nobody ? "nobody" : root ? "root" : "this user";
  std::string folder = std::filesystem::temp_directory_path() / "soak-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr)
    throw std::runtime_error("cannot make a folder for what observers write");
  if (nobody && ::chown(folder.c_str(), 65534, 65534) != 0)
    throw std::runtime_error("cannot make a folder for what observers write");
  ::setenv("TMPDIR", folder.c_str(), 1);
  Settings settings{{}, options_.seconds, folder};
  if (nobody)
    settings.before = {"setpriv", "--reuid=65534", "--regid=65534",
                       "--clear-groups"};
  std::vector<Plant> quiet, with_alarm;
  for (const Plant& plant : plants_)
    (plant.has("alarm") ? with_alarm : quiet).push_back(plant);
  std::shuffle(quiet.begin(), quiet.end(), random_);
  const auto seen = [&](const Plant& plant, const Seen& one) {
    add(plant, one, as, total_);
    pairs_ = total_.pairs;
  };
  const auto stop = [this] { return over(); };
  run_all(quiet, options_.at_once, settings, seen, stop);
  if (number / 2 % kAlarmsEvery == 0)
    run_all(with_alarm, 1, settings, seen, stop);
  std::filesystem::remove_all(folder);
  ::unsetenv("TMPDIR");
}

void Soak::progress(int number) const {
  const std::chrono::duration<double> took = Clock::now() - start_;
  fmt::print(
      "{:6.0f} s  {:3} rounds  {:9} pairs, {:.0f} a second, {:.0f} % "
      "disturbed\n",
      took.count(), number, total_.pairs,
      static_cast<double>(total_.pairs) / took.count(),
      100.0 * static_cast<double>(total_.disturbed) /
          static_cast<double>(std::max(total_.pairs, 1LL)));
  std::fflush(stdout);
}

int Soak::report() const {
  const auto [least, most] = std::minmax_element(
      total_.of_plant.begin(), total_.of_plant.end(),
      [](const auto& a, const auto& b) { return a.second < b.second; });
  const std::chrono::duration<double> took = Clock::now() - start_;
  fmt::print("\nPairs of snapshots: {} in {:.0f} s, of {} look-alikes\n",
             total_.pairs, took.count(), total_.of_plant.size());
  if (least != total_.of_plant.end())
    fmt::print("  of one look-alike: {} ({}) to {} ({})\n", least->second,
               least->first, most->second, most->first);
  fmt::print("  undisturbed: {}\n  disturbed: {}\n",
             total_.pairs - total_.disturbed, total_.disturbed);
  fmt::print("  stuck but for pollers: {}\n", total_.but_pollers);
  fmt::print("  stuck unless happens what rescues it: {}, of these unless\n",
             total_.conditional);
  for (const auto& [phrase, times] : total_.phrases)
    fmt::print("    {}: {}\n", phrase, times);
  for (const auto& [name, times] : total_.failed)
    fmt::print("Failed by itself, {} times: {}\n", times, name);
  if (!total_.skipped.empty())
    fmt::print("Cannot be done here: {}\n", fmt::join(total_.skipped, ", "));
  fmt::print("False proofs: {}\n", total_.false_proof.empty() ? 0 : 1);
  if (!total_.false_proof.empty()) {
    fmt::print("\n{}\n", total_.false_proof);
    return 1;
  }
  if (total_.pairs < options_.pairs)
    fmt::print("Ended by {} before {} pairs were made\n",
               told_to_stop != 0 ? "a signal" : "the clock", options_.pairs);
  return told_to_stop != 0 || total_.pairs == 0 ? 3 : 0;
}

int Soak::run() {
  if (!options_.plants.empty())
    std::erase_if(plants_, [this](const Plant& plant) {
      return std::find(options_.plants.begin(), options_.plants.end(),
                       plant.name) == options_.plants.end();
    });
  const BusyLoops busy(options_.busy);
  for (int number = 0; !over(); ++number) {
    round(number);
    kill_the_rest();
    progress(number + 1);
  }
  return report();
}

int soak(int argc, char** argv) {
  Options options;
  CLI::App app("Looks for a false proof of the healthy look-alikes.");
  app.add_option("PAIRS", options.pairs, "until so many pairs were made")
      ->capture_default_str();
  app.add_option("MINUTES", options.minutes, "but not longer")
      ->capture_default_str();
  app.add_option("--at-once", options.at_once, "look-alikes")
      ->capture_default_str();
  app.add_option("--busy", options.busy, "busy loops")->capture_default_str();
  app.add_option("--seconds", options.seconds, "for which one looks stuck")
      ->capture_default_str();
  app.add_option("--only", options.plants, "these look-alikes");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  struct sigaction action {};
  action.sa_handler = [](int) { told_to_stop = 1; };
  for (const int signal : {SIGINT, SIGTERM, SIGHUP})
    ::sigaction(signal, &action, nullptr);
  return Soak(options).run();
}

}  // namespace
}  // namespace poolbugs::look_alikes

int main(int argc, char** argv) {
  using namespace poolbugs::look_alikes;
  if (const auto status = be_observer(argc, argv)) return *status;
  try {
    return soak(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "look_alikes_soak: {}\n", error.what());
    return 3;
  }
}
