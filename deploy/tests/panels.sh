#!/bin/sh
# The dashboards' tables, made by Grafana's own code for its pages: the npm package @grafana/data.
# That is 180 MB with what it needs, so the gate does not run this: run it when a dashboard changes.
#
#   deploy/tests/panels.sh
set -eu
cd "$(dirname "$0")"
../../.ci/need.sh node nodejs npm npm
npm --prefix panels install --no-audit --no-fund --no-package-lock --ignore-scripts --silent
npm --prefix panels test
