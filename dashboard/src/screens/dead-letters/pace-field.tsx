/**
 * How fast a bulk action goes, and how long it takes like that.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useFormats, useWords } from '../../words/words.tsx';

/** Of the API. */
const FASTEST = 1_000_000;

/** A number each second; null: as fast as it goes; undefined: what was typed is none. */
export function PaceField(props: {
  readonly pace: number | null | undefined;
  readonly onPace: (pace: number | null | undefined) => void;
  /** How many the largest queue has; null: that is not known yet. */
  readonly most: number | null;
  /** Whether the pace is that of each of several queues. */
  readonly isEach: boolean;
}): JSX.Element {
  const { pace, onPace, most, isEach } = props;
  const words = useWords().deadLetters.pace;
  const { duration } = useFormats();
  const [text, setText] = useState(String(pace ?? ''));
  const takes =
    typeof pace === 'number' && most !== null && most > pace
      ? words.takes(duration((1_000 * most) / pace))
      : null;
  return (
    <label class="field">
      {isEach ? words.labelEach : words.label}
      <input
        type="text"
        inputMode="decimal"
        autocomplete="off"
        style={{ width: '120px' }}
        value={text}
        aria-invalid={pace === undefined}
        onInput={(event) => {
          setText(event.currentTarget.value);
          onPace(paceIn(event.currentTarget.value));
        }}
      />
      {pace === undefined ? (
        <span class="wrong">{words.wrong}</span>
      ) : (
        <span class="hint">{pace === null ? words.atOnce : (takes ?? words.hint)}</span>
      )}
    </label>
  );
}

function paceIn(text: string): number | null | undefined {
  if (text.trim() === '') return null;
  const pace = Number(text.trim().replace(',', '.'));
  return pace > 0 && pace <= FASTEST ? pace : undefined;
}
