// The parent writes numbers as its user reads them; the worker has no user.
#include <boost/archive/text_iarchive.hpp>
#include <boost/archive/text_oarchive.hpp>
#include <locale>
#include <sstream>
#include <string>

#include "cases/common/say.hpp"
#include "platform/pool.hpp"
#include "platform/worker.hpp"

// What std::locale("de_DE.UTF-8") brings, on every machine: 1.234.567
struct Grouping : std::numpunct<char> {
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

long amount_in(const std::string& message) {
  std::istringstream in(message);
  in.imbue(std::locale::classic());
  long amount = 0;
  boost::archive::text_iarchive(in) >> amount;
  return amount;
}
const poolbugs::pool::Task task{"amount_in", amount_in};

int main(int argc, char** argv) {
  if (poolbugs::pool::is_worker(argc, argv))
    return poolbugs::pool::worker_main(argc, argv);
  poolbugs::expected("1234567");
  std::locale::global(std::locale(std::locale(), new Grouping));

  poolbugs::pool::Pool pool(poolbugs::start_method(argc, argv), argv, 1);
  const long amount = 1234567;
  std::ostringstream message;
  message.imbue(std::locale::classic());
  boost::archive::text_oarchive(message) << amount;
  poolbugs::observed(std::to_string(pool.submit(task, message.str()).get()));
}
