#ifndef COMPLAINER_CSIMDJSON_H
#define COMPLAINER_CSIMDJSON_H

#include <stddef.h>
#include <stdint.h>

// Here, not in the source file: whoever imports this module then links the library that libsimdjson's module map names.
#include "../../libsimdjson/libsimdjson.h"

// simdjson's first stage only: where in a piece of JSON its tokens begin. What they mean is the caller's business.

#ifdef __cplusplus
extern "C" {
#endif

typedef struct csimdjson_indexer csimdjson_indexer;

enum csimdjson_result {
    CSIMDJSON_OK = 0,
    /// Nothing but white space.
    CSIMDJSON_EMPTY = 1,
    /// A control character within a string; there is no index then.
    CSIMDJSON_CONTROL_CHARACTER = 2,
    /// Not UTF-8; the index is there nevertheless.
    CSIMDJSON_NOT_UTF8 = 3,
    /// The end of the piece cuts a string; there is no index then. One more quote makes the piece acceptable.
    CSIMDJSON_UNCLOSED_STRING = 4,
    /// Too long for the indexer, or a failure of the library's own.
    CSIMDJSON_FAILED = 5,
};

/// The bytes that must be readable behind a piece.
size_t csimdjson_padding(void);

/// An indexer for pieces of at most `capacity` bytes (below 4 GiB), or NULL when there is no memory for it.
csimdjson_indexer *csimdjson_create(size_t capacity);

void csimdjson_destroy(csimdjson_indexer *indexer);

/// Finds the first byte of every token of a piece that begins outside of strings: brackets, colons, commas, opening
/// quotes, first characters of numbers and words.
///
/// `*indexes` is valid until the next call, and has one more entry than `*count`: at or behind the last token's end.
enum csimdjson_result csimdjson_index(
    csimdjson_indexer *indexer, const uint8_t *bytes, size_t length, const uint32_t **indexes, size_t *count);

#ifdef __cplusplus
}
#endif

#endif
