/**
 * Asks before something is done that cannot be taken back, or touches many: it says what and how many, asks for a name
 * where the server does, and shows that it is at work and what went wrong.
 */
import type { ComponentChildren, JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useWords } from '../words/words.tsx';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Problem } from './problem.tsx';

interface ConfirmProps {
  readonly title: string;
  /** What will be done, and to how many. */
  readonly children: ComponentChildren;
  /** On the button that does it. */
  readonly does: string;
  readonly isDangerous?: boolean;
  /** Wider than usual, for data and plans. */
  readonly isWide?: boolean;
  /** Has to be typed first. */
  readonly name?: string;
  /** Whether it can be done: the plan is there, and there is something to do. @default true */
  readonly isReady?: boolean;
  /** Whether closing it ends what it is doing; else it stays until that has ended. @default false */
  readonly isEndedByClosing?: boolean;
  /** Does it; the dialog closes when it resolves, and shows why it rejects. */
  readonly onConfirm: () => Promise<unknown>;
  readonly onClose: () => void;
}

/** A question with one way on. */
export function Confirm(props: ConfirmProps): JSX.Element {
  const { title, children, does, isDangerous = false, name, isReady = true } = props;
  const { isWide = false, isEndedByClosing = false } = props;
  const words = useWords().shell;
  const [typed, setTyped] = useState('');
  const [isWorking, setIsWorking] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const isClosed = useRef(false);
  const isHeld = isWorking && !isEndedByClosing;
  const isNamed = name === undefined || typed === name;
  useHeldOpen(isHeld);
  const close = (): void => {
    if (isHeld) return;
    isClosed.current = true;
    props.onClose();
  };
  const confirm = async (): Promise<void> => {
    setIsWorking(true);
    setFailure(null);
    try {
      await props.onConfirm();
      // Whatever is open by now is not this dialog.
      if (!isClosed.current) props.onClose();
    } catch (error) {
      setFailure(error);
      setIsWorking(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady && isNamed && !isWorking) void confirm();
      }}
    >
      <Dialog
        title={title}
        isWide={isWide}
        onClose={close}
        foot={
          <>
            <Button disabled={isHeld} onClick={close}>
              {words.cancel}
            </Button>
            <Button
              type="submit"
              tone={isDangerous ? 'danger' : 'primary'}
              isStrong={isDangerous}
              disabled={!isReady || !isNamed || isWorking}
            >
              {isWorking ? words.working : does}
            </Button>
          </>
        }
      >
        <fieldset class="stack" disabled={isWorking}>
          {children}
          {name !== undefined && (
            <label class="field">
              {words.typeName(name)}
              <input
                value={typed}
                autocomplete="off"
                spellcheck={false}
                onInput={(event) => setTyped(event.currentTarget.value)}
              />
            </label>
          )}
        </fieldset>
        {failure !== null && <Problem error={failure} />}
      </Dialog>
    </form>
  );
}

/** Browsers close a dialog at the second Escape, whatever is said to the first one. */
function useHeldOpen(isHeld: boolean): void {
  useLayoutEffect(() => {
    if (!isHeld) return;
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [isHeld]);
}
