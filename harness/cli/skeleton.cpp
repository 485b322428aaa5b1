#include "harness/cli/skeleton.hpp"

#include <fmt/format.h>

namespace poolbugs::cli {

using catalogue::Language;

std::string skeleton_manifest(const std::string& id, Language language) {
  const bool python = language == Language::python;
  return fmt::format(R"(```toml
id    = "{}"
title = "TODO: what fails, in one sentence"
{}   # or leave it out: the program is run as `PROGRAM START-METHOD`

{} = "wrong-result"
{}  = "ok"
```
## What goes wrong
TODO: the mechanism, in two or three sentences.

## What you see
TODO: the symptom, in the words of somebody who does not know the cause yet.

## What triggers it
TODO: what must come together.

## What fixes it
TODO: what to write instead, and where that is not possible.
)",
                     id, python ? "\"start.py\" = []" : "start = []",
                     python ? "\"broken.py\"" : "broken",
                     python ? "\"fixed.py\"" : "fixed");
}

std::string skeleton_program(const std::string& result, Language language) {
  if (language == Language::python)
    return fmt::format(R"(# TODO: what this program does, in one sentence.

if __name__ == "__main__":
    print("expected: 2")
    print("observed: {}")
)",
                       result);
  return fmt::format(R"(// TODO: what this program does, in one sentence.
#include "cases/common/say.hpp"

int main() {{
  poolbugs::expected("2");
  poolbugs::observed("{}");
}}
)",
                     result);
}

}  // namespace poolbugs::cli
