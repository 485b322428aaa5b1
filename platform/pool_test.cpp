#include <gmock/gmock.h>

#include <boost/serialization/base_object.hpp>
#include <boost/serialization/export.hpp>
#include <boost/serialization/shared_ptr.hpp>
#include <boost/serialization/unique_ptr.hpp>
#include <boost/serialization/vector.hpp>
#include <locale>
#include <thread>

#include "platform/pool_test_support.hpp"

namespace poolbugs::pool {

// Not in an unnamed namespace: Boost.Serialization sorts types by
// std::type_info::before(), and that of mingw's GCC 12 is no order where some
// names are unique to a file, so programs crash when they end
// (https://gcc.gnu.org/bugzilla/show_bug.cgi?id=103240).
namespace pool_test {

struct Shape {
  virtual ~Shape() = default;
  [[nodiscard]] virtual int corners() const { return 0; }
  template <class Archive>
  void serialize(Archive&, unsigned) {}
};
struct Square : Shape {
  [[nodiscard]] int corners() const override { return 4; }
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& boost::serialization::base_object<Shape>(*this);
  }
};
struct Unregistered : Shape {};

}  // namespace pool_test
}  // namespace poolbugs::pool

BOOST_CLASS_EXPORT_GUID(poolbugs::pool::pool_test::Square, "pool_test.Square")

namespace poolbugs::pool {
namespace {

using pool_test::Shape;
using pool_test::Square;
using pool_test::Unregistered;
using testing::StartsWith;

int square(int x) { return x * x; }
void nothing() {}
std::string echo(const std::string& text) { return text; }
std::vector<double> halve(std::vector<double> numbers) {
  for (double& number : numbers) number /= 2;
  return numbers;
}
std::shared_ptr<Shape> make_square() { return std::make_shared<Square>(); }
std::shared_ptr<Shape> make_unregistered() {
  return std::make_shared<Unregistered>();
}
int corners_of(const std::shared_ptr<Shape>& shape) { return shape->corners(); }
std::unique_ptr<Shape> same(std::unique_ptr<Shape> shape) { return shape; }
std::string concat(std::string a, const std::string& b, int&& n, char c) {
  return a + b + std::to_string(n) + c;
}
int calls = 0;
int count_calls() { return ++calls; }
int never_twice() { return 0; }
double twice(double x) { return 2 * x; }

const Task square_task{"pool_test.square", square};
const Task nothing_task{"pool_test.nothing", nothing};
const Task echo_task{"pool_test.echo", echo};
const Task halve_task{"pool_test.halve", halve};
const Task make_square_task{"pool_test.make_square", make_square};
const Task make_unregistered_task{"pool_test.unregistered", make_unregistered};
const Task corners_task{"pool_test.corners", corners_of};
const Task same_task{"pool_test.same", same};
const Task concat_task{"pool_test.concat", concat};
const Task calls_task{"pool_test.calls", count_calls};
const Task twice_task{"pool_test.twice", twice};

TEST_P(PoolTest, ValuesOfManyTypes) {
  Pool pool = make_pool();
  EXPECT_EQ(get(pool.submit(square_task, 3)), 9);
  EXPECT_NO_THROW(get(pool.submit(nothing_task)));
  std::string odd("a\0b\n \xff", 6);
  EXPECT_EQ(get(pool.submit(echo_task, odd)), odd);
  EXPECT_EQ(get(pool.submit(halve_task, std::vector<double>{1, 3})),
            (std::vector<double>{0.5, 1.5}));
  EXPECT_EQ(get(pool.submit(concat_task, "a", "b", 3, 'c')), "ab3c");
}

TEST_P(PoolTest, PolymorphicPointersThatAreRegistered) {
  Pool pool = make_pool();
  EXPECT_EQ(get(pool.submit(make_square_task))->corners(), 4);
  EXPECT_EQ(get(pool.submit(corners_task, std::make_shared<Square>())), 4);
  EXPECT_EQ(get(pool.submit(same_task, std::make_unique<Square>()))->corners(),
            4);
  EXPECT_THAT(error_of(pool.submit(make_unregistered_task)),
              StartsWith("boost::archive::archive_exception: unregistered"));
  EXPECT_THAT(
      error_of(pool.submit(corners_task, std::make_shared<Unregistered>())),
      StartsWith("local: unregistered"));
  EXPECT_EQ(get(pool.submit(square_task, 2)), 4);
}

TEST_P(PoolTest, ManyTinyTasksFromManyThreads) {
  Pool pool = make_pool(3);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&pool] {
      std::vector<std::future<int>> results;
      for (int i = 0; i < 250; ++i)
        results.push_back(pool.submit(square_task, i));
      for (int i = 0; i < 250; ++i)
        EXPECT_EQ(get(std::move(results[static_cast<std::size_t>(i)])), i * i);
    });
  for (std::thread& thread : threads) thread.join();
}

// Each is more than a socket holds: the pool must not write while a worker
// waits for it to read.
TEST_P(PoolTest, LargeArgumentsAndResultsBothWays) {
  Pool pool = make_pool();
  std::vector<std::future<std::string>> results;
  for (int i = 0; i < 20; ++i)
    results.push_back(pool.submit(
        echo_task, std::string(200'000, static_cast<char>('a' + i))));
  results.push_back(pool.submit(echo_task, std::string(5'000'000, 'z')));
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(get(std::move(results[static_cast<std::size_t>(i)])),
              std::string(200'000, static_cast<char>('a' + i)));
  EXPECT_EQ(get(std::move(results.back())).size(), 5'000'000U);
}

TEST_P(PoolTest, DestructorFinishesWhatIsQueued) {
  std::vector<std::future<int>> results;
  {
    Pool pool = make_pool();
    for (int i = 0; i < 50; ++i) results.push_back(pool.submit(square_task, i));
  }
  for (auto& result : results)
    EXPECT_EQ(result.wait_for(std::chrono::seconds(0)),
              std::future_status::ready);
  EXPECT_EQ(results.back().get(), 49 * 49);
}

// fork copies the memory of this moment, the other two begin afresh.
TEST_P(PoolTest, GlobalsAreThoseOfTheStartMethod) {
  calls = 100;
  Pool pool = make_pool(1);
  int expected = GetParam() == StartMethod::fork ? 101 : 1;
  EXPECT_EQ(get(pool.submit(calls_task)), expected);
  EXPECT_EQ(get(pool.submit(calls_task)), expected + 1);
}

TEST_P(PoolTest, ALocaleWithGroupingChangesNothing) {
  struct Grouping : std::numpunct<char> {
    [[nodiscard]] char do_thousands_sep() const override { return ','; }
    [[nodiscard]] std::string do_grouping() const override { return "\3"; }
    [[nodiscard]] char do_decimal_point() const override { return ';'; }
  };
  std::locale before =
      std::locale::global(std::locale(std::locale::classic(), new Grouping));
  {
    Pool pool = make_pool(1);
    EXPECT_EQ(get(pool.submit(square_task, 10'000)), 100'000'000);
    EXPECT_EQ(get(pool.submit(twice_task, 1234.5)), 2469.0);
  }
  std::locale::global(before);
}

TEST_P(PoolTest, ATaskThatIsNotAtNamespaceScopeIsAnError) {
  Pool pool = make_pool(1);
  // Under fork, too: the copy is older than the task.
  std::string name = "pool_test.local." + method_name({GetParam(), 0});
  const Task local_task{name.c_str(), never_twice};
  EXPECT_THAT(error_of(pool.submit(local_task)),
              StartsWith("poolbugs::pool::UnknownTask: no task"));
  EXPECT_EQ(get(pool.submit(square_task, 3)), 9);
}

TEST(PoolTaskTest, TwoTasksOfOneNameAbort) {
  EXPECT_DEATH((Task{"pool_test.square", never_twice}),
               "two tasks are called 'pool_test.square'");
}

INSTANTIATE_TEST_SUITE_P(Methods, PoolTest, testing::ValuesIn(kMethodsHere),
                         method_name);

}  // namespace
}  // namespace poolbugs::pool
