# shellcheck shell=sh
# For the scripts beside it: `need COMMAND PACKAGE` installs a Debian package whose command is missing.
need() {
    command -v "$1" >/dev/null ||
        DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$2" >/dev/null
}
