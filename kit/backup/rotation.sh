# shellcheck shell=sh
# Which backups may go: `rotate` names them. The newest and the newest verified one never go.
#
# Sourced. The same rules as those of `drover backup`. Kept are the newest KEEP_RECENT, then the newest of each of KEEP_DAILY days, KEEP_WEEKLY weeks (from Monday)
# and KEEP_MONTHLY months, all in UTC and counted among those that have a backup: a service that stood still for a year
# deletes nothing when it wakes up. What is dated ahead of now neither goes nor takes the place of another one.

KEEP_RECENT=${KEEP_RECENT:-96}
KEEP_DAILY=${KEEP_DAILY:-7}
KEEP_WEEKLY=${KEEP_WEEKLY:-8}
KEEP_MONTHLY=${KEEP_MONTHLY:-12}

check_rotation() {
  for each in "$KEEP_RECENT" "$KEEP_DAILY" "$KEEP_WEEKLY" "$KEEP_MONTHLY"; do
    case $each in
      '' | *[!0-9]*) die "$EXIT_USAGE" "KEEP_RECENT, KEEP_DAILY, KEEP_WEEKLY and KEEP_MONTHLY are numbers, not \"$each\"" ;;
    esac
  done
}

# rotate NOW: standard input has a line for each backup, oldest first: name, and 1 when it was verified, else 0. NOW is
# written as the time in names. Prints those that may go.
rotate() {
  awk -v recent="$KEEP_RECENT" -v daily="$KEEP_DAILY" -v weekly="$KEEP_WEEKLY" -v monthly="$KEEP_MONTHLY" -v now="$1" '
    stampOf($1) <= now { name[++backups] = $1; isVerified[backups] = $2 }
    function stampOf(word) { return substr(word, length(word) - 15) }
    function week(year, month, day) {
      # Days since a Monday long ago; months count from March, so that the leap day is the last of its year.
      if (month < 3) { month += 12; year-- }
      return int((365 * year + int(year / 4) - int(year / 100) + int(year / 400) \
        + int((153 * month - 457) / 5) + day - 307) / 7)
    }
    function keepFirst(bucket, kind, most) {
      if ((kind, bucket) in seen || count[kind] >= most) return 0
      seen[kind, bucket] = 1
      count[kind]++
      return 1
    }
    END {
      for (i = backups; i > 0; i--) {
        stamp = stampOf(name[i])
        year = substr(stamp, 1, 4); month = substr(stamp, 5, 2); day = substr(stamp, 7, 2)
        keep = i == backups || backups - i < recent
        if (isVerified[i] && !hasVerified++) keep = 1
        # Each rule looks at all of them: that another rule keeps one does not free a place.
        if (keepFirst(year month day, "day", daily)) keep = 1
        if (keepFirst(week(year + 0, month + 0, day + 0), "week", weekly)) keep = 1
        if (keepFirst(year month, "month", monthly)) keep = 1
        if (!keep) print name[i]
      }
    }'
}
