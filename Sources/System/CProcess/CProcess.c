#define _GNU_SOURCE
#include "CProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <link.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static void close_from(int first) {
#ifdef SYS_close_range
    if (syscall(SYS_close_range, (unsigned)first, ~0U, 0) == 0) return;
#endif
    /* In some containers the limit is a thousand million, which would take minutes; all of ours close on exec anyway. */
    const rlim_t most = 65536;
    struct rlimit limit;
    rlim_t last = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < most ? limit.rlim_cur : most;
    for (rlim_t fd = (rlim_t)first; fd < last; fd++) close((int)fd);
}

static void default_signals(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    for (int n = 1; n < NSIG; n++) sigaction(n, &action, NULL); /* KILL, STOP and libc's own refuse: fine */
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Runs in the child: only what is safe after fork in a process with threads. */
static int become_worker(const struct cprocess_options *o, pid_t parent, int *report) {
    int fd = fcntl(*report, F_DUPFD_CLOEXEC, CPROCESS_CHANNEL_FD + 1);
    if (fd < 0) return errno;
    *report = fd;
    /* dup2 leaves close-on-exec as it is when both numbers are the same. */
    if (o->channel_fd == CPROCESS_CHANNEL_FD) {
        if (fcntl(CPROCESS_CHANNEL_FD, F_SETFD, 0) < 0) return errno;
    } else if (dup2(o->channel_fd, CPROCESS_CHANNEL_FD) < 0) {
        return errno;
    }
    if (*report != CPROCESS_CHANNEL_FD + 1) {
        if (dup3(*report, CPROCESS_CHANNEL_FD + 1, O_CLOEXEC) < 0) return errno;
        *report = CPROCESS_CHANNEL_FD + 1;
    }
    close_from(CPROCESS_CHANNEL_FD + 2);
    if (o->null_stdin) {
        int null = open("/dev/null", O_RDONLY);
        if (null < 0) return errno;
        if (null != 0 && (dup2(null, 0) < 0 || close(null) < 0)) return errno;
    }
    if (setsid() < 0) return errno;
    for (size_t i = 0; i < o->limit_count; i++) {
        struct rlimit limit = {o->limits[i].soft, o->limits[i].hard};
        if (setrlimit(o->limits[i].resource, &limit) < 0) return errno;
    }
    if (o->change_user && (setgroups(0, NULL) < 0 || setgid(o->gid) < 0 || setuid(o->uid) < 0)) return errno;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return errno;
    /* After the change of user, which would clear it. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0) return errno;
    if (getppid() != parent) _exit(127); /* the parent died before the line above */
    default_signals();
    execve(o->path, o->argv, o->envp);
    return errno;
}

int cprocess_spawn(const struct cprocess_options *options, pid_t *pid) {
    int report[2];
    if (pipe2(report, O_CLOEXEC) < 0) return errno;
    pid_t parent = getpid();
    /* No signal handler of ours may run in the child. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t child = fork();
    if (child == 0) {
        int error = become_worker(options, parent, &report[1]);
        ssize_t ignored = write(report[1], &error, sizeof error);
        (void)ignored;
        _exit(127);
    }
    int error = child < 0 ? errno : 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(report[1]);
    if (child > 0) {
        int reported = 0;
        ssize_t n;
        do n = read(report[0], &reported, sizeof reported);
        while (n < 0 && errno == EINTR);
        if (n == (ssize_t)sizeof reported) {
            error = reported;
            while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
        }
    }
    close(report[0]);
    if (error == 0) *pid = child;
    return error;
}

int cprocess_socketpair(int pair[2]) {
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0 ? errno : 0;
}

ssize_t cprocess_send(int socket, const void *bytes, size_t count, int fd) {
    struct iovec vector = {(void *)bytes, count};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    if (fd >= 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = &control;
        message.msg_controllen = sizeof control.space;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &fd, sizeof(int));
    }
    ssize_t n;
    do n = sendmsg(socket, &message, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

ssize_t cprocess_receive(int socket, void *bytes, size_t count, int *fds, int capacity, int *received) {
    enum { most = 16 };
    struct iovec vector = {bytes, count};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(most * sizeof(int))];
    } control;
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.space};
    *received = 0;
    ssize_t n;
    do n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0) return -errno;
    int too_many = (message.msg_flags & MSG_CTRUNC) != 0;
    for (struct cmsghdr *h = CMSG_FIRSTHDR(&message); h != NULL; h = CMSG_NXTHDR(&message, h)) {
        if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS) continue;
        size_t found = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < found; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(h) + i * sizeof(int), sizeof(int));
            if (*received < capacity) {
                fds[(*received)++] = fd;
            } else {
                close(fd);
                too_many = 1;
            }
        }
    }
    if (too_many) {
        while (*received > 0) close(fds[--*received]);
        return -EMSGSIZE;
    }
    return n;
}

ssize_t cprocess_send_datagrams(
    int socket, const void *bytes, size_t begin, const ptrdiff_t *ends, size_t count, size_t trailer) {
    enum { AT_ONCE = 64 };
    struct mmsghdr messages[AT_ONCE];
    struct iovec parts[AT_ONCE];
    if (count > AT_ONCE) count = AT_ONCE;
    memset(messages, 0, count * sizeof messages[0]);
    for (size_t i = 0; i < count; i++) {
        parts[i].iov_base = (char *)bytes + begin;
        parts[i].iov_len = (size_t)ends[i] - begin - trailer;
        messages[i].msg_hdr.msg_iov = &parts[i];
        messages[i].msg_hdr.msg_iovlen = 1;
        begin = (size_t)ends[i];
    }
    int sent;
    do sent = sendmmsg(socket, messages, (unsigned)count, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

void cprocess_die(int signal_number) {
    signal(signal_number, SIG_DFL);
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, signal_number);
    pthread_sigmask(SIG_UNBLOCK, &only, NULL);
    kill(getpid(), signal_number);
    _exit(128 + signal_number);
}

void cprocess_set_name(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

/* The memory in which the kernel put argv and, right behind it, environ. */
static struct {
    char *begin, *arguments_end, *end;
    int moved;
} title_room;

/* glibc calls constructors with the arguments of main. */
__attribute__((constructor)) static void find_title_room(int argc, char **argv, char **envp) {
    if (argc < 1 || argv == NULL || argv[0] == NULL) return;
    char *end = argv[0];
    for (int i = 0; i < argc && argv[i] == end; i++) end = argv[i] + strlen(argv[i]) + 1;
    title_room.arguments_end = end;
    for (char **e = envp; e != NULL && *e == end; e++) end = *e + strlen(*e) + 1;
    title_room.begin = argv[0];
    title_room.end = end;
}

static int move_environment(void) {
    extern char **environ;
    size_t count = 0;
    while (environ != NULL && environ[count] != NULL) count++;
    char **copy = calloc(count + 1, sizeof *copy);
    if (copy == NULL) return 0;
    for (size_t i = 0; i < count; i++) {
        copy[i] = strdup(environ[i]);
        if (copy[i] == NULL) return 0;
    }
    environ = copy;
    return 1;
}

int cprocess_set_title(const char *title) {
    if (title_room.begin == NULL || title_room.end - title_room.begin < 2) return 0;
    size_t arguments = (size_t)(title_room.arguments_end - title_room.begin);
    size_t length = strlen(title);
    if (length >= arguments) {
        if (!title_room.moved && !move_environment()) return 0;
        title_room.moved = 1;
        size_t room = (size_t)(title_room.end - title_room.begin) - 1;
        if (length > room) length = room;
    }
    memcpy(title_room.begin, title, length);
    /* The kernel takes an argv area that does not end in NUL for a title that goes on behind it. */
    title_room.begin[length] = 0;
    if (length < arguments) memset(title_room.begin + length, 0, arguments - length);
    return 1;
}

/* Whether the text at `at` is all that stands between "=" or a NUL and the next NUL. */
static int is_whole(const char *at, size_t length) {
    int begins = at == title_room.begin || at[-1] == 0 || at[-1] == '=';
    return begins && (at + length == title_room.end || at[length] == 0);
}

int cprocess_hide(const char *text, int whole) {
    size_t length = strlen(text);
    if (title_room.begin == NULL || length == 0) return 1;
    if (!title_room.moved && !move_environment()) return 0;
    title_room.moved = 1;
    char *at = title_room.begin;
    while (at + length <= title_room.end) {
        char *found = memmem(at, (size_t)(title_room.end - at), text, length);
        if (found == NULL) break;
        if (!whole || is_whole(found, length)) memset(found, '*', length);
        at = found + 1;
    }
    return 1;
}

int cprocess_become(const char *name, uid_t uid, gid_t gid) {
    int done = name != NULL ? initgroups(name, gid) : setgroups(0, NULL);
    if (done < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0) return errno;
    /* There is no way back. */
    return uid != 0 && setuid(0) == 0 ? EPERM : 0;
}

int cprocess_exited(int status) { return WIFEXITED(status); }
int cprocess_exit_code(int status) { return WEXITSTATUS(status); }
int cprocess_signal(int status) { return WIFSIGNALED(status) ? WTERMSIG(status) : 0; }
int cprocess_dumped_core(int status) { return WIFSIGNALED(status) && WCOREDUMP(status); }

int cprocess_signalfd(const int *signals, size_t count) {
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < count; i++) sigaddset(&set, signals[i]);
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0) return -EINVAL;
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int cprocess_eventfd(void) {
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int cprocess_read_signal(int fd) {
    struct signalfd_siginfo info;
    return read(fd, &info, sizeof info) == (ssize_t)sizeof info ? (int)info.ssi_signo : 0;
}

static int release_object(struct dl_phdr_info *object, size_t size, void *page) {
    (void)size;
    uintptr_t mask = *(uintptr_t *)page - 1;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || (part->p_flags & PF_W)) continue;
        uintptr_t begin = ((uintptr_t)object->dlpi_addr + part->p_vaddr) & ~mask;
        uintptr_t end = ((uintptr_t)object->dlpi_addr + part->p_vaddr + part->p_memsz + mask) & ~mask;
        /* The kernel's own object (vdso) refuses, and has nothing to give. */
        madvise((void *)begin, end - begin, MADV_DONTNEED);
    }
    return 0;
}

void cprocess_release_heap(void) { malloc_trim(0); }

void cprocess_release_memory(void) {
    malloc_trim(0);
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    dl_iterate_phdr(release_object, &page);
}
