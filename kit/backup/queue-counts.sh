# shellcheck shell=sh disable=SC2154,SC2016 # set by others; awk's own $
# Counts the jobs of each queue by state, and compares them with what a manifest says.
#
# Sourced. It asks by a function `ask` that its caller defines: redis-cli with the right address. Jobs are counted as
# BullMQ's lists and sets have them, one command for each, on standard input of one redis-cli. It only reads.

# Keys that one SCAN looks at.
SCAN_COUNT=5000

# Keys that may be the hash of a queue, one a line.
meta_keys() {
  cursor=0
  while :; do
    page=$(ask SCAN "$cursor" MATCH '*:meta' COUNT "$SCAN_COUNT") || return 1
    cursor=$(printf '%s\n' "$page" | head -n 1)
    case $cursor in
      '' | *[!0-9]*)
        printf 'Redis refused to list its keys: %s\n' "$cursor" >&2
        return 1
        ;;
    esac
    printf '%s\n' "$page" | tail -n +2
    [ "$cursor" != 0 ] || break
  done | LC_ALL=C grep ':meta$' | LC_ALL=C grep -v '^coordinator:' | LC_ALL=C sort -u
}

QUOTE='function quote(word) { gsub(/[\\"]/, "\\\\&", word); return "\"" word "\"" } '

CHURN='function churnOf(queue,   churn, i) {
  churn = $10 == "?" || before[queue, 10] == "?" ? changes : $10 - before[queue, 10]
  if (churn < 0) churn = 0
  for (i = 2; i <= 9; i++) churn += $i > before[queue, i] ? $i - before[queue, i] : before[queue, i] - $i
  return churn
} '

# Replies of redis-cli are a line each; an error is its line and an empty one.
#
# count_queues KEYS_FILE: a line for each queue, between tabs: label; jobs waiting, paused, active, delayed, prioritized,
# waiting for children, completed, failed; jobs ever added, or ? where this user may not GET that. A label is the name, or prefix:name under another prefix.
count_queues() {
  awk "$QUOTE"'{
    base = substr($0, 1, length($0) - 4)
    print "HGET " quote($0) " version"
    print "HGET " quote($0) " opts.maxLenEvents"
    print "LLEN " quote(base "wait")
    print "LLEN " quote(base "paused")
    print "LLEN " quote(base "active")
    print "ZCARD " quote(base "delayed")
    print "ZCARD " quote(base "prioritized")
    print "ZCARD " quote(base "waiting-children")
    print "ZCARD " quote(base "completed")
    print "ZCARD " quote(base "failed")
    print "GET " quote(base "id")
  }' "$1" >"$work/commands"
  ask <"$work/commands" >"$work/replies" || return 1
  awk -F '\t' '
    FILENAME == ARGV[1] { key[NR] = $0; keys = NR; next }
    isError { isError = 0; next }
    /^[A-Z]+ [^ ]/ {
      isError = 1
      if ((replies + 1) % 11 == 0 && /^NOPERM/) $0 = "?"
      else if (/^WRONGTYPE/) $0 = "none"
      else { print "Redis refused to count: " $0 > "/dev/stderr"; hasFailed = 1; exit 1 }
    }
    { reply[++replies] = $0 }
    END {
      if (hasFailed) exit 1
      if (replies != keys * 11) { print "Redis ended before all was counted" > "/dev/stderr"; exit 1 }
      for (k = 1; k <= keys; k++) {
        at = (k - 1) * 11
        isQueue = reply[at + 1] ~ /:[0-9]+[.]/ || reply[at + 2] ~ /^[0-9]+$/
        line = label(key[k])
        for (i = 3; i <= 10; i++) {
          if (reply[at + i] !~ /^[0-9]+$/) isQueue = 0
          line = line "\t" reply[at + i]
        }
        if (isQueue && label(key[k]) != "") print line "\t" (reply[at + 11] == "" ? 0 : reply[at + 11])
      }
    }
    function label(meta,   base, i) {
      base = substr(meta, 1, length(meta) - 5)
      for (i = length(base); i > 0 && substr(base, i, 1) != ":"; i--);
      if (i == 0 || i == length(base)) return ""
      return substr(base, 1, i - 1) == "bull" ? substr(base, i + 1) : base
    }' "$1" "$work/replies"
}

# merge_counts BEFORE AFTER CHANGES: JSON of `queues`. What moved in between may have gone back and forth, so as many jobs
# as were added, and as many as came and went, are allowed on both sides; where the jobs added are not known, as many as
# the server made CHANGES. A queue that stood still has none of that.
merge_counts() {
  awk -F '\t' -v changes="$3" "$CHURN"'
    FILENAME == ARGV[1] { for (i = 2; i <= 10; i++) before[$1, i] = $i; was[$1] = 1; next }
    was[$1] {
      churn = churnOf($1)
      least = most = ""
      for (i = 2; i <= 9; i++) {
        low = ($i < before[$1, i] ? $i : before[$1, i]) - churn
        high = ($i > before[$1, i] ? $i : before[$1, i]) + churn
        least = least (i == 2 ? "" : ", ") "\"" names[i] "\": " (low < 0 ? 0 : low)
        most = most (i == 2 ? "" : ", ") "\"" names[i] "\": " high
      }
      label = $1
      gsub(/[\\"]/, "\\\\&", label)
      printf "%s\n      \"%s\": {\n        \"least\": { %s },\n        \"most\": { %s }\n      }", \
        (hasSome++ ? "," : ""), label, least, most
    }
    BEGIN { split("label waiting paused active delayed prioritized waitingChildren completed failed", names, " ") }
    END { if (hasSome) printf "\n    " }' "$1" "$2"
}

# churn_of BEFORE AFTER CHANGES: jobs that moved in between, of all queues.
churn_of() {
  awk -F '\t' -v changes="$3" "$CHURN"'
    FILENAME == ARGV[1] { for (i = 2; i <= 10; i++) before[$1, i] = $i; next }
    { churn += churnOf($1) }
    END { print churn + 0 }' "$1" "$2"
}

# sum_of COUNTS COLUMNS...: of some columns of all queues.
sum_of() {
  file=$1
  shift
  awk -F '\t' -v columns="$*" '
    { count = split(columns, wanted, " "); for (i = 1; i <= count; i++) sum += $wanted[i] }
    END { print sum + 0 }' "$file"
}

# A file with no line in it is never the present one, so files are told apart by name, not by counting lines.
#
# compare_counts COUNTS: prints what is not between least and most of the manifest that was read, a line each; nothing
# when all is there.
compare_counts() {
  printf '%s\n' "$manifest" | awk -F '\t' '
    FILENAME == ARGV[1] { for (i = 2; i <= 9; i++) found[$1, names[i]] = $i; next }
    $1 == "counted" && $2 == "queues" && NF == 6 {
      # A label may hold anything but a tab.
      bound[$3, $5, $4] = $6
      if ($4 == "least") { order[++states] = $3 "\t" $5 }
    }
    BEGIN { split("label waiting paused active delayed prioritized waitingChildren completed failed", names, " ") }
    END {
      for (s = 1; s <= states; s++) {
        split(order[s], part, "\t")
        has = found[part[1], part[2]] + 0
        low = bound[part[1], part[2], "least"]
        high = bound[part[1], part[2], "most"]
        if (has < low || has > high)
          print "queue " part[1] ": " has " " part[2] " instead of " (low == high ? low : low " to " high)
      }
    }' "$1" -
}
