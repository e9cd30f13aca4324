export const stylesheet = `
:root { color-scheme: light dark; --paper: #f6f8f7; --card: #fff; --ink: #16211f; --soft: #5c6b68; --line: #e0e7e5;
  --accent: #0f766e; --accent-ink: #fff; --wash: #e3f2ef; --warn: #b42318; --warn-wash: #fdf0ee; --shadow: 0 1px 2px #0b1f1b0d, 0 12px 32px #0b1f1b12; }
@media (prefers-color-scheme: dark) { :root { --paper: #0e1413; --card: #161e1c; --ink: #e8efed; --soft: #94a5a1; --line: #283330;
  --accent: #4cc2b2; --accent-ink: #06201c; --wash: #14322d; --warn: #ff9b8f; --warn-wash: #351a17; --shadow: 0 1px 2px #0006, 0 16px 40px #0005; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; -webkit-font-smoothing: antialiased; }
h1 { margin: 0; font-size: 21px; line-height: 1.3; letter-spacing: -.015em; font-weight: 650; }
p { margin: 0; } a { color: var(--accent); }
.soft { color: var(--soft); } .small { font-size: 13px; }
.logo { display: inline-flex; align-items: center; gap: 9px; font-weight: 650; letter-spacing: -.01em; }
.logo svg { width: 26px; height: 26px; } .logo rect { fill: var(--accent); } .logo circle { fill: none; stroke: var(--accent-ink); stroke-width: 1.7; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }

.gate { display: grid; place-items: center; padding: 32px 16px; }
.gate main { width: 100%; max-width: 420px; display: grid; gap: 20px; }
.panel { background: var(--card); border: 1px solid var(--line); border-radius: 16px; padding: 28px; box-shadow: var(--shadow); display: grid; gap: 20px; }
.panel header { display: grid; gap: 6px; }
.stack { display: grid; gap: 14px; }
label { display: grid; gap: 6px; font-weight: 550; font-size: 14px; }
input { font: inherit; font-weight: 400; padding: 10px 12px; border: 1px solid var(--line); border-radius: 9px; background: var(--paper); color: inherit; width: 100%; }
input:focus { outline: 2px solid var(--accent); outline-offset: -1px; border-color: transparent; }
button { font: inherit; font-weight: 600; padding: 10px 16px; border-radius: 9px; border: 1px solid transparent; cursor: pointer; background: var(--accent); color: var(--accent-ink); }
button:hover { filter: brightness(1.07); }
button.plain { background: none; color: inherit; border-color: var(--line); }
button.plain:hover { background: var(--paper); filter: none; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 10px; }
.alert { background: var(--warn-wash); color: var(--warn); border-radius: 9px; padding: 10px 12px; font-size: 14px; }
.who { display: flex; align-items: center; gap: 12px; padding: 12px; border: 1px solid var(--line); border-radius: 11px; }
.who > div { flex: 1; min-width: 0; line-height: 1.35; } .who b { font-weight: 600; display: block; }
.avatar { flex: none; width: 34px; height: 34px; border-radius: 50%; display: grid; place-items: center; background: var(--wash); color: var(--accent); font-weight: 650; font-size: 13px; }
.scopes { list-style: none; margin: 0; padding: 0; display: grid; gap: 14px; }
.scopes li { display: grid; grid-template-columns: 20px 1fr; gap: 11px; line-height: 1.4; } .scopes b { font-weight: 600; }
.scopes svg { width: 20px; height: 20px; margin-top: 1px; fill: none; stroke: var(--accent); stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
.foot { text-align: center; }

.bar { background: var(--card); border-bottom: 1px solid var(--line); }
.bar > div { max-width: 1060px; margin: 0 auto; padding: 14px 24px; display: flex; justify-content: space-between; align-items: center; gap: 16px; }
.bar .avatar { width: 30px; height: 30px; }
.book { max-width: 1060px; margin: 0 auto; padding: 32px 24px 64px; display: grid; gap: 20px; }
.book > header { display: flex; align-items: end; justify-content: space-between; gap: 16px; flex-wrap: wrap; } .book h1 { font-size: 25px; }
.live { display: inline-flex; align-items: center; gap: 8px; } .live::before { content: ""; width: 8px; height: 8px; border-radius: 50%; background: var(--accent); }
.sheet { background: var(--card); border: 1px solid var(--line); border-radius: 14px; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; min-width: 640px; }
th { text-align: left; font-size: 12.5px; font-weight: 550; color: var(--soft); padding: 12px 18px; border-bottom: 1px solid var(--line); white-space: nowrap; }
td { padding: 13px 18px; border-bottom: 1px solid var(--line); vertical-align: top; line-height: 1.4; } tr:last-child td { border: 0; }
td .name { font-weight: 600; overflow-wrap: anywhere; } td .note { white-space: pre-line; margin-top: 4px; max-width: 44ch; overflow-wrap: anywhere; }
td:last-child, td.nowrap { white-space: nowrap; }
.tag { display: inline-block; font-size: 12.5px; padding: 1px 9px; border-radius: 99px; border: 1px solid var(--line); color: var(--soft); }
.tag.on { background: var(--wash); border-color: transparent; color: var(--accent); font-weight: 550; }
tr.fresh td { animation: fresh 3.2s ease-out; } @keyframes fresh { from { background: var(--wash); } }
@media (prefers-reduced-motion: reduce) { tr.fresh td { animation: none; } }
`;
