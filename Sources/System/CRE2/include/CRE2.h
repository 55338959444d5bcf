// RE2 for Swift: compile, match, free. No C++ type and no exception crosses this border.
#ifndef CRE2_H
#define CRE2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Here, not in the source file: whoever imports this module then links the library that libre2's module map names.
#include "../../libre2/libre2.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A compiled regular expression. Matching does not change it, so threads may share it.
typedef struct CRE2Regexp CRE2Regexp;

/// Why an expression was refused: RE2's words, cut to fit, not terminated by a zero.
typedef struct {
    /// RE2's own error code, or -1 when memory ran out.
    int32_t code;
    size_t message_length;
    char message[256];
    /// The part of the expression that is wrong; may be empty.
    size_t fragment_length;
    char fragment[256];
} CRE2Error;

/// The compiled expression, or NULL with `error` filled.
///
/// The syntax is that of Go's package regexp: UTF-8, Perl classes, `.` does not match a newline. `max_memory` bounds, in
/// bytes, the compiled form and what a match may use on top. The caller frees the result.
CRE2Regexp *cre2_compile(const char *pattern, size_t length, int64_t max_memory, CRE2Error *error);

/// Whether the expression matches anywhere in the text, which is UTF-8 and may hold zeros. The time is linear.
bool cre2_match(const CRE2Regexp *regexp, const char *text, size_t length);

void cre2_free(CRE2Regexp *regexp);

#ifdef __cplusplus
}
#endif

#endif
