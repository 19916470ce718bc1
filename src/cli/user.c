#include "cli/user.h"

#include "base/buf.h"
#include "base/random.h"
#include "cli/client.h"
#include "http/message.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum { PASSWORD_SIZE = 257, RANDOM_PASSWORD_LENGTH = 20 };

struct options {
    const char *dir, *email, *authority, *password_file;
};

struct command {
    const char *name, *arguments, *help;
    err_t (*run)(struct client *client, const struct options *options, struct problem *problem);
};

static const char *id_of(const json_t *user)
{
    const char *id = json_string_value(json_object_get(json_object_get(user, "id"), "id"));
    return id != NULL ? id : "";
}

static err_t find(struct client *client, const char *email, json_t **ret, struct problem *problem)
{
    AUTO_BUF target = {0};
    buf_append_str(&target, "/api/postern/user?email=");
    http_escape(slice_str(email), &target);
    err_t err = client_call(client, "GET", buf_cstr(&target), NULL, ret, problem);
    if (err == ERR_NOT_FOUND)
        return fail(problem, ERR_NOT_FOUND, "email", "there is no user '%.200s'", email);
    return err;
}

/* The first line of the file, or a random one. */
static err_t choose_password(const struct options *options, char out[PASSWORD_SIZE], struct problem *problem)
{
    const char *path = options->password_file;
    if (path == NULL) {
        random_text(out, RANDOM_PASSWORD_LENGTH);
        return ERR_OK;
    }
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return fail(problem, ERR_IO, "password", "%.150s: cannot be read: %s", path, strerror(errno));
    setvbuf(file, NULL, _IONBF, 0); /* no copy of the password in a buffer we cannot wipe */
    bool is_read = fgets(out, PASSWORD_SIZE, file) != NULL;
    fclose(file);
    if (!is_read)
        return fail(problem, ERR_INVALID, "password",
                    "%.150s is empty; expected a password on its first line", path);
    out[strcspn(out, "\r\n")] = '\0';
    return ERR_OK;
}

static err_t use_link(struct client *client, const json_t *link, const char *password,
                      struct problem *problem)
{
    json_t *body =
        json_pack("{s:O, s:s}", "resetToken", json_object_get(link, "resetToken"), "password", password);
    if (body == NULL)
        return fail(problem, ERR_INVALID, "password", "the password is no UTF-8 text");
    err_t err = client_call(client, "POST", "/api/noauth/resetPassword", body, NULL, problem);
    json_decref(body);
    return err;
}

static err_t set_password(struct client *client, const json_t *user, const struct options *options,
                          struct problem *problem)
{
    AUTO_BUF target = {0};
    json_t *link = NULL;
    char password[PASSWORD_SIZE];
    TRY(choose_password(options, password, problem));
    buf_printf(&target, "/api/postern/user/%s/resetLink", id_of(user));
    err_t err = client_call(client, "POST", buf_cstr(&target), NULL, &link, problem);
    if (err == ERR_OK)
        err = use_link(client, link, password, problem);
    if (err == ERR_OK && options->password_file == NULL)
        printf("%s  password %s  (shown once)\n", options->email, password);
    wipe(password, sizeof password);
    json_decref(link);
    return err;
}

static err_t add(struct client *client, const struct options *options, struct problem *problem)
{
    json_t *user = NULL;
    json_t *body = json_pack("{s:s, s:s}", "email", options->email, "authority",
                             options->authority != NULL ? options->authority : "TENANT_ADMIN");
    if (body == NULL)
        return fail(problem, ERR_INVALID, "email", "the e-mail is no UTF-8 text");
    err_t err = client_call(client, "POST", "/api/user?sendActivationMail=false", body, &user, problem);
    if (err == ERR_OK)
        err = set_password(client, user, options, problem);
    json_decref(body);
    json_decref(user);
    return err;
}

static err_t password(struct client *client, const struct options *options, struct problem *problem)
{
    json_t *user = NULL;
    TRY(find(client, options->email, &user, problem));
    err_t err = set_password(client, user, options, problem);
    json_decref(user);
    return err;
}

static err_t rm(struct client *client, const struct options *options, struct problem *problem)
{
    AUTO_BUF target = {0};
    json_t *user = NULL;
    TRY(find(client, options->email, &user, problem));
    buf_printf(&target, "/api/user/%s", id_of(user));
    err_t err = client_call(client, "DELETE", buf_cstr(&target), NULL, NULL, problem);
    json_decref(user);
    return err;
}

static const struct command commands[] = {
    {"add", "EMAIL [--authority TENANT_ADMIN|SYS_ADMIN] [--password-file FILE]", "make an administrator",
     add},
    {"password", "EMAIL [--password-file FILE]", "set a new password, which ends the user's logins",
     password},
    {"rm", "EMAIL", "delete a user with the logins and API keys", rm},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static int usage(FILE *out)
{
    fputs("usage: postern user COMMAND [--dir DIR]\n\n", out);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(out, "  %s %s\n      %s\n", commands[i].name, commands[i].arguments, commands[i].help);
    fputs("\n--dir: the data directory; else POSTERN_DIR of the environment, else ./data.\n"
          "Without --password-file a random password is made and printed once.\n",
          out);
    return out == stdout ? 0 : 2;
}

static bool parse(struct options *options, int argc, char **argv)
{
    static const struct option known[] = {
        {"dir", required_argument, NULL, 'd'},
        {"authority", required_argument, NULL, 'a'},
        {"password-file", required_argument, NULL, 'p'},
        {0},
    };
    int option;
    optind = 1;
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (option) {
        case 'd': options->dir = optarg; break;
        case 'a': options->authority = optarg; break;
        case 'p': options->password_file = optarg; break;
        default: return false;
        }
    }
    if (optind < argc)
        options->email = argv[optind++];
    return optind == argc && options->email != NULL;
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

int cli_user(int argc, char **argv)
{
    struct options options = {0};
    struct problem problem = {0};
    struct client *client = NULL;
    if (argc >= 2 && strcmp(argv[1], "--help") == 0)
        return usage(stdout);
    const struct command *command = argc >= 2 ? find_command(argv[1]) : NULL;
    if (command == NULL || !parse(&options, argc - 1, argv + 1))
        return usage(stderr);
    err_t err = client_open(options.dir, &client, &problem);
    if (err == ERR_OK)
        err = command->run(client, &options, &problem);
    client_close(client);
    if (err != ERR_OK)
        fprintf(stderr, "postern: %s\n", problem.text[0] != '\0' ? problem.text : err_info(err)->name);
    return err == ERR_OK ? 0 : 1;
}
