// C++ only: the shim CSimdjson includes <simdjson.h> itself; this module carries the link line.
