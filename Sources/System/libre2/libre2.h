// C++ only: the shim CRE2 includes <re2/re2.h> itself; this module carries the link line.
