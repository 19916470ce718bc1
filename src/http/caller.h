/** @file caller.h - who asks: a person who is logged in, has shown an API key, or stands at the server's machine. */
#pragma once

#include "model/entity.h"

struct caller {
    struct uuid user_id; /* nil on the control socket: the administrator is no stored user there */
    struct uuid tenant_id, customer_id, login_id;
    enum authority authority;
    char email[NAME_SIZE];
};
