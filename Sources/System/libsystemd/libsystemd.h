#if !__has_include(<systemd/sd-daemon.h>)
#error "<systemd/sd-daemon.h> is missing: apt-get install libsystemd-dev"
#endif
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>
