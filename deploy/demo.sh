#!/usr/bin/env bash
# The first five minutes with Dialtone: installs what is missing, builds the programs and shows the main
# job on this machine alone: Teams' SIP hubs fall silent, calls are answered by the backup PBX, Teams
# comes back, calls come home. Run as root on Debian 12 (it makes network namespaces, and removes them).
#
# Arguments go to the lab's demo; see `deploy/lab/lab demo --help`.
set -euo pipefail
cd "$(dirname "$0")/.."
. deploy/stages.sh

stage packages "Debian packages" deploy/install-packages.sh
stage build "programs" build release dialtone dialtone-agent dialtone-detector dialtone-router dialtone-lab-link dialtone-lab-echo
print_stages
printf '\n'
exec deploy/lab/lab demo --bin build/release "$@"
