/** @file parts.h - what the C++ files of this folder share. May throw; bridge.cc catches. */
#pragma once

#include "protobuf/bridge.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/util/type_resolver.h>
#include <memory>
#include <string>

namespace pb = google::protobuf;

/* The pool stands first, so that it goes last: the others refer to it. */
struct bridge_schema {
    pb::DescriptorPool pool;
    pb::DynamicMessageFactory factory;
    std::unique_ptr<pb::util::TypeResolver> resolver;
    std::string url; /* of the message's type, for the resolver */
    const pb::Descriptor *type = nullptr;
    const pb::Message *prototype = nullptr;
    size_t heaviest = 0; /* bytes of the largest message of which a payload may hold many */
};

/** Thrown when a handler wants no more. */
struct Stopped {
};

/** The library's sentence as this project writes them: one line, begun small, without full stop. */
std::string tidied(std::string text);

/** @param line, column  from 1; 0 = not known */
void set_error(bridge_error *error, int line, int column, const std::string &text);

/** Put the file's descriptor into the pool and set the type. @return BRIDGE_OK, BRIDGE_INVALID, BRIDGE_LIMIT */
bridge_result compile_text(const char *text, size_t size, const bridge_limits &limits, bridge_schema *schema,
                           bridge_error *error);

/** Tell a message as events. */
void tell_message(const bridge_handler *handler, const pb::Message &message);

/** Tell bytes as one event. */
void tell_bytes(const bridge_handler *handler, const std::string &bytes);
