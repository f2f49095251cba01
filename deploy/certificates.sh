#!/bin/bash
# Makes a certificate authority and the SPIFFE certificates that Dialtone's programs speak mutual TLS with:
# for the lab and for first use. A company authority can take its place; only the files count.
set -euo pipefail

usage() {
  cat <<'END'
usage: certificates.sh --directory DIR [--trust-domain DOMAIN] [--days N] ROLE/NAME[=SANS]...

Makes DIR/ca.pem and DIR/ca.key unless they exist, and for each ROLE/NAME the files
DIR/ROLE-NAME.pem and DIR/ROLE-NAME.key, with the URI name spiffe://DOMAIN/ROLE/NAME.
A certificate is kept while it fits and more than a third of N days is left, else made anew with
the key it had: run it again to renew. Programs take a renewed file without a restart.

  --directory DIR        where the files go; made if missing
  --trust-domain DOMAIN  default: dialtone.example
  --days N               how long certificates are valid, 1 to 3650; default: 90 (the authority: 3650)
  --help                 print this

  ROLE  agent, detector, router or operator
  NAME  letters, digits, '.', '-', '_'; for an agent its site, for a router its voice layer
  SANS  more names, for peers that look at them: dns:HOST and ip:ADDRESS, separated by commas

examples:
  certificates.sh --directory /etc/dialtone/tls agent/lon detector/main router/vl1 operator/alice
  certificates.sh --directory tls detector/main=dns:detector.example.com,ip:192.0.2.7
END
}

refuse() {
  echo "certificates.sh: $1" >&2
  exit 2
}

directory= trust_domain=dialtone.example days=90 identities=()
while (($#)); do
  case $1 in
    --directory | --trust-domain | --days)
      (($# >= 2)) || refuse "$1 needs a value"
      declare "$(tr - _ <<<"${1#--}")=$2"
      shift 2
      ;;
    --help) usage; exit 0 ;;
    -*) refuse "given $1, expected --directory, --trust-domain, --days or --help" ;;
    *) identities+=("$1"); shift ;;
  esac
done
[[ $directory ]] || refuse "--directory DIR is missing (--help shows an example)"
((${#identities[@]})) || refuse "given no ROLE/NAME, expected at least one (--help shows an example)"
[[ $trust_domain =~ ^[a-z0-9._-]{1,64}$ ]] ||
  refuse "given --trust-domain $trust_domain, expected lower case letters, digits, '.', '-', '_'"
[[ $days =~ ^[0-9]{1,4}$ ]] && ((10#$days >= 1 && 10#$days <= 3650)) ||
  refuse "given --days $days, expected 1 to 3650"
days=$((10#$days))
# All of them are looked at before the first file is made.
for identity in "${identities[@]}"; do
  [[ ${identity%%=*} =~ ^(agent|detector|router|operator)/[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$ ]] ||
    refuse "given $identity, expected ROLE/NAME with ROLE agent, detector, router or operator"
  [[ $identity != *=* || ${identity#*=} =~ ^(dns:[A-Za-z0-9.*-]+|ip:[0-9a-fA-F.:]+)(,(dns:[A-Za-z0-9.*-]+|ip:[0-9a-fA-F.:]+))*$ ]] ||
    refuse "given $identity, expected after '=' dns:HOST and ip:ADDRESS, separated by commas"
done
command -v openssl >/dev/null || refuse "openssl is not installed"

mkdir -p "$directory"
work=$(mktemp -d "$directory/.new-XXXXXX")
trap 'rm -rf "$work"' EXIT

# openssl talks even when all is well; its words are shown only when it fails.
quietly() {
  local said
  said=$("$@" 2>&1) || { echo "certificates.sh: $* failed: $said" >&2; exit 1; }
}

make_key() { # FILE
  (umask 077 && quietly openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/key")
  mv "$work/key" "$1"
}

# "DNS:a, IP Address:192.0.2.7, URI:..." of a certificate, as openssl prints it.
names_of() { openssl x509 -in "$1" -noout -ext subjectAltName 2>/dev/null | sed -n '2s/^ *//p'; }

public_key_of() { openssl x509 -in "$1" -noout -pubkey 2>/dev/null; }

report() { # DONE FILE NAME
  printf '%-4s  %s  %s  until %s\n' "$1" "$2" "$3" "$(openssl x509 -in "$2" -noout -enddate | cut -d= -f2)"
}

make_authority() {
  local certificate=$directory/ca.pem key=$directory/ca.key uri=spiffe://$trust_domain
  if [[ -e $certificate || -e $key ]]; then
    [[ -e $certificate && -e $key ]] || refuse "given one of ca.pem and ca.key in $directory, expected both or none"
    [[ $(names_of "$certificate") == "URI:$uri" ]] ||
      refuse "given --trust-domain $trust_domain, but $certificate is for $(names_of "$certificate")"
    report kept "$certificate" "$uri"
    return
  fi
  cat >"$work/ca.cnf" <<END
[req]
distinguished_name = name
x509_extensions = authority
prompt = no
[name]
CN = Dialtone authority of ${trust_domain:0:40}
[authority]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
subjectAltName = URI:$uri
END
  make_key "$key"
  quietly openssl req -x509 -new -sha256 -days 3650 -key "$key" -config "$work/ca.cnf" -out "$work/pem"
  mv "$work/pem" "$certificate"
  report made "$certificate" "$uri"
}

make_certificate() { # ROLE/NAME[=SANS]
  local identity=${1%%=*} more=
  [[ $1 == *=* ]] && more=,$(sed 's/dns:/DNS:/g; s/ip:/IP:/g' <<<"${1#*=}")
  local stem=$directory/${identity/\//-} uri=spiffe://$trust_domain/$identity
  local certificate=$stem.pem key=$stem.key
  [[ -e $key ]] || make_key "$key"
  cat >"$work/leaf.cnf" <<END
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth,clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = URI:$uri$more
END
  quietly openssl req -new -key "$key" -subj "/CN=${identity#*/}" -config /dev/null -out "$work/csr"
  quietly openssl x509 -req -sha256 -in "$work/csr" -CA "$directory/ca.pem" -CAkey "$directory/ca.key" \
    -set_serial "0x$(openssl rand -hex 16)" -days "$days" -extfile "$work/leaf.cnf" -extensions leaf \
    -out "$work/pem"
  if [[ -e $certificate ]] && [[ $(names_of "$certificate") == "$(names_of "$work/pem")" ]] &&
    [[ $(public_key_of "$certificate") == "$(public_key_of "$work/pem")" ]] &&
    openssl verify -CAfile "$directory/ca.pem" "$certificate" >/dev/null 2>&1 &&
    openssl x509 -in "$certificate" -noout -checkend $((days * 86400 / 3)) >/dev/null; then
    report kept "$certificate" "$uri"
    return
  fi
  # One rename, and the key stays: a watching program never sees halves that do not belong together.
  mv "$work/pem" "$certificate"
  report made "$certificate" "$uri"
}

make_authority
for identity in "${identities[@]}"; do make_certificate "$identity"; done
