/**
 * The columns of the audit.
 */
import { Link } from 'wouter-preact';
import type { AuditEntry } from '../../../../src/operations/views.ts';
import { to } from '../../shell/paths.ts';
import { Badge, type Tone } from '../../ui/badge.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { Time } from '../../ui/moment.tsx';
import type { Words } from '../../words/en/index.ts';
import { type Formats, UNKNOWN } from '../../words/formats.ts';

const TONES: Readonly<Record<AuditEntry['result'], Tone>> = {
  done: 'good',
  failed: 'bad',
  refused: 'warn',
  unknown: 'quiet',
};

/** How an action ended. */
export function toneOfResult(result: AuditEntry['result']): Tone {
  return TONES[result];
}

/** All columns. */
export function auditColumns(
  words: Words['audit'],
  { duration }: Formats,
): readonly Column<AuditEntry>[] {
  const { columns: heads } = words;
  return [
    { id: 'at', head: heads.at, width: '170px', cell: ({ at }) => <Time at={at} /> },
    {
      id: 'actor',
      head: heads.actor,
      cell: ({ actor }) => <span title={actor.id}>{actor.name}</span>,
    },
    {
      ...{ id: 'action', head: heads.action },
      cell: ({ action }) => <span class="mono">{action}</span>,
    },
    {
      ...{ id: 'queue', head: heads.queue, isWideOnly: true },
      cell: ({ queue }) => (queue === null ? UNKNOWN : <Link href={to.queue(queue)}>{queue}</Link>),
    },
    {
      ...{ id: 'result', head: heads.result, width: '110px', isWideOnly: true },
      cell: ({ result, code }) => (
        <Badge tone={TONES[result]} hint={code ?? undefined}>
          {words.results[result]}
        </Badge>
      ),
    },
    {
      ...{ id: 'took', head: heads.took, isNumber: true, width: '90px', isWideOnly: true },
      cell: ({ tookMs }) => duration(tookMs),
    },
    {
      ...{ id: 'address', head: heads.address, width: '140px', isWideOnly: true },
      cell: ({ address }) => address ?? UNKNOWN,
    },
  ];
}
