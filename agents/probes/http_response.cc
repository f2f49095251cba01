#include "agents/probes/http_response.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/numbers.h"
#include "boost/asio/buffer.hpp"
#include "boost/beast/core/buffer_traits.hpp"
#include "boost/beast/http/error.hpp"
#include "boost/beast/http/parser.hpp"
#include "boost/optional.hpp"

namespace dialtone::agents {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr size_t kMostInterimAnswers = 8;
constexpr absl::Duration kLongestPause = absl::Minutes(1);

// A body of Beast's that is counted and dropped.
struct DroppedBody {
  struct value_type {};

  class reader {
   public:
    template <bool isRequest, class Fields>
    explicit reader(http::header<isRequest, Fields>& /*header*/, value_type& /*body*/) {}
    void init(const boost::optional<uint64_t>& /*length*/, error_code& error) { error = {}; }
    template <class Buffers>
    size_t put(const Buffers& buffers, error_code& error) {
      error = {};
      return beast::buffer_bytes(buffers);
    }
    void finish(error_code& error) { error = {}; }
  };
};

}  // namespace

struct HttpResponse::Parser {
  Parser() {
    response.eager(true);
    response.header_limit(kLongestHttpHeader);
    response.body_limit(kLongestHttpBody);
  }

  http::response_parser<DroppedBody> response;
};

HttpResponse::HttpResponse() : parser_(std::make_unique<Parser>()) {}

HttpResponse::~HttpResponse() = default;

HttpResponse::State HttpResponse::Take(absl::string_view bytes) {
  incoming_.append(bytes.data(), bytes.size());
  while (!incoming_.empty()) {
    error_code error;
    const size_t taken =
        parser_->response.put(boost::asio::const_buffer(incoming_.data(), incoming_.size()), error);
    incoming_.erase(0, taken);
    // The status stands before any body; of a long one we have seen enough.
    const bool is_long = error == http::error::body_limit;
    if (is_long && status() >= 200 && status() <= 599) return State::kWhole;
    if (error && error != http::error::need_more) return State::kMalformed;
    if (parser_->response.is_done()) {
      if (status() < 100 || status() > 599) return State::kMalformed;
      if (status() >= 200) return State::kWhole;
      if (++interim_answers_ > kMostInterimAnswers) return State::kMalformed;
      parser_ = std::make_unique<Parser>();
    } else if (error == http::error::need_more || taken == 0) {
      break;
    }
  }
  return State::kIncomplete;
}

HttpResponse::State HttpResponse::TakeEnd() {
  error_code error;
  if (!parser_->response.got_some()) return State::kIncomplete;
  parser_->response.put_eof(error);
  return !error && parser_->response.is_done() ? State::kWhole : State::kIncomplete;
}

int HttpResponse::status() const { return static_cast<int>(parser_->response.get().result_int()); }

std::optional<absl::Duration> HttpResponse::retry_after() const {
  const auto& fields = parser_->response.get();
  const auto field = fields.find(http::field::retry_after);
  if (field == fields.end()) return std::nullopt;
  uint32_t seconds = 0;
  const absl::string_view text(field->value().data(), field->value().size());
  if (!absl::SimpleAtoi(text, &seconds)) return kLongestPause;
  return std::min(absl::Seconds(seconds), kLongestPause);
}

}  // namespace dialtone::agents
