/** A processor in a child process that never ends by itself and hears of nothing. */
export default function processor() {
  return new Promise(() => setInterval(() => {}, 1_000));
}
