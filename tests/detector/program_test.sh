#!/bin/bash
# What dialtone-detector does with a right and with a wrong configuration: program_test.sh PROGRAM SOURCE_DIR
set -euo pipefail

program=$1 source=$2
directory=$(mktemp -d /tmp/dialtone-test-XXXXXX)
trap 'rm -rf "$directory"' EXIT

fail() { echo "program_test.sh: $*" >&2; exit 1; }

"$source/deploy/certificates.sh" --directory "$directory" detector/main >"$directory/log"
cp "$source/deploy/policy/default.textproto" "$directory/policy.textproto"
sed -e "s#/etc/dialtone/certificates/##; s#/etc/dialtone/##; s#/var/lib/dialtone-detector#state#" \
  "$source/deploy/examples/detector.textproto" >"$directory/detector.textproto"

"$program" --config "$directory/detector.textproto" --check-config || fail "the example is refused"
[[ -e $directory/state ]] && fail "--check-config made the state directory"

sed -i 's/kind: SIP_OPTIONS_UDP/kind: SMOKE_SIGNAL/; s/region: "america"/regon: "america"/' "$directory/detector.textproto"
status=0
errors=$("$program" --config "$directory/detector.textproto" --check-config 2>&1) || status=$?
[[ $status == 2 ]] || fail "a wrong configuration ended with $status, expected 2"
for word in SMOKE_SIGNAL regon; do
  grep -Eq "^$directory/detector.textproto:[0-9]+:[0-9]+: error: .*$word" <<<"$errors" ||
    fail "no line names $word: $errors"
done

status=0
"$program" --config "$directory/nothing.textproto" 2>/dev/null || status=$?
[[ $status == 2 ]] || fail "a missing configuration ended with $status, expected 2"
