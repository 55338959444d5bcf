/* The system calls that Swift cannot make safely itself: fork and exec of a
 * worker, and descriptors passed over a unix socket.  Mechanism only: who is
 * started with what is decided in Supervision. */
#ifndef CPROCESS_H
#define CPROCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CPROCESS_CHANNEL_FD 3

struct cprocess_limit {
    int resource; /* RLIMIT_… */
    uint64_t soft, hard;
};

struct cprocess_options {
    const char *path;         /* executable */
    char *const *argv;        /* NULL-terminated */
    char *const *envp;        /* NULL-terminated */
    int channel_fd;           /* becomes descriptor 3 in the child */
    int null_stdin;           /* not 0: stdin is /dev/null */
    int change_user;          /* not 0: become uid and gid, without supplementary groups */
    uid_t uid;
    gid_t gid;
    const struct cprocess_limit *limits;
    size_t limit_count;
};

/* Starts a child: session of its own, SIGKILL when the calling *thread* dies,
 * no new privileges, no descriptors but 0, 1, 2 and 3, all signals at their
 * defaults and unblocked.  Returns 0 and the pid, or the errno of the step
 * that failed (also of the exec itself). */
int cprocess_spawn(const struct cprocess_options *options, pid_t *pid);

/* A connected pair of stream sockets, close-on-exec, not blocking.  0 or errno. */
int cprocess_socketpair(int pair[2]);

/* sendmsg without SIGPIPE; passes `fd` along when it is not -1.  Bytes sent, or -errno. */
ssize_t cprocess_send(int socket, const void *bytes, size_t count, int fd);

/* recvmsg; descriptors that came along (close-on-exec) are put into fds, at most
 * `capacity` of them, and counted in *received.  More than that: -EMSGSIZE, and
 * all are closed.  Bytes received (0: end), or -errno. */
ssize_t cprocess_receive(int socket, void *bytes, size_t count, int *fds, int capacity, int *received);

/* sendmmsg without blocking on a connected datagram socket: datagrams that stand
 * one behind the other in `bytes`.  The first begins at `begin`; each ends at one
 * of `ends`, less `trailer` bytes that are left out.  At most 64 of `count` go out
 * at once.  How many were sent (at least 1), or -errno. */
ssize_t cprocess_send_datagrams(
    int socket, const void *bytes, size_t begin, const ptrdiff_t *ends, size_t count, size_t trailer);

/* Ends the calling process by `signal` as if nothing handled it. */
void cprocess_die(int signal);

/* The short name that ps and top show for this process, at most 15 bytes. */
void cprocess_set_name(const char *name);

/* What ps shows as this process's command line.  It takes the place of argv and,
 * when it is longer, of the environment's first strings, and is cut to their
 * length; the environment itself stays as it is, only /proc shows less of it.
 * 0 when there is no room.  Not for two threads at once, nor while others use
 * getenv. */
int cprocess_set_title(const char *title);

/* Overwrites a text wherever it stands in the memory that /proc shows as this
 * process's command line and environment; the environment itself stays as it is.
 * `whole`: only where it is a whole argument, or all behind "=".  0 without memory.
 * Not for two threads at once, nor while others use getenv. */
int cprocess_hide(const char *text, int whole);

/* Gives root up for good: user, group, and the groups of the user `name`, or none
 * if that is NULL.  0 or errno. */
int cprocess_become(const char *name, uid_t uid, gid_t gid);

/* Gives back what a process that has started up and now mostly waits can do
 * without: free heap, and the pages of all loaded code and constants.  Those are
 * files' pages that nobody has changed: what is needed is mapped again when it is
 * touched, without reading the disk as long as the kernel caches the file. */
void cprocess_release_memory(void);

/* Gives free heap back. */
void cprocess_release_heap(void);

/* wait status → parts */
int cprocess_exited(int status);   /* not 0: ended by itself */
int cprocess_exit_code(int status);
int cprocess_signal(int status);
int cprocess_dumped_core(int status);

/* Blocks the given signals in this thread (and the threads it starts) and
 * returns a descriptor that reads them, or -errno. */
int cprocess_signalfd(const int *signals, size_t count);

/* A descriptor to wake a poll loop with: an eventfd, or -errno. */
int cprocess_eventfd(void);

/* Next signal out of such a descriptor, 0 when there is none. */
int cprocess_read_signal(int fd);

#endif
