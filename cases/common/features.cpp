// What is true of the programs of this build, for a poolbugs of another one.
#include "platform/features.hpp"

#include <cstdio>

int main() {
  return std::fputs(poolbugs::features_answer().c_str(), stdout) < 0;
}
