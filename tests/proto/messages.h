// Every message of dialtone.v1, and samples of them with all fields set.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace dialtone {

// The descriptors of all files of proto/dialtone/v1.
std::vector<const google::protobuf::FileDescriptor*> AllFiles();

// Full names of all messages in them, nested ones included.
std::vector<std::string> AllMessages();

// Samples of a message, by its full name: in each, every field holds a value that no other field of
// it holds, and repeated fields hold two. One sample, or as many as the largest oneof has
// alternatives.
std::vector<std::unique_ptr<google::protobuf::Message>> Samples(const std::string& message);

}  // namespace dialtone
