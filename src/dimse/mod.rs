//! Command sets, status codes, message assembly and fragmenting (PS3.7). Sans-I/O.
