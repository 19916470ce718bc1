/**
 * @file hub.h - the service where both sides meet: devices' messages come in from net, people's requests from
 * http.
 *
 * `struct hub` ties together what a running server (or a command working on the store directly) holds. It is
 * made once by hub_open(), before any listener, and outlives them all. Members are set once and read by every
 * thread; each pointed-to part documents its own threads.
 *
 *   door       who is this? credentials -> device; credential changes reach every reactor before the caller goes on
 *   sessions   which client ids are taken, and what clients left behind
 *   ingest     bodies of device messages -> entries of a batch -> acknowledgements, one per reactor
 *   writer     the one thread that makes batches durable and hands back completions
 *   live       what has just become durable, for those who watch
 *   attributes what the platform and people set for devices; changes are told to them through the sessions
 *   provision  devices that register themselves
 *   claims     devices that wait for a customer to take them
 *   profiles   what devices' profiles say, read once
 *   retention  how long points are kept
 *   audit      who changed what, kept for administrators to read
 *   events     what happened to a device, kept for people to read
 *   activity   who fell silent
 *   firmware   what devices load: chunks of the packages' files
 *   rollout    tells devices what to install when that has changed
 *   payloads   the Protobuf messages of the platform itself, for devices that do not speak JSON
 *   rpc        calls to devices that wait for an answer
 *   webhook    answers calls of devices that the platform does not know
 *   traffic    messages a second
 *   forwarder  sends telemetry and lifecycle to the endpoints of tenants
 *   presence   who is connected, and when was a device last heard
 */
#pragma once

#include "base/workers.h"
#include "config/settings.h"
#include "store/registry.h"
#include "store/series.h"

struct door;
struct writer;
struct live;
struct presence;
struct sessions;
struct attributes;
struct payloads;
struct provision;
struct claims;
struct audit_log;
struct events;
struct activity;
struct traffic;
struct profiles;
struct retention;
struct firmware;
struct rollout;
struct rpc_service;
struct webhook;
struct forwarder;
struct package_files;
struct data_lock;

struct hub {
    const char *dir;                 /* data directory */
    const struct settings *settings; /* borrowed */
    struct data_lock *lock;
    struct registry *registry;
    struct series *series;
    struct package_files *packages;
    struct workers *workers;
    struct writer *writer;
    struct live *live;
    struct presence *presence;
    struct sessions *sessions;
    struct attributes *attributes;
    struct payloads *payloads;
    struct provision *provision;
    struct claims *claims;
    struct audit_log *audit;
    struct events *events;
    struct activity *activity;
    struct traffic *traffic;
    struct profiles *profiles;
    struct retention *retention;
    struct firmware *firmware;
    struct rollout *rollout;
    struct rpc_service *rpc;
    struct webhook *webhook; /* NULL: there is none */
    struct forwarder *forwarder;
    struct door *door;
};

/**
 * Open the stores below @p dir, finish what a crash interrupted (deletions, uploads, rollouts), start writer and workers.
 * @param create  make the stores when they do not exist (`postern init`)
 * @return ERR_OK · ERR_CONFLICT (another process serves this directory) · ERR_NOT_FOUND · ERR_IO ...
 * Main thread; blocks.
 */
MUST_USE err_t hub_open(const char *dir, const struct settings *settings, bool create, struct hub *ret_hub,
                        struct problem *problem);

/** Stop workers, then the writer (what it holds is made durable first), close the stores. Main thread. */
void hub_close(struct hub *hub);
