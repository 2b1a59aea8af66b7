/**
 * Short messages that come and go: what was done, and what went wrong. Wrong ones stay until they are closed, or too many
 * newer ones have come.
 */
import { type ComponentChildren, createContext, type JSX } from 'preact';
import { useCallback, useContext, useRef, useState } from 'preact/hooks';
import { Button } from '../ui/button.tsx';
import { useWords } from '../words/words.tsx';

type Tone = 'good' | 'bad';
interface Message {
  readonly id: number;
  readonly words: string;
  readonly tone: Tone;
  readonly act: { readonly label: string; readonly run: () => void } | null;
}

/** Says something; with `act`, offers something to do about it, such as to undo it. */
export type Toast = (words: string, tone: Tone, act?: Message['act']) => void;

const Toasting = createContext<Toast>(() => {});
const GOOD_STAYS_MS = 8_000;
const MOST = 4;

/** When there are too many the oldest good one goes, or else the oldest. */
function withNewest(all: readonly Message[], newest: Message): readonly Message[] {
  if (all.length < MOST) return [...all, newest];
  const leaving = all.find(({ tone }) => tone === 'good') ?? all[0];
  return [...all.filter((each) => each !== leaving), newest];
}

/** For all that is below. */
export function ToastProvider(props: { readonly children: ComponentChildren }): JSX.Element {
  const [messages, setMessages] = useState<readonly Message[]>([]);
  const words = useWords();
  const lastId = useRef(0);
  const remove = (id: number): void => setMessages((all) => all.filter((each) => each.id !== id));
  const toast = useCallback<Toast>((text, tone, act = null) => {
    lastId.current += 1;
    const id = lastId.current;
    setMessages((all) => withNewest(all, { id, words: text, tone, act }));
    if (tone === 'good') setTimeout(() => remove(id), GOOD_STAYS_MS);
  }, []);
  return (
    <Toasting.Provider value={toast}>
      {props.children}
      <div class="toasts" role="status" aria-live="polite">
        {messages.map(({ id, words: text, tone, act }) => (
          <div key={id} class="toast" data-tone={tone}>
            <div>{text}</div>
            {act && (
              <Button
                size="small"
                onClick={() => {
                  act.run();
                  remove(id);
                }}
              >
                {act.label}
              </Button>
            )}
            <Button size="small" tone="plain" onClick={() => remove(id)} label={words.shell.close}>
              ×
            </Button>
          </div>
        ))}
      </div>
    </Toasting.Provider>
  );
}

/** Says something. */
export function useToast(): Toast {
  return useContext(Toasting);
}
