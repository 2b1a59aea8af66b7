/**
 * Makes an API token. Its secret is shown once, to be copied.
 */
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { PERMISSIONS } from '../../../../src/access/permissions.ts';
import type { NewToken, Permission, Role } from '../../../../src/operations/views.ts';
import { useMay } from '../../api/me.tsx';
import { useAct } from '../../api/use-act.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Copy } from '../../ui/copy.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { useWords } from '../../words/words.tsx';

const ROLE_NAMES: readonly Role[] = ['viewer', 'operator', 'admin'];
const USUAL_DAYS = '90d';

/** A dialog, and after it the secret. */
export function NewTokenDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const words = useWords().access;
  const act = useAct();
  const [name, setName] = useState('');
  const [given, setGiven] = useState<ReadonlySet<Permission | Role>>(new Set());
  const [queues, setQueues] = useState('');
  const [expires, setExpires] = useState(USUAL_DAYS);
  const [made, setMade] = useState<NewToken | null>(null);
  const isMade = useRef(false);
  if (made) return <Secret token={made} onClose={onClose} />;
  const create = async (): Promise<void> => {
    const patterns = queues.split(/[\s,]+/).filter(Boolean);
    const grant = { may: [...given], ...(patterns.length > 0 && { queues: patterns }) };
    const order = { name: name.trim(), grants: [grant], expires };
    setMade(await act('tokens.create', order, { isShownElsewhere: true }));
    isMade.current = true;
  };
  return (
    <Confirm
      title={words.make}
      does={words.make}
      isReady={name.trim() !== '' && given.size > 0}
      onConfirm={create}
      // It closes by itself when it is made: the secret takes its place.
      onClose={() => isMade.current || onClose()}
    >
      <label class="field">
        {words.name}
        <input value={name} required onInput={(event) => setName(event.currentTarget.value)} />
      </label>
      <Granted given={given} onChange={setGiven} />
      <label class="field">
        {words.queues}
        <input
          value={queues}
          spellcheck={false}
          placeholder="mails-*, eu:photos"
          onInput={(event) => setQueues(event.currentTarget.value)}
        />
        <span class="hint">{words.queuesHint}</span>
      </label>
      <label class="field">
        {words.expires}
        <input
          value={expires}
          required
          onInput={(event) => setExpires(event.currentTarget.value)}
        />
        <span class="hint">{words.expiresHint}</span>
      </label>
    </Confirm>
  );
}

function Granted(props: {
  readonly given: ReadonlySet<Permission | Role>;
  readonly onChange: (given: ReadonlySet<Permission | Role>) => void;
}): JSX.Element {
  const words = useWords().access;
  const may = useMay();
  const { given, onChange } = props;
  const toggle = (each: Permission | Role): void => {
    const next = new Set(given);
    if (!next.delete(each)) next.add(each);
    onChange(next);
  };
  const box = (each: Permission | Role, says: string): JSX.Element => (
    <label key={each} class="row" title={says}>
      <input type="checkbox" checked={given.has(each)} onChange={() => toggle(each)} />
      <span class="mono">{each}</span> <span class="muted small">{says}</span>
    </label>
  );
  // Nobody can give more than they have.
  const own = (Object.keys(PERMISSIONS) as Permission[]).filter((each) => may(each));
  return (
    <fieldset class="card stack">
      <legend>{words.may}</legend>
      {ROLE_NAMES.map((role) => box(role, words.roles[role]))}
      <details>
        <summary>{words.single}</summary>
        {own.map((permission) => box(permission, ''))}
      </details>
    </fieldset>
  );
}

function Secret(props: { readonly token: NewToken; readonly onClose: () => void }): JSX.Element {
  const { access: words, shell } = useWords();
  const { token, onClose } = props;
  return (
    <Dialog
      title={words.secretOf(token.name)}
      onClose={onClose}
      foot={<Button onClick={onClose}>{shell.close}</Button>}
    >
      <p>{words.once}</p>
      <p class="row">
        <code class="code" style={{ overflowWrap: 'anywhere' }}>
          {token.secret}
        </code>
        <Copy text={token.secret} />
      </p>
    </Dialog>
  );
}
