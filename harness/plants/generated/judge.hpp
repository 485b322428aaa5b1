// Holds what was said of a program's threads against what they then did.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "harness/plants/generated/table.hpp"
#include "platform/examine.hpp"

namespace poolbugs::generated {

/// What was said of a thread.
enum class Claim {
  none,
  but_signals,  ///< only a signal from outside would change it
  never,        ///< it never goes on
};

/// By the index of its threads; none that nothing can be held against.
std::vector<Claim> claims_of(const wait::Examined& seen,
                             const Program& program);

/// Whether the condition is one that this program itself brings about.
bool is_true(const std::string& unless, const Program& program);

/// The progress of all threads at one moment.
struct Progress {
  explicit Progress(const Table& table);
  std::array<std::uint32_t, kSlots> of;
  int epoch = 0;
};

struct FalseProof {
  int slot = 0;
  std::uint32_t from = 0, to = 0;  ///< progress
  Claim claim = Claim::none;
  std::string how;  ///< the picture was taken
  std::shared_ptr<const wait::Examined> seen;
};

class Judge {
 public:
  Judge(const Program& program, const Table& table)
      : program_(program), table_(table) {}

  /// `before` and `after` the picture was taken.
  void hear(const std::shared_ptr<const wait::Examined>& seen,
            const std::string& how, const Progress& before,
            const Progress& after);
  /// False ones are found whenever this is called; each thread's first.
  void check();

  [[nodiscard]] const std::vector<FalseProof>& found() const { return found_; }
  /// How many threads something was said of at some time.
  [[nodiscard]] int claimed() const;
  /// When the newest was heard; the epoch if none.
  [[nodiscard]] std::chrono::steady_clock::time_point newest() const {
    return newest_;
  }

 private:
  struct Said {
    int slot, epoch;
    std::uint32_t progress;
    Claim claim;
    std::string how;
    std::shared_ptr<const wait::Examined> seen;
  };
  [[nodiscard]] int slot_with(long thread) const;
  [[nodiscard]] bool is_known(int slot, int epoch, Claim claim) const;
  /// What it had done when the first signal came that the claim allows for.
  [[nodiscard]] std::uint32_t progress_of(const Said& said) const;

  const Program& program_;
  const Table& table_;
  std::vector<Said> said_;
  std::vector<FalseProof> found_;
  std::chrono::steady_clock::time_point newest_{};
};

}  // namespace poolbugs::generated
