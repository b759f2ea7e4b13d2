#!/usr/bin/env bash
# Makes an installer (.msi) of the folder for Windows: the same octets from the same files.
#
#   release/windows/msi.sh FOLDER VERSION FILE
set -euo pipefail
[ $# -eq 3 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit 64; }
folder=$1 version=$2 file=$3
source=$(realpath "$(dirname "$0")/clouddata.wxs")
"$(dirname "$0")/../../.ci/need.sh" wixl wixl msibuild msitools faketime faketime python3 python3

# By these Windows tells one product, and one file of it, from another.
number() { python3 -c 'import sys, uuid; print(uuid.uuid5(uuid.NAMESPACE_URL, sys.argv[1]))' "$1"; }
contents=$(cd "$folder" && sha256sum -- *)
# wixl knows no clock but the machine's.
at_that_time() { TZ=UTC faketime -f "$(date --utc --date="@$SOURCE_DATE_EPOCH" '+%F %T')" "$@"; }

find "$folder" -exec touch --date="@$SOURCE_DATE_EPOCH" {} +
(cd "$folder" && at_that_time wixl --arch x64 --define "Version=$version" \
    --define "ProductCode=$(number "clouddata $version $contents")" --output "$file" "$source")
at_that_time msibuild "$file" -s 'clouddata' 'The clouddata authors' 'x64;1033' \
    "{$(number "package $version $contents" | tr a-f A-F)}"
