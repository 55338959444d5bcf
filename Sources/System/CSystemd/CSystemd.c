#define _GNU_SOURCE
#include "CSystemd.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

static int address_of(const char *path, struct sockaddr_un *address, socklen_t *size) {
    size_t length = strlen(path);

    if (path[0] != '/' && path[0] != '@')
        return -EAFNOSUPPORT;
    if (length >= sizeof(address->sun_path))
        return -ENAMETOOLONG;
    memset(address, 0, sizeof(*address));
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, path, length);
    *size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    if (path[0] == '@')
        address->sun_path[0] = '\0';
    else
        *size += 1;
    return 0;
}

int csystemd_notify(const char *state) { return sd_notify(0, state); }

int csystemd_datagram_writable(const char *path) {
    struct sockaddr_un address;
    socklen_t size;
    int fd, result = address_of(path, &address, &size);

    if (result < 0)
        return result;
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    // For a connected datagram socket, POLLOUT tells about the receiver's queue as well.
    if (connect(fd, (struct sockaddr *)&address, size) < 0) {
        result = -errno;
    } else {
        struct pollfd query = {.fd = fd, .events = POLLOUT};
        result = poll(&query, 1, 0);
        if (result < 0)
            result = -errno;
        else if (result > 0)
            result = (query.revents & POLLOUT) ? 1 : -ECONNREFUSED;
    }
    close(fd);
    return result;
}

int csystemd_journal_open(void) {
    const int wanted = 8 * 1024 * 1024;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -errno;
    // The kernel cuts this to net.core.wmem_max; what is left is enough for every entry we make.
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &wanted, sizeof(wanted));
    return fd;
}

int csystemd_journal_send(int fd, const char *path, const void *entry, size_t length) {
    struct sockaddr_un address;
    socklen_t size;
    int result = address_of(path, &address, &size);

    if (result < 0)
        return result;
    for (;;) {
        if (sendto(fd, entry, length, MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&address, size) >= 0)
            return 0;
        if (errno != EINTR)
            return -errno;
    }
}
