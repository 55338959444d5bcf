#include "../libsimdjson/libsimdjson.h"
#include "CSimdjson.h"
