/* Stacks of this process's threads, taken in a signal handler: on every so much CPU
 * time that the process has used, or of one thread when asked.  Mechanism only: what
 * becomes of the stacks is decided in Observability/Profiling. */
#ifndef CPROFILER_H
#define CPROFILER_H

#include <stddef.h>
#include <stdint.h>

/* The frames kept of a stack; the outermost of a deeper one are left out. */
#define CPROFILER_FRAMES 128
/* The words kept of the top of the stack, below the first frame. */
#define CPROFILER_WORDS 32

/* The bytes that a ring of so many stacks takes. */
size_t cprofiler_ring_bytes(size_t slots);

/* Has stacks put into `ring`, which is the caller's, until cprofiler_end.  `slots` is
 * a power of two.  One at a time in a process: EBUSY.  0 or errno. */
int cprofiler_begin(void *ring, size_t slots);

/* From now on a stack of whatever thread runs each time the process has used a
 * `hertz`th of a second of CPU time.  0 or errno. */
int cprofiler_start_timer(unsigned hertz);

/* A stack of that thread, as soon as it runs; one that blocks SIGPROF never gives it.
 * 0 or errno: ESRCH when there is no such thread. */
int cprofiler_ask(int32_t thread);

/* The oldest stack that was not taken out yet, innermost frame first; its number of
 * frames, or 0 when there is none.  `words` is what lies at the top of the stack, down
 * to the first frame: code without frame pointers has the address that it returns to
 * among them.  For one thread at a time. */
size_t cprofiler_next(
    int32_t *thread, uint64_t frames[CPROFILER_FRAMES], uint64_t words[CPROFILER_WORDS], size_t *word_count);

/* Stacks that found no room in the ring since cprofiler_begin. */
uint64_t cprofiler_dropped(void);

/* Stops, and waits for handlers that are at work; the ring is the caller's again.
 * The handler stays installed, as a signal may be on its way: it does nothing then. */
void cprofiler_end(void);

/* What malloc says of itself, in bytes; all 0 where it says nothing. */
struct cprofiler_heap {
    uint64_t small_in_use;   /* in its arenas, given out */
    uint64_t large_in_use;   /* pieces with a mapping of their own */
    uint64_t large_count;    /* how many of them */
    uint64_t free;           /* in its arenas, not given out */
    uint64_t top;            /* of that, at the end, where it can be given back */
    uint64_t arenas;         /* taken from the system for arenas */
};

struct cprofiler_heap cprofiler_heap(void);

/* Swift's runtime: a mangled name made readable, to be freed; NULL when it is none. */
char *swift_demangle(const char *name, size_t length, char *output, size_t *output_length, uint32_t flags);

#endif
