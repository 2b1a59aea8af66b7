/**
 * The data of the job, or why they are not shown, and what of them is hidden from whoever looks.
 */
import type { JSX } from 'preact';
import type { JobView } from '../../../../src/operations/views.ts';
import { Payload } from '../../ui/payload.tsx';
import { useWords } from '../../words/words.tsx';

const ENCRYPTED = '"<encrypted>"';

/** A card. `onAll` asks for all of it. */
export function DataCard(props: {
  readonly job: JobView;
  readonly onAll: () => void;
}): JSX.Element {
  const { job, onAll } = props;
  const { data, dataBytes, isDataCut, isRedacted, unreadable } = job;
  const words = useWords().job;
  const isEncrypted = isRedacted && data === ENCRYPTED;
  return (
    <Payload
      title={words.data}
      text={isEncrypted ? null : data}
      bytes={dataBytes}
      isCut={isDataCut}
      onAll={onAll}
    >
      {isEncrypted && <p class="muted">{words.encrypted}</p>}
      {isRedacted && !isEncrypted && data !== null && <p class="muted small">{words.redacted}</p>}
      {unreadable !== null && (
        <p>
          {words.unreadable} <span class="muted">{unreadable}</span>
        </p>
      )}
      {data === null && unreadable === null && <p class="muted">{words.noData}</p>}
    </Payload>
  );
}
