/**
 * What operators may do with API tokens and the audit.
 */
import { AuditReader } from '../../access/audit-reader.ts';
import type { Principal } from '../../access/principal.ts';
import { permissionsOf } from '../../access/roles.ts';
import { TokenCheck } from '../../access/token-check.ts';
import type { TokenRecord } from '../../access/token-record.ts';
import { TokenStore } from '../../access/token-store.ts';
import { excessOf } from '../../access/within-grants.ts';
import { systemClock } from '../../base/clock.ts';
import { parseDuration } from '../../base/units.ts';
import { CoordinatorError } from '../../errors.ts';
import type { OperatorSources } from '../operator-sources.ts';
import type {
  AuditPage,
  AuditQuery,
  AuditVerdict,
  MeView,
  NewToken,
  TokenRequest,
  TokenView,
} from './access-views.ts';
import { AuditQueries } from './audit-queries.ts';

const DEFAULT_LIFETIME = '90d';

/** Tokens and audit. */
export class AccessOperations {
  /** Whose an API token is; for whoever authenticates. */
  readonly tokens: TokenCheck;
  readonly #sources: OperatorSources;
  readonly #store: TokenStore;
  readonly #audit: AuditQueries;

  constructor(sources: OperatorSources) {
    const { hub, gate, keys, serverNow, isReadOnly } = sources;
    const now = (): number => serverNow() ?? systemClock.now();
    this.#sources = sources;
    this.#store = new TokenStore({ hub, gate, keys, now });
    this.tokens = new TokenCheck({ store: this.#store, isReadOnly, now });
    this.#audit = new AuditQueries(new AuditReader({ hub, gate, keys }), now);
  }

  /** Needs no Redis. */
  me({ kind, id, name, grants }: Principal): MeView {
    const written = grants.map((grant) => ({
      may: permissionsOf(grant),
      queues: grant.queues ?? ['*'],
    }));
    return { kind, id, name, grants: written, isReadOnly: this.#sources.isReadOnly() };
  }

  async listTokens(): Promise<readonly TokenView[]> {
    const [tokens, used] = await Promise.all([this.#store.list(), this.#store.used()]);
    return tokens.map((token) => toView(token, used.get(token.id)));
  }

  /** Rejects with FORBIDDEN when `by` has not everything that it would give. */
  async createToken(
    { name, grants, expires = DEFAULT_LIFETIME }: TokenRequest,
    by: Principal,
  ): Promise<NewToken> {
    const excess = excessOf(grants, by.grants);
    if (excess) {
      const where = excess.queues === null ? '' : ` on the queues "${excess.queues}"`;
      throw new CoordinatorError(
        'FORBIDDEN',
        `Nobody can give more than they have: you have not \`${excess.permission}\`${where}`,
      );
    }
    const lifetimeMs = parseDuration(expires)!;
    const order = { name, grants, createdBy: by.name, lifetimeMs };
    const { token, secret } = await this.#store.create(order);
    return { ...toView(token, undefined), secret };
  }

  async revokeToken(id: string): Promise<TokenView> {
    const token = await this.#store.revoke(id);
    this.tokens.forget(id);
    return toView(token, (await this.#store.used()).get(id));
  }

  listAudit(query: AuditQuery, cursor: string | undefined, limit: number): Promise<AuditPage> {
    return this.#audit.page(query, cursor, limit);
  }

  exportAudit(query: AuditQuery): AsyncIterable<string> {
    return this.#audit.lines(query);
  }

  verifyAudit(anchor: string | undefined): Promise<AuditVerdict> {
    return this.#audit.verify(anchor);
  }
}

function toView({ hash: _, ...token }: TokenRecord, lastUsedAt: number | undefined): TokenView {
  return { ...token, lastUsedAt: lastUsedAt ?? null };
}
