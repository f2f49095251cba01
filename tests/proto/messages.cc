#include "tests/proto/messages.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"

#include "base/check.h"
#include "dialtone/v1/access.pb.h"
#include "dialtone/v1/config.pb.h"
#include "dialtone/v1/fault.pb.h"
#include "dialtone/v1/forecast.pb.h"
#include "dialtone/v1/operator.pb.h"
#include "dialtone/v1/probe.pb.h"
#include "dialtone/v1/recording.pb.h"
#include "dialtone/v1/route.pb.h"
#include "dialtone/v1/simulation.pb.h"

namespace dialtone {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

void AppendMessages(const Descriptor* message, std::vector<std::string>* names) {
  names->push_back(message->full_name());
  for (int i = 0; i < message->nested_type_count(); ++i) {
    AppendMessages(message->nested_type(i), names);
  }
}

// Fills messages with values that rise from field to field.
class Filler {
 public:
  // Of every oneof, the field number `alternative` (modulo its size) is set.
  explicit Filler(int alternative) : alternative_(alternative) {}

  void Fill(Message* message) {
    if (auto* duration = dynamic_cast<google::protobuf::Duration*>(message)) {
      duration->set_seconds(Next());
      duration->set_nanos(Next() * 1'000'000);
      return;
    }
    if (auto* timestamp = dynamic_cast<google::protobuf::Timestamp*>(message)) {
      timestamp->set_seconds(1'700'000'000 + Next());
      timestamp->set_nanos(Next() * 1'000);
      return;
    }
    const Descriptor* type = message->GetDescriptor();
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      if (const auto* oneof = field->real_containing_oneof()) {
        if (field->index_in_oneof() != alternative_ % oneof->field_count()) continue;
      }
      const int times = field->is_repeated() ? 2 : 1;
      for (int n = 0; n < times; ++n) Set(message, field);
    }
  }

 private:
  int Next() { return ++last_; }

  // A value of the enum, never the first: that is the one an absent field has.
  int NextOf(const EnumDescriptor* type) {
    return type->value(1 + Next() % (type->value_count() - 1))->number();
  }

  void Set(Message* message, const FieldDescriptor* field) {
    const google::protobuf::Reflection* at = message->GetReflection();
    const bool more = field->is_repeated();
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return more ? at->AddInt32(message, field, Next()) : at->SetInt32(message, field, Next());
      case FieldDescriptor::CPPTYPE_INT64:
        return more ? at->AddInt64(message, field, Next()) : at->SetInt64(message, field, Next());
      case FieldDescriptor::CPPTYPE_UINT32: {
        const auto value = static_cast<uint32_t>(Next());
        return more ? at->AddUInt32(message, field, value) : at->SetUInt32(message, field, value);
      }
      case FieldDescriptor::CPPTYPE_UINT64: {
        const auto value = (uint64_t{1} << 60) + static_cast<uint64_t>(Next());
        return more ? at->AddUInt64(message, field, value) : at->SetUInt64(message, field, value);
      }
      case FieldDescriptor::CPPTYPE_DOUBLE: {
        const double value = Next() + 0.5;
        return more ? at->AddDouble(message, field, value) : at->SetDouble(message, field, value);
      }
      case FieldDescriptor::CPPTYPE_FLOAT: {
        const float value = static_cast<float>(Next()) + 0.5F;
        return more ? at->AddFloat(message, field, value) : at->SetFloat(message, field, value);
      }
      case FieldDescriptor::CPPTYPE_BOOL:
        return more ? at->AddBool(message, field, true) : at->SetBool(message, field, true);
      case FieldDescriptor::CPPTYPE_ENUM: {
        const int value = NextOf(field->enum_type());
        return more ? at->AddEnumValue(message, field, value)
                    : at->SetEnumValue(message, field, value);
      }
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string value = absl::StrCat(field->name(), "-", Next());
        return more ? at->AddString(message, field, std::move(value))
                    : at->SetString(message, field, std::move(value));
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return Fill(more ? at->AddMessage(message, field) : at->MutableMessage(message, field));
    }
  }

  const int alternative_;
  int last_ = 0;
};

// Alternatives of the largest oneof in the message or in what it holds, at least 1.
int Alternatives(const Descriptor* message) {
  int most = 1;
  for (int i = 0; i < message->real_oneof_decl_count(); ++i) {
    most = std::max(most, message->oneof_decl(i)->field_count());
  }
  for (int i = 0; i < message->field_count(); ++i) {
    if (const Descriptor* held = message->field(i)->message_type()) {
      most = std::max(most, Alternatives(held));
    }
  }
  return most;
}

}  // namespace

std::vector<const google::protobuf::FileDescriptor*> AllFiles() {
  // Named one by one: the linker drops the files of a static library that nobody mentions.
  return {v1::Role_descriptor()->file(),
          v1::AgentConfig::descriptor()->file(),
          v1::FaultDomain_descriptor()->file(),
          v1::StatusRequest::descriptor()->file(),
          v1::ReportRequest::descriptor()->file(),
          v1::SetRoutesRequest::descriptor()->file(),
          v1::RecordingHeader::descriptor()->file(),
          v1::SimulationReport::descriptor()->file()};
}

std::vector<std::string> AllMessages() {
  std::vector<std::string> names;
  for (const auto* file : AllFiles()) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      AppendMessages(file->message_type(i), &names);
    }
  }
  return names;
}

std::vector<std::unique_ptr<Message>> Samples(const std::string& message) {
  const Descriptor* type =
      google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(message);
  CHECK(type != nullptr) << message;
  const Message* empty = google::protobuf::MessageFactory::generated_factory()->GetPrototype(type);
  std::vector<std::unique_ptr<Message>> samples;
  for (int alternative = 0; alternative < Alternatives(type); ++alternative) {
    samples.emplace_back(empty->New());
    Filler(alternative).Fill(samples.back().get());
  }
  return samples;
}

}  // namespace dialtone
