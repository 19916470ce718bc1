/** @file certificate_document.h - a certificate as a REST document. NULL when out of memory. */
#pragma once

#include "http/document.h"
#include "pki/certificate.h"

json_t *certificate_document(const struct certificate_view *view);
