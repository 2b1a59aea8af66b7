# shellcheck shell=bash
# What the kit's programs say: progress on stdout, what is wrong and what to do on stderr.
# Sourced by them. Never prints a password.

say() { printf '%s\n' "$*"; }

warn() { printf '%s\n' "$*" >&2; }

# fail WHAT [WHAT TO DO] - says so and ends the program.
fail() {
  warn "${0##*/}: $1"
  if [ $# -gt 1 ]; then warn "  $2"; fi
  exit 1
}

# usage_error WHAT - for arguments that mean nothing.
usage_error() {
  warn "${0##*/}: $1"
  warn "  ${0##*/} --help lists what there is"
  exit 2
}

# numeric TEXT - is it a whole number?
numeric() {
  case $1 in
    '' | *[!0-9]*) return 1 ;;
  esac
}
