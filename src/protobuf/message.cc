/* Message -> events. */
#include "protobuf/parts.h"

#include <charconv>
#include <cmath>
#include <stdexcept>

namespace
{

class Teller
{
  public:
    explicit Teller(const bridge_handler *handler) : handler_(handler)
    {
    }

    void message(const pb::Message &message) const
    {
        const pb::Descriptor *type = message.GetDescriptor();
        tell(BRIDGE_OBJECT);
        for (int i = 0; i < type->field_count(); i++) {
            const pb::FieldDescriptor *field = type->field(i);
            if (field->has_presence() && !message.GetReflection()->HasField(message, field))
                continue;
            name(field->json_name());
            member(message, field);
        }
        tell(BRIDGE_OBJECT_END);
    }

    void bytes(const std::string &bytes) const
    {
        text(BRIDGE_BYTES, bytes);
    }

  private:
    void tell(const bridge_event &event) const
    {
        if (!handler_->on_event(handler_->arg, &event))
            throw Stopped();
    }

    void tell(bridge_event_kind kind) const
    {
        bridge_event event = {};
        event.kind = kind;
        tell(event);
    }

    void text(bridge_event_kind kind, const std::string &text) const
    {
        bridge_event event = {};
        event.kind = kind;
        event.text = text.data();
        event.size = text.size();
        tell(event);
    }

    void name(const std::string &name) const
    {
        text(BRIDGE_NAME, name);
    }

    void number(int64_t number) const
    {
        bridge_event event = {};
        event.kind = BRIDGE_SIGNED;
        event.number = number;
        tell(event);
    }

    void whole(uint64_t whole) const
    {
        bridge_event event = {};
        event.kind = BRIDGE_UNSIGNED;
        event.whole = whole;
        tell(event);
    }

    void real(double real) const
    {
        bridge_event event = {};
        event.kind = BRIDGE_REAL;
        event.real = real;
        tell(event);
    }

    /* The double whose shortest text is that of the float: 1.1, not 1.100000023841858. */
    void real(float real) const
    {
        char digits[64];
        double nearest = static_cast<double>(real);
        if (std::isfinite(real)) {
            std::to_chars_result end = std::to_chars(digits, digits + sizeof digits, real);
            std::from_chars(digits, end.ptr, nearest);
        }
        this->real(nearest);
    }

    void yes_or_no(bool yes) const
    {
        bridge_event event = {};
        event.kind = BRIDGE_BOOL;
        event.yes = yes;
        tell(event);
    }

    void choice(const pb::FieldDescriptor *field, int number) const
    {
        const pb::EnumValueDescriptor *value = field->enum_type()->FindValueByNumber(number);
        if (value != nullptr)
            text(BRIDGE_TEXT, value->name());
        else
            this->number(number);
    }

    void member(const pb::Message &message, const pb::FieldDescriptor *field) const
    {
        if (!field->is_repeated()) {
            single(message, field);
            return;
        }
        int size = message.GetReflection()->FieldSize(message, field);
        tell(field->is_map() ? BRIDGE_OBJECT : BRIDGE_ARRAY);
        for (int i = 0; i < size; i++) {
            if (field->is_map())
                entry(message.GetReflection()->GetRepeatedMessage(message, field, i));
            else
                element(message, field, i);
        }
        tell(field->is_map() ? BRIDGE_OBJECT_END : BRIDGE_ARRAY_END);
    }

    void entry(const pb::Message &entry) const
    {
        const pb::FieldDescriptor *key = entry.GetDescriptor()->map_key();
        const pb::Reflection *of = entry.GetReflection();
        switch (key->cpp_type()) {
        case pb::FieldDescriptor::CPPTYPE_STRING: name(of->GetString(entry, key)); break;
        case pb::FieldDescriptor::CPPTYPE_BOOL: name(of->GetBool(entry, key) ? "true" : "false"); break;
        case pb::FieldDescriptor::CPPTYPE_INT32: name(std::to_string(of->GetInt32(entry, key))); break;
        case pb::FieldDescriptor::CPPTYPE_INT64: name(std::to_string(of->GetInt64(entry, key))); break;
        case pb::FieldDescriptor::CPPTYPE_UINT32: name(std::to_string(of->GetUInt32(entry, key))); break;
        case pb::FieldDescriptor::CPPTYPE_UINT64: name(std::to_string(of->GetUInt64(entry, key))); break;
        default: throw std::logic_error("a map's key of a type that Protobuf does not have");
        }
        single(entry, entry.GetDescriptor()->map_value());
    }

    bridge_event_kind text_kind(const pb::FieldDescriptor *field) const
    {
        return field->type() == pb::FieldDescriptor::TYPE_BYTES ? BRIDGE_BYTES : BRIDGE_TEXT;
    }

    void single(const pb::Message &m, const pb::FieldDescriptor *field) const
    {
        const pb::Reflection *of = m.GetReflection();
        std::string scratch;
        switch (field->cpp_type()) {
        case pb::FieldDescriptor::CPPTYPE_INT32: number(of->GetInt32(m, field)); break;
        case pb::FieldDescriptor::CPPTYPE_INT64: number(of->GetInt64(m, field)); break;
        case pb::FieldDescriptor::CPPTYPE_UINT32: whole(of->GetUInt32(m, field)); break;
        case pb::FieldDescriptor::CPPTYPE_UINT64: whole(of->GetUInt64(m, field)); break;
        case pb::FieldDescriptor::CPPTYPE_DOUBLE: real(of->GetDouble(m, field)); break;
        case pb::FieldDescriptor::CPPTYPE_FLOAT: real(of->GetFloat(m, field)); break;
        case pb::FieldDescriptor::CPPTYPE_BOOL: yes_or_no(of->GetBool(m, field)); break;
        case pb::FieldDescriptor::CPPTYPE_ENUM: choice(field, of->GetEnumValue(m, field)); break;
        case pb::FieldDescriptor::CPPTYPE_STRING:
            text(text_kind(field), of->GetStringReference(m, field, &scratch));
            break;
        case pb::FieldDescriptor::CPPTYPE_MESSAGE: message(of->GetMessage(m, field)); break;
        }
    }

    void element(const pb::Message &m, const pb::FieldDescriptor *field, int i) const
    {
        const pb::Reflection *of = m.GetReflection();
        std::string scratch;
        switch (field->cpp_type()) {
        case pb::FieldDescriptor::CPPTYPE_INT32: number(of->GetRepeatedInt32(m, field, i)); break;
        case pb::FieldDescriptor::CPPTYPE_INT64: number(of->GetRepeatedInt64(m, field, i)); break;
        case pb::FieldDescriptor::CPPTYPE_UINT32: whole(of->GetRepeatedUInt32(m, field, i)); break;
        case pb::FieldDescriptor::CPPTYPE_UINT64: whole(of->GetRepeatedUInt64(m, field, i)); break;
        case pb::FieldDescriptor::CPPTYPE_DOUBLE: real(of->GetRepeatedDouble(m, field, i)); break;
        case pb::FieldDescriptor::CPPTYPE_FLOAT: real(of->GetRepeatedFloat(m, field, i)); break;
        case pb::FieldDescriptor::CPPTYPE_BOOL: yes_or_no(of->GetRepeatedBool(m, field, i)); break;
        case pb::FieldDescriptor::CPPTYPE_ENUM: choice(field, of->GetRepeatedEnumValue(m, field, i)); break;
        case pb::FieldDescriptor::CPPTYPE_STRING:
            text(text_kind(field), of->GetRepeatedStringReference(m, field, i, &scratch));
            break;
        case pb::FieldDescriptor::CPPTYPE_MESSAGE: message(of->GetRepeatedMessage(m, field, i)); break;
        }
    }

    const bridge_handler *handler_;
};

} // namespace

void tell_message(const bridge_handler *handler, const pb::Message &message)
{
    Teller(handler).message(message);
}

void tell_bytes(const bridge_handler *handler, const std::string &bytes)
{
    Teller(handler).bytes(bytes);
}
