#!/bin/bash
# Tests deploy/certificates.sh: certificates_test.sh PATH-OF-THE-SCRIPT
set -uo pipefail
script=$1
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
tls=$directory/tls
failures=0

fail() { echo "FAILED: $1"; failures=$((failures + 1)); }
make() { "$script" --directory "$tls" "$@" >"$directory/out" 2>&1 || fail "$*: $(cat "$directory/out")"; }
text_of() { openssl x509 -in "$tls/$1" -noout -text; }
has() { grep -qF -- "$2" <<<"$1" || fail "expected \"$2\" in: $1"; }
fingerprints() { cat "$tls"/*.pem "$tls"/*.key | sha256sum; }

# Makes an authority and certificates that it signed, with the names asked for.
make agent/lon router/vl1=dns:vl1.example.com,ip:192.0.2.7,ip:2001:db8::1 operator/alice
for file in agent-lon router-vl1 operator-alice; do
  openssl verify -x509_strict -CAfile "$tls/ca.pem" "$tls/$file.pem" >"$directory/out" 2>&1 || fail "$(cat "$directory/out")"
done
has "$(text_of agent-lon.pem)" "URI:spiffe://dialtone.example/agent/lon"
has "$(text_of router-vl1.pem)" "URI:spiffe://dialtone.example/router/vl1, DNS:vl1.example.com, IP Address:192.0.2.7, IP Address:2001:DB8:0:0:0:0:0:1"
has "$(text_of agent-lon.pem)" "TLS Web Server Authentication, TLS Web Client Authentication"
has "$(text_of agent-lon.pem)" "NIST CURVE: P-256"
has "$(text_of ca.pem)" "CA:TRUE, pathlen:0"
for key in "$tls"/*.key; do
  [[ $(stat -c %a "$key") == 600 ]] || fail "$key has mode $(stat -c %a "$key")"
done
[[ $(ls -A "$tls" | wc -l) == 8 ]] || fail "expected 8 files, found: $(ls -A "$tls")"

# Keeps what is good.
before=$(fingerprints)
make agent/lon router/vl1=dns:vl1.example.com,ip:192.0.2.7,ip:2001:db8::1 operator/alice
[[ $(fingerprints) == "$before" ]] || fail "a second run changed files"

# Renews with the old key what has less than a third of its days left, or other names than asked for.
key=$(cat "$tls/agent-lon.key") certificate=$(cat "$tls/agent-lon.pem")
make --days 300 agent/lon
[[ $(cat "$tls/agent-lon.pem") != "$certificate" ]] || fail "a certificate about to end was kept"
[[ $(cat "$tls/agent-lon.key") == "$key" ]] || fail "the key changed with the certificate"
make agent/lon=dns:lon.example.com
has "$(text_of agent-lon.pem)" "DNS:lon.example.com"

# Makes anew what another authority signed, or another key.
"$script" --directory "$directory/other" agent/lon operator/alice >/dev/null
cp "$directory/other/agent-lon.pem" "$tls/agent-lon.pem"
cp "$directory/other/operator-alice.key" "$tls/operator-alice.key"
make agent/lon operator/alice
for file in agent-lon operator-alice; do
  openssl verify -CAfile "$tls/ca.pem" "$tls/$file.pem" >/dev/null 2>&1 || fail "$file is not of the authority"
  [[ $(openssl x509 -in "$tls/$file.pem" -noout -pubkey) == "$(openssl pkey -in "$tls/$file.key" -pubout)" ]] ||
    fail "$file: key and certificate differ"
done

# Refuses with exit code 2, says what was given, and changes nothing.
before=$(fingerprints)
refuses() { # EXPECTED ARGUMENTS...
  local expected=$1 said; shift
  said=$("$script" "$@" 2>&1)
  [[ $? == 2 ]] || fail "$*: expected exit code 2"
  has "$said" "$expected"
}
refuses "--directory DIR is missing" agent/lon
refuses "no ROLE/NAME" --directory "$tls"
refuses "--directory needs a value" --directory
refuses "given --nonsense" --directory "$tls" --nonsense agent/lon
refuses "given boss/lon" --directory "$tls" agent/new boss/lon
refuses "given agent/../x" --directory "$tls" agent/../x
refuses "given agent/a b" --directory "$tls" "agent/a b"
refuses "given agent/" --directory "$tls" agent/
refuses "dns:HOST" --directory "$tls" "agent/lon=email:x"
refuses "dns:HOST" --directory "$tls" $'agent/lon=dns:a\nbasicConstraints = CA:TRUE'
refuses "given --days 0" --directory "$tls" --days 0 agent/lon
refuses "given --days ten" --directory "$tls" --days ten agent/lon
refuses "given --trust-domain A/B" --directory "$tls" --trust-domain A/B agent/lon
refuses "is for URI:spiffe://dialtone.example" --directory "$tls" --trust-domain other.example agent/lon
[[ $(fingerprints) == "$before" ]] || fail "a refused run changed files"
mv "$tls/ca.key" "$directory"
refuses "expected both or none" --directory "$tls" agent/lon

"$script" --help | grep -q "^usage: certificates.sh" || fail "--help shows no usage"

((failures == 0)) && echo "all is well"
exit $((failures > 0))
