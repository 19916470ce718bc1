/* The service with real sockets: what goes through libwebsockets, and what must not. */
#include "http/service.h"

#include "base/clock.h"
#include "pki/authority.h"
#include "platform.h"
#include "unit.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define VERSION "GET /api/postern/version HTTP/1.1\r\nHost: x\r\n\r\n"

static struct platform platform;
static struct http_service *service;

static void write_file(const char *name, const struct buf *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", platform.dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fwrite(text->data, 1, text->len, file);
    fclose(file);
}

static void make_certificate(const char *name)
{
    struct problem problem = {0};
    struct identity authority = {0}, server = {0};
    assert_int_equal(authority_make(name, clock_wall_ms(), &authority, &problem), ERR_OK);
    const char *hosts[] = {"localhost", "127.0.0.1"};
    assert_int_equal(authority_issue_server(&authority, hosts, 2, clock_wall_ms(), &server, &problem),
                     ERR_OK);
    write_file("server.pem", &server.certificate);
    write_file("server.key", &server.key);
    write_file("authority.pem", &authority.certificate);
    identity_fini(&authority);
    identity_fini(&server);
}

static int connect_plain(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(http_service_port(service))};
    struct timeval limit = {.tv_sec = 10};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return fd;
}

/* Send, then read until @p answers status lines and the last body's end ("}") or the peer's close. */
static char *talk(const char *text, size_t len, unsigned answers, char *out, size_t size)
{
    int fd = connect_plain();
    size_t got = 0;
    ssize_t n = send(fd, text, len, MSG_NOSIGNAL);
    for (unsigned seen = 0; got + 1 < size; got += (size_t)n) {
        n = recv(fd, out + got, size - 1 - got, 0);
        if (n <= 0)
            break;
        out[got + (size_t)n] = '\0';
        seen = 0;
        for (const char *at = out; (at = strstr(at, "HTTP/1.")) != NULL; at++)
            seen++;
        if (answers != 0 && seen == answers && out[got + (size_t)n - 1] == '}')
            got += (size_t)n, n = 0;
        if (n == 0)
            break;
    }
    out[got] = '\0';
    close(fd);
    return out;
}

static void one_connection_serves_many_requests(void **state)
{
    char out[8192];
    talk(VERSION VERSION VERSION, strlen(VERSION) * 3, 3, out, sizeof out);
    unsigned answers = 0;
    for (const char *at = out; (at = strstr(at, "HTTP/1.1 200 OK")) != NULL; at++)
        answers++;
    assert_int_equal(answers, 3);
    assert_non_null(strstr(out, "content-security-policy: default-src 'self'"));
    assert_non_null(strstr(out, "x-content-type-options: nosniff"));
    assert_non_null(strstr(out, "cache-control: no-store"));
    assert_null(strstr(out, "strict-transport-security"));
}

static void requests_outside_the_bounds_are_refused(void **state)
{
    static char large[300000];
    static const struct {
        const char *head, *status;
        size_t body;
        bool is_closed;
    } rows[] = {
        {"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", "411", 10, true},
        {"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 1x\r\n\r\n", "400", 2, true},
        {"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "400",
         2, true},
        {"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n", "413", 200000, false},
        {"POST /api/device HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999\r\n\r\n", "413", 200000, true},
        {"PUT /api/device HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n", "405", 2, false},
        {"GET /api/postern/version?a=%ff HTTP/1.1\r\nHost: x\r\n\r\n", "400", 0, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char out[8192], expected[32];
        size_t n = strlen(rows[i].head);
        memcpy(large, rows[i].head, n);
        memset(large + n, '1', rows[i].body);
        talk(large, n + rows[i].body, rows[i].is_closed ? 0 : 1, out, sizeof out);
        snprintf(expected, sizeof expected, "HTTP/1.1 %s ", rows[i].status);
        if (strncmp(out, expected, strlen(expected)) != 0)
            fail_msg("row %zu: %.60s", i, out);
        assert_int_equal(strstr(out, "connection: close") != NULL, rows[i].is_closed);
    }
}

/* Nothing of these may hurt: what counts is that the server goes on. */
static void hostile_connections_do_no_harm(void **state)
{
    static char header[30000];
    static const char *const texts[] = {
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\x16\x03\x01\x02\x01\x01\xfc\x03\x03",
        "GET /api/ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n",
        "GET /%zz HTTP/1.1\r\n\r\n",
        "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{",
        "GET",
        "",
        header,
    };
    memset(header, 'a', sizeof header - 1);
    memcpy(header, "GET / HTTP/1.1\r\nX-Authorization: ", 33);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int fd = connect_plain();
        (void)!send(fd, texts[i], strlen(texts[i]), MSG_NOSIGNAL);
        close(fd);
    }
    static const char login[] = "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 31\r\n\r\n"
                                "{\"username\":\"a\",\"password\":\"b\"}";
    for (size_t i = 0; i < 20; i++) { /* gone while the password is hashed, or waits for it */
        int fd = connect_plain();
        (void)!send(fd, login, sizeof login - 1, MSG_NOSIGNAL);
        close(fd);
    }
    char out[4096];
    assert_non_null(strstr(talk(VERSION, strlen(VERSION), 1, out, sizeof out), "\"Postern\""));
}

static size_t keep(char *data, size_t size, size_t count, void *arg)
{
    buf_append(arg, data, size * count);
    return size * count;
}

struct exchange_result {
    CURLcode code;
    long status;
    struct buf body;
};

static struct exchange_result fetch(const char *url, const char *socket, const char *body)
{
    struct exchange_result result = {0};
    char authority[128];
    CURL *curl = curl_easy_init();
    snprintf(authority, sizeof authority, "%s/authority.pem", platform.dir);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_CAINFO, authority);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 20L);
    if (socket != NULL)
        curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket);
    if (body != NULL)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(curl, CURLOPT_HEADER, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &result.body);
    result.code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &result.status);
    curl_easy_cleanup(curl);
    return result;
}

static void the_control_socket_is_the_administrators(void **state)
{
    char path[128];
    struct stat status;
    snprintf(path, sizeof path, "%s/control.sock", platform.dir);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    struct exchange_result made = fetch("http://localhost/api/device", path, "{\"name\":\"by socket\"}");
    assert_int_equal(made.status, 200);
    buf_fini(&made.body);
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%u/api/device/types", http_service_port(service));
    struct exchange_result other = fetch(url, NULL, NULL);
    assert_int_equal(other.status, 401);
    assert_non_null(strstr(buf_cstr(&other.body), "www-authenticate: Bearer"));
    buf_fini(&other.body);
}

static void tls_takes_changed_files_and_keeps_good_ones(void **state)
{
    char url[64];
    struct problem problem = {0};
    snprintf(url, sizeof url, "https://localhost:%u/api/postern/version", http_service_tls_port(service));
    struct exchange_result first = fetch(url, NULL, NULL);
    assert_int_equal(first.code, CURLE_OK);
    assert_non_null(strstr(buf_cstr(&first.body), "strict-transport-security"));
    buf_fini(&first.body);
    make_certificate("second authority"); /* authority.pem too: the old certificate fails from here on */
    struct exchange_result before = fetch(url, NULL, NULL);
    assert_int_equal(before.code, CURLE_PEER_FAILED_VERIFICATION);
    buf_fini(&before.body);
    assert_int_equal(http_service_reload(service, &problem), ERR_OK);
    struct exchange_result after = fetch(url, NULL, NULL);
    assert_int_equal(after.code, CURLE_OK);
    buf_fini(&after.body);
    AUTO_BUF garbage = {0};
    buf_append_str(&garbage, "nonsense");
    write_file("server.key", &garbage);
    assert_int_equal(http_service_reload(service, &problem), ERR_INVALID);
    assert_string_not_equal(problem.text, "");
    struct exchange_result still = fetch(url, NULL, NULL);
    assert_int_equal(still.code, CURLE_OK);
    buf_fini(&still.body);
}

static void *log_in(void *arg)
{
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%u/api/auth/login", http_service_port(service));
    struct exchange_result got =
        fetch(url, NULL, "{\"username\":\"" TEST_EMAIL "\",\"password\":\"" TEST_PASSWORD "\"}");
    *(long *)arg = got.status;
    buf_fini(&got.body);
    return NULL;
}

static void many_logins_at_once_wait_for_each_other(void **state)
{
    enum { LOGINS = 12 };
    pthread_t threads[LOGINS];
    long statuses[LOGINS] = {0};
    for (size_t i = 0; i < LOGINS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, log_in, &statuses[i]), 0);
    char out[4096];
    uint64_t begun = clock_mono_ms();
    talk(VERSION, strlen(VERSION), 1, out, sizeof out); /* not behind twelve hashes */
    assert_non_null(strstr(out, "\"Postern\""));
    assert_true(clock_mono_ms() - begun < 5000);
    for (size_t i = 0; i < LOGINS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(statuses[i], 200);
    }
}

/* Alone: libwebsockets wants one context in a process at a time. */
static void listeners_that_cannot_be_opened_say_why(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    char override[64];
    const char *overrides[] = {override, "http.tls_listen=", NULL};
    struct problem problem = {0};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    snprintf(override, sizeof override, "http.listen=127.0.0.1:%u", ntohs(address.sin_port));
    platform_open(&platform, overrides);
    assert_int_equal(http_service_start(&platform.hub, &service, &problem), ERR_IO);
    assert_string_equal(problem.field, "http.listen");
    assert_non_null(strstr(problem.text, "in use"));
    platform_close(&platform);
    close(fd);
}

static void large_answers_reach_slow_readers(void **state)
{
    char target[160], id[UUID_TEXT_SIZE];
    static char out[4 * 1024 * 1024];
    static char body[70000];
    char path[128];
    snprintf(path, sizeof path, "%s/control.sock", platform.dir);
    memset(body, 'x', sizeof body);
    for (int i = 0; i < 40; i++) {
        char *text;
        assert_true(asprintf(&text, "{\"name\":\"large %d\",\"additionalInfo\":{\"d\":\"%.*s\"}}", i, 60000,
                             body) > 0);
        AUTO_ANSWER made = ask(&platform, "POST", "/api/device", text);
        assert_int_equal(made.status, 200);
        snprintf(id, sizeof id, "%s", text_at(made.document, "id.id"));
        free(text);
    }
    AUTO_ANSWER login = ask_with(&platform, NULL, "POST", "/api/auth/login",
                                 "{\"username\":\"" TEST_EMAIL "\",\"password\":\"" TEST_PASSWORD "\"}");
    AUTO_BUF request = {0};
    snprintf(target, sizeof target, "/api/tenant/devices?pageSize=100&page=0&textSearch=large");
    buf_printf(&request, "GET %s HTTP/1.1\r\nHost: x\r\nX-Authorization: Bearer %s\r\n\r\n", target,
               text_at(login.document, "token"));
    int fd = connect_plain();
    assert_int_equal(send(fd, request.data, request.len, 0), (ssize_t)request.len);
    shutdown(fd, SHUT_WR); /* half-closed: the server must neither spin nor cut the answer */
    usleep(300000);
    size_t got = 0;
    for (ssize_t n; got < sizeof out && (n = recv(fd, out + got, sizeof out - got, 0)) > 0; got += (size_t)n)
        usleep(500);
    close(fd);
    assert_true(got > 40 * 60000);
    assert_memory_equal(out + got - 16, "\"hasNext\":false}", 16);
}

static int open_platform(void **state)
{
    static const char *const overrides[] = {"http.listen=127.0.0.1:0", "http.tls_listen=127.0.0.1:0", NULL};
    struct problem problem = {0};
    platform_open(&platform, overrides);
    platform_make_administrator(&platform);
    make_certificate("first authority");
    if (http_service_start(&platform.hub, &service, &problem) != ERR_OK)
        fail_msg("%s", problem.text);
    return 0;
}

static int close_platform(void **state)
{
    char path[128];
    snprintf(path, sizeof path, "%s/control.sock", platform.dir);
    http_service_stop(service);
    assert_int_not_equal(access(path, F_OK), 0);
    platform_close(&platform);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_connection_serves_many_requests),
        cmocka_unit_test(requests_outside_the_bounds_are_refused),
        cmocka_unit_test(hostile_connections_do_no_harm),
        cmocka_unit_test(the_control_socket_is_the_administrators),
        cmocka_unit_test(tls_takes_changed_files_and_keeps_good_ones),
        cmocka_unit_test(many_logins_at_once_wait_for_each_other),
        cmocka_unit_test(large_answers_reach_slow_readers),
    };
    const struct CMUnitTest alone[] = {cmocka_unit_test(listeners_that_cannot_be_opened_say_why)};
    return cmocka_run_group_tests(alone, NULL, NULL) +
           cmocka_run_group_tests(tests, open_platform, close_platform);
}
