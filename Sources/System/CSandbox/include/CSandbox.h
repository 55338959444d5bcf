/* What a process may do from now on: filters of system calls (seccomp, by
 * libseccomp) and of paths (Landlock, by its raw system calls).  Mechanism only:
 * who may do what is decided in Swift. */
#ifndef CSANDBOX_H
#define CSANDBOX_H

#include <stddef.h>
#include <stdint.h>

/* ---- System calls: everything that no rule allows ends in the handler below. */

/* One argument of a call: (argument & mask) == value. */
struct csandbox_condition {
    unsigned index;
    uint64_t mask, value;
};

enum csandbox_default {
    CSANDBOX_ALLOWED = 0, /* what no rule names is allowed */
    CSANDBOX_REFUSED = 1  /* what no rule names is a violation */
};

/* An empty filter, or NULL: no memory, or no filters for all threads in this kernel. */
void *csandbox_filter_new(enum csandbox_default otherwise);
void csandbox_filter_free(void *filter);

/* Adds a rule for the call of that name; all conditions must hold.  A call that this architecture does not have is
 * left out.  0 or errno. */
int csandbox_allow(void *filter, const char *call, const struct csandbox_condition *conditions, size_t count);
/* The call fails with that errno. */
int csandbox_fail(
    void *filter, const char *call, int error, const struct csandbox_condition *conditions, size_t count);
/* The call is a violation. */
int csandbox_refuse(void *filter, const char *call, const struct csandbox_condition *conditions, size_t count);

/* Puts the filter on all threads of this process and those that they start, for ever.  0 or errno. */
int csandbox_load(void *filter);

/* Handles violations: sends `head`, "system call 59 (execve) is not allowed" and `tail` to `descriptor` behind their
 * length in 4 bytes, big-endian; if that cannot be sent, the words alone go to standard error, behind `name`.  Then the
 * process dies of SIGSYS.  A call that libseccomp has no name for is newer than the filter: it fails with ENOSYS, and
 * whoever tried it does without.  Call it once, before the filter is loaded.  0 or errno. */
int csandbox_report_violations(int descriptor, const char *name, const char *head, const char *tail);

/* Values of arguments that Swift does not see by their names. */
extern const uint64_t csandbox_thread_flags;   /* CLONE_THREAD and what it needs */
extern const uint64_t csandbox_creating_flags; /* of open: writes, creates or cuts */
/* Harmless ones of prctl and of ioctl: the number at that index, 0 behind the last. */
uint64_t csandbox_prctl_option(size_t index);
uint64_t csandbox_ioctl_request(size_t index);

/* ---- Paths. */

/* Rights of Landlock, as in <linux/landlock.h>, which may be older than the kernel. */
enum {
    CSANDBOX_EXECUTE = 1 << 0,
    CSANDBOX_WRITE_FILE = 1 << 1,
    CSANDBOX_READ_FILE = 1 << 2,
    CSANDBOX_READ_DIR = 1 << 3,
    CSANDBOX_REMOVE_DIR = 1 << 4,
    CSANDBOX_REMOVE_FILE = 1 << 5,
    CSANDBOX_MAKE_DIR = 1 << 7,
    CSANDBOX_MAKE_REG = 1 << 8,
    CSANDBOX_MAKE_SOCK = 1 << 9,
    CSANDBOX_TRUNCATE = 1 << 14
};

/* The kernel's version of Landlock, at least 1, or -errno: it has none, or it is switched off. */
int csandbox_landlock_version(void);

/* A set of rules that refuses everything that this version of Landlock knows of files, and TCP connections and abstract
 * unix sockets unless they are wanted: a descriptor, or -errno. */
int csandbox_paths_new(int version, int may_bind, int may_connect);

/* Allows what `rights` say for a file, or for a directory and everything in it; rights that do not fit are left out.
 * 0 or errno; ENOENT when there is no such path. */
int csandbox_paths_allow(int rules, int version, const char *path, uint32_t rights);

/* Puts the rules on all threads of this process, one after the other, and those that they start, for ever.  Needs the
 * handler of csandbox_report_violations.  0 or errno; EBUSY: a thread did not answer, so not all are restricted. */
int csandbox_paths_load(int rules);

/* ---- Others. */

/* Nobody of the same user may look into this process' memory, files and environment. */
int csandbox_hide_process(void);

#define CSANDBOX_SET_DUMPABLE 4 /* PR_SET_DUMPABLE */

/* Makes the system call of that name, for tests; a child that it makes ends at once.  Its result, or -1 and errno. */
long csandbox_call(const char *name, long first, long second, long third, long fourth);

#endif
