/**
 * The gallery's style sheet. Follows the reader's choice of light or dark; names no outside resource.
 */
export const GALLERY_STYLE: string = /* css */ `
:root {
  color-scheme: light dark;
  --back: #f4f5f7; --card: #fff; --text: #1d2330; --soft: #667085; --line: #dfe3ea;
  --good: #16794c; --warn: #a15c07; --bad: #b42318; --accent: #2a5bd7;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #11141b; --card: #1a1f2a; --text: #e8ebf2; --soft: #98a2b3; --line: #2c3342;
    --good: #4cc38a; --warn: #f0b252; --bad: #ff8a7e; --accent: #8fb0ff;
  }
}
* { box-sizing: border-box; margin: 0; }
body { background: var(--back); color: var(--text); font: 15px/1.45 system-ui, sans-serif; padding: 0 24px 40px; }
a { color: var(--accent); }
header { display: flex; align-items: center; gap: 20px; padding: 18px 0; flex-wrap: wrap; }
h1 { font-size: 21px; margin-right: auto; }
nav { display: flex; gap: 14px; }
.button { background: var(--accent); color: var(--card); border-radius: 8px; padding: 8px 16px; cursor: pointer; font-weight: 600; }
.button:focus-within { outline: 3px solid var(--text); outline-offset: 2px; }
.button input { position: absolute; opacity: 0; width: 1px; height: 1px; }
.hint { color: var(--soft); margin-left: 8px; }
.banner { border-left: 4px solid var(--good); background: var(--card); border-radius: 6px; padding: 10px 14px; }
.banner[data-redis=unhealthy] { border-color: var(--bad); }
.banner[data-redis=disabled] { border-color: var(--warn); }
.lost .banner::after { content: ' This page has lost its connection and shows old news.'; color: var(--bad); }
#state { display: flex; flex-wrap: wrap; align-items: center; gap: 14px 40px; margin-bottom: 20px; }
#state .banner { flex: 1 1 100%; }
.counts { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 8px; margin-right: auto; }
.counts li { background: var(--card); border: 1px solid var(--line); border-radius: 999px; padding: 3px 12px; color: var(--soft); }
.counts b { color: var(--text); font-variant-numeric: tabular-nums; }
.counts [data-status=failed]:not(.nil) b { color: var(--bad); }
.counts [data-status=done]:not(.nil) b { color: var(--good); }
.queues { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
.queues th, .queues td { padding: 2px 0 2px 18px; text-align: right; font-weight: 400; color: var(--soft); }
.queues th:first-child { text-align: left; padding-left: 0; }
.queues tbody td { color: var(--text); }
#messages { list-style: none; padding: 0; margin-bottom: 12px; font-size: 13px; color: var(--soft); }
#messages .error { color: var(--bad); }
#photos { display: grid; grid-template-columns: repeat(auto-fill, minmax(252px, 1fr)); gap: 16px; }
#photos:not(:empty) + #empty { display: none; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; overflow: hidden; display: flex; flex-direction: column; box-shadow: 0 1px 3px rgb(0 0 0 / 6%); }
.card:target { outline: 3px solid var(--accent); }
.card[data-status=failed] { border-color: var(--bad); }
.picture { position: relative; display: block; aspect-ratio: 4 / 3; background: var(--line); overflow: hidden; }
.picture img { position: absolute; inset: 0; width: 100%; height: 100%; }
.blur { object-fit: cover; filter: blur(14px); transform: scale(1.15); }
.thumb { object-fit: contain; }
.none { position: absolute; inset: 0; display: grid; place-items: center; color: var(--soft); }
.text { flex: 1; padding: 10px 14px 12px; display: flex; flex-direction: column; gap: 3px; font-size: 13px; }
.card h2 { font-size: 15px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.facts, .progress { color: var(--soft); }
.tags { list-style: none; padding: 0; margin-top: 3px; display: flex; flex-wrap: wrap; gap: 5px; font-size: 12px; }
.tags li { background: var(--back); border-radius: 5px; padding: 1px 8px; color: var(--soft); }
.colours { display: block; width: 100%; height: 6px; }
.steps { list-style: none; padding: 0; margin-top: 6px; display: flex; gap: 3px; }
.steps li { flex: 1; height: 5px; border-radius: 2px; background: var(--line); }
.steps .done { background: var(--accent); }
.error { color: var(--bad); overflow-wrap: anywhere; }
.error strong { display: block; font-size: 12px; }
.links { margin-top: auto; padding-top: 8px; display: flex; flex-wrap: wrap; justify-content: space-between; gap: 2px 12px; font-size: 12px; font-variant-numeric: tabular-nums; }
.links b { color: var(--soft); font-weight: 400; }
.links a, nav a { text-decoration: none; }
.links a:hover, nav a:hover { text-decoration: underline; }
@media (max-width: 560px) {
  body { padding: 0 14px 30px; }
  .hint { display: none; }
  .queues { font-size: 11px; }
  .queues th, .queues td { padding-left: 8px; }
}
.dropping::after { content: 'Drop to add'; position: fixed; inset: 12px; border: 3px dashed var(--accent); border-radius: 14px; background: color-mix(in srgb, var(--back) 75%, transparent); display: grid; place-items: center; font-size: 26px; }
`;
