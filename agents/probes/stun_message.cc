#include "agents/probes/stun_message.h"

#include <memory>

#include "agents/libre.h"
#include "base/check.h"

namespace dialtone::agents {
namespace {

struct Unreference {
  void operator()(void* object) const { mem_deref(object); }
};
template <typename T>
using Referenced = std::unique_ptr<T, Unreference>;

}  // namespace

std::string WriteStunBinding(absl::string_view id) {
  CHECK(id.size() == kStunIdSize);
  const Referenced<mbuf> buffer(mbuf_alloc(STUN_HEADER_SIZE));
  CHECK(buffer != nullptr);
  const auto* const bytes = reinterpret_cast<const uint8_t*>(id.data());
  CHECK(stun_msg_encode(buffer.get(), STUN_METHOD_BINDING, STUN_CLASS_REQUEST, bytes, nullptr,
                        nullptr, 0, /*fp=*/false, /*padding=*/0, /*attrc=*/0) == 0);
  return std::string(reinterpret_cast<const char*>(buffer->buf), buffer->end);
}

std::optional<StunAnswer> ParseStunAnswer(absl::string_view bytes) {
  const Referenced<mbuf> buffer(mbuf_alloc(bytes.size() + 1));
  CHECK(buffer != nullptr);
  CHECK(mbuf_write_mem(buffer.get(), reinterpret_cast<const uint8_t*>(bytes.data()),
                       bytes.size()) == 0);
  buffer->pos = 0;
  stun_unknown_attr unknown = {};
  stun_msg* decoded = nullptr;
  if (stun_msg_decode(&decoded, buffer.get(), &unknown) != 0) return std::nullopt;
  const Referenced<stun_msg> message(decoded);
  if (!stun_msg_mcookie(decoded) || stun_msg_method(decoded) != STUN_METHOD_BINDING) {
    return std::nullopt;
  }
  StunAnswer answer;
  answer.id.assign(reinterpret_cast<const char*>(stun_msg_tid(decoded)), kStunIdSize);
  switch (stun_msg_class(decoded)) {
    case STUN_CLASS_SUCCESS_RESP:
      return answer;
    case STUN_CLASS_ERROR_RESP: {
      const stun_attr* const error = stun_msg_attr(decoded, STUN_ATTR_ERR_CODE);
      if (error == nullptr) return std::nullopt;
      answer.code = error->v.err_code.code;
      if (answer.code < 300 || answer.code > 699) return std::nullopt;
      return answer;
    }
    default:
      return std::nullopt;
  }
}

}  // namespace dialtone::agents
