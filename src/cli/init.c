#include "cli/init.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"
#include "config/settings.h"
#include "pki/authority.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    EXTRA_HOSTS_MAX = 32,
    HOSTS_MAX = EXTRA_HOSTS_MAX + 4,
    HOST_NAME_SIZE = 256,
    PASSWORD_MIN = 8, /* as auth.password_min_length is made */
    PASSWORD_MAX = 255,
    RANDOM_PASSWORD_LENGTH = 20,
    FILES_MAX = 6,
};

/* One initialisation in progress. */
struct init {
    const struct init_options *options;
    struct problem *problem;
    int dir_fd;
    bool made_dir;
    const char *made_files[FILES_MAX];
    size_t made_count;
    char host_name[HOST_NAME_SIZE];
    const char *hosts[HOSTS_MAX];
    size_t host_count;
    char password[PASSWORD_MAX + 1];
};

static err_t system_failed(struct init *in, const char *name, const char *what)
{
    int error = errno;
    return fail(in->problem, error == ENOSPC || error == EDQUOT ? ERR_FULL : ERR_IO, "", "%.150s%s%s: %s: %s",
                in->options->dir, name[0] ? "/" : "", name, what, strerror(error));
}

/* ---- host names ---- */

static void add_host(struct init *in, const char *host)
{
    for (size_t i = 0; i < in->host_count; i++) {
        if (strcasecmp(in->hosts[i], host) == 0)
            return;
    }
    in->hosts[in->host_count++] = host;
}

/* The names given go first: the first of all becomes the certificate's common name. */
static err_t collect_hosts(struct init *in)
{
    const struct init_options *options = in->options;
    if (options->host_count > EXTRA_HOSTS_MAX)
        return fail(in->problem, ERR_INVALID, "host", "%zu host names; expected at most %d",
                    options->host_count, EXTRA_HOSTS_MAX);
    for (size_t i = 0; i < options->host_count; i++)
        add_host(in, options->hosts[i]);
    if (gethostname(in->host_name, sizeof in->host_name - 1) == 0 && authority_host_is_valid(in->host_name))
        add_host(in, in->host_name);
    add_host(in, "localhost");
    add_host(in, "127.0.0.1");
    add_host(in, "::1");
    return ERR_OK;
}

/* ---- password ---- */

static err_t check_password(struct init *in)
{
    size_t len = strlen(in->password);
    bool is_good = len >= PASSWORD_MIN && text_is_utf8(slice_str(in->password));
    for (size_t i = 0; i < len; i++)
        is_good = is_good && (unsigned char)in->password[i] >= 0x20 && in->password[i] != 0x7f;
    if (!is_good)
        return fail(in->problem, ERR_INVALID, "password",
                    "%.150s: the password on its first line cannot be used; expected %d to %d bytes of text",
                    in->options->password_file, PASSWORD_MIN, PASSWORD_MAX);
    return ERR_OK;
}

static err_t read_password(struct init *in)
{
    char line[PASSWORD_MAX + 3];
    FILE *file = fopen(in->options->password_file, "re");
    if (file == NULL)
        return fail(in->problem, ERR_IO, "password", "%.150s: cannot be read: %s", in->options->password_file,
                    strerror(errno));
    setvbuf(file, NULL, _IONBF, 0); /* no copy of the password in a buffer we cannot wipe */
    bool is_read = fgets(line, sizeof line, file) != NULL;
    fclose(file);
    if (is_read) {
        size_t len = strcspn(line, "\r\n");
        (void)slice_to_cstr(slice_of(line, len), in->password, sizeof in->password); /* too long: empty */
    }
    wipe(line, sizeof line);
    return check_password(in);
}

static err_t choose_password(struct init *in)
{
    if (in->options->password_file != NULL)
        return read_password(in);
    random_text(in->password, RANDOM_PASSWORD_LENGTH);
    return ERR_OK;
}

/* ---- directory ---- */

static err_t refuse_entry(struct init *in, const char *name)
{
    if (faccessat(in->dir_fd, "postern.ini", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return fail(
            in->problem, ERR_CONFLICT, "",
            "%.150s is initialised already (it holds postern.ini); start it with: postern serve %.80s",
            in->options->dir, in->options->dir);
    return fail(
        in->problem, ERR_CONFLICT, "",
        "%.150s is not empty (it holds %.60s); expected a new or empty directory, so that nothing is lost",
        in->options->dir, name);
}

static err_t check_empty(struct init *in)
{
    int fd = openat(in->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (dir == NULL) {
        err_t err = system_failed(in, "", "cannot be read");
        if (fd >= 0)
            close(fd);
        return err;
    }
    err_t err = ERR_OK;
    for (struct dirent *entry; err == ERR_OK && (entry = readdir(dir)) != NULL;) {
        const char *name = entry->d_name;
        /* lost+found is there when the directory is a file system of its own. */
        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && strcmp(name, "lost+found") != 0)
            err = refuse_entry(in, name);
    }
    closedir(dir);
    return err;
}

static err_t open_directory(struct init *in)
{
    const char *dir = in->options->dir;
    in->made_dir = mkdir(dir, 0700) == 0;
    if (!in->made_dir && errno != EEXIST)
        return system_failed(in, "", "cannot be made");
    in->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (in->dir_fd < 0)
        return system_failed(in, "", "cannot be opened as a directory");
    TRY(check_empty(in));
    return fchmod(in->dir_fd, 0700) == 0 ? ERR_OK : system_failed(in, "", "its mode cannot be set to 0700");
}

/* ---- files ---- */

static bool write_all(int fd, struct slice data)
{
    while (data.len != 0) {
        ssize_t n = write(fd, data.data, data.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        data = slice_skip(data, (size_t)n);
    }
    return true;
}

static err_t write_file(struct init *in, const char *name, mode_t mode, struct slice data)
{
    int fd = openat(in->dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0)
        return system_failed(in, name, "cannot be made");
    CHECK(in->made_count < FILES_MAX);
    in->made_files[in->made_count++] = name;
    /* fchmod: the umask of a careful administrator must not hide the chain from clients. */
    bool is_written = fchmod(fd, mode) == 0 && write_all(fd, data) && fsync(fd) == 0;
    err_t err = is_written ? ERR_OK : system_failed(in, name, "cannot be written");
    if (close(fd) != 0 && err == ERR_OK)
        err = system_failed(in, name, "cannot be written");
    return err;
}

static err_t write_identities(struct init *in, const struct identity *authority,
                              const struct identity *server)
{
    AUTO_BUF chain = {0};
    buf_append_slice(&chain, buf_slice(&server->certificate));
    buf_append_slice(&chain, buf_slice(&authority->certificate));
    if (!buf_is_ok(&chain))
        return ERR_NOMEM;
    TRY(write_file(in, "authority.key", 0600, buf_slice(&authority->key)));
    TRY(write_file(in, "authority.pem", 0600, buf_slice(&authority->certificate)));
    TRY(write_file(in, "server.key", 0600, buf_slice(&server->key)));
    TRY(write_file(in, "server.pem", 0600, buf_slice(&chain)));
    return write_file(in, "tb-server-chain.pem", 0644, buf_slice(&chain));
}

static err_t make_certificates(struct init *in)
{
    __attribute__((cleanup(identity_fini))) struct identity authority = {0};
    __attribute__((cleanup(identity_fini))) struct identity server = {0};
    char name[40] = "postern authority ";
    random_text(name + strlen(name), 8);
    int64_t now = clock_wall_ms();
    TRY(authority_make(name, now, &authority, in->problem));
    TRY(authority_issue_server(&authority, in->hosts, in->host_count, now, &server, in->problem));
    return write_identities(in, &authority, &server);
}

static err_t make_settings(struct init *in)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (file == NULL)
        return ERR_NOMEM;
    settings_write_default(file);
    err_t err = fclose(file) == 0 ? write_file(in, "postern.ini", 0600, slice_of(text, size)) : ERR_NOMEM;
    free(text);
    return err;
}

/* The entry of the directory itself is in its parent. */
static err_t sync_directories(struct init *in)
{
    int parent = openat(in->dir_fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_synced = fsync(in->dir_fd) == 0 && (parent < 0 || fsync(parent) == 0);
    err_t err = is_synced ? ERR_OK : system_failed(in, "", "cannot be synced");
    if (parent >= 0)
        close(parent);
    return err;
}

static err_t make_all(struct init *in)
{
    const struct init_options *options = in->options;
    TRY(collect_hosts(in));
    TRY(choose_password(in));
    TRY(open_directory(in));
    TRY(make_certificates(in));
    TRY(options->create_administrator(options->arg, options->dir, INIT_ADMINISTRATOR, in->password,
                                      in->problem));
    TRY(make_settings(in));
    return sync_directories(in);
}

static void undo(struct init *in)
{
    for (size_t i = 0; i < in->made_count; i++)
        unlinkat(in->dir_fd, in->made_files[i], 0);
    if (in->made_dir)
        rmdir(in->options->dir); /* stays if anything else is in it */
}

static err_t print_result(const struct init *in)
{
    const struct init_options *options = in->options;
    FILE *out = options->out;
    fprintf(out, "Data directory %s is ready.\n\n  The server's certificate is for:", options->dir);
    for (size_t i = 0; i < in->host_count; i++)
        fprintf(out, "%s %s", i ? "," : "", in->hosts[i]);
    fprintf(out, "\n  Devices and browsers trust it by: %s/tb-server-chain.pem\n", options->dir);
    fprintf(out, "  Settings:      %s/postern.ini\n", options->dir);
    fprintf(out, "  Administrator: %s\n", INIT_ADMINISTRATOR);
    if (options->password_file == NULL)
        fprintf(out, "  Password:      %s   (shown this once)\n", in->password);
    fprintf(out, "\nStart it with: postern serve %s\n", options->dir);
    if (fflush(out) != 0 || ferror(out))
        return fail(in->problem, ERR_IO, "", "%.150s is ready, but the result cannot be printed: %s",
                    options->dir, strerror(errno));
    return ERR_OK;
}

err_t init_data_directory(const struct init_options *options, struct problem *problem)
{
    struct init in = {.options = options, .problem = problem, .dir_fd = -1};
    err_t err = make_all(&in);
    if (err != ERR_OK)
        undo(&in);
    if (in.dir_fd >= 0)
        close(in.dir_fd);
    if (err == ERR_OK)
        err = print_result(&in);
    wipe(in.password, sizeof in.password);
    return err;
}

/* ---- arguments ---- */

static const char usage[] =
    "usage: postern init DIR [--host NAME]... [--password-file FILE]\n"
    "\n"
    "Makes the data directory DIR: settings, store, certificates, and the administrator " INIT_ADMINISTRATOR
    ".\n"
    "\n"
    "  --host NAME           a DNS name or IP address under which clients reach this server, beside its\n"
    "                        own host name, localhost, 127.0.0.1 and ::1; may be repeated\n"
    "  --password-file FILE  the administrator's password is the first line of FILE; without it, a random\n"
    "                        password is made and printed once\n";

static int wrong_arguments(const char *what, const char *argument)
{
    fprintf(stderr, "postern init: %s%s\n\n%s", what, argument, usage);
    return 2;
}

/* @return -1 to go on, else the exit status */
static int parse_arguments(int argc, char **argv, const char **hosts, struct init_options *options)
{
    static const struct option names[] = {
        {"host", required_argument, NULL, 'h'},
        {"password-file", required_argument, NULL, 'p'},
        {"help", no_argument, NULL, 'H'},
        {0},
    };
    opterr = 0;
    optind = 0; /* GNU getopt: start afresh */
    for (int option; (option = getopt_long(argc, argv, ":", names, NULL)) != -1;) {
        if (option == 'h' && options->host_count < EXTRA_HOSTS_MAX)
            hosts[options->host_count++] = optarg;
        else if (option == 'h')
            return wrong_arguments("too many --host", "");
        else if (option == 'p')
            options->password_file = optarg;
        else if (option == ':')
            return wrong_arguments("value missing behind ", argv[optind - 1]);
        else if (option == 'H')
            return fputs(usage, stdout) < 0;
        else
            return wrong_arguments("unknown option ", argv[optind - 1]);
    }
    if (optind != argc - 1 || argv[optind][0] == '\0')
        return wrong_arguments("expected one directory", "");
    options->dir = argv[optind];
    return -1;
}

int init_command(int argc, char **argv, init_create_administrator *create_administrator, void *arg)
{
    const char *hosts[EXTRA_HOSTS_MAX];
    struct problem problem = {0};
    struct init_options options = {
        .hosts = hosts, .create_administrator = create_administrator, .arg = arg, .out = stdout};
    int status = parse_arguments(argc, argv, hosts, &options);
    if (status >= 0)
        return status;
    umask(077); /* the store's files too are for the owner alone */
    err_t err = init_data_directory(&options, &problem);
    if (err == ERR_OK)
        return 0;
    fprintf(stderr, "postern init: %s\n", problem.text[0] ? problem.text : err_info(err)->name);
    return 1;
}
