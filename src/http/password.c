#include "http/password.h"

#include <ctype.h>
#include <sodium.h>

_Static_assert(PASSWORD_HASH_SIZE >= crypto_pwhash_STRBYTES, "the hash fits in a user record");

struct counts {
    unsigned characters, digits, upper, lower, special;
};

/* A character of more than one byte counts as one, and as neither letter nor digit. */
static struct counts count(const char *password)
{
    struct counts n = {0};
    for (const char *c = password; *c != '\0'; c++) {
        unsigned char byte = (unsigned char)*c;
        if ((byte & 0xc0) == 0x80)
            continue;
        n.characters++;
        n.digits += byte < 0x80 && isdigit(byte);
        n.upper += byte < 0x80 && isupper(byte);
        n.lower += byte < 0x80 && islower(byte);
        n.special += byte >= 0x80 || !isalnum(byte);
    }
    return n;
}

static err_t check_least(const char *field, unsigned has, unsigned least, const char *what,
                         struct problem *problem)
{
    if (has >= least)
        return ERR_OK;
    return fail(problem, ERR_INVALID, field, "%s has %u %s; expected at least %u", field, has, what, least);
}

err_t password_check(const struct settings *settings, const char *field, const char *password,
                     struct problem *problem)
{
    struct counts n = count(password);
    if (strlen(password) > PASSWORD_MAX)
        return fail(problem, ERR_INVALID, field, "%s has %zu bytes; expected at most %d", field,
                    strlen(password), PASSWORD_MAX);
    TRY(check_least(field, n.characters, settings->auth.password_min_length, "characters", problem));
    TRY(check_least(field, n.digits, settings->auth.password_min_digits, "digits", problem));
    TRY(check_least(field, n.upper, settings->auth.password_min_upper_case, "capitals", problem));
    TRY(check_least(field, n.lower, settings->auth.password_min_lower_case, "small letters", problem));
    return check_least(field, n.special, settings->auth.password_min_special, "special characters", problem);
}

err_t password_hash(const struct settings *settings, const char *field, const char *password,
                    char out[PASSWORD_HASH_SIZE], struct problem *problem)
{
    TRY(password_check(settings, field, password, problem));
    if (crypto_pwhash_str(out, password, strlen(password), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                          crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
        return fail(problem, ERR_NOMEM, "", "no memory to hash a password (64 MiB are needed)");
    return ERR_OK;
}
