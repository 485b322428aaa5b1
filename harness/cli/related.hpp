// Which cases of the corpus a hang of somebody's program looks like.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "platform/stacks.hpp"

namespace poolbugs::cli {

struct RelatedCase {
  std::string name, id, title;
};

struct RelatedCases {
  std::vector<RelatedCase> nearest;  ///< at most three, the likeliest first
  int others = 0;                    ///< with the same cause, but less alike
};

/// Where the corpus and what was measured of it lie.
struct Corpus {
  std::filesystem::path cases;
  std::filesystem::path results;  ///< a results.jsonl; need not be there
};

/// As this poolbugs was built: its cases, and the committed results of this
/// platform.
Corpus default_corpus();

/// Of the cases that promise a hang of this cause those whose stacks, as
/// measured, share most with these: functions of the interpreter's library if
/// there are Python frames, else native ones. A function that few cases have
/// weighs more than one that all have. Without stacks on either side the order
/// is the catalogue's. None if there is no such folder, or it is not sound.
RelatedCases related_cases(const Corpus& corpus, const std::string& cause,
                           const std::vector<stacks::ProcessStacks>& stacks);

}  // namespace poolbugs::cli
