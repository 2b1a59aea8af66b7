/**
 * What the rules of a user come to, whichever way they are written. Pure.
 *
 * Redis does not keep the text of a rule: it folds commands into categories where that is shorter. So texts are compared
 * by what they allow.
 */

/** Category → its commands, subcommands as `config|get`. */
export type AclCategories = ReadonlyMap<string, readonly string[]>;

/** Names of commands that the rules allow, one after another as Redis applies them. */
export function allowedBy(
  rules: readonly string[],
  categories: AclCategories,
): ReadonlySet<string> {
  const all = [...new Set([...categories.values()].flat())];
  const allowed = new Set<string>();
  for (const rule of rules) {
    const word = rule.toLowerCase();
    if (word === 'allcommands' || word === 'nocommands' || /^[+-]/.test(word))
      for (const name of namedBy(word, all, categories))
        if (word.startsWith('+') || word === 'allcommands') allowed.add(name);
        else allowed.delete(name);
  }
  return allowed;
}

function namedBy(
  word: string,
  all: readonly string[],
  categories: AclCategories,
): readonly string[] {
  if (/^(?:allcommands|nocommands|[+-]@all)$/.test(word)) return all;
  if (word[1] === '@') return categories.get(word.slice(2)) ?? [];
  const name = word.slice(1);
  return [name, ...all.filter((each) => each.startsWith(`${name}|`))];
}

/** User → what of its rules can be compared: whether it is on, its keys and channels, and what it may run. */
export function meaningsOf(
  lines: readonly string[],
  categories: AclCategories,
): ReadonlyMap<string, string> {
  const users = new Map<string, string>();
  for (const line of lines) {
    const [kind, name, ...rules] = line.trim().split(/\s+/);
    if (kind !== 'user' || name === undefined) continue;
    const keys = rules.map((rule) => (rule === 'allkeys' ? '~*' : rule)).filter(isPattern);
    const isOn = rules.lastIndexOf('on') > rules.lastIndexOf('off');
    const commands = [...allowedBy(rules, categories)].sort();
    users.set(name, [isOn ? 'on' : 'off', ...new Set(keys.sort()), ...commands].join(' '));
  }
  return users;
}

const isPattern = (rule: string): boolean => /^[~%]/.test(rule);
