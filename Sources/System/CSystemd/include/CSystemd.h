#ifndef CSYSTEMD_H
#define CSYSTEMD_H

#include <stddef.h>

/// sd_notify(3) with the NOTIFY_SOCKET of this process's environment, which stays set.
/// Returns 1 when sent, 0 when NOTIFY_SOCKET is unset, -errno otherwise.
/// It waits while the receiver's queue is full: ask csystemd_datagram_writable() first.
int csystemd_notify(const char *state);

/// Would a datagram to the unix socket at `path` (a leading '@' means an abstract one) find room in the
/// receiver's queue right now? 1 yes, 0 no, -errno when the socket cannot be reached or its address is of
/// another kind (-EAFNOSUPPORT).
int csystemd_datagram_writable(const char *path);

/// An unconnected datagram socket for journal entries: non-blocking, close-on-exec, with as large a send
/// buffer as we may have. Returns the descriptor, or -errno.
int csystemd_journal_open(void);

/// Sends one entry, already in the journal's native protocol, to the unix socket at `path`. Never waits.
/// Returns 0, or -errno: -EAGAIN when the journal is behind, -ENOENT when there is none, -EMSGSIZE when the
/// entry is larger than the send buffer.
///
/// Why not sd_journal_sendv(3): its socket is a blocking one that no caller can reach, so a journal that has
/// stopped reading stops the caller, and it reports success when there is no journal.
int csystemd_journal_send(int fd, const char *path, const void *entry, size_t length);

#endif
