#include "router/kamailio/rpc_json.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dialtone::router {
namespace {

using ::testing::HasSubstr;

TEST(RpcJson, WritesEachRequestAsKamailioReadsIt) {
  EXPECT_EQ(EncodeRequest(TableRequest::Get("grp", "lon"), 7),
            R"({"jsonrpc":"2.0","method":"htable.get","params":["grp","lon"],"id":7})");
  EXPECT_EQ(EncodeRequest(TableRequest::SetText("hs", "t1", "L;100"), 8),
            R"({"jsonrpc":"2.0","method":"htable.sets","params":["hs","t1","L;100"],"id":8})");
  EXPECT_EQ(EncodeRequest(TableRequest::SetNumber("ctl", "commit", 12), 9),
            R"({"jsonrpc":"2.0","method":"htable.seti","params":["ctl","commit",12],"id":9})");
  EXPECT_EQ(EncodeRequest(TableRequest::Delete("hs", "t1"), 10),
            R"({"jsonrpc":"2.0","method":"htable.delete","params":["hs","t1"],"id":10})");
  EXPECT_EQ(EncodeRequest(TableRequest::Reload("num"), 4294967295),
            R"({"jsonrpc":"2.0","method":"htable.reload","params":["num"],"id":4294967295})");
}

TEST(RpcJson, EscapesWhatWouldEndAString) {
  EXPECT_THAT(EncodeRequest(TableRequest::Get("grp", "a\"b\\c\n"), 1),
              HasSubstr(R"("a\"b\\c\u000a")"));
}

// Texts as Kamailio 5.6.3 sends them.
TEST(RpcJson, ReadsAText) {
  const auto decoded = DecodeReply(
      R"({"jsonrpc":"2.0","result":{"item":{"name":"g1","value":"0;-|100:teams,pbx;","flags":2,)"
      R"("expire":"NEVER"}},"id":7})");
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->id, 7u);
  EXPECT_EQ(*decoded->reply, "0;-|100:teams,pbx;");
}

TEST(RpcJson, ReadsANumberAsItsDigits) {
  const auto decoded = DecodeReply(
      R"({"jsonrpc":"2.0","result":{"item":{"name":"boot","value":-549411430,"flags":0,)"
      R"("expire":"NEVER"}},"id":7})");
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(*decoded->reply, "-549411430");
}

TEST(RpcJson, ADoneRequestHasNoValue) {
  const auto decoded =
      DecodeReply(R"({"jsonrpc":"2.0","result":"Ok. Key set to new value.","id":3})");
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(*decoded->reply, std::nullopt);
}

TEST(RpcJson, AKeyThatDoesNotExistHasNoValue) {
  for (const char* message : {"Key name doesn't exist in htable.", "Key not found in htable."}) {
    const auto decoded =
        DecodeReply(std::string(R"({"jsonrpc":"2.0","error":{"code":500,"message":")") + message +
                    "\"},\"id\":3}");
    ASSERT_TRUE(decoded.ok());
    ASSERT_TRUE(decoded->reply.ok()) << decoded->reply.status();
    EXPECT_EQ(*decoded->reply, std::nullopt);
  }
}

TEST(RpcJson, AnyOtherErrorIsKamailiosRefusal) {
  const auto decoded =
      DecodeReply(R"({"jsonrpc":"2.0","error":{"code":500,"message":"No such htable"},"id":3})");
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->reply.status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(decoded->reply.status().message(), "No such htable");
}

TEST(RpcJson, RefusesWhatIsNoReply) {
  for (const std::string& text : std::vector<std::string>{
           "", "garbage", "{", "[]", "7", "{}", R"({"result":"Ok","id":"seven"})",
           R"({"result":"Ok","id":-1})", R"({"result":"Ok","id":4294967296})",
           R"({"result":"Ok","id":1.5})", std::string(100'000, '[')}) {
    EXPECT_EQ(DecodeReply(text).status().code(), absl::StatusCode::kInvalidArgument)
        << text.substr(0, 50);
  }
}

TEST(RpcJson, AResultWithoutAValueIsAnError) {
  const auto decoded = DecodeReply(R"({"result":{"item":{}},"id":1})");
  ASSERT_TRUE(decoded.ok());
  EXPECT_FALSE(decoded->reply.ok());
}

}  // namespace
}  // namespace dialtone::router
