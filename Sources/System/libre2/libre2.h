#if !__has_include(<re2/re2.h>)
#error "<re2/re2.h> is missing: apt-get install libre2-dev"
#endif
// C++ only: the shim CRE2 includes <re2/re2.h> itself; this module carries the link line.
