/**
 * Who one is and what one may do; and, for those who may, the API tokens.
 */
import type { JSX } from 'preact';
import { useMay, useMe } from '../../api/me.tsx';
import { Screen } from '../../ui/screen.tsx';
import { useWords } from '../../words/words.tsx';
import { Tokens } from './tokens.tsx';

/** The screen. */
export default function Access(): JSX.Element {
  const words = useWords().access;
  const me = useMe();
  const may = useMay();
  return (
    <Screen title={words.title}>
      <div class="stack">
        <section class="card stack" aria-labelledby="me">
          <h2 id="me">{words.me}</h2>
          <dl class="pairs">
            <dt>{words.name}</dt>
            <dd>
              {me.name} <span class="muted small mono">{`${me.kind}:${me.id}`}</span>
            </dd>
            {me.grants.map(({ may: permissions, queues }) => (
              <Grant key={JSON.stringify([permissions, queues])} {...{ permissions, queues }} />
            ))}
          </dl>
          {me.grants.length === 0 && <p>{words.nothing}</p>}
        </section>
        {may('tokens.list', null) && <Tokens />}
      </div>
    </Screen>
  );
}

function Grant(props: {
  readonly permissions: readonly string[];
  readonly queues: readonly string[];
}): JSX.Element {
  const words = useWords().access;
  const { permissions, queues } = props;
  return (
    <>
      <dt>{queues.includes('*') ? words.everyQueue : queues.join(', ')}</dt>
      <dd class="mono small">{permissions.join(' · ')}</dd>
    </>
  );
}
