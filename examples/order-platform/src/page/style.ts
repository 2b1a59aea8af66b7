/**
 * The page's style sheet. Follows the reader's choice of light or dark; names no outside resource.
 */
export const PAGE_STYLE = /* css */ `
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
body { background: var(--back); color: var(--text); font: 14px/1.45 system-ui, sans-serif; max-width: 1100px; margin: 0 auto; padding: 0 24px 40px; }
a { color: var(--accent); }
header { display: flex; align-items: center; gap: 14px; padding: 18px 0; }
h1 { font-size: 20px; }
h2 { font-size: 14px; margin-bottom: 8px; }
.role { color: var(--soft); margin-right: auto; }
button { background: var(--accent); color: var(--card); border: 0; border-radius: 8px; padding: 8px 16px; font: inherit; font-weight: 600; cursor: pointer; }
.banner, section { background: var(--card); border-radius: 8px; padding: 12px 16px; margin-bottom: 14px; }
.banner { border-left: 4px solid var(--good); }
.banner[data-redis=unhealthy] { border-color: var(--bad); }
.banner[data-redis=disabled] { border-color: var(--warn); }
section { border: 1px solid var(--line); overflow-x: auto; }
.none, .nil { color: var(--soft); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 14px 4px 0; text-align: right; white-space: nowrap; font-weight: 400; }
tr:first-child th { color: var(--soft); font-size: 12px; }
tr + tr { border-top: 1px solid var(--line); }
th:first-child, .orders th, .orders td { text-align: left; }
.orders .reason { white-space: normal; color: var(--soft); }
.state { border-radius: 5px; padding: 1px 8px; background: var(--back); color: var(--soft); }
.state[data-state=confirmed], .state[data-state=paid] { color: var(--good); }
.state[data-state=declined] { color: var(--warn); }
.state[data-state=failed] { color: var(--bad); }
.totals { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 6px 26px; color: var(--soft); }
.totals b { color: var(--text); font-variant-numeric: tabular-nums; }
`;
