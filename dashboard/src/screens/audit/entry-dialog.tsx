/**
 * One entry of the audit with everything that was written down.
 */
import type { JSX } from 'preact';
import type { AuditEntry } from '../../../../src/operations/views.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Time } from '../../ui/moment.tsx';
import { UNKNOWN } from '../../words/formats.ts';
import { useWords } from '../../words/words.tsx';
import { toneOfResult } from './audit-columns.tsx';

/** A dialog. */
export function EntryDialog(props: {
  readonly entry: AuditEntry;
  readonly onClose: () => void;
}): JSX.Element {
  const { entry, onClose } = props;
  const { audit: words, shell } = useWords();
  const { n, at, actor, action, queue, result, code, address, correlationId, parameters } = entry;
  return (
    <Dialog
      title={words.entry(n)}
      onClose={onClose}
      isWide
      foot={<Button onClick={onClose}>{shell.close}</Button>}
    >
      <dl class="pairs">
        <dt>{words.columns.at}</dt>
        <dd>
          <Time at={at} />
        </dd>
        <dt>{words.columns.actor}</dt>
        <dd>
          {actor.name} <span class="muted mono small">{`${actor.kind}:${actor.id}`}</span>
        </dd>
        <dt>{words.columns.action}</dt>
        <dd class="mono">{action}</dd>
        <dt>{words.columns.queue}</dt>
        <dd>{queue ?? UNKNOWN}</dd>
        <dt>{words.columns.result}</dt>
        <dd>
          <Badge tone={toneOfResult(result)}>{words.results[result]}</Badge> {code}
        </dd>
        <dt>{words.columns.address}</dt>
        <dd>{address ?? UNKNOWN}</dd>
        <dt>{words.request}</dt>
        <dd class="mono">{correlationId}</dd>
      </dl>
      <pre class="code">{JSON.stringify(parameters, null, 2)}</pre>
    </Dialog>
  );
}
