// Every message of every file comes back whole from each form it travels or is kept in.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"

#include "tests/proto/messages.h"

namespace dialtone {
namespace {

using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;

class RoundTrip : public testing::TestWithParam<std::string> {
 protected:
  // The fields that can be set at once: all, but one of each oneof.
  static int SettableFields(const Message& message) {
    const auto* type = message.GetDescriptor();
    int fields = type->field_count() + type->real_oneof_decl_count();
    for (int i = 0; i < type->real_oneof_decl_count(); ++i) {
      fields -= type->oneof_decl(i)->field_count();
    }
    return fields;
  }

  static void ExpectSame(const Message& sent, const Message& received) {
    std::string difference;
    MessageDifferencer differencer;
    differencer.ReportDifferencesToString(&difference);
    EXPECT_TRUE(differencer.Compare(sent, received)) << difference;
  }
};

TEST_P(RoundTrip, SamplesHaveEveryFieldSet) {
  for (const auto& sample : Samples(GetParam())) {
    std::vector<const google::protobuf::FieldDescriptor*> set;
    sample->GetReflection()->ListFields(*sample, &set);
    EXPECT_EQ(static_cast<int>(set.size()), SettableFields(*sample)) << sample->DebugString();
  }
}

TEST_P(RoundTrip, SurvivesTheWire) {
  for (const auto& sample : Samples(GetParam())) {
    const std::unique_ptr<Message> received(sample->New());
    ASSERT_TRUE(received->ParseFromString(sample->SerializeAsString()));
    EXPECT_TRUE(received->GetReflection()->GetUnknownFields(*received).empty());
    ExpectSame(*sample, *received);
  }
}

// Configuration files are text format, and so are a human's questions about any message.
TEST_P(RoundTrip, SurvivesTextFormat) {
  for (const auto& sample : Samples(GetParam())) {
    std::string text;
    ASSERT_TRUE(google::protobuf::TextFormat::PrintToString(*sample, &text));
    const std::unique_ptr<Message> read(sample->New());
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, read.get())) << text;
    ExpectSame(*sample, *read);
  }
}

// The CLI's `-o json`.
TEST_P(RoundTrip, SurvivesJson) {
  for (const auto& sample : Samples(GetParam())) {
    std::string json;
    ASSERT_TRUE(google::protobuf::util::MessageToJsonString(*sample, &json).ok());
    const std::unique_ptr<Message> read(sample->New());
    ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(json, read.get()).ok()) << json;
    ExpectSame(*sample, *read);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Messages, RoundTrip, testing::ValuesIn(AllMessages()),
    [](const testing::TestParamInfo<std::string>& message) {
      return absl::StrReplaceAll(message.param, {{"dialtone.v1.", ""}, {".", "_"}});
    });

}  // namespace
}  // namespace dialtone
