/**
 * How fast an objective's budget is being used up. Pure.
 *
 * An objective leaves room for a part of bad events: its budget. A burn rate of 1 uses up exactly that. It is
 * alarming when a long window and a short one are both above a factor: the long one tells that it matters, the
 * short one that it still goes on. Factors and windows are those of chapter 5, "Alerting on SLOs", of Google's
 * Site Reliability Workbook: 14.4 over 1 h and 5 min (2 % of a month's budget in an hour), 6 over 6 h and
 * 30 min (5 % in six hours). A budget of more than 1/14.4 (7 %) cannot burn so fast; plain thresholds remain.
 */
import type { BurnWindow, BurnWindows } from './queue-signals.ts';

/** Multiples of the budget by window; null where too little is known. */
export type BurnRates = Readonly<Record<BurnWindow, number | null>>;

/** Good and bad events. */
export interface Share {
  readonly total: number;
  readonly bad: number;
}

/** What the rates of one objective mean. */
export interface Burn {
  readonly rates: BurnRates;
  readonly alarm: 'fast' | 'slow' | null;
}

const FAST = { factor: 14.4, long: '1h', short: '5m' } as const;
const SLOW = { factor: 6, long: '6h', short: '30m' } as const;
/** Fewer events than this say nothing about a ratio. */
const LEAST_EVENTS = 10;
/** Fewer bad ones than this in the short window are bad luck. */
const LEAST_BAD = 3;

/** Measures an objective. `shareOf` takes what it is about out of a window. */
export function measureBurn(
  windows: BurnWindows,
  budget: number,
  shareOf: (window: NonNullable<BurnWindows[BurnWindow]>) => Share | null,
): Burn {
  const share = (name: BurnWindow): Share | null => {
    const window = windows[name];
    return window && shareOf(window);
  };
  const rate = (name: BurnWindow): number | null => {
    const events = share(name);
    return events && events.total >= LEAST_EVENTS ? events.bad / events.total / budget : null;
  };
  const rates = { '5m': rate('5m'), '30m': rate('30m'), '1h': rate('1h'), '6h': rate('6h') };
  const isAlarming = ({ factor, long, short }: typeof FAST | typeof SLOW): boolean =>
    (rates[long] ?? 0) > factor &&
    (rates[short] ?? 0) > factor &&
    (share(short)?.bad ?? 0) >= LEAST_BAD;
  return { rates, alarm: isAlarming(FAST) ? 'fast' : isAlarming(SLOW) ? 'slow' : null };
}
