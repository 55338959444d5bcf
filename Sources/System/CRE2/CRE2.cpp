#include "CRE2.h"

#include <algorithm>
#include <cstring>
#include <re2/re2.h>

struct CRE2Regexp {
    RE2 re2;
};

static size_t copy(char *target, size_t capacity, const char *source, size_t length) {
    const size_t count = std::min(length, capacity);
    std::memcpy(target, source, count);
    return count;
}

static void fill(CRE2Error *error, int32_t code, const std::string &message, const std::string &fragment) {
    error->code = code;
    error->message_length = copy(error->message, sizeof error->message, message.data(), message.size());
    error->fragment_length = copy(error->fragment, sizeof error->fragment, fragment.data(), fragment.size());
}

CRE2Regexp *cre2_compile(const char *pattern, size_t length, int64_t max_memory, CRE2Error *error) {
    CRE2Regexp *regexp = nullptr;
    try {
        RE2::Options options;
        options.set_log_errors(false);
        options.set_max_mem(max_memory);
        regexp = new CRE2Regexp{{re2::StringPiece(pattern, length), options}};
        if (regexp->re2.ok()) {
            return regexp;
        }
        fill(error, regexp->re2.error_code(), regexp->re2.error(), regexp->re2.error_arg());
    } catch (...) {
        // Only an allocation throws here, so there may be no memory for a std::string either.
        static const char words[] = "out of memory";
        error->code = -1;
        error->message_length = copy(error->message, sizeof error->message, words, sizeof words - 1);
        error->fragment_length = 0;
    }
    delete regexp;
    return nullptr;
}

bool cre2_match(const CRE2Regexp *regexp, const char *text, size_t length) {
    try {
        const re2::StringPiece piece(text, length);
        return regexp->re2.Match(piece, 0, length, RE2::UNANCHORED, nullptr, 0);
    } catch (...) {
        return false;
    }
}

void cre2_free(CRE2Regexp *regexp) { delete regexp; }
