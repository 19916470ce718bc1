#include "net/net.h"

#include "base/log.h"
#include "hub/door.h"
#include "net/internal.h"
#include "tls/records.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void drop_tickets(void *arg, uint64_t device)
{
    struct net *net = arg;
    if (net->tickets != NULL)
        tls_tickets_drop_device(net->tickets, device);
}

/* The configured file, or the data directory's own. */
static void file_name(char *out, size_t size, const char *configured, const char *dir, const char *own)
{
    if (configured != NULL && configured[0] != '\0')
        snprintf(out, size, "%s", configured);
    else
        snprintf(out, size, "%s/%s", dir, own);
}

static err_t set_tls(struct net *net)
{
    const struct settings *s = net->hub->settings;
    file_name(net->certificate, sizeof net->certificate, s->tls.certificate, net->hub->dir, "server.pem");
    file_name(net->key, sizeof net->key, s->tls.key, net->hub->dir, "server.key");
    if (s->tls.tickets)
        TRY(tls_tickets_new(s->tls.ticket_store, s->tls.ticket_lifetime, &net->tickets));
    net->tls = (struct tls_options){
        .certificate = net->certificate,
        .key = net->key,
        .is_1_3_only = s->tls.min_version == SETTINGS_TLS_1_3,
        .library_records = s->tls.records == SETTINGS_TLS_RECORDS_LIBRARY,
        .min_rsa_bits = s->tls.min_rsa_bits,
        .max_chain = s->tls.max_chain,
        .records_per_key = TLS_RECORDS_PER_KEY,
        .tickets = net->tickets,
    };
    return ERR_OK;
}

static unsigned count_reactors(const struct settings *settings)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (settings->net.reactors > 0)
        return settings->net.reactors;
    return cores > 0 ? (unsigned)cores : 1;
}

static err_t start_reactors(struct net *net, struct problem *problem)
{
    unsigned wanted = count_reactors(net->hub->settings);
    net->reactors = calloc(wanted, sizeof *net->reactors);
    if (net->reactors == NULL)
        return ERR_NOMEM;
    /* All listen before the first accepts: a half-started server turns nobody away. */
    for (; net->reactor_count < wanted; net->reactor_count++) {
        err_t err = reactor_init(&net->reactors[net->reactor_count], net, problem);
        if (err != ERR_OK) {
            reactor_fini(&net->reactors[net->reactor_count]);
            return err;
        }
    }
    for (unsigned i = 0; i < wanted; i++)
        CHECK(reactor_start(&net->reactors[i]) == ERR_OK);
    return ERR_OK;
}

static void free_net(struct net *net)
{
    for (unsigned i = 0; i < net->reactor_count; i++)
        reactor_fini(&net->reactors[i]);
    door_on_revoked(net->hub->door, NULL, NULL);
    tls_tickets_free(net->tickets);
    pthread_mutex_destroy(&net->address_lock);
    free(net->reactors);
    free(net);
}

err_t net_start(struct hub *hub, struct net **ret, struct problem *problem)
{
    struct net *net = calloc(1, sizeof *net);
    if (net == NULL)
        return ERR_NOMEM;
    net->hub = hub;
    pthread_mutex_init(&net->address_lock, NULL);
    err_t err = set_tls(net);
    if (err == ERR_OK)
        err = start_reactors(net, problem);
    if (err != ERR_OK) {
        free_net(net);
        return err;
    }
    door_on_revoked(hub->door, drop_tickets, net);
    *ret = net;
    return ERR_OK;
}

/* A new TLS context on its way to its reactor. */
struct renewal {
    struct mail mail;
    struct tls_context *context;
};

static void deliver_renewal(struct mail *mail, void *owner)
{
    struct renewal *renewal = (struct renewal *)mail;
    struct reactor *r = owner;
    tls_context_put(r->tls);
    r->tls = renewal->context;
    free(renewal);
}

err_t net_reload_tls(struct net *net, struct problem *problem)
{
    struct renewal *renewals[256] = {0};
    err_t err = ERR_OK;
    CHECK(net->reactor_count <= 256);
    for (unsigned i = 0; err == ERR_OK && i < net->reactor_count; i++) {
        renewals[i] = calloc(1, sizeof *renewals[i]);
        err = renewals[i] ? tls_context_new(&net->tls, &renewals[i]->context, problem) : ERR_NOMEM;
    }
    for (unsigned i = 0; i < net->reactor_count && renewals[i] != NULL; i++) {
        renewals[i]->mail.deliver = deliver_renewal;
        if (err == ERR_OK) {
            mailbox_return(&net->reactors[i].box, &renewals[i]->mail);
            continue;
        }
        tls_context_put(renewals[i]->context);
        free(renewals[i]);
    }
    return err;
}

static void deliver_stop(struct mail *mail, void *owner)
{
    struct reactor *r = owner;
    free(mail);
    r->is_stopping = true;
    r->stop_deadline_ms = reactor_now(r) + NET_STOP_MS;
    for (int i = 0; i < LISTENERS; i++)
        if (r->listeners[i].data != NULL)
            uv_close((uv_handle_t *)&r->listeners[i], NULL);
}

void net_stop(struct net *net)
{
    if (net == NULL)
        return;
    for (unsigned i = 0; i < net->reactor_count; i++) {
        struct mail *mail = calloc(1, sizeof *mail);
        CHECK(mail != NULL);
        mail->deliver = deliver_stop;
        mailbox_return(&net->reactors[i].box, mail);
    }
    for (unsigned i = 0; i < net->reactor_count; i++)
        reactor_join(&net->reactors[i]);
    /* What one reactor sent to another that had ended already: it finds nobody, and is freed. */
    for (unsigned i = 0; i < net->reactor_count; i++)
        mailbox_drain(&net->reactors[i].box, &net->reactors[i]);
    free_net(net);
}
