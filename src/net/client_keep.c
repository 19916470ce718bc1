/* What is kept on disk of a session that outlives its connection: hub/session_keeper.h. */
#include "net/client_parts.h"

#include "base/log.h"

/* The state goes to the disk; what the client sends next waits until it is there. @return false: no memory */
static bool save_and_wait(struct connection *c, enum mqtt_type type, uint16_t packet_id, struct slice codes)
{
    const struct keeper_answer answer = {
        .client = c->handle, .type = type, .packet_id = packet_id, .codes = codes};
    if (!session_keeper_save_and_answer(c->reactor->keeper, c->device, &c->session, &answer))
        return false;
    c->awaits_disk = true;
    session_pause_reading(&c->session);
    return true;
}

/*
 * QoS 2 identifiers that stand in the record of the time away would make us ignore a new message with one of them, after
 * a crash: so the record goes first.
 */
static void save_entered(struct connection *c)
{
    if (!session_awaits_pubrel(&c->session) || !save_and_wait(c, MQTT_CONNACK, 0, slice_of(NULL, 0)))
        session_keeper_save(c->reactor->keeper, c->device, &c->session);
}

void client_keep_entered(struct connection *c)
{
    struct reactor *r = c->reactor;
    bool was_stored = c->is_stored;
    c->is_stored = session_is_persistent(&c->session);
    if (was_stored && !(c->is_stored && session_is_resumed(&c->session)))
        session_keeper_end(r->keeper, c->device, session_client_id(&c->session));
    if (c->is_stored)
        save_entered(c);
    if (was_stored != c->is_stored)
        sessions_mark_persistent(r->hub->sessions, c->claim, c->is_stored);
}

void client_keep_ended(struct connection *c)
{
    bool is_kept = session_is_persistent(&c->session) && !c->is_revoked;
    if (c->is_stored && !is_kept)
        session_keeper_end(c->reactor->keeper, c->device, session_client_id(&c->session));
    c->is_stored = c->is_stored && is_kept;
}

void client_keep_left(struct connection *c, const struct session_state *state)
{
    if (c->is_stored && state != NULL)
        session_keeper_save_state(c->reactor->keeper, c->device, state);
    session_keeper_submit(c->reactor->keeper); /* whoever has the session next writes behind us */
}

bool client_on_changed(struct session *s, void *owner, enum mqtt_type type, uint16_t packet_id,
                       struct slice codes)
{
    struct connection *c = owner;
    if (!c->is_stored)
        return false;
    if (!save_and_wait(c, type, packet_id, codes))
        session_close(s, MQTT_REASON_SERVER_BUSY, "out of memory", &c->reactor->out);
    return true;
}

void client_on_saved(void *arg, const struct keeper_answer *answer)
{
    struct reactor *r = arg;
    struct connection *c = reactor_find(r, answer->client);
    if (c == NULL || c->phase != CONNECTION_OPEN)
        return;
    c->awaits_disk = false;
    if (answer->type == MQTT_CONNACK) /* was sent; nothing is promised */
        ;
    else if (answer->result == ERR_OK)
        session_acknowledge(&c->session, answer->type, answer->packet_id, answer->codes, reactor_now(r),
                            &r->out);
    else
        session_close(&c->session, err_info(answer->result)->mqtt_reason, answer->text, &r->out);
    connection_flush(c);
    connection_continue(c);
}

uint64_t client_next_number(const struct connection *c)
{
    return c->is_stored && !c->is_revoked ? sessions_next_number(c->reactor->hub->sessions) : 0;
}

void client_on_progress(struct session *s, void *owner, uint64_t number,
                        const struct delivery_progress *progress)
{
    const struct connection *c = owner;
    session_keeper_note(c->reactor->keeper, c->device, session_client_id(s), number, progress);
}

void client_on_settled(struct session *s, void *owner, uint64_t number)
{
    const struct connection *c = owner;
    session_keeper_forget(c->reactor->keeper, c->device, session_client_id(s), number);
}
