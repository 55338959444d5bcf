#define _GNU_SOURCE
#include "CSandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif
#ifndef SYS_SECCOMP
#define SYS_SECCOMP 1 /* si_code of SIGSYS */
#endif
/* The same on all architectures. */
#define LANDLOCK_CREATE_RULESET 444
#define LANDLOCK_ADD_RULE 445
#define LANDLOCK_RESTRICT_SELF 446

const uint64_t csandbox_thread_flags = CLONE_THREAD | CLONE_VM | CLONE_SIGHAND;
/* O_TMPFILE without O_DIRECTORY, which it needs. */
const uint64_t csandbox_creating_flags = O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY);
/* Names of threads and of memory, and what libcap, which comes with name services, looks at when it is loaded. */
static const uint64_t prctl_options[] = {PR_SET_NAME, PR_GET_NAME, PR_SET_VMA, PR_GET_DUMPABLE, PR_CAPBSET_READ};
/* What a terminal is, whether to block, what waits to be read or sent, names of interfaces. */
static const uint64_t ioctl_requests[] = {
    TCGETS, TIOCGWINSZ, FIONBIO, FIONREAD, TIOCOUTQ, FIOCLEX, FIONCLEX, SIOCGIFNAME, SIOCGIFINDEX};

uint64_t csandbox_prctl_option(size_t index) {
    return index < sizeof prctl_options / sizeof *prctl_options ? prctl_options[index] : 0;
}

uint64_t csandbox_ioctl_request(size_t index) {
    return index < sizeof ioctl_requests / sizeof *ioctl_requests ? ioctl_requests[index] : 0;
}

/* ---------------------------------------------------------------- system calls */

void *csandbox_filter_new(enum csandbox_default otherwise) {
    scmp_filter_ctx filter = seccomp_init(otherwise == CSANDBOX_REFUSED ? SCMP_ACT_TRAP : SCMP_ACT_ALLOW);
    if (filter == NULL) return NULL;
    if (seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) != 0) {
        seccomp_release(filter);
        return NULL;
    }
    /* A tree instead of a list of comparisons; libseccomp before 2.5 has lists only. */
    (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    return filter;
}

void csandbox_filter_free(void *filter) { seccomp_release(filter); }

static int add(
    void *filter, uint32_t action, const char *name, const struct csandbox_condition *conditions, size_t count) {
    int call = seccomp_syscall_resolve_name(name);
    /* Unknown to this library, or (a negative pseudo number) not one of this architecture. */
    if (call < 0) return 0;
    struct scmp_arg_cmp comparisons[6];
    if (count > 6) return EINVAL;
    for (size_t i = 0; i < count; i++) {
        comparisons[i] = (struct scmp_arg_cmp){
            .arg = conditions[i].index,
            .op = SCMP_CMP_MASKED_EQ,
            .datum_a = conditions[i].mask,
            .datum_b = conditions[i].value};
    }
    return -seccomp_rule_add_array(filter, action, call, (unsigned)count, comparisons);
}

int csandbox_allow(void *filter, const char *call, const struct csandbox_condition *conditions, size_t count) {
    return add(filter, SCMP_ACT_ALLOW, call, conditions, count);
}

int csandbox_fail(
    void *filter, const char *call, int error, const struct csandbox_condition *conditions, size_t count) {
    return add(filter, SCMP_ACT_ERRNO((uint32_t)error), call, conditions, count);
}

int csandbox_refuse(void *filter, const char *call, const struct csandbox_condition *conditions, size_t count) {
    return add(filter, SCMP_ACT_TRAP, call, conditions, count);
}

int csandbox_load(void *filter) { return -seccomp_load(filter); }

/* ---------------------------------------------------------------- violations */

/* Written before the filter is loaded, only read by the handler. */
static struct {
    int descriptor;
    char name[64], head[64], tail[16];
    char *calls;          /* names, one behind the other, each with its NUL; an empty one is no call */
    int count;
} report;

/* The handler of SIGSYS also restricts the paths of the thread that it runs in. */
static struct {
    atomic_int rules;     /* -1: nothing to do */
    atomic_int thread;    /* that did it last */
    atomic_int error;
} request = {.rules = -1};

static char *append(char *to, const char *end, const char *text) {
    while (*text != 0 && to < end) *to++ = *text++;
    return to;
}

static char *append_number(char *to, const char *end, unsigned number) {
    char digits[12];
    size_t count = 0;
    do digits[count++] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    while (count > 0 && to < end) *to++ = digits[--count];
    return to;
}

static const char *name_of(int call) {
    if (call < 0 || call >= report.count) return "";
    const char *name = report.calls;
    while (call-- > 0) name += strlen(name) + 1;
    return name;
}

/* Only what is safe in a handler of signals. */
static void violation(int call, const char *name) {
    char frame[256];
    const char *end = frame + sizeof frame - 1;
    char *body = append(frame + 4, end, report.head);
    char *words = body;
    body = append(append_number(append(body, end, "system call "), end, (unsigned)call), end, " (");
    body = append(append(body, end, name), end, ") is not allowed");
    size_t word_count = (size_t)(body - words);
    char *last = append(body, end, report.tail);
    uint32_t length = (uint32_t)(last - frame - 4);
    for (int i = 0; i < 4; i++) frame[i] = (char)(length >> (24 - 8 * i));
    ssize_t sent = send(report.descriptor, frame, (size_t)(last - frame), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent != last - frame) {
        char line[256];
        end = line + sizeof line - 1;
        char *at = append(append(line, end, report.name), end, ": ");
        for (size_t i = 0; i < word_count && at < end; i++) *at++ = words[i];
        *at++ = '\n';
        ssize_t ignored = write(STDERR_FILENO, line, (size_t)(at - line));
        (void)ignored;
    }
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    sigaction(SIGSYS, &action, NULL);
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, SIGSYS);
    syscall(SYS_tgkill, getpid(), (pid_t)syscall(SYS_gettid), SIGSYS);
    pthread_sigmask(SIG_UNBLOCK, &only, NULL);
    _exit(128 + SIGSYS);
}

static void handle(int number, siginfo_t *information, void *context) {
    (void)number;
    int saved = errno;
    if (information->si_code == SYS_SECCOMP) {
        const char *name = name_of(information->si_syscall);
        if (*name != 0) violation(information->si_syscall, name);
        ucontext_t *state = context;
#if defined(__x86_64__)
        state->uc_mcontext.gregs[REG_RAX] = -ENOSYS;
#elif defined(__aarch64__)
        state->uc_mcontext.regs[0] = (unsigned long long)-ENOSYS;
#else
        (void)state;
        violation(information->si_syscall, "unknown");
#endif
    } else {
        int rules = atomic_load(&request.rules);
        if (rules >= 0 && information->si_pid == getpid()) {
            if (syscall(LANDLOCK_RESTRICT_SELF, rules, 0) != 0) atomic_store(&request.error, errno);
            atomic_store(&request.thread, (int)syscall(SYS_gettid));
        }
    }
    errno = saved;
}

static void copy(char *to, size_t room, const char *from) {
    size_t length = strlen(from);
    if (length >= room) length = room - 1;
    memcpy(to, from, length);
    to[length] = 0;
}

/* The names of all calls of this architecture. */
static int learn_names(void) {
    enum { most = 1024 };
    size_t room = 16384, used = 0;
    char *calls = malloc(room);
    if (calls == NULL) return ENOMEM;
    int count = 0;
    for (int call = 0; call < most; call++) {
        char *name = seccomp_syscall_resolve_num_arch(seccomp_arch_native(), call);
        size_t length = name == NULL ? 0 : strlen(name);
        if (used + length + 1 > room) {
            free(name);
            break;
        }
        if (length > 0) {
            memcpy(calls + used, name, length);
            count = call + 1;
        }
        calls[used + length] = 0;
        used += length + 1;
        free(name);
    }
    char *fitting = realloc(calls, used);
    report.calls = fitting != NULL ? fitting : calls;
    report.count = count;
    return 0;
}

int csandbox_report_violations(int descriptor, const char *name, const char *head, const char *tail) {
    report.descriptor = descriptor;
    copy(report.name, sizeof report.name, name);
    copy(report.head, sizeof report.head, head);
    copy(report.tail, sizeof report.tail, tail);
    int error = learn_names();
    if (error != 0) return error;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigemptyset(&action.sa_mask);
    return sigaction(SIGSYS, &action, NULL) == 0 ? 0 : errno;
}

/* ---------------------------------------------------------------- paths */

struct ruleset {
    uint64_t files, net, scoped;
};

struct path_rule {
    uint64_t rights;
    int32_t parent;
} __attribute__((packed));

/* All rights that a version knows: 13 in the first, then REFER, TRUNCATE (3) and IOCTL_DEV (5).  REFER is refused in
 * every version; it need not be named. */
static uint64_t known_rights(int version) {
    uint64_t rights = (1ULL << 13) - 1;
    if (version >= 3) rights |= CSANDBOX_TRUNCATE;
    return rights;
}

int csandbox_landlock_version(void) {
    long version = syscall(LANDLOCK_CREATE_RULESET, NULL, 0, 1);
    return version < 0 ? -errno : (int)version;
}

int csandbox_paths_new(int version, int may_bind, int may_connect) {
    struct ruleset rules = {.files = known_rights(version)};
    size_t size = sizeof rules.files;
    if (version >= 4) {
        size += sizeof rules.net;
        rules.net = (may_bind ? 0 : 1) | (may_connect ? 0 : 2);
    }
    if (version >= 6) {
        size += sizeof rules.scoped;
        rules.scoped = 1; /* abstract unix sockets of other processes */
    }
    long fd = syscall(LANDLOCK_CREATE_RULESET, &rules, size, 0);
    return fd < 0 ? -errno : (int)fd;
}

int csandbox_paths_allow(int rules, int version, const char *path, uint32_t rights) {
    const uint64_t for_files = CSANDBOX_EXECUTE | CSANDBOX_WRITE_FILE | CSANDBOX_READ_FILE | CSANDBOX_TRUNCATE;
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0) return errno;
    struct stat status;
    int error = fstat(fd, &status) == 0 ? 0 : errno;
    if (error == 0) {
        struct path_rule rule = {.rights = rights & known_rights(version), .parent = fd};
        if (!S_ISDIR(status.st_mode)) rule.rights &= for_files;
        if (rule.rights != 0 && syscall(LANDLOCK_ADD_RULE, rules, 1, &rule, 0) != 0) error = errno;
    }
    close(fd);
    return error;
}

/* Has a thread restrict itself, and waits until it has.  0, ESRCH when it is gone, or EBUSY. */
static int restrict_thread(pid_t thread) {
    const struct timespec pause = {.tv_nsec = 20000};
    atomic_store(&request.thread, 0);
    if (syscall(SYS_tgkill, getpid(), thread, SIGSYS) != 0) return errno;
    for (int i = 0; i < 100000; i++) {
        if (atomic_load(&request.thread) == thread) return atomic_load(&request.error);
        if (syscall(SYS_tgkill, getpid(), thread, 0) != 0) return errno;
        nanosleep(&pause, NULL);
    }
    return EBUSY;
}

static int restrict_threads(DIR *folder) {
    pid_t done[512];
    size_t count = 0;
    int found;
    /* A thread that was started meanwhile may be the child of one that was not restricted yet. */
    do {
        found = 0;
        rewinddir(folder);
        struct dirent *entry;
        while ((entry = readdir(folder)) != NULL) {
            pid_t thread = (pid_t)atoi(entry->d_name);
            size_t i = 0;
            while (i < count && done[i] != thread) i++;
            if (thread <= 0 || i < count) continue;
            if (count == sizeof done / sizeof *done) return E2BIG;
            int error = restrict_thread(thread);
            if (error != 0 && error != ESRCH) return error;
            done[count++] = thread;
            found = 1;
        }
    } while (found);
    return 0;
}

int csandbox_paths_load(int rules) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
    DIR *folder = opendir("/proc/self/task");
    if (folder == NULL) return errno;
    atomic_store(&request.error, 0);
    atomic_store(&request.rules, rules);
    int error = restrict_threads(folder);
    atomic_store(&request.rules, -1);
    closedir(folder);
    return error;
}

/* ---------------------------------------------------------------- others */

int csandbox_hide_process(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : errno; }

long csandbox_call(const char *name, long first, long second, long third, long fourth) {
    pid_t self = getpid();
    long result = syscall(seccomp_syscall_resolve_name(name), first, second, third, fourth, 0, 0);
    if (getpid() != self) _exit(0);
    return result;
}
