#include "protobuf/bridge.h"

#include "protobuf/parts.h"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <google/protobuf/arena.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/type_resolver_util.h>
#include <limits>
#include <mutex>
#include <new>
#include <set>
#include <vector>

static const char url_prefix[] = "type.googleapis.com";

namespace
{

/* Run @p work; whatever it throws becomes a result. */
template <typename Work> bridge_result guarded(bridge_error *error, Work work)
{
    try {
        return work();
    } catch (const Stopped &) {
        return BRIDGE_STOPPED;
    } catch (const std::bad_alloc &) {
        return BRIDGE_NOMEM;
    } catch (const std::exception &e) {
        if (error != nullptr)
            std::snprintf(error->text, sizeof error->text, "%s", e.what());
    } catch (...) {
    }
    return BRIDGE_FAILED;
}

/* libprotobuf would write to stderr about each payload that a hostile device sends. */
void silence_library()
{
    static std::once_flag once;
    std::call_once(once, [] { pb::SetLogHandler(nullptr); });
}

/*
 * The largest of the messages that may occur many times: below a repeated field, or reached on more than one way,
 * which includes those that hold themselves.
 */
size_t heaviest_of_many(bridge_schema *schema)
{
    struct Step {
        const pb::Descriptor *type;
        bool is_many;
    };
    std::set<const pb::Descriptor *> met, many;
    std::vector<Step> steps = {{schema->type, false}};
    size_t heaviest = 0;
    while (!steps.empty()) {
        Step step = steps.back();
        steps.pop_back();
        bool is_many = !met.insert(step.type).second || step.is_many;
        if (is_many && !many.insert(step.type).second)
            continue;
        if (is_many)
            heaviest = std::max(heaviest, schema->factory.GetPrototype(step.type)->SpaceUsedLong());
        for (int i = 0; i < step.type->field_count(); i++) {
            const pb::FieldDescriptor *field = step.type->field(i);
            if (field->message_type() != nullptr)
                steps.push_back({field->message_type(), is_many || field->is_repeated()});
        }
    }
    return heaviest;
}

bool is_int(size_t size)
{
    return size <= static_cast<size_t>(std::numeric_limits<int>::max());
}

bool parse_message(pb::Message *message, const void *payload, size_t size, int depth)
{
    pb::io::CodedInputStream input(static_cast<const uint8_t *>(payload), static_cast<int>(size));
    input.SetRecursionLimit(depth);
    return message->ParseFromCodedStream(&input) && input.ConsumedEntireMessage();
}

} // namespace

enum bridge_result bridge_compile(const char *text, size_t size, const struct bridge_limits *limits,
                                  struct bridge_schema **ret_schema, struct bridge_error *error)
{
    return guarded(error, [&] {
        silence_library();
        auto schema = std::make_unique<bridge_schema>();
        bridge_result result = compile_text(text, size, *limits, schema.get(), error);
        if (result != BRIDGE_OK)
            return result;
        schema->prototype = schema->factory.GetPrototype(schema->type);
        schema->heaviest = heaviest_of_many(schema.get());
        schema->resolver.reset(pb::util::NewTypeResolverForDescriptorPool(url_prefix, &schema->pool));
        schema->url = std::string(url_prefix) + "/" + schema->type->full_name();
        *ret_schema = schema.release();
        return BRIDGE_OK;
    });
}

void bridge_free(struct bridge_schema *schema)
{
    delete schema;
}

const char *bridge_message_name(const struct bridge_schema *schema)
{
    return schema->type->full_name().c_str();
}

bool bridge_has_text_field(const struct bridge_schema *schema, const char *name)
{
    const pb::FieldDescriptor *field = schema->type->FindFieldByName(name);
    return field != nullptr && !field->is_repeated() && field->type() == pb::FieldDescriptor::TYPE_STRING;
}

/* A message within another takes at least two bytes: its tag and its length. */
size_t bridge_memory_bound(const struct bridge_schema *schema, size_t size)
{
    return size / 2 * schema->heaviest;
}

enum bridge_result bridge_decode(const struct bridge_schema *schema, const void *payload, size_t size,
                                 int depth, const struct bridge_handler *handler)
{
    return guarded(nullptr, [&] {
        alignas(std::max_align_t) char first_block[4096]; /* a usual message allocates nothing */
        pb::ArenaOptions options;
        options.initial_block = first_block;
        options.initial_block_size = sizeof first_block;
        pb::Arena arena(options);
        pb::Message *message = schema->prototype->New(&arena);
        if (!is_int(size) || !parse_message(message, payload, size, depth))
            return BRIDGE_INVALID;
        tell_message(handler, *message);
        return BRIDGE_OK;
    });
}

enum bridge_result bridge_encode(const struct bridge_schema *schema, const char *json, size_t size,
                                 const struct bridge_handler *handler, struct bridge_error *error)
{
    return guarded(error, [&] {
        pb::util::JsonParseOptions options;
        options.ignore_unknown_fields = true;
        std::string bytes;
        auto status = pb::util::JsonToBinaryString(schema->resolver.get(), schema->url,
                                                   pb::StringPiece(json, size), &bytes, options);
        if (!status.ok()) {
            set_error(error, 0, 0, tidied(status.message().as_string()));
            return BRIDGE_INVALID;
        }
        tell_bytes(handler, bytes);
        return BRIDGE_OK;
    });
}
