/**
 * The reference rules without their guard, until `src/pools/plan.ts` is there.
 */
import type { Policy, PolicyKind, Situation } from '../policy.ts';

const T = 1;
const THETA = 0.4;

export const standIn: PolicyKind = { name: 'stand-in', family: 'stand-in', create };

function create({ waitSeconds: W, startSeconds: d, startCost, min, max }: Situation): Policy {
  const react = d + T;
  let [slow, fast, mean, variance] = [Number.NaN, Number.NaN, Number.NaN, 0];
  let [busy, done, runs, sum, squares] = [0, 0, 0, 0, 0];
  let n = 1;
  const recent: { at: number; rec: number }[] = [];
  const hold = Math.min(300, Math.max(3 * T, d + startCost));
  return {
    everySeconds: T,
    victims: 'idle-first',
    readopts: true,
    startsWith: 1,
    decide(seen) {
      const dt = seen.elapsedSeconds;
      if (dt > 0) {
        const x = seen.arrived / dt;
        if (Number.isNaN(slow)) [slow, fast, mean] = [x, x, x * dt];
        const tau = Math.min(600, Math.max(60, 15 / slow));
        slow += (1 - Math.exp(-dt / tau)) * (x - slow);
        fast += (1 - Math.exp(-dt / 10)) * (x - fast);
        const a = 1 - Math.exp(-dt / 120);
        variance = (1 - a) * (variance + a * (seen.arrived - mean) ** 2);
        mean += a * (seen.arrived - mean);
        const k = Math.exp(-dt / 300);
        busy = busy * k + seen.busySeconds;
        done = done * k + seen.completed;
        runs = runs * k + seen.completed;
        sum = sum * k + seen.runSeconds;
        squares = squares * k + seen.runSecondsSquared;
      }
      const z = (20 * (fast - slow)) / Math.sqrt(20 * slow + 1);
      const rate = (z > 2 ? fast : slow) || 0;
      const m = (busy + 1) / (done + 1);
      const ca = mean > 0 ? Math.min(4, Math.max(0.5, variance / mean)) : 1;
      const cs = runs <= 5 ? 1 : Math.min(25, Math.max(0, (squares * runs) / sum ** 2 - 1));
      const kappa = Math.max(0.25, (ca + cs) / 2);
      const r = rate * m;
      const D = seen.dueWithin(react + 1);
      const L = seen.active + seen.waiting + Math.max(0, D - rate * (react + 1));
      const fb = Math.ceil(Math.min(L, (L * m) / (THETA * W)));
      let ff = rate > 0 ? Math.ceil(r) : 0;
      if (rate > 0 && react > W) {
        const t = Math.max(0.1 * W, W - react);
        ff = tail(r, t, m, kappa);
      }
      ff = Math.min(ff, seen.active + seen.waiting + D + Math.ceil(rate * react));
      const rec = Math.min(max, Math.max(min, fb, ff));
      recent.push({ at: seen.nowSeconds, rec });
      while (recent[0]!.at < seen.nowSeconds - hold) recent.shift();
      if (rec >= n) n = rec;
      else {
        const h = Math.max(...recent.map((entry) => entry.rec));
        const isDead =
          startCost > 0 && seen.waiting + seen.active > 0 && n > 3 && n - h <= Math.max(1, 0.1 * n);
        if (h < n && !isDead) n = h;
      }
      return n;
    },
  };
}

function tail(r: number, t: number, m: number, kappa: number): number {
  const most = r + 50 + 10 * Math.sqrt(r + 1);
  let blocked = 1;
  for (let n = 1; n <= most; n++) {
    blocked = (r * blocked) / (n + r * blocked);
    if (n <= r) continue;
    const wait = (n * blocked) / (n - r * (1 - blocked));
    if (wait * Math.exp((-(n - r) * t) / (m * kappa)) <= 0.05) return n;
  }
  return Math.ceil(most);
}
