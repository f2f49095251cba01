#!/usr/bin/env bash
# Installs the packages of deploy/packages.txt that are missing, and nothing else.
#
# The machine's own services stay as they are: while apt runs, a policy-rc.d forbids every start, stop
# and restart (invoke-rc.d and systemd's maintainer scripts both ask it), and services that arrive with
# the packages, such as kamailio and prometheus, are not left enabled for the next boot either. A
# policy-rc.d that was there before is back afterwards, however this ends.
#
# When nothing is missing it asks dpkg once and needs neither root nor network.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
readonly list=$root/deploy/packages.txt
readonly log=$root/build/log/apt.log
readonly policy=/usr/sbin/policy-rc.d
readonly kept=$policy.before-dialtone
readonly marker='# Put here by Dialtone'

say() { printf 'packages: %s\n' "$*"; }
fail() { printf 'packages: error: %s\n' "$*" >&2; exit 1; }

wanted_packages() { sed 's/#.*//' "$list" | tr -s '[:space:]' '\n' | sed '/^$/d'; }

# Names of packages.txt that are not installed. (dpkg-query fails when it knows one of them not at all.)
missing_packages() {
  local installed
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null |
              sed -n 's/^installed //p' || true)
  comm -23 <(printf '%s\n' "${wanted[@]}" | sort -u) <(printf '%s\n' "$installed" | sort -u)
}

# Symbolic links that start a service at boot, systemd's and SysV's.
boot_links() {
  find /etc/systemd/system -path '*.wants/*.service' 2>/dev/null
  find /etc/rc[2-5].d -name 'S*' 2>/dev/null
}

forbid_service_actions() {
  if [ -e $policy ] || [ -L $policy ]; then mv -f $policy $kept; fi
  printf '#!/bin/sh\n%s while it installs packages: no service is started or stopped.\nexit 101\n' \
    "$marker" > $policy
  chmod 755 $policy
}

# Also mends what an earlier run that was killed outright has left behind.
restore_policy() {
  if [ -f $policy ] && [ ! -L $policy ] && grep -qF "$marker" $policy; then rm -f $policy; fi
  if [ -e $kept ] || [ -L $kept ]; then mv -f $kept $policy; fi
}

# Undoes the enabling of services that came with the packages.
disable_new_services() {
  local link name
  while IFS= read -r link; do
    name=$(basename "$link")
    case $link in
      /etc/systemd/*) deb-systemd-helper disable "$name" > /dev/null 2>&1 || rm -f "$link" ;;
      *) update-rc.d "${name#S[0-9][0-9]}" disable > /dev/null 2>&1 || rm -f "$link" ;;
    esac
  done < <(comm -13 <(printf '%s\n' "$links_before") <(boot_links | sort))
}

finish() {
  local status=$?
  set +e
  trap '' INT TERM HUP
  [ -z "${links_before+set}" ] || disable_new_services
  restore_policy
  exit $status
}

apt_get() {
  DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none NEEDRESTART_SUSPEND=1 \
    apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" < /dev/null >> "$log" 2>&1 9>&-
}

command -v dpkg-query > /dev/null || fail "dpkg-query not found: this needs Debian 12 (bookworm)"
mapfile -t wanted < <(wanted_packages)
mapfile -t missing < <(missing_packages)
if [ ${#missing[@]} -eq 0 ]; then
  say "all ${#wanted[@]} are installed"
  exit 0
fi
[ "$(id -u)" -eq 0 ] || fail "not root, and ${#missing[@]} packages are missing. As root: apt-get install" \
  "--no-install-recommends ${missing[*]}"

mkdir -p /run/lock
exec 9> /run/lock/dialtone-install-packages
flock 9  # two at once would take each other's policy-rc.d for the machine's
restore_policy
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

mkdir -p "$(dirname "$log")"
: > "$log"
say "installing ${#missing[@]} of ${#wanted[@]} (some minutes; log: $log): ${missing[*]}"
# Another repository of the machine may be unreachable: whether that matters, the installation tells.
apt_get update || say "warning: apt-get update failed; going on with the package lists that are here"
links_before=$(boot_links | sort)
forbid_service_actions
# --no-remove: rather fail than take something away that the machine had.
apt_get install --no-install-recommends --no-remove -o Dpkg::Options::=--force-confold \
  "${missing[@]}" || { tail -n 15 "$log" >&2; fail "apt-get install failed; its whole output: $log"; }

mapfile -t missing < <(missing_packages)
[ ${#missing[@]} -eq 0 ] || fail "still not installed: ${missing[*]}"
say "installed; no service was started"
