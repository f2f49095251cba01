#include "router/kamailio/rpc_json.h"

#include <cmath>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"

#include "base/status.h"

namespace dialtone::router {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

// A string of JSON (RFC 8259 §7).
std::string Quoted(absl::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += {'\\', c};
    } else if (byte < 0x20) {
      absl::StrAppendFormat(&quoted, "\\u%04x", byte);
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

absl::string_view Method(TableRequest::Kind kind) {
  switch (kind) {
    case TableRequest::Kind::kGet:
      return "htable.get";
    case TableRequest::Kind::kSetText:
      return "htable.sets";
    case TableRequest::Kind::kSetNumber:
      return "htable.seti";
    case TableRequest::Kind::kDelete:
      return "htable.delete";
    case TableRequest::Kind::kReload:
      return "htable.reload";
  }
  return "";
}

std::string Parameters(const TableRequest& request) {
  const std::string table = Quoted(request.table);
  switch (request.kind) {
    case TableRequest::Kind::kGet:
    case TableRequest::Kind::kDelete:
      return absl::StrCat(table, ",", Quoted(request.key));
    case TableRequest::Kind::kSetText:
      return absl::StrCat(table, ",", Quoted(request.key), ",", Quoted(request.text));
    case TableRequest::Kind::kSetNumber:
      return absl::StrCat(table, ",", Quoted(request.key), ",", request.number);
    case TableRequest::Kind::kReload:
      return table;
  }
  return "";
}

// A member of an object; a null value when there is none.
const Value& Member(const Struct& object, const std::string& name) {
  const auto found = object.fields().find(name);
  return found == object.fields().end() ? Value::default_instance() : found->second;
}

// Whole numbers up to 2^53 survive JSON as this library reads it: calls of some million years.
std::optional<int64_t> WholeNumber(const Value& value) {
  constexpr double kLargest = 9007199254740992;
  const double number = value.number_value();
  if (!value.has_number_value() || std::trunc(number) != number || std::abs(number) > kLargest) {
    return std::nullopt;
  }
  return static_cast<int64_t>(number);
}

// htable.get answers {"item":{"name":...,"value":...}}, the others with a sentence.
absl::StatusOr<TableReply> ResultValue(const Value& result) {
  if (result.has_string_value()) return TableReply();
  const Value& value = Member(Member(result.struct_value(), "item").struct_value(), "value");
  if (value.has_string_value()) return TableReply(value.string_value());
  if (const std::optional<int64_t> number = WholeNumber(value)) {
    return TableReply(absl::StrCat(*number));
  }
  return absl::InternalError("a result without a value");
}

// The module has no code of its own for a missing key, only words: one for get, one for delete.
bool SaysNoSuchKey(absl::string_view message) {
  return absl::StartsWith(message, "Key name doesn't exist") ||
         absl::StartsWith(message, "Key not found");
}

}  // namespace

std::string EncodeRequest(const TableRequest& request, uint32_t id) {
  return absl::StrCat(R"({"jsonrpc":"2.0","method":")", Method(request.kind), R"(","params":[)",
                      Parameters(request), R"(],"id":)", id, "}");
}

std::string Describe(const TableRequest& request) {
  absl::string_view method = Method(request.kind);
  absl::ConsumePrefix(&method, "htable.");
  return absl::StrCat(method, " ", request.table, request.key.empty() ? "" : ".", request.key);
}

absl::StatusOr<DecodedReply> DecodeReply(absl::string_view text) {
  Struct reply;
  if (!google::protobuf::util::JsonStringToMessage({text.data(), text.size()}, &reply).ok()) {
    return absl::InvalidArgumentError("not a JSON object");
  }
  const std::optional<int64_t> id = WholeNumber(Member(reply, "id"));
  if (!id || *id < 0 || *id > UINT32_MAX) return absl::InvalidArgumentError("no id of ours");
  DecodedReply decoded{.id = static_cast<uint32_t>(*id)};
  const Struct& error = Member(reply, "error").struct_value();
  const std::string& message = Member(error, "message").string_value();
  if (reply.fields().contains("result")) {
    decoded.reply = ResultValue(Member(reply, "result"));
  } else if (!SaysNoSuchKey(message)) {
    decoded.reply = absl::InternalError(message.empty() ? "an error without a message" : message);
  }
  return decoded;
}

}  // namespace dialtone::router
