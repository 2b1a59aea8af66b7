/**
 * The API tokens: what each may do, when it was used, until when it is good.
 */
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { Grant, TokenView } from '../../../../src/operations/views.ts';
import { useMay } from '../../api/me.tsx';
import { useAct } from '../../api/use-act.ts';
import { useAsk } from '../../api/use-ask.ts';
import { useCommands } from '../../shell/commands.tsx';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Ago, Time } from '../../ui/moment.tsx';
import { Problem } from '../../ui/problem.tsx';
import { useWords } from '../../words/words.tsx';
import { NewTokenDialog } from './new-token-dialog.tsx';

const keyOf = ({ id }: TokenView): string => id;

/** A table, and what can be done. */
export function Tokens(): JSX.Element {
  const words = useWords().access;
  const act = useAct();
  const may = useMay();
  const { data, error, refetch } = useAsk('tokens.list', {});
  const [isMaking, setIsMaking] = useState(false);
  const [asked, setAsked] = useState<TokenView | null>(null);
  const mayMake = may('tokens.create', null);
  const columns = useMemo((): readonly Column<TokenView>[] => {
    const { columns: heads } = words;
    return [
      { id: 'name', head: heads.name, cell: ({ name, id }) => <span title={id}>{name}</span> },
      {
        ...{ id: 'state', head: heads.state, width: '110px' },
        cell: (token) => <TokenState token={token} />,
      },
      {
        ...{ id: 'may', head: heads.may, isWideOnly: true },
        cell: ({ grants }) => <span class="mono small">{grants.map(inWords).join('; ')}</span>,
      },
      {
        id: 'used',
        head: heads.used,
        width: '120px',
        isWideOnly: true,
        cell: (row) => <Ago at={row.lastUsedAt} />,
      },
      {
        id: 'expires',
        head: heads.expires,
        width: '170px',
        isWideOnly: true,
        cell: (row) => <Time at={row.expiresAt} />,
      },
      { id: 'by', head: heads.by, width: '130px', isWideOnly: true, cell: (row) => row.createdBy },
      {
        ...{ id: 'acts', head: heads.acts, width: '100px' },
        cell: (token) =>
          mayMake &&
          token.revokedAt === null && (
            <Button size="small" tone="danger" onClick={() => setAsked(token)}>
              {words.revoke}
            </Button>
          ),
      },
    ];
  }, [words, mayMake]);
  useCommands(
    mayMake
      ? [
          {
            id: 'tokens.create',
            label: words.make,
            group: 'acts',
            key: 'N',
            run: () => setIsMaking(true),
          },
        ]
      : [],
  );
  return (
    <section class="stack" aria-labelledby="tokens">
      <div class="row">
        <h2 id="tokens">{words.tokens}</h2>
        {mayMake && (
          <Button size="small" onClick={() => setIsMaking(true)}>
            {words.make}
          </Button>
        )}
      </div>
      {error && <Problem error={error} onRetry={() => void refetch()} />}
      {data && (
        <DataTable
          caption={words.tokens}
          {...{ columns, keyOf }}
          rows={data}
          empty={words.noTokens}
        />
      )}
      {isMaking && <NewTokenDialog onClose={() => setIsMaking(false)} />}
      {asked && (
        <Confirm
          title={words.revoke}
          does={words.revoke}
          isDangerous
          name={asked.name}
          onConfirm={() =>
            act(
              'tokens.revoke',
              { token: asked.id },
              { done: words.revoked, isShownElsewhere: true },
            )
          }
          onClose={() => setAsked(null)}
        >
          <p>{words.revokeSays(asked.name)}</p>
        </Confirm>
      )}
    </section>
  );
}

function TokenState({ token }: { readonly token: TokenView }): JSX.Element {
  const words = useWords().access;
  if (token.revokedAt !== null) return <Badge tone="quiet">{words.isRevoked}</Badge>;
  const isOver = token.expiresAt !== null && token.expiresAt < Date.now();
  return isOver ? (
    <Badge tone="warn">{words.isExpired}</Badge>
  ) : (
    <Badge tone="good">{words.isGood}</Badge>
  );
}

function inWords({ may, queues }: Grant): string {
  return `${may.join(' ')}${queues ? ` @ ${queues.join(', ')}` : ''}`;
}
