/**
 * Believes the headers of a proxy that has authenticated somebody, when it is one of those that are listed.
 */
import { grantsFor, type ProxyOptions } from './access-options.ts';
import { networkList } from './networks.ts';
import type { Principal } from './principal.ts';

const LONGEST_USER = 300;
const MOST_GROUPS = 200;

/** Reads who a proxy speaks for. */
export class ProxyHeaders {
  readonly #options: ProxyOptions;
  readonly #isProxy: (address: string | null) => boolean;

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.#isProxy = networkList(options.from);
  }

  /** null: it is no such proxy, or it names nobody. */
  check(headers: Headers, address: string | null): Principal | null {
    if (!this.#isProxy(address)) return null;
    const {
      userHeader = 'x-forwarded-user',
      groupsHeader = 'x-forwarded-groups',
      groups,
    } = this.#options;
    const user = headers.get(userHeader)?.trim() ?? '';
    // Two headers of one name are joined by a comma: the client has sent one, too.
    if (user === '' || user.length > LONGEST_USER || /[,\p{Cc}]/u.test(user)) return null;
    const named = (headers.get(groupsHeader) ?? '')
      .split(',', MOST_GROUPS)
      .map((each) => each.trim());
    return { kind: 'proxy', id: user, name: user, grants: grantsFor(groups, named) };
  }
}
