/**
 * @file session_store.h - kept sessions of clients, beside points and attributes in the series store.
 *
 * They are written as entries of batches (model/point.h) by series_write(), in the same synced write as everything else,
 * and end with their device in series_delete_devices(). They are read once, at start.
 */
#pragma once

#include "model/session_entry.h"
#include "store/series.h"

/** @p entry is valid during the call. @return false to stop */
typedef bool (*session_visitor)(void *arg, const struct session_entry *entry);

/**
 * All records: those of one session together, its state first, then each message followed by its progress, in the order
 * of their numbers. What a crash left over is among them: messages without a state, progress without a message.
 * At start, before anything is written; blocks.
 * @return ERR_OK · ERR_IO
 */
MUST_USE err_t session_store_walk(struct series *s, session_visitor visit, void *arg,
                                  struct problem *problem);
