#include "cli/device.h"

#include "base/buf.h"
#include "cli/client.h"
#include "http/message.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CERTIFICATE_FILE_MAX = 64 * 1024, PAGE = 1000 };

struct options {
    const char *dir, *name, *type, *label, *token, *x509;
    bool is_json;
};

struct command {
    const char *name, *arguments, *help;
    bool needs_name;
    err_t (*run)(struct client *client, const struct options *options, struct problem *problem);
};

static void print_json(const json_t *document)
{
    json_dumpf(document, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
    putchar('\n');
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "-";
}

static const char *id_of(const json_t *object)
{
    return text_of(json_object_get(object, "id"), "id");
}

static void print_time(const char *label, const json_t *value)
{
    time_t seconds = (time_t)(json_integer_value(value) / 1000);
    struct tm utc;
    char text[32] = "never";
    if (seconds > 0 && gmtime_r(&seconds, &utc) != NULL)
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &utc);
    printf("%-13s %s\n", label, text);
}

static err_t find(struct client *client, const char *name, json_t **ret, struct problem *problem)
{
    AUTO_BUF target = {0};
    buf_append_str(&target, "/api/tenant/devices?deviceName=");
    http_escape(slice_str(name), &target);
    err_t err = client_call(client, "GET", buf_cstr(&target), NULL, ret, problem);
    if (err == ERR_NOT_FOUND)
        return fail(problem, ERR_NOT_FOUND, "name", "there is no device named '%.200s'", name);
    return err;
}

static err_t get(struct client *client, const char *before, const json_t *device, const char *after,
                 json_t **ret, struct problem *problem)
{
    AUTO_BUF target = {0};
    buf_printf(&target, "%s%s%s", before, id_of(device), after);
    return client_call(client, "GET", buf_cstr(&target), NULL, ret, problem);
}

static err_t read_file(const char *path, struct buf *out, struct problem *problem)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return fail(problem, ERR_IO, "x509", "cannot read %.200s: %s", path, strerror(errno));
    uint8_t *room = buf_reserve(out, CERTIFICATE_FILE_MAX + 1);
    if (room != NULL)
        out->len += fread(room, 1, CERTIFICATE_FILE_MAX + 1, file);
    bool failed = room == NULL || ferror(file) != 0;
    fclose(file);
    if (failed)
        return fail(problem, ERR_IO, "x509", "cannot read %.200s", path);
    if (out->len > CERTIFICATE_FILE_MAX)
        return fail(problem, ERR_LIMIT, "x509", "%.200s is larger than %d bytes; no certificate is", path,
                    CERTIFICATE_FILE_MAX);
    return ERR_OK;
}

static err_t certificate_document(const char *path, json_t **ret, struct problem *problem)
{
    AUTO_BUF text = {0};
    TRY(read_file(path, &text, problem));
    *ret = json_pack("{s:s, s:s%}", "credentialsType", "X509_CERTIFICATE", "credentialsValue",
                     (const char *)text.data, text.len);
    if (*ret == NULL)
        return fail(problem, ERR_INVALID, "x509",
                    "%.200s is not text; expected PEM (openssl x509 -inform der -in FILE makes it)", path);
    return ERR_OK;
}

static err_t credentials_document(const struct options *options, json_t **ret, struct problem *problem)
{
    if (options->x509 != NULL)
        return certificate_document(options->x509, ret, problem);
    *ret = json_pack("{s:s, s:s}", "credentialsType", "ACCESS_TOKEN", "credentialsId", options->token);
    return *ret != NULL ? ERR_OK : fail(problem, ERR_INVALID, "token", "the token is not UTF-8");
}

static err_t post(struct client *client, const char *target, json_t *body, json_t **ret,
                  struct problem *problem)
{
    err_t err = client_call(client, "POST", target, body, ret, problem);
    json_decref(body);
    return err;
}

static err_t device_document(const struct options *options, json_t **ret, struct problem *problem)
{
    *ret =
        json_pack("{s:s, s:s*, s:s*}", "name", options->name, "type", options->type, "label", options->label);
    return *ret != NULL ? ERR_OK : fail(problem, ERR_INVALID, "name", "name, type or label is not UTF-8");
}

static err_t create(struct client *client, const struct options *options, json_t **ret,
                    struct problem *problem)
{
    json_t *device = NULL, *credentials = NULL;
    TRY(device_document(options, &device, problem));
    if (options->token == NULL && options->x509 == NULL)
        return post(client, "/api/device", device, ret, problem);
    err_t err = credentials_document(options, &credentials, problem);
    if (err != ERR_OK) {
        json_decref(device);
        return err;
    }
    json_t *body = json_pack("{s:o, s:o}", "device", device, "credentials", credentials);
    return post(client, "/api/device-with-credentials", body, ret, problem);
}

static void print_credentials(const json_t *credentials)
{
    const char *type = text_of(credentials, "credentialsType");
    bool is_x509 = strcmp(type, "X509_CERTIFICATE") == 0;
    printf("%-13s %s\n", "credentials", type);
    printf("%-13s %s\n", is_x509 ? "fingerprint" : "id", text_of(credentials, "credentialsId"));
}

static void print_device(const json_t *device)
{
    printf("%-13s %s\n%-13s %s\n%-13s %s\n%-13s %s\n", "name", text_of(device, "name"), "id", id_of(device),
           "type", text_of(device, "type"), "label", text_of(device, "label"));
}

static err_t add(struct client *client, const struct options *options, struct problem *problem)
{
    json_t *device = NULL, *credentials = NULL;
    TRY(create(client, options, &device, problem));
    err_t err = get(client, "/api/device/", device, "/credentials", &credentials, problem);
    if (err == ERR_OK && options->is_json) {
        json_t *both = json_pack("{s:O, s:O}", "device", device, "credentials", credentials);
        print_json(both);
        json_decref(both);
    } else if (err == ERR_OK) {
        print_device(device);
        print_credentials(credentials);
    }
    json_decref(device);
    json_decref(credentials);
    return err;
}

static void print_row(const json_t *device)
{
    printf("%-7s  %-30s  %-20s  %s\n", json_is_true(json_object_get(device, "active")) ? "active" : "-",
           text_of(device, "name"), text_of(device, "type"), id_of(device));
}

static err_t list(struct client *client, const struct options *options, struct problem *problem)
{
    json_t *all = json_array();
    bool has_next = true;
    err_t err = ERR_OK;
    for (unsigned page = 0; has_next && err == ERR_OK; page++) {
        char target[128];
        json_t *answer = NULL;
        snprintf(target, sizeof target,
                 "/api/tenant/deviceInfos?pageSize=%d&page=%u&sortProperty=name&sortOrder=ASC", PAGE, page);
        err = client_call(client, "GET", target, NULL, &answer, problem);
        has_next = json_is_true(json_object_get(answer, "hasNext"));
        json_array_extend(all, json_object_get(answer, "data"));
        json_decref(answer);
    }
    if (err == ERR_OK && options->is_json)
        print_json(all);
    for (size_t i = 0; err == ERR_OK && !options->is_json && i < json_array_size(all); i++)
        print_row(json_array_get(all, i));
    json_decref(all);
    return err;
}

static err_t show(struct client *client, const struct options *options, struct problem *problem)
{
    json_t *device = NULL, *info = NULL, *credentials = NULL;
    TRY(find(client, options->name, &device, problem));
    err_t err = get(client, "/api/device/info/", device, "", &info, problem);
    if (err == ERR_OK)
        err = get(client, "/api/device/", device, "/credentials", &credentials, problem);
    if (err == ERR_OK && options->is_json) {
        json_t *both = json_pack("{s:O, s:O}", "device", info, "credentials", credentials);
        print_json(both);
        json_decref(both);
    } else if (err == ERR_OK) {
        print_device(info);
        print_time("created", json_object_get(info, "createdTime"));
        printf("%-13s %s\n", "active", json_is_true(json_object_get(info, "active")) ? "yes" : "no");
        print_time("last activity", json_object_get(info, "lastActivityTime"));
        print_credentials(credentials);
    }
    json_decref(device);
    json_decref(info);
    json_decref(credentials);
    return err;
}

static err_t rm(struct client *client, const struct options *options, struct problem *problem)
{
    json_t *device = NULL;
    AUTO_BUF target = {0};
    TRY(find(client, options->name, &device, problem));
    buf_printf(&target, "/api/device/%s", id_of(device));
    err_t err = client_call(client, "DELETE", buf_cstr(&target), NULL, NULL, problem);
    if (err == ERR_OK && options->is_json)
        print_json(device);
    json_decref(device);
    return err;
}

static err_t save_credentials(struct client *client, const json_t *device, const struct options *options,
                              json_t **ret, struct problem *problem)
{
    json_t *stored = NULL, *given = NULL;
    TRY(credentials_document(options, &given, problem));
    err_t err = get(client, "/api/device/", device, "/credentials", &stored, problem);
    if (err == ERR_OK) {
        json_object_set_new(stored, "credentialsId", json_null());
        json_object_set_new(stored, "credentialsValue", json_null());
        json_object_update(stored, given);
        err = client_call(client, "POST", "/api/device/credentials", stored, ret, problem);
    }
    json_decref(stored);
    json_decref(given);
    return err;
}

static err_t credentials(struct client *client, const struct options *options, struct problem *problem)
{
    json_t *device = NULL, *saved = NULL;
    TRY(find(client, options->name, &device, problem));
    err_t err = save_credentials(client, device, options, &saved, problem);
    if (err == ERR_OK && options->is_json)
        print_json(saved);
    else if (err == ERR_OK)
        print_credentials(saved);
    json_decref(device);
    json_decref(saved);
    return err;
}

static const struct command commands[] = {
    {"add", "NAME [--type T] [--label L] [--token T | --x509 cert.pem]", "create a device", true, add},
    {"list", "", "list all devices by name", false, list},
    {"show", "NAME", "show a device and what it logs in with", true, show},
    {"rm", "NAME", "delete a device, its credentials and its data", true, rm},
    {"credentials", "NAME --x509 cert.pem | --token T", "replace what a device logs in with", true,
     credentials},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static int usage(FILE *out)
{
    fputs("usage: postern device COMMAND [--dir DIR] [--json]\n\n", out);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(out, "  %s %s\n      %s\n", commands[i].name, commands[i].arguments, commands[i].help);
    fputs("\n--dir: the data directory; else POSTERN_DIR of the environment, else ./data.\n"
          "A running server is asked through DIR/control.sock; without one the store is opened.\n",
          out);
    return out == stdout ? 0 : 2;
}

static bool parse(struct options *options, int argc, char **argv)
{
    static const struct option known[] = {
        {"dir", required_argument, NULL, 'd'},
        {"type", required_argument, NULL, 't'},
        {"label", required_argument, NULL, 'l'},
        {"token", required_argument, NULL, 'k'},
        {"x509", required_argument, NULL, 'x'},
        {"json", no_argument, NULL, 'j'},
        {0},
    };
    int option;
    optind = 1;
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (option) {
        case 'd': options->dir = optarg; break;
        case 't': options->type = optarg; break;
        case 'l': options->label = optarg; break;
        case 'k': options->token = optarg; break;
        case 'x': options->x509 = optarg; break;
        case 'j': options->is_json = true; break;
        default: return false;
        }
    }
    if (optind < argc)
        options->name = argv[optind++];
    return optind == argc;
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static bool is_usable(const struct command *command, const struct options *options)
{
    bool has_credentials = options->token != NULL || options->x509 != NULL;
    bool takes_credentials = command->run == add || command->run == credentials;
    if (command->needs_name != (options->name != NULL) || (options->token != NULL && options->x509 != NULL))
        return false;
    if ((options->type != NULL || options->label != NULL) && command->run != add)
        return false;
    return command->run == credentials ? has_credentials : takes_credentials || !has_credentials;
}

int cli_device(int argc, char **argv)
{
    struct options options = {0};
    struct problem problem = {0};
    struct client *client = NULL;
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0)
            return usage(stdout);
    const struct command *command = argc >= 2 ? find_command(argv[1]) : NULL;
    if (argc >= 2 && command == NULL)
        fprintf(stderr, "postern: device has no command '%s'\n\n", argv[1]);
    if (command == NULL || !parse(&options, argc - 1, argv + 1) || !is_usable(command, &options))
        return usage(stderr);
    err_t err = client_open(options.dir, &client, &problem);
    if (err == ERR_OK)
        err = command->run(client, &options, &problem);
    client_close(client);
    if (err != ERR_OK)
        fprintf(stderr, "postern: %s\n", problem.text[0] != '\0' ? problem.text : err_info(err)->name);
    return err == ERR_OK ? 0 : 1;
}
