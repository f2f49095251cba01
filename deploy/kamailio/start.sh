#!/bin/bash
# Starts the voice layer with the site file of the working directory: Kamailio with the arguments given.
# A plan file that is missing or broken would keep Kamailio from starting, and then no call goes anywhere: without
# it calls take the site's default routes, emergency calls theirs, until the router has written its tables.
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
site=dialtone-site.cfg
[[ -r $site ]] || site=$here/$site
[[ -r $site ]] || {
  echo "start.sh: no dialtone-site.cfg in $PWD or $here: run dialtone-router render" >&2
  exit 2
}

defined() { sed -n "s/^#!define $1 \"\(.*\)\"\$/\1/p" "$site" | head -1; }

plan=$(defined DIALTONE_PLAN_FILE)
# Both tables whole, each value readable. A writer at work holds its lock for milliseconds.
check_plan() {
  problem=$(sqlite3 "$@" -bail -cmd '.timeout 2000' "$plan" \
    'SELECT count(key_name) + count(key_value) FROM num; SELECT count(key_name) + count(key_value) FROM grp;
     PRAGMA quick_check;' 2>&1) && [[ ${problem##*$'\n'} == ok ]]
}

arguments=()
# What a writer left half done when it died is rolled back by whoever opens the file for writing: the second look.
if ! check_plan -readonly && ! { [[ -s $plan ]] && check_plan; }; then
  echo "start.sh: cannot read the plan ($plan): ${problem##*$'\n'}" >&2
  echo "start.sh: starting without it; calls take the default routes until the router has written its tables" >&2
  arguments+=(-A DIALTONE_WITHOUT_PLAN)
fi

name=$(sed -n 's/^listen=tls:.* advertise \([^: ]*\).*/\1/p' "$site" | head -1)
if [[ $name ]] && ! getent hosts "$name" >/dev/null; then
  echo "start.sh: $name does not resolve: Kamailio will start WITHOUT its TLS socket; put it into /etc/hosts" >&2
fi

exec kamailio -f "$here/kamailio.cfg" "${arguments[@]}" "$@"
