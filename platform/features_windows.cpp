#include <windows.h>

#include "platform/features.hpp"
#include "platform/wine_windows.hpp"

namespace poolbugs {

Features detect_features() {
  Features features = build_features();
  features.words.insert({"windows", "threads"});
  if (is_wine()) features.words.insert("wine");
  return features;
}

std::string platform_name() { return is_wine() ? "windows-wine" : "windows"; }

}  // namespace poolbugs
