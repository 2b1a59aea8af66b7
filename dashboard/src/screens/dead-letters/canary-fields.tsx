/**
 * A few first: how many, how long they may take, and how many of them may die again before anybody is asked.
 */
import type { JSX } from 'preact';
import { useWords } from '../../words/words.tsx';

/** As it is typed. */
export interface CanaryWish {
  readonly isWanted: boolean;
  readonly count: string;
  readonly seconds: string;
  readonly tolerated: string;
}

/** What is there when somebody wants one. */
export const USUAL_CANARY: CanaryWish = {
  ...{ isWanted: false, count: '5', seconds: '60', tolerated: '0' },
};

const MOST = 1_000;
const LONGEST_S = 86_400;

/** A check box, and a sentence with fields. */
export function CanaryFields(props: {
  readonly wish: CanaryWish;
  readonly onWish: (wish: CanaryWish) => void;
}): JSX.Element {
  const { wish, onWish } = props;
  const words = useWords().deadLetters.canary;
  const field = (name: 'count' | 'seconds' | 'tolerated'): JSX.Element => (
    <input
      inputMode="numeric"
      autocomplete="off"
      aria-label={words.fields[name]}
      value={wish[name]}
      onInput={(event) => onWish({ ...wish, [name]: event.currentTarget.value })}
    />
  );
  return (
    <div class="field">
      <label class="row">
        <input
          type="checkbox"
          checked={wish.isWanted}
          onChange={() => onWish({ ...wish, isWanted: !wish.isWanted })}
        />
        {words.wanted}
      </label>
      {wish.isWanted && (
        <div class="dl-canary-line">
          {words.send} {field('count')} {words.wait} {field('seconds')} {words.tolerate}{' '}
          {field('tolerated')} {words.otherwise}
        </div>
      )}
      {toCanary(wish) === null && <span class="wrong">{words.wrong}</span>}
    </div>
  );
}

/** As the server takes it; null: the numbers make no sense. */
export function toCanary(
  wish: CanaryWish,
): 'none' | null | { count: number; wait: string; tolerated: number } {
  if (!wish.isWanted) return 'none';
  const [count, seconds, tolerated] = [wish.count, wish.seconds, wish.tolerated].map(wholeIn);
  if (count === undefined || seconds === undefined || tolerated === undefined) return null;
  const isPossible =
    count >= 1 && count <= MOST && seconds >= 1 && seconds <= LONGEST_S && tolerated < count;
  return isPossible ? { count, wait: `${seconds}s`, tolerated: shareOf(tolerated, count) } : null;
}

/** So large that as many are tolerated: 29 / 100 times 100 is less than 29. */
function shareOf(tolerated: number, count: number): number {
  const share = tolerated / count;
  return share * count < tolerated ? share + Number.EPSILON : share;
}

function wholeIn(text: string | undefined): number | undefined {
  return /^\s*\d{1,6}\s*$/.test(text ?? '') ? Number(text) : undefined;
}
