/**
 * A preload that puts a clock in place of the process's own which can be stepped, as a bad time server does it.
 *
 * Only wall-clock time jumps; the monotonic clock and timers go on, as they do in reality.
 */
const realNow: () => number = Date.now.bind(Date);
let offsetMs = 0;

globalThis.Date = new Proxy(Date, {
  construct: (target, args: [], self) =>
    Reflect.construct(target, args.length > 0 ? args : [realNow() + offsetMs], self),
  get: (target, name, self) =>
    name === 'now' ? () => realNow() + offsetMs : Reflect.get(target, name, self),
});
(globalThis as { stepClock?: (ms: number) => void }).stepClock = (ms) => {
  offsetMs += ms;
};
