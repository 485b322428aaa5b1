// What the tests of the pool share.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <string>

#include "platform/pool.hpp"

namespace poolbugs::pool {

/// Those that this system has.
#ifdef _WIN32
inline constexpr std::array kMethodsHere{StartMethod::spawn};
#else
inline constexpr std::array kMethodsHere = kStartMethods;
#endif

class PoolTest : public testing::TestWithParam<StartMethod> {
 protected:
  Pool make_pool(int workers = 2) { return Pool(GetParam(), argv_, workers); }
  std::string name_ = "platform_test";
  char* argv_[2] = {name_.data(), nullptr};
};

inline std::string method_name(
    const testing::TestParamInfo<StartMethod>& method) {
  return std::string(to_string(method.param));
}

/// The result; a hang fails the test instead of stopping it.
template <class R>
R get(std::future<R> future) {
  if (future.wait_for(std::chrono::seconds(60)) != std::future_status::ready)
    throw std::runtime_error("the future is not ready: the pool hangs");
  return future.get();
}

/// "TYPE: WHAT" of a RemoteError, "died: …", "broken: …", "local: …".
template <class R>
std::string error_of(std::future<R> future) {
  try {
    get(std::move(future));
    return "none";
  } catch (const RemoteError& error) {
    return error.type + ": " + error.what();
  } catch (const WorkerDied& error) {
    return std::string("died: ") + error.what();
  } catch (const PoolBroken& error) {
    return std::string("broken: ") + error.what();
  } catch (const std::exception& error) {
    return std::string("local: ") + error.what();
  }
}

}  // namespace poolbugs::pool
