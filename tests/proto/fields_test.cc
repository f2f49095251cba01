// The protos only grow: what is listed in fields.txt keeps its name, number and type for ever,
// because agents, detectors, routers and files of other versions rely on it.
//
//   fields_test --rewrite     adds the lines of new fields to fields.txt
#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/proto/messages.h"

namespace dialtone {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using Lines = std::set<std::string>;

std::string TypeOf(const FieldDescriptor& field) {
  const std::string name = field.message_type() ? field.message_type()->full_name()
                           : field.enum_type()  ? field.enum_type()->full_name()
                                                : std::string(field.type_name());
  const auto* oneof = field.real_containing_oneof();
  return absl::StrCat(field.is_repeated() ? "repeated " : "", name,
                      oneof ? absl::StrCat(" in oneof ", oneof->name()) : "");
}

void AddField(const FieldDescriptor& field, Lines* lines) {
  lines->insert(absl::StrCat(field.full_name(), " = ", field.number(), ": ", TypeOf(field)));
}

void AddEnum(const EnumDescriptor& type, Lines* lines) {
  for (int i = 0; i < type.value_count(); ++i) {
    lines->insert(
        absl::StrCat(type.full_name(), ".", type.value(i)->name(), " = ", type.value(i)->number()));
  }
}

void AddMessage(const Descriptor& type, Lines* lines) {
  lines->insert(absl::StrCat(type.full_name(), " {}"));
  for (int i = 0; i < type.field_count(); ++i) AddField(*type.field(i), lines);
  for (int i = 0; i < type.enum_type_count(); ++i) AddEnum(*type.enum_type(i), lines);
  for (int i = 0; i < type.nested_type_count(); ++i) AddMessage(*type.nested_type(i), lines);
}

void AddMethod(const MethodDescriptor& method, Lines* lines) {
  lines->insert(absl::StrCat(method.full_name(), "(", method.client_streaming() ? "stream " : "",
                             method.input_type()->full_name(), ") returns (",
                             method.server_streaming() ? "stream " : "",
                             method.output_type()->full_name(), ")"));
}

Lines PresentLines() {
  Lines lines;
  for (const FileDescriptor* file : AllFiles()) {
    for (int i = 0; i < file->extension_count(); ++i) AddField(*file->extension(i), &lines);
    for (int i = 0; i < file->enum_type_count(); ++i) AddEnum(*file->enum_type(i), &lines);
    for (int i = 0; i < file->message_type_count(); ++i) AddMessage(*file->message_type(i), &lines);
    for (int i = 0; i < file->service_count(); ++i) {
      const auto* service = file->service(i);
      for (int m = 0; m < service->method_count(); ++m) AddMethod(*service->method(m), &lines);
    }
  }
  return lines;
}

Lines CommittedLines() {
  std::ifstream file(DIALTONE_FIELDS_FILE);
  Lines lines;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line[0] != '#') lines.insert(line);
  }
  return lines;
}

// Lines of `a` that `b` lacks.
std::vector<std::string> Missing(const Lines& a, const Lines& b) {
  std::vector<std::string> missing;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(missing));
  return missing;
}

TEST(Fields, NoneIsRemovedRenamedOrRenumbered) {
  EXPECT_THAT(Missing(CommittedLines(), PresentLines()), testing::IsEmpty())
      << "others rely on these: bring them back (a field that is no longer used stays, commented)";
}

TEST(Fields, NewOnesAreListed) {
  EXPECT_THAT(Missing(PresentLines(), CommittedLines()), testing::IsEmpty())
      << "is this how they shall be called for ever? Then run: fields_test --rewrite";
}

// 0 when the file is up to date afterwards, 1 when that would take something away.
int Rewrite() {
  const Lines present = PresentLines();
  if (const auto gone = Missing(CommittedLines(), present); !gone.empty()) {
    std::cerr << "refused: " << DIALTONE_FIELDS_FILE << " lists what the protos no longer have:\n  "
              << absl::StrJoin(gone, "\n  ")
              << "\nif no release ever carried it, delete these lines by hand\n";
    return 1;
  }
  std::ofstream(DIALTONE_FIELDS_FILE)
      << "# Every message, field, enum value and RPC of dialtone.v1, kept by fields_test.\n"
      << "# Lines are added, by `fields_test --rewrite`, and never change or go.\n"
      << absl::StrJoin(present, "\n") << "\n";
  return 0;
}

}  // namespace
}  // namespace dialtone

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc == 2 && std::string(argv[1]) == "--rewrite") return dialtone::Rewrite();
  return RUN_ALL_TESTS();
}
