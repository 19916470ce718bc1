#include "tls/records.h"

#include "base/cursor.h"
#include "base/random.h"
#include "tls/alert.h"

/* RFC 8446 sections 5.1 and 4. */
enum content_type { CHANGE_CIPHER_SPEC = 20, ALERT = 21, HANDSHAKE = 22, APPLICATION_DATA = 23 };
enum { KEY_UPDATE = 24, UPDATE_NOT_REQUESTED = 0, UPDATE_REQUESTED = 1 };
enum { ALERT_LEVEL_WARNING = 1, ALERT_LEVEL_FATAL = 2, ALERT_USER_CANCELED = 90 };

err_t tls_records_init(struct tls_records *r, struct tls_crypto *crypto, uint16_t suite,
                       const uint8_t *in_secret, uint64_t in_sequence, const uint8_t *out_secret,
                       uint64_t out_sequence)
{
    if (tls_suite_hash_size(suite) == 0)
        return ERR_INVALID;
    *r = (struct tls_records){.suite = suite, .records_per_key = TLS_RECORDS_PER_KEY};
    TRY(tls_traffic_set(crypto, suite, in_secret, in_sequence, &r->in));
    return tls_traffic_set(crypto, suite, out_secret, out_sequence, &r->out);
}

void tls_records_fini(struct tls_records *r)
{
    wipe(r, sizeof *r);
}

static err_t seal_record(struct tls_records *r, struct tls_crypto *crypto, uint8_t type, struct slice plain,
                         struct buf *out)
{
    size_t body = plain.len + 1 + TLS_TAG_SIZE;
    uint8_t *record = buf_reserve(out, TLS_RECORD_HEADER + body);
    if (record == NULL)
        return ERR_NOMEM;
    const uint8_t header[TLS_RECORD_HEADER] = {APPLICATION_DATA, 3, 3, (uint8_t)(body >> 8), (uint8_t)body};
    memcpy(record, header, sizeof header);
    TRY(tls_seal(crypto, r->suite, &r->out, header, plain, type, record + TLS_RECORD_HEADER));
    out->len += TLS_RECORD_HEADER + body;
    return ERR_OK;
}

static err_t send_key_update(struct tls_records *r, struct tls_crypto *crypto, uint8_t request,
                             struct buf *out)
{
    const uint8_t message[5] = {KEY_UPDATE, 0, 0, 1, request};
    TRY(seal_record(r, crypto, HANDSHAKE, slice_of(message, sizeof message), out));
    return tls_traffic_update(crypto, r->suite, &r->out);
}

static void send_alert(struct tls_records *r, struct tls_crypto *crypto, uint8_t level, uint8_t alert,
                       struct buf *out)
{
    const uint8_t message[2] = {level, alert};
    if (r->closed)
        return;
    r->closed = true;
    /* Best effort: the connection ends either way. */
    if (seal_record(r, crypto, ALERT, slice_of(message, sizeof message), out) != ERR_OK)
        buf_clear(out);
}

void tls_records_close(struct tls_records *r, struct tls_crypto *crypto, struct buf *out)
{
    send_alert(r, crypto, ALERT_LEVEL_WARNING, TLS_ALERT_CLOSE_NOTIFY, out);
}

/* The receiving side of one tls_records_receive() call. */
struct receiver {
    struct tls_records *records;
    struct tls_crypto *crypto;
    struct buf *plain, *out;
    struct problem *problem;
    bool answer_update; /* the peer requested a KeyUpdate of ours */
};

static err_t refuse(struct receiver *rx, uint8_t alert, const char *why)
{
    send_alert(rx->records, rx->crypto, ALERT_LEVEL_FATAL, alert, rx->out);
    return fail(rx->problem, ERR_PROTO, "record", "TLS record refused (%s): %s", tls_alert_name(alert), why);
}

static err_t on_alert(struct receiver *rx, struct slice body)
{
    if (body.len != 2)
        return refuse(rx, TLS_ALERT_DECODE_ERROR, "an alert has two bytes");
    if (body.data[1] == TLS_ALERT_CLOSE_NOTIFY)
        return ERR_CLOSED;
    if (body.data[1] == ALERT_USER_CANCELED)
        return ERR_OK;          /* section 6.1: followed by close_notify */
    rx->records->closed = true; /* section 6.2: after a fatal alert nothing more is sent */
    return fail(rx->problem, ERR_PROTO, "record", "peer sent TLS alert %s", tls_alert_name(body.data[1]));
}

static err_t on_key_update(struct receiver *rx, uint8_t request)
{
    struct tls_records *r = rx->records;
    if (request > UPDATE_REQUESTED)
        return refuse(rx, TLS_ALERT_ILLEGAL_PARAMETER, "request_update of a KeyUpdate is neither 0 nor 1");
    if (++r->key_updates > TLS_KEY_UPDATES_MAX)
        return refuse(rx, TLS_ALERT_UNEXPECTED_MESSAGE, "too many KeyUpdates without data between them");
    r->update_asked = false;
    rx->answer_update |= request == UPDATE_REQUESTED;
    return tls_traffic_update(rx->crypto, r->suite, &r->in);
}

/* Collects post-handshake messages across records. The only one a server accepts is KeyUpdate. */
static err_t on_handshake(struct receiver *rx, struct slice body)
{
    static const uint8_t expected[4] = {KEY_UPDATE, 0, 0, 1};
    struct tls_records *r = rx->records;
    if (body.len == 0)
        return refuse(rx, TLS_ALERT_UNEXPECTED_MESSAGE, "empty handshake record");
    for (size_t i = 0; i < body.len; i++) {
        r->message[r->message_len] = body.data[i];
        if (r->message_len < sizeof expected && body.data[i] != expected[r->message_len]) {
            bool is_key_update = r->message_len > 0;
            return refuse(rx, is_key_update ? TLS_ALERT_DECODE_ERROR : TLS_ALERT_UNEXPECTED_MESSAGE,
                          is_key_update ? "a KeyUpdate has one byte of content"
                                        : "no handshake message but KeyUpdate is expected now");
        }
        if (++r->message_len < sizeof r->message)
            continue;
        r->message_len = 0;
        if (i + 1 != body.len) /* section 5.1: messages must not span a key change */
            return refuse(rx, TLS_ALERT_UNEXPECTED_MESSAGE, "data after a KeyUpdate in the same record");
        TRY(on_key_update(rx, r->message[4]));
    }
    return ERR_OK;
}

/* Strip the padding and find the type (section 5.4). @return the content's length, or SIZE_MAX: all zeros. */
static size_t content_length(const uint8_t *inner, size_t len)
{
    while (len > 0 && inner[len - 1] == 0)
        len--;
    return len == 0 ? SIZE_MAX : len - 1;
}

static err_t on_content(struct receiver *rx, uint8_t type, struct slice body)
{
    struct tls_records *r = rx->records;
    if (r->message_len != 0 && type != HANDSHAKE)
        return refuse(rx, TLS_ALERT_UNEXPECTED_MESSAGE, "another record inside a handshake message");
    if (type == APPLICATION_DATA) {
        if (body.len != 0)
            r->key_updates = 0;
        rx->plain->len += body.len; /* already in place */
        return ERR_OK;
    }
    if (type == HANDSHAKE)
        return on_handshake(rx, body);
    if (type == ALERT)
        return on_alert(rx, body);
    return refuse(rx, TLS_ALERT_UNEXPECTED_MESSAGE, "unknown content type");
}

/* Our own updates, asked for or before the AEAD's limit; at most one a record. */
static err_t keep_keys_fresh(struct receiver *rx)
{
    struct tls_records *r = rx->records;
    bool peer_must_update = r->in.sequence >= r->records_per_key && !r->update_asked;
    if (peer_must_update) {
        r->update_asked = true;
        rx->answer_update = false;
        return send_key_update(r, rx->crypto, UPDATE_REQUESTED, rx->out);
    }
    if (r->in.sequence >= 2 * r->records_per_key)
        return refuse(rx, TLS_ALERT_UNEXPECTED_MESSAGE, "peer did not update its key before the limit");
    return ERR_OK;
}

static err_t on_record(struct receiver *rx, const uint8_t header[TLS_RECORD_HEADER], struct slice body)
{
    struct tls_records *r = rx->records;
    /* Decrypted straight behind the plaintext so far: one copy, from the socket's buffer to the parser's. */
    uint8_t *inner = buf_reserve(rx->plain, body.len);
    if (inner == NULL)
        return ERR_NOMEM;
    err_t err = tls_open(rx->crypto, r->suite, &r->in, header, body, inner);
    if (err == ERR_PROTO)
        return refuse(rx, TLS_ALERT_BAD_RECORD_MAC, "its authentication tag does not fit");
    TRY(err);
    size_t inner_len = body.len - TLS_TAG_SIZE;
    if (inner_len > TLS_PLAINTEXT_MAX + 1)
        return refuse(rx, TLS_ALERT_RECORD_OVERFLOW, "plaintext longer than 2^14 bytes");
    size_t len = content_length(inner, inner_len);
    if (len == SIZE_MAX)
        return refuse(rx, TLS_ALERT_UNEXPECTED_MESSAGE, "no content type, only padding");
    TRY(on_content(rx, inner[len], slice_of(inner, len)));
    return keep_keys_fresh(rx);
}

/* Length of the body at the cursor, after the checks that need no key. */
static err_t check_header(struct receiver *rx, const uint8_t header[TLS_RECORD_HEADER], size_t *ret_len)
{
    size_t len = (size_t)header[3] << 8 | header[4];
    if (header[0] != APPLICATION_DATA)
        return refuse(rx, TLS_ALERT_UNEXPECTED_MESSAGE, "not protected, after the handshake");
    if (len > TLS_CIPHERTEXT_MAX)
        return refuse(rx, TLS_ALERT_RECORD_OVERFLOW, "record longer than 2^14 + 256 bytes");
    if (len < TLS_TAG_SIZE + 1)
        return refuse(rx, TLS_ALERT_BAD_RECORD_MAC, "record too short to hold a tag");
    *ret_len = len;
    return ERR_OK;
}

err_t tls_records_receive(struct tls_records *r, struct tls_crypto *crypto, struct slice in, size_t *ret_used,
                          struct buf *plain, struct buf *out, struct problem *problem)
{
    struct receiver rx = {r, crypto, plain, out, problem, false};
    struct cursor c = cursor_of(in);
    *ret_used = 0;
    while (cursor_left(&c) >= TLS_RECORD_HEADER) {
        const uint8_t *header = c.pos;
        size_t len = 0;
        TRY(check_header(&rx, header, &len));
        if (cursor_left(&c) < TLS_RECORD_HEADER + len)
            break;
        c.pos += TLS_RECORD_HEADER;
        struct slice body = cursor_bytes(&c, len);
        *ret_used = (size_t)(c.pos - in.data);
        TRY(on_record(&rx, header, body));
    }
    return rx.answer_update ? send_key_update(r, crypto, UPDATE_NOT_REQUESTED, out) : ERR_OK;
}

err_t tls_records_send(struct tls_records *r, struct tls_crypto *crypto, struct slice plain, struct buf *out)
{
    if (r->closed)
        return ERR_CLOSED; /* nothing follows our close_notify or fatal alert (section 6) */
    while (plain.len > 0) {
        size_t n = plain.len < TLS_PLAINTEXT_MAX ? plain.len : TLS_PLAINTEXT_MAX;
        if (r->out.sequence >= r->records_per_key)
            TRY(send_key_update(r, crypto, UPDATE_NOT_REQUESTED, out));
        TRY(seal_record(r, crypto, APPLICATION_DATA, slice_of(plain.data, n), out));
        plain = slice_skip(plain, n);
    }
    return ERR_OK;
}
