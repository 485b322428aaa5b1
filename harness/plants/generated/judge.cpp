#include "harness/plants/generated/judge.hpp"

#include <algorithm>
#include <set>

namespace poolbugs::generated {

namespace {

bool sends_signals(const Program& program) {
  return program.has(Act::kill) || program.has(Act::stop) ||
         program.has(Act::resume) || program.has(Act::parent_death);
}

}  // namespace

std::vector<Claim> claims_of(const wait::Examined& seen,
                             const Program& program) {
  std::vector<Claim> claims(seen.graph.threads.size(), Claim::none);
  if (!seen.graph.disturbed.empty()) return claims;
  for (const std::string& phrase : seen.graph.unless)
    if (is_true(phrase, program)) return claims;
  // Members that move may send a signal, too; when is not known.
  const bool any_may_send =
      seen.verdict.proof == wait::Proof::none && sends_signals(program);
  for (std::size_t i = 0; i < claims.size(); ++i) {
    if (seen.verdict.outlook[i] == wait::Outlook::only_by_signal)
      claims[i] = any_may_send ? Claim::none : Claim::but_signals;
    if (seen.verdict.outlook[i] == wait::Outlook::never)
      claims[i] = seen.graph.no_signals ? Claim::but_signals : Claim::never;
  }
  return claims;
}

bool is_true(const std::string& unless, const Program& program) {
  if (unless.find("alarm") != std::string::npos) return program.has(Act::alarm);
  const auto outside_has = [&](ObjectKind kind) {
    return std::any_of(program.objects.begin(), program.objects.end(),
                       [&](const Object& object) {
                         return object.kind == kind && object.outside != 0;
                       });
  };
  if (unless.find("epoll set") != std::string::npos)
    return outside_has(ObjectKind::epoll);
  if (unless.find("under way in a socket outside") != std::string::npos)
    return program.has(Act::send_file) && outside_has(ObjectKind::sockets);
  return false;
}

Progress::Progress(const Table& table) {
  for (std::size_t i = 0; i < kSlots; ++i) of[i] = table.slots[i].progress;
  // Last: had signals come in between, the epoch would be another one.
  epoch = table.epoch;
}

int Judge::slot_with(long thread) const {
  for (int i = 0; i < kSlots; ++i)
    if (table_.slots[i].thread == thread) return i;
  return -1;
}

bool Judge::is_known(int slot, int epoch, Claim claim) const {
  return std::any_of(said_.begin(), said_.end(), [&](const Said& one) {
    return one.slot == slot && one.epoch == epoch && one.claim == claim;
  });
}

void Judge::hear(const std::shared_ptr<const wait::Examined>& seen,
                 const std::string& how, const Progress& before,
                 const Progress& after) {
  if (before.epoch != after.epoch) return;
  const std::vector<Claim> claims = claims_of(*seen, program_);
  for (std::size_t i = 0; i < claims.size(); ++i) {
    if (claims[i] == Claim::none) continue;
    const int slot = slot_with(seen->graph.threads[i].id);
    if (slot < 0) continue;
    const auto at = static_cast<std::size_t>(slot);
    // Moved before the picture or after it: that is not known.
    if (before.of[at] != after.of[at]) continue;
    if (is_known(slot, after.epoch, claims[i])) continue;
    said_.push_back({slot, after.epoch, after.of[at], claims[i], how, seen});
    newest_ = std::chrono::steady_clock::now();
  }
}

std::uint32_t Judge::progress_of(const Said& said) const {
  const Progress now(table_);
  const auto at = static_cast<std::size_t>(said.slot);
  if (said.claim == Claim::never || now.epoch == said.epoch) return now.of[at];
  return said.epoch + 1 < kMostEpochs ? table_.before[said.epoch][at]
                                      : said.progress;
}

void Judge::check() {
  for (const Said& said : said_) {
    const std::uint32_t now = progress_of(said);
    if (now == said.progress) continue;
    const bool known = std::any_of(
        found_.begin(), found_.end(),
        [&](const FalseProof& one) { return one.slot == said.slot; });
    if (!known)
      found_.push_back(
          {said.slot, said.progress, now, said.claim, said.how, said.seen});
  }
}

int Judge::claimed() const {
  std::set<int> slots;
  for (const Said& one : said_) slots.insert(one.slot);
  return static_cast<int>(slots.size());
}

}  // namespace poolbugs::generated
