// Every file of these tests waits for something.
@_exported import TestTools
