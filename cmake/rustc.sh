#!/bin/sh
# Stands before rustc while cmake/library.sh builds the product, and writes the arguments down beside what rustc makes,
# one on a line. The first argument is rustc itself.
set -eu
folder='' before=''
for argument; do
    [ "$before" != --out-dir ] || folder=$argument
    before=$argument
done
case " $* " in
*" --crate-name dimse "*" --crate-type cdylib "*) printf '%s\n' "$@" >"$folder/libdimse.arguments" ;;
esac
exec "$@"
