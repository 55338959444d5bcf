#define _GNU_SOURCE
#include "CProfiler.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

/* A bounded queue with many writers and one reader.  A slot is free for the writer that
 * comes n-th when its sequence is n, and full for the reader when it is n + 1.  A writer
 * never waits: SIGPROF is blocked in its own handler, and no room means dropped. */
struct slot {
    _Atomic uint64_t sequence;
    int32_t thread;
    uint32_t depth;
    uint32_t word_count;
    uint64_t frames[CPROFILER_FRAMES];
    uint64_t words[CPROFILER_WORDS];
};

static _Atomic(struct slot *) ring;
static uint64_t mask;
static _Atomic uint64_t head;
static uint64_t tail;
static _Atomic uint64_t dropped;
static atomic_int inside;       /* handlers at work */
static atomic_flag taken = ATOMIC_FLAG_INIT;

#ifdef __GLIBC__
extern void *__libc_stack_end;

/* Where the calling thread's stack ends, above all its frames; every byte from the stack
 * pointer up to there is mapped.  The first thread's stack begins at __libc_stack_end;
 * glibc keeps its own record of any other thread, which pthread_self points to, at the
 * upper end of that thread's stack.  0 when the stack pointer is elsewhere, as on the
 * stack that sigaltstack gave to another signal's handler. */
static uintptr_t stack_end(uintptr_t stack, pid_t thread, const stack_t *other) {
    uintptr_t begin = (uintptr_t)other->ss_sp;
    if (other->ss_size > 0 && stack >= begin && stack - begin < other->ss_size) return 0;
    uintptr_t end = thread == getpid() ? (uintptr_t)__libc_stack_end : (uintptr_t)pthread_self();
    return stack < end && end - stack < (uintptr_t)1 << 30 ? end : 0;
}
#else
static uintptr_t stack_end(uintptr_t stack, pid_t thread, const stack_t *other) {
    (void)stack, (void)thread, (void)other;
    return 0;
}
#endif

static void record(struct slot *slots, const ucontext_t *context) {
    uint64_t position = atomic_load_explicit(&head, memory_order_relaxed);
    struct slot *slot;
    for (;;) {
        slot = &slots[position & mask];
        int64_t ahead = (int64_t)(atomic_load_explicit(&slot->sequence, memory_order_acquire) - position);
        if (ahead < 0) {
            atomic_fetch_add_explicit(&dropped, 1, memory_order_relaxed);
            return;
        }
        if (ahead > 0) {
            position = atomic_load_explicit(&head, memory_order_relaxed);
        } else if (atomic_compare_exchange_weak_explicit(
                       &head, &position, position + 1, memory_order_relaxed, memory_order_relaxed)) {
            break;
        }
    }
#if defined(__x86_64__)
    uintptr_t pc = (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
    uintptr_t stack = (uintptr_t)context->uc_mcontext.gregs[REG_RSP];
    uintptr_t frame = (uintptr_t)context->uc_mcontext.gregs[REG_RBP];
#elif defined(__aarch64__)
    uintptr_t pc = context->uc_mcontext.pc;
    uintptr_t stack = context->uc_mcontext.sp;
    uintptr_t frame = context->uc_mcontext.regs[29];
#else
    uintptr_t pc = 0, stack = 0, frame = 0;
#endif
    slot->thread = (int32_t)syscall(SYS_gettid);
    uint32_t depth = 0, words = 0;
    slot->frames[depth++] = pc;
    uintptr_t end = stack_end(stack, slot->thread, &context->uc_stack);
    uintptr_t lowest = stack;
    if (end > 0 && stack % sizeof(uintptr_t) == 0) {
        const uintptr_t *top = (const uintptr_t *)stack;
        size_t room = (end - stack) / sizeof(uintptr_t);
        while (words < CPROFILER_WORDS && words < room && (uintptr_t)&top[words] != frame) {
            slot->words[words] = top[words];
            words++;
        }
    }
    slot->word_count = words;
    while (depth < CPROFILER_FRAMES) {
        /* Asynchronous functions of Swift mark the frame pointer that they save. */
        frame &= ~((uintptr_t)0xf << 60);
        /* Code without frame pointers uses the register for anything. */
        if (frame < lowest || frame % sizeof(uintptr_t) != 0 || end < 2 * sizeof(uintptr_t)) break;
        if (frame > end - 2 * sizeof(uintptr_t)) break;
        const uintptr_t *saved = (const uintptr_t *)frame;
        if (saved[1] < 4096) break;
        slot->frames[depth++] = saved[1];
        lowest = frame + 2 * sizeof(uintptr_t);
        frame = saved[0];
    }
    slot->depth = depth;
    atomic_store_explicit(&slot->sequence, position + 1, memory_order_release);
}

static void handle(int number, siginfo_t *information, void *context) {
    (void)number, (void)information;
    int saved = errno;
    atomic_fetch_add(&inside, 1);
    struct slot *slots = atomic_load(&ring);
    if (slots != NULL) record(slots, context);
    atomic_fetch_sub(&inside, 1);
    errno = saved;
}

size_t cprofiler_ring_bytes(size_t slots) { return slots * sizeof(struct slot); }

int cprofiler_begin(void *memory, size_t slots) {
    if (slots == 0 || (slots & (slots - 1)) != 0) return EINVAL;
    if (atomic_flag_test_and_set(&taken)) return EBUSY;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGPROF, &action, NULL) != 0) {
        int code = errno;
        atomic_flag_clear(&taken);
        return code;
    }
    struct slot *all = memory;
    for (size_t index = 0; index < slots; index++) atomic_init(&all[index].sequence, index);
    mask = slots - 1;
    tail = 0;
    atomic_store(&head, 0);
    atomic_store(&dropped, 0);
    atomic_store(&ring, all);
    return 0;
}

int cprofiler_start_timer(unsigned hertz) {
    struct timeval interval = {.tv_sec = 0, .tv_usec = hertz > 1 ? 1000000 / hertz : 999999};
    struct itimerval timer = {.it_interval = interval, .it_value = interval};
    return setitimer(ITIMER_PROF, &timer, NULL) == 0 ? 0 : errno;
}

int cprofiler_ask(int32_t thread) {
    return syscall(SYS_tgkill, getpid(), thread, SIGPROF) == 0 ? 0 : errno;
}

size_t cprofiler_next(
    int32_t *thread, uint64_t frames[CPROFILER_FRAMES], uint64_t words[CPROFILER_WORDS], size_t *word_count) {
    struct slot *slots = atomic_load(&ring);
    if (slots == NULL) return 0;
    struct slot *slot = &slots[tail & mask];
    if (atomic_load_explicit(&slot->sequence, memory_order_acquire) != tail + 1) return 0;
    size_t depth = slot->depth;
    *thread = slot->thread;
    *word_count = slot->word_count;
    memcpy(frames, slot->frames, depth * sizeof(uint64_t));
    memcpy(words, slot->words, slot->word_count * sizeof(uint64_t));
    atomic_store_explicit(&slot->sequence, tail + mask + 1, memory_order_release);
    tail++;
    return depth;
}

uint64_t cprofiler_dropped(void) { return atomic_load(&dropped); }

void cprofiler_end(void) {
    struct itimerval none = {{0, 0}, {0, 0}};
    setitimer(ITIMER_PROF, &none, NULL);
    atomic_store(&ring, NULL);
    /* A handler that has seen the ring has counted itself before. */
    while (atomic_load(&inside) > 0) sched_yield();
    atomic_flag_clear(&taken);
}

struct cprofiler_heap cprofiler_heap(void) {
    struct cprofiler_heap heap = {0};
#if defined(__GLIBC__) && (__GLIBC__ > 2 || (__GLIBC__ == 2 && __GLIBC_MINOR__ >= 33))
    struct mallinfo2 all = mallinfo2();
    heap.small_in_use = all.uordblks;
    heap.large_in_use = all.hblkhd;
    heap.large_count = all.hblks;
    heap.free = all.fordblks;
    heap.top = all.keepcost;
    heap.arenas = all.arena;
#endif
    return heap;
}
