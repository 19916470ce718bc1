/**
 * @file session_entry.h - records of clients' kept sessions, on their way to disk and back.
 *
 * What a record means is mqtt/session_record.h's business; here it is bytes with a name. Entries of sessions travel in
 * the same batches as points (model/point.h), so that one synced write can carry both.
 */
#pragma once

#include "base/slice.h"

/** The numbers are on disk, never renumber. */
enum session_part {
    SESSION_PART_STATE = 0,    /* one a session, with number 0 */
    SESSION_PART_MESSAGE = 1,  /* one for each message that waits for the client */
    SESSION_PART_PROGRESS = 2, /* of the message with the same number */
};

struct session_entry {
    uint64_t device;
    struct slice client_id; /* 1..65535 bytes; borrowed, like record */
    uint64_t number;        /* of the message; they grow in the order of queueing */
    enum session_part part;
    struct slice record; /* of a put */
};
