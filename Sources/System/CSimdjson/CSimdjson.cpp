#include "CSimdjson.h"

#include <memory>
#include <new>

#include <simdjson.h>

struct csimdjson_indexer {
    std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
};

size_t csimdjson_padding(void) { return simdjson::SIMDJSON_PADDING; }

csimdjson_indexer *csimdjson_create(size_t capacity) {
    std::unique_ptr<csimdjson_indexer> indexer(new (std::nothrow) csimdjson_indexer());
    if (!indexer) return nullptr;
    // Depth is the second stage's concern, which is never run.
    auto error = simdjson::get_active_implementation()->create_dom_parser_implementation(
        capacity, 1, indexer->parser);
    return error ? nullptr : indexer.release();
}

void csimdjson_destroy(csimdjson_indexer *indexer) { delete indexer; }

enum csimdjson_result csimdjson_index(
    csimdjson_indexer *indexer, const uint8_t *bytes, size_t length, const uint32_t **indexes, size_t *count) {
    auto &parser = *indexer->parser;
    parser.n_structural_indexes = 0;
    // The streaming modes would look for the end of whole documents, and leave out what is behind it.
    auto error = parser.stage1(bytes, length, simdjson::stage1_mode::regular);
    *indexes = parser.structural_indexes.get();
    *count = parser.n_structural_indexes;
    switch (error) {
    case simdjson::SUCCESS: return CSIMDJSON_OK;
    case simdjson::EMPTY: return CSIMDJSON_EMPTY;
    case simdjson::UNCLOSED_STRING: return CSIMDJSON_UNCLOSED_STRING;
    case simdjson::UNESCAPED_CHARS: return CSIMDJSON_CONTROL_CHARACTER;
    case simdjson::UTF8_ERROR: return CSIMDJSON_NOT_UTF8;
    default: return CSIMDJSON_FAILED;
    }
}
