/* When devices come and go: presence at once, its server attributes as soon as there is room for them. */
#include "net/client_parts.h"

#include "base/clock.h"
#include "hub/presence.h"

#include <stdlib.h>
#include <utlist.h>

/* What is still to be written about a device. */
struct presence_note {
    struct presence_note *prev, *next;
    struct presence_record *record; /* outlives all notes */
    int64_t when_ms;
    bool is_arrival;
    bool is_last; /* a departure that left nobody */
};

static void note_time(struct reactor *r, uint64_t device, struct slice key, int64_t when_ms)
{
    const struct value value = {.type = VALUE_LONG, .number = when_ms};
    ingest_server_attribute(r->ingest, device, key, &value);
}

static void note_active(struct reactor *r, uint64_t device, bool is_active)
{
    const struct value value = {.type = VALUE_BOOLEAN, .boolean = is_active};
    ingest_server_attribute(r->ingest, device, SLICE("active"), &value);
}

static void write_note(struct reactor *r, const struct presence_note *note)
{
    struct presence_record *record = note->record;
    if (note->is_arrival) {
        note_active(r, record->device, true);
        note_time(r, record->device, SLICE("lastConnectTime"), note->when_ms);
        return;
    }
    note_time(r, record->device, SLICE("lastDisconnectTime"), note->when_ms);
    note_time(r, record->device, SLICE("lastActivityTime"), atomic_load(&record->last_activity_ms));
    if (note->is_last && !atomic_load(&record->is_active)) /* not back meanwhile */
        note_active(r, record->device, false);
}

static void add_note(struct reactor *r, struct presence_note is)
{
    struct presence_note *note = malloc(sizeof *note);
    if (note == NULL)
        return;
    *note = is;
    DL_APPEND(r->notes, note);
    client_write_notes(r);
}

static void drop_note(struct reactor *r, struct presence_note *note)
{
    DL_DELETE(r->notes, note);
    free(note);
}

void client_write_notes(struct reactor *r)
{
    while (r->notes != NULL && ingest_has_room(r->ingest)) {
        write_note(r, r->notes);
        drop_note(r, r->notes);
    }
}

void client_forget_notes(struct reactor *r, uint64_t device)
{
    struct presence_note *note, *next;
    DL_FOREACH_SAFE(r->notes, note, next)
    {
        if (note->record->device == device)
            drop_note(r, note);
    }
}

struct presence_record *client_arrive(struct reactor *r, uint64_t device, int64_t profile_timeout_ms)
{
    int64_t now_ms = clock_wall_ms();
    struct presence_record *record = presence_connect(r->hub->presence, device, now_ms);
    if (record == NULL)
        return NULL;
    atomic_store(&record->profile_timeout_ms, profile_timeout_ms);
    atomic_store(&record->timeout_ms, 0);
    add_note(r, (struct presence_note){.record = record, .is_arrival = true, .when_ms = now_ms});
    return record;
}

void client_depart(struct reactor *r, struct presence_record *record)
{
    int64_t now_ms = clock_wall_ms();
    presence_disconnect(record, now_ms);
    bool is_last = atomic_load(&record->connections) == 0 && presence_set_active(record, false);
    add_note(r, (struct presence_note){.record = record, .is_last = is_last, .when_ms = now_ms});
}
