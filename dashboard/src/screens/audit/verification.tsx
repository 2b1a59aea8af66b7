/**
 * Whether the chain of the audit is whole; asked for by hand, since the whole of it is read.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { AuditVerdict } from '../../../../src/operations/views.ts';
import { useAct } from '../../api/use-act.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Copy } from '../../ui/copy.tsx';
import { useFormats, useWords } from '../../words/words.tsx';

/** A line with a verdict. */
export function Verification(): JSX.Element {
  const words = useWords().audit;
  const { number } = useFormats();
  const act = useAct();
  const [anchor, setAnchor] = useState('');
  const [isWorking, setIsWorking] = useState(false);
  const [verdict, setVerdict] = useState<AuditVerdict | null>(null);
  const verify = async (): Promise<void> => {
    setIsWorking(true);
    try {
      setVerdict(await act('audit.verify', anchor ? { anchor } : {}));
    } catch {
      setVerdict(null); // It has been said why.
    } finally {
      setIsWorking(false);
    }
  };
  return (
    <details class="card">
      <summary>{words.verification}</summary>
      <div class="stack">
        <p class="muted">{words.verificationSays}</p>
        <form
          class="row"
          onSubmit={(event) => {
            event.preventDefault();
            void verify();
          }}
        >
          <label class="field">
            {words.anchor}
            <input
              value={anchor}
              spellcheck={false}
              placeholder="17204:9f3c…"
              onInput={(event) => setAnchor(event.currentTarget.value)}
            />
          </label>
          <Button type="submit" disabled={isWorking}>
            {words.verify}
          </Button>
        </form>
        {verdict && (
          <div role="status">
            <Badge tone={verdict.isWhole ? 'good' : 'bad'}>
              {verdict.isWhole ? words.whole(number(verdict.checked)) : words.broken}
            </Badge>
            {verdict.fault !== null && <p>{verdict.fault}</p>}
            {verdict.head !== null && (
              <p>
                {words.head} <span class="mono">{verdict.head}</span> <Copy text={verdict.head} />
              </p>
            )}
          </div>
        )}
      </div>
    </details>
  );
}
