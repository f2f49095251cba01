#include "base/config_reader.h"

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "config_reader_test.pb.h"

#include <sys/stat.h>

namespace dialtone {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class ConfigReaderTest : public ::testing::Test {
 protected:
  ConfigReaderTest() {
    char pattern[] = "/tmp/dialtone-config-XXXXXX";
    directory_ = mkdtemp(pattern);
    // Errors name files relative to here: short enough to be read in a test.
    before_ = std::filesystem::current_path();
    std::filesystem::current_path(directory_);
  }
  ~ConfigReaderTest() override {
    std::filesystem::current_path(before_);
    std::filesystem::remove_all(directory_);
  }

  static bool Parse(const std::string& text, ConfigReader* reader, test::House* house) {
    std::ofstream(reader->path()) << text;
    return reader->Parse(house);
  }

  // Errors of a file that does not parse.
  static std::vector<std::string> ErrorsOf(const std::string& text) {
    ConfigReader reader("c");
    test::House house;
    EXPECT_FALSE(Parse(text, &reader, &house));
    EXPECT_FALSE(reader.status().ok());
    return reader.errors();
  }

  std::string directory_;
  std::filesystem::path before_;
};

TEST_F(ConfigReaderTest, FillsTheMessage) {
  ConfigReader reader("c");
  test::House house;
  EXPECT_TRUE(Parse("owner: \"x\"\nbranches { name: \"lon\" }", &reader, &house));
  EXPECT_TRUE(reader.status().ok());
  EXPECT_EQ(house.owner(), "x");
  EXPECT_EQ(house.branches(0).name(), "lon");
}

TEST_F(ConfigReaderTest, NamesEveryUnknownFieldAtItsPlace) {
  EXPECT_THAT(
      ErrorsOf("ovner: \"x\"\nbranches {\n  adress: \"1\"\n  zzz { deep: [1, 2] }\n}\n"),
      ElementsAre(
          "c:1:1: error: Message type \"dialtone.test.House\" has no field named \"ovner\".; "
          "did you mean \"owner\"?",
          "c:3:3: error: Message type \"dialtone.test.Branch\" has no field named "
          "\"adress\".; did you mean \"address\"?",
          "c:4:3: error: Message type \"dialtone.test.Branch\" has no field named \"zzz\"."));
}

TEST_F(ConfigReaderTest, NamesUnknownFieldsBeforeAnErrorThatStopsTheParser) {
  EXPECT_THAT(
      ErrorsOf("ovner: 1\nbranches { ports: \"a\" }"),
      ElementsAre(HasSubstr("c:1:1: error:"), HasSubstr("c:2:19: error: Expected integer")));
}

TEST_F(ConfigReaderTest, RefusesWhatIsNotTextFormat) {
  EXPECT_THAT(ErrorsOf("branches {"), ElementsAre(HasSubstr("c:1:11: error:")));
  EXPECT_THAT(ErrorsOf("owner: yes: no"), SizeIs(1));
  EXPECT_THAT(ErrorsOf("[some.extension]: 1"),
              ElementsAre(HasSubstr("c:1:17: error: Ignoring extension")));
  EXPECT_THAT(ErrorsOf("branches { colour: BLUE }"), ElementsAre(HasSubstr("BLUE")));
  EXPECT_THAT(ErrorsOf(std::string("owner: \"\0\"", 10)), SizeIs(::testing::Ge(1)));
}

TEST_F(ConfigReaderTest, RefusesBottomlessNesting) {
  // House has no recursive type; the parser still has to skip what it does not know.
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "x{";
  EXPECT_FALSE(ErrorsOf(text).empty());
}

TEST_F(ConfigReaderTest, StopsCountingAtAHundredErrors) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += "nonsense: 1\n";
  const std::vector<std::string> errors = ErrorsOf(text);
  EXPECT_THAT(errors, SizeIs(101));
  EXPECT_THAT(errors.back(), HasSubstr("more errors are not shown"));
}

TEST_F(ConfigReaderTest, SaysWhyAFileCannotBeRead) {
  test::House house;
  ConfigReader unnamed(""), missing("/nowhere/c"), directory("/tmp");
  EXPECT_FALSE(unnamed.Parse(&house));
  EXPECT_THAT(unnamed.status().message(), HasSubstr("no file is named"));
  EXPECT_FALSE(missing.Parse(&house));
  EXPECT_EQ(missing.status().message(),
            "/nowhere/c: error: cannot be read: No such file or directory");
  EXPECT_FALSE(directory.Parse(&house));
  EXPECT_THAT(directory.status().message(), HasSubstr("it is a directory"));
  EXPECT_EQ(directory.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ConfigReaderTest, ReportsAllBrokenRulesWhereTheFieldsStand) {
  ConfigReader reader("c");
  test::House house;
  ASSERT_TRUE(
      Parse("branches { name: \"a\" }\n"
            "branches {\n"
            "  name: \"B\"  tls { key_file: \"k\" }\n"
            "  ports: 1\n"
            "  ports: 2\n"
            "}\n",
            &reader, &house));
  reader.ExpectName("branches[1].name", house.branches(1).name());
  reader.Expect(false, "branches[1].tls.key_file", "k", "a key");
  reader.Expect(false, "branches[1].ports[1]", "2", "3");
  reader.Expect(true, "branches[0].name", "a", "a");
  reader.ExpectOk("branches[0].name", absl::OkStatus());
  reader.ExpectOk("branches[0].name", absl::NotFoundError("no such branch"));
  EXPECT_THAT(
      reader.errors(),
      ElementsAre("c:3:3: error: branches[1].name: given \"B\", expected a name: lower case "
                  "letters, digits, '-' and '_', 1 to 64, beginning with a letter",
                  "c:3:20: error: branches[1].tls.key_file: given k, expected a key",
                  "c:5:3: error: branches[1].ports[1]: given 2, expected 3",
                  "c:1:12: error: branches[0].name: no such branch"));
  EXPECT_THAT(reader.status().message(), HasSubstr("\nc:3:20: "));
}

TEST_F(ConfigReaderTest, ReportsAFieldThatIsNotSetWhereItsParentBegins) {
  ConfigReader reader("c");
  test::House house;
  ASSERT_TRUE(Parse("owner: \"x\"\nbranches {\n}\n", &reader, &house));
  reader.ExpectSet("branches[0].name", "");
  reader.ExpectSet("branches[0].tls.key_file", "");
  reader.ExpectSet("tls.key_file", "");
  EXPECT_THAT(reader.errors(),
              ElementsAre("c:2:1: error: branches[0].name: given nothing, expected a value",
                          "c:2:1: error: branches[0].tls.key_file: given nothing, expected a value",
                          "c:1:1: error: tls.key_file: given nothing, expected a value"));
}

TEST_F(ConfigReaderTest, PointsIntoAListWrittenInBrackets) {
  ConfigReader reader("c");
  test::House house;
  ASSERT_TRUE(Parse("branches {\n  ports: [1, 2, 3]\n}\n", &reader, &house));
  reader.Expect(false, "branches[0].ports[2]", "3", "4");
  EXPECT_THAT(reader.errors(), ElementsAre(HasSubstr("c:2:")));
}

TEST_F(ConfigReaderTest, JudgesNames) {
  ConfigReader reader("c");
  test::House house;
  ASSERT_TRUE(Parse("", &reader, &house));
  for (const std::string& name :
       {std::string("a"), std::string("lon-1"), std::string("a_b"), std::string(64, 'x')}) {
    reader.ExpectName("owner", name);
    EXPECT_TRUE(reader.status().ok()) << name;
  }
  const std::vector<std::string> bad = {
      "", "1a", "-a", "Lon", "a b", "a.b", "z\xc3\xbcrich", std::string(65, 'a')};
  for (const std::string& name : bad) reader.ExpectName("owner", name);
  EXPECT_THAT(reader.errors(), SizeIs(bad.size()));
}

TEST_F(ConfigReaderTest, JudgesAddresses) {
  ConfigReader reader("c");
  test::House house;
  ASSERT_TRUE(Parse("", &reader, &house));
  reader.ExpectIpAndPort("owner", "192.0.2.1:7443");
  reader.ExpectIpAndPort("owner", "[2001:db8::1]:1");
  EXPECT_THAT(reader.errors(), SizeIs(0));
  reader.ExpectIpAndPort("owner", "192.0.2.1:0");
  reader.ExpectIpAndPort("owner", "example.com:80");
  EXPECT_THAT(reader.errors(), SizeIs(2));
}

TEST_F(ConfigReaderTest, JudgesFilesFromTheDirectoryOfTheConfiguration) {
  std::filesystem::create_directory("etc");
  std::ofstream("etc/key") << "k";
  ConfigReader reader("etc/c");
  test::House house;
  ASSERT_TRUE(Parse("", &reader, &house));
  EXPECT_EQ(reader.Resolve("key"), "etc/key");
  EXPECT_EQ(reader.Resolve("/key"), "/key");
  reader.ExpectReadableFile("tls.key_file", "key");
  EXPECT_THAT(reader.errors(), SizeIs(0));
  reader.ExpectReadableFile("tls.key_file", "nokey");
  reader.ExpectReadableFile("tls.key_file", "");
  reader.ExpectReadableFile("tls.key_file", ".");
  EXPECT_THAT(
      reader.errors(),
      ElementsAre(HasSubstr("given \"etc/nokey\" (No such file or directory), expected a file"),
                  HasSubstr("given nothing"), HasSubstr("given \"etc/.\" (a directory)")));
}

TEST(ConfigReaderDeathTest, AFieldThatTheSchemaLacksIsOurMistake) {
  ConfigReader reader("/dev/null");
  test::House house;
  ASSERT_TRUE(reader.Parse(&house));
  EXPECT_DEATH(reader.ExpectSet("ovner", ""), "has no field ovner");
  EXPECT_DEATH(reader.ExpectSet("ovner", "good"), "has no field ovner");
  EXPECT_DEATH(reader.ExpectSet("tls.kee", ""), "has no field kee");
  EXPECT_DEATH(reader.ExpectSet("owner.name", ""), "not a message");
  EXPECT_DEATH(reader.ExpectSet("owner[0]", ""), "owner\\[0\\]");
}

}  // namespace
}  // namespace dialtone
