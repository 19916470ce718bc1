/* Sessions that are on disk when the server starts. */
#include "base/clock.h"
#include "base/log.h"
#include "hub/seats.h"
#include "mqtt/session_record.h"
#include "store/session_store.h"

/* The walk over all records: a session's come together, its state first, each message before its progress. */
struct restoring {
    struct sessions *sessions;
    const struct sessions_source *source;
    struct problem *problem;
    struct session_moment now;
    uint64_t device;
    struct buf client_id;        /* whose records are being read */
    struct payload_forms forms;  /* of the device; a reference to the profile */
    struct session_state *state; /* NULL: there is none that could take them */
    bool was_connected;
    uint64_t number;    /* of the message below; 0 = none */
    struct buf message; /* waits until it is clear that its progress follows, or not */
    err_t err;
    size_t restored, messages, dropped;
};

static struct slice client_id_of(const struct restoring *r)
{
    return buf_slice(&r->client_id);
}

/* The message read before goes into the queue, or from the disk. */
static void end_message(struct restoring *r, struct slice progress)
{
    const struct session_kept_message kept = {r->number, buf_slice(&r->message), progress, r->was_connected};
    struct sessions *s = r->sessions;
    struct problem problem = {0};
    if (r->number == 0)
        return;
    r->number = 0;
    if (session_state_restore(r->state, &kept, &s->limits, &r->now, &problem) == ERR_OK) {
        r->messages++;
        return;
    }
    r->dropped++;
    session_keeper_forget(s->keeper, r->device, client_id_of(r), kept.number);
    log_debug("session.message_dropped", log_number("device", (int64_t)r->device),
              log_slice("client_id", client_id_of(r)), log_text("reason", problem.text));
}

/* All its records were read: it is a session whose client is away, from the moment at which we start. */
static void end_session(struct restoring *r)
{
    struct sessions *s = r->sessions;
    struct session_state *state = r->state;
    end_message(r, slice_of(NULL, 0));
    r->state = NULL;
    if (state == NULL)
        return;
    struct seat *seat = seat_find_or_add(s, r->device, client_id_of(r));
    if (seat == NULL) {
        r->err = fail(r->problem, ERR_NOMEM, "", "out of memory for the sessions on disk");
        session_state_free(state);
        return;
    }
    seat->payloads = r->forms.payloads;
    seat->profile = r->forms.profile;
    r->forms.profile = NULL;
    if (r->was_connected)
        session_keeper_save_state(s->keeper, r->device, state);
    seat_leave_behind(s, seat, state, NULL);
    r->restored++;
}

static void drop_session(struct restoring *r, const char *reason)
{
    r->dropped++;
    session_keeper_end(r->sessions->keeper, r->device, client_id_of(r));
    log_debug("session.dropped", log_number("device", (int64_t)r->device),
              log_slice("client_id", client_id_of(r)), log_text("reason", reason));
}

static err_t read_state(struct restoring *r, const struct session_entry *e, struct problem *problem)
{
    if (e->part != SESSION_PART_STATE)
        return fail(problem, ERR_NOT_FOUND, "", "its state is missing");
    TRY(session_state_decode(e->client_id, e->record, &r->sessions->limits, &r->now, &r->state,
                             &r->was_connected, problem));
    if (session_state_expiry_ms(r->state) <= r->now.mono_ms)
        return fail(problem, ERR_NOT_FOUND, "", "it has expired");
    if (r->source->forms_of == NULL)
        return ERR_OK;
    profile_config_unref(r->forms.profile); /* of one whose session was dropped */
    r->forms.profile = NULL;
    return r->source->forms_of(r->source->arg, e->device, &r->forms, problem);
}

static void begin_session(struct restoring *r, const struct session_entry *e)
{
    struct problem problem = {0};
    r->device = e->device;
    buf_clear(&r->client_id);
    buf_append_slice(&r->client_id, e->client_id);
    err_t err = read_state(r, e, &problem);
    if (err == ERR_OK)
        return;
    session_state_free(r->state);
    r->state = NULL;
    if (err == ERR_NOT_FOUND || err == ERR_INVALID)
        drop_session(r, problem.text);
    else
        r->err = fail(r->problem, err, "", "cannot take back the sessions on disk: %s", problem.text);
}

static void read_message(struct restoring *r, const struct session_entry *e)
{
    end_message(r, slice_of(NULL, 0));
    buf_clear(&r->message);
    buf_append_slice(&r->message, e->record);
    r->number = e->number;
}

static void read_progress(struct restoring *r, const struct session_entry *e)
{
    if (r->number == e->number)
        end_message(r, e->record);
    else
        session_keeper_forget(r->sessions->keeper, e->device, e->client_id, e->number);
}

static bool read_record(void *arg, const struct session_entry *e)
{
    struct restoring *r = arg;
    if (e->number > atomic_load(&r->sessions->number))
        atomic_store(&r->sessions->number, e->number);
    if (e->device != r->device || !slice_eq(e->client_id, client_id_of(r))) {
        end_session(r);
        begin_session(r, e);
    }
    if (r->state != NULL && e->part == SESSION_PART_MESSAGE)
        read_message(r, e);
    else if (r->state != NULL && e->part == SESSION_PART_PROGRESS)
        read_progress(r, e);
    if (!buf_is_ok(&r->client_id) || !buf_is_ok(&r->message))
        r->err = fail(r->problem, ERR_NOMEM, "", "out of memory for the sessions on disk");
    return r->err == ERR_OK;
}

static err_t read_all(struct sessions *s, const struct sessions_source *source, struct problem *problem)
{
    struct restoring r = {
        .sessions = s, .source = source, .problem = problem, .now = {clock_mono_ms(), clock_wall_ms()}};
    err_t err = session_store_walk(source->series, read_record, &r, problem);
    end_session(&r);
    profile_config_unref(r.forms.profile);
    buf_fini(&r.client_id);
    buf_fini(&r.message);
    if (r.restored + r.dropped != 0)
        log_info("sessions.restored", log_number("sessions", (int64_t)r.restored),
                 log_number("messages", (int64_t)r.messages), log_number("dropped", (int64_t)r.dropped));
    return err == ERR_OK ? r.err : err;
}

err_t sessions_restore(struct sessions *s, const struct sessions_source *source, struct problem *problem)
{
    pthread_mutex_lock(&s->lock);
    err_t err = session_keeper_new(source->writer, NULL, NULL, &s->keeper);
    if (err == ERR_OK)
        err = read_all(s, source, problem);
    sessions_unlock(s);
    return err;
}
