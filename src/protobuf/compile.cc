/* Text of a schema -> descriptor. */
#include "protobuf/parts.h"

#include <algorithm>
#include <cstdio>
#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

std::string tidied(std::string text)
{
    text.resize(std::min(text.size(), text.find('\n')));
    if (text.compare(0, 2, ": ") == 0)
        text.erase(0, 2);
    if (!text.empty() && text.back() == '.')
        text.pop_back();
    bool is_word = text.size() > 1 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'a' && text[1] <= 'z';
    if (is_word)
        text[0] = static_cast<char>(text[0] - 'A' + 'a');
    return text;
}

void set_error(bridge_error *error, int line, int column, const std::string &text)
{
    error->line = line;
    error->column = column;
    std::snprintf(error->text, sizeof error->text, "%s", text.c_str());
}

namespace
{

/* Keeps the first error, whichever half of the compiler finds it. */
class FirstError : public pb::io::ErrorCollector, public pb::DescriptorPool::ErrorCollector
{
  public:
    FirstError(bridge_error *error, const pb::compiler::SourceLocationTable &places)
        : error_(error), places_(places)
    {
    }

    void AddError(int line, int column, const std::string &message) override
    {
        if (!is_set_)
            set_error(error_, line + 1, column + 1, tidied(message));
        is_set_ = true;
    }

    void AddError(const std::string &, const std::string &element, const pb::Message *descriptor,
                  ErrorLocation location, const std::string &message) override
    {
        int line, column;
        bool is_found = places_.Find(descriptor, location, &line, &column);
        bool names_it = message.find('"') != std::string::npos;
        std::string text = names_it ? tidied(message) : "\"" + element + "\": " + tidied(message);
        if (!is_set_)
            set_error(error_, is_found ? line + 1 : 0, is_found ? column + 1 : 0, text);
        is_set_ = true;
    }

    bool is_set() const
    {
        return is_set_;
    }

  private:
    bridge_error *error_;
    const pb::compiler::SourceLocationTable &places_;
    bool is_set_ = false;
};

template <typename Messages> void count(const Messages &messages, bridge_limits *ret)
{
    for (const pb::DescriptorProto &message : messages) {
        ret->messages++;
        ret->fields += static_cast<size_t>(message.field_size());
        count(message.nested_type(), ret);
    }
}

bridge_result check_file(const pb::FileDescriptorProto &file, const pb::compiler::SourceLocationTable &places,
                         const bridge_limits &limits, bridge_error *error)
{
    int line = -1, column = -1;
    bridge_limits used = {0, 0};
    count(file.message_type(), &used);
    if (file.dependency_size() > 0) {
        places.FindImport(&file, file.dependency(0), &line, &column);
        set_error(error, line + 1, column + 1, "imports are not available here");
        return BRIDGE_INVALID;
    }
    if (file.package() == "google.protobuf") { /* JSON of some messages there has forms of its own */
        set_error(error, 0, 0, "the package google.protobuf is Protobuf's own; choose another name");
        return BRIDGE_INVALID;
    }
    if (file.message_type_size() == 0) {
        set_error(error, 0, 0, "the schema has no message");
        return BRIDGE_INVALID;
    }
    if (used.messages > limits.messages || used.fields > limits.fields) {
        set_error(error, 0, 0,
                  "the schema has " + std::to_string(used.messages) + " messages with " +
                      std::to_string(used.fields) + " fields; at most " + std::to_string(limits.messages) +
                      " and " + std::to_string(limits.fields));
        return BRIDGE_LIMIT;
    }
    return BRIDGE_OK;
}

} // namespace

bridge_result compile_text(const char *text, size_t size, const bridge_limits &limits, bridge_schema *schema,
                           bridge_error *error)
{
    pb::compiler::SourceLocationTable places;
    FirstError errors(error, places);
    pb::io::ArrayInputStream stream(text, static_cast<int>(size));
    pb::io::Tokenizer tokenizer(&stream, &errors);
    pb::compiler::Parser parser;
    pb::FileDescriptorProto file;
    file.set_name("schema.proto");
    parser.RecordErrorsTo(&errors);
    parser.RecordSourceLocationsTo(&places);
    bool is_parsed = parser.Parse(&tokenizer, &file);
    if (parser.GetSyntaxIdentifier() != "proto3") { /* errors would be those of another language */
        set_error(error, 1, 1, "expected the schema to begin with: syntax = \"proto3\";");
        return BRIDGE_INVALID;
    }
    if (!is_parsed || errors.is_set())
        return BRIDGE_INVALID;
    bridge_result result = check_file(file, places, limits, error);
    if (result != BRIDGE_OK)
        return result;
    const pb::FileDescriptor *built = schema->pool.BuildFileCollectingErrors(file, &errors);
    if (built == nullptr)
        return BRIDGE_INVALID;
    schema->type = built->message_type(built->message_type_count() - 1);
    return BRIDGE_OK;
}
