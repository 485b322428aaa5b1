#include "platform/command_line.hpp"

#include <gtest/gtest.h>

namespace poolbugs {
namespace {

struct Quoting {
  std::string argument;
  std::string quoted;
};

TEST(CommandLineTest, QuotesByTheRulesOfTheRuntime) {
  const Quoting table[] = {
      {"", R"("")"},
      {"plain", "plain"},
      {R"(C:\dir\file.exe)", R"(C:\dir\file.exe)"},
      {R"(C:\dir\)", R"(C:\dir\)"},
      {"a b", R"("a b")"},
      {"tab\there", "\"tab\there\""},
      {R"(C:\Program Files\)", R"("C:\Program Files\\")"},
      {R"(a b\\)", R"("a b\\\\")"},
      {R"(")", R"("\"")"},
      {R"(say "hi")", R"("say \"hi\"")"},
      {R"(\")", R"("\\\"")"},
      {R"(a\\"b)", R"("a\\\\\"b")"},
      {R"(a\\b c)", R"("a\\b c")"},
      {R"(\\server\share x)", R"("\\server\share x")"},
      {"*.cpp", R"("*.cpp")"},
      {"^&|<>%PATH%", R"("^&|<>%PATH%")"},
      {"line\nbreak", "\"line\nbreak\""},
      {"\xc3\xa4", "\"\xc3\xa4\""},
  };
  for (const Quoting& row : table)
    EXPECT_EQ(quoted_argument(row.argument), row.quoted) << row.argument;
}

TEST(CommandLineTest, ProgramAndArguments) {
  const Result<std::string> line =
      command_line(R"(C:\my pool\pool.exe)", {"--worker", "", "a b"});
  ASSERT_TRUE(line) << line.error().text;
  EXPECT_EQ(*line, R"("C:\my pool\pool.exe" --worker "" "a b")");
}

TEST(CommandLineTest, TheLimitIsInUtf16Units) {
  // "p" and a space are four.
  const std::size_t room = kMaxCommandLine - 4;
  EXPECT_TRUE(command_line("p", {std::string(room, 'x')}));
  const Result<std::string> one_more =
      command_line("p", {std::string(room + 1, 'x')});
  ASSERT_FALSE(one_more);
  EXPECT_EQ(one_more.error().text,
            "command line: 32768 characters are over the limit of 32767");
  EXPECT_EQ(utf16_length("a\xc3\xa4\xe2\x82\xac"), 3U);
  EXPECT_EQ(utf16_length("\xf0\x9f\x98\x80"), 2U);
}

TEST(CommandLineTest, WhatNoCommandLineCanSayIsAnError) {
  EXPECT_EQ(command_line("p", {std::string("a\0b", 3)}).error().text,
            "command line: an argument contains a null character");
  EXPECT_EQ(command_line("a\"b", {}).error().text,
            "command line: a program's name cannot contain \": a\"b");
}

}  // namespace
}  // namespace poolbugs
