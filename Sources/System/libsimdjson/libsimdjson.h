#if !__has_include(<simdjson.h>)
#error "<simdjson.h> is missing: apt-get install libsimdjson-dev"
#endif
// C++ only: the shim CSimdjson includes <simdjson.h> itself; this module carries the link line.
