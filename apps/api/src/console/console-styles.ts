const light = `--ink:#1b1f24;--soft:#59626e;--line:#dfe3e8;--edge:#7d8794;--paper:#fff;--ground:#f4f5f7;--accent:#2f5bea;--on-accent:#fff;
--wash:#eaeffd;--good:#18713f;--good-wash:#e3f3ea;--warn:#7d5200;--warn-wash:#fbf0d9;--bad:#b3261e;--bad-wash:#fbeae9;--busy:#2549b8;
--busy-wash:#e8eefc;--idle:#59626e;--idle-wash:#eceef1;color-scheme:light;`;
const dark = `--ink:#eceff3;--soft:#a9b2be;--line:#2f363f;--edge:#7b8696;--paper:#1d2127;--ground:#14171b;--accent:#8ba6ff;--on-accent:#0d1220;
--wash:#242d45;--good:#79d6a4;--good-wash:#17321f;--warn:#ecc173;--warn-wash:#382b12;--bad:#ffaba2;--bad-wash:#401d1b;--busy:#a9bdff;
--busy-wash:#222c48;--idle:#a9b2be;--idle-wash:#2a3038;color-scheme:dark;`;

const page = `
:root{${light}}
@media (prefers-color-scheme:dark){:root{${dark}}}
*{box-sizing:border-box}
[hidden]{display:none!important}
body{margin:0;min-height:100vh;background:var(--ground);color:var(--ink);font:14px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;
display:grid;grid-template-columns:216px minmax(0,1fr);grid-template-rows:100%}
h1{font-size:22px;line-height:1.25;margin:0;letter-spacing:-.015em}
h1 small{display:block;font-size:13px;font-weight:400;letter-spacing:0}
h1:focus{outline:0}
h2{font-size:15px;margin:0 0 10px}
p{margin:0 0 10px}
small{color:var(--soft);font-size:12.5px;display:block;overflow-wrap:anywhere}
a{color:var(--accent)}
code{font:12px/1.4 ui-monospace,Menlo,Consolas,monospace}
.soft{color:var(--soft)}
.bad,small.bad{color:var(--bad)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
nav{position:sticky;top:0;height:100vh;overflow:auto;background:var(--paper);border-right:1px solid var(--line);padding:16px 12px;display:flex;
flex-direction:column;gap:18px}
.brand{font-weight:650;font-size:16px;padding:0 10px}
.links{display:flex;flex-direction:column;gap:1px}
nav a{padding:6px 10px;border-radius:7px;color:var(--ink);text-decoration:none;white-space:nowrap}
nav a:hover{background:var(--idle-wash)}
nav a[aria-current]{background:var(--wash);color:var(--accent);font-weight:600}
.tenant{margin:0 0 6px;width:100%;font-weight:600}
.who{margin-top:auto;padding:0 10px;display:grid;gap:2px;overflow-wrap:anywhere}
.who .button{margin-top:8px;justify-self:start}
main{padding:24px 28px 64px;min-width:0}
article{max-width:1180px;margin:0 auto}
header{display:flex;justify-content:space-between;align-items:start;gap:16px;flex-wrap:wrap;margin-bottom:18px}
section{margin-top:26px}
.skip{position:absolute;left:-999px}
.skip:focus{position:fixed;left:8px;top:8px;z-index:9;background:var(--paper);padding:8px 12px}
.row{display:flex;gap:8px;align-items:center;flex-wrap:wrap}
.between{justify-content:space-between}
.answers{flex-direction:row-reverse;margin-top:18px}
.panel,.card{background:var(--paper);border:1px solid var(--line);border-radius:12px;padding:16px}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(240px,1fr));gap:12px}
.cards.wide{grid-template-columns:repeat(auto-fill,minmax(340px,1fr))}
.card{display:grid;gap:8px;align-content:start;overflow-wrap:anywhere}
.card.open{border-color:var(--accent);box-shadow:0 0 0 1px var(--accent)}
.stack{display:grid;grid-template-columns:minmax(0,1fr);gap:12px}
.numbers{grid-template-columns:repeat(auto-fill,minmax(160px,1fr))}
.number{gap:0}.number b{font-size:26px;line-height:1.2;font-variant-numeric:tabular-nums}
.number.bad b{color:var(--bad)}
.empty{border:1px dashed var(--edge);border-radius:12px;padding:22px 20px;color:var(--soft);overflow-wrap:anywhere}
.empty b{color:var(--ink)}.empty p{margin:4px 0 0}
`;

const controls = `
.button{font:inherit;font-weight:550;padding:5px 12px;border-radius:8px;border:1px solid var(--line);background:var(--paper);color:var(--ink);
cursor:pointer;text-decoration:none;white-space:nowrap}
.button:hover{border-color:var(--edge)}
.button:disabled{opacity:.5;cursor:default}
.primary{background:var(--accent);border-color:var(--accent);color:var(--on-accent)}
.danger{color:var(--bad)}
dialog .danger{background:var(--bad);border-color:var(--bad);color:var(--paper)}
input,select{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--edge);border-radius:8px;padding:5px 10px;min-width:0}
input[type=checkbox]{width:16px;height:16px;vertical-align:-3px}
.filters{margin-bottom:14px}.filters input{width:150px}
.field{display:grid;gap:4px;margin:0 0 12px}.field>span{font-weight:600}
.fields{align-items:start;gap:12px;margin-bottom:14px}.fields .field{flex:1 1 160px;margin:0}
.check{align-self:center}
dialog{border:1px solid var(--line);border-radius:14px;background:var(--paper);color:var(--ink);padding:22px;width:min(440px,calc(100vw - 32px));
overflow-wrap:anywhere}
dialog::backdrop{background:#0008}
.sign-in{grid-column:1/-1;display:grid;place-items:center;padding:24px}
.sign-in form{width:min(400px,100%);background:var(--paper);border:1px solid var(--line);border-radius:16px;padding:28px}
.sign-in h1{margin-bottom:18px}.sign-in .button{width:100%;padding:9px}
.alert{color:var(--bad);background:var(--bad-wash);border-radius:8px;padding:9px 12px}
#toasts{position:fixed;right:16px;bottom:16px;display:grid;gap:8px;width:min(380px,calc(100vw - 32px));z-index:8}
.toast{background:var(--paper);border:1px solid var(--line);border-left:4px solid var(--good);border-radius:10px;padding:10px 36px 10px 14px;
position:relative;box-shadow:0 6px 24px #0003;overflow-wrap:anywhere}
.toast.bad{border-left-color:var(--bad);color:var(--ink)}
.close{position:absolute;right:6px;top:6px;border:0;background:none;color:var(--soft);font:18px/1 system-ui;padding:4px 8px;cursor:pointer}
.secret{margin-top:14px;background:var(--warn-wash);border-radius:10px;padding:12px 14px}.secret code{overflow-wrap:anywhere}
.plan{margin-top:16px;padding-top:14px;border-top:1px solid var(--line)}.plan ul{margin:0 0 12px}
`;

const data = `
table{width:100%;border-collapse:separate;border-spacing:0;background:var(--paper);border:1px solid var(--line);border-radius:12px}
caption,.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.whole,td code,td time{white-space:nowrap}
th{text-align:left;font-size:12px;font-weight:600;color:var(--soft);padding:9px 12px;border-bottom:1px solid var(--line);white-space:nowrap}
td{padding:9px 12px;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
tr:last-child td{border-bottom:0}
td:last-child .row{flex-wrap:nowrap}
td b{font-weight:600}
time{font-variant-numeric:tabular-nums}
td small:has(time){white-space:nowrap}
.details{font-size:12.5px;color:var(--soft);overflow-wrap:anywhere}
table+.button,.empty+.button{margin-top:12px}
.pill{display:inline-flex;align-items:center;gap:6px;border-radius:99px;padding:1px 10px 1px 8px;font-size:12.5px;font-weight:600;white-space:nowrap}
.pill::before{content:"●";font-size:9px}
.pill.good{color:var(--good);background:var(--good-wash)}
.pill.warn{color:var(--warn);background:var(--warn-wash)}.pill.warn::before{content:"▲"}
.pill.bad{color:var(--bad);background:var(--bad-wash)}.pill.bad::before{content:"✕"}
.pill.busy{color:var(--busy);background:var(--busy-wash)}.pill.busy::before{content:"◐"}
.pill.idle{color:var(--idle);background:var(--idle-wash)}.pill.idle::before{content:"○"}
.checks{list-style:none;margin:0;display:grid;gap:6px}.checks:empty{display:none}
.card .checks{padding:0}.card .checks li.bad::before{content:"✕ "}.card .checks li.good::before{content:"✓ ";color:var(--good)}
dl{display:grid;grid-template-columns:auto 1fr;gap:2px 12px;margin:0}dt{color:var(--soft)}dd{margin:0}
.lanes{display:grid;grid-template-columns:78px minmax(0,1fr)}.kids{padding-top:26px}.kids code{display:block;height:30px;padding-top:4px}
.timeline{display:block;overflow:visible}
.timeline text{font-size:11px;fill:var(--soft)}
.timeline .grid{stroke:var(--line)}
line.now{stroke:var(--accent);stroke-width:1.5}text.now{fill:var(--accent);font-weight:600}
.timeline rect.published{fill:var(--busy-wash);stroke:var(--busy);stroke-dasharray:3 2}
.timeline rect.active{fill:var(--good)}
.timeline rect.retiring{fill:var(--warn-wash);stroke:var(--warn)}
.timeline .revoked rect{opacity:.4}
.timeline .cross{fill:var(--bad);font-size:13px}
.legend{display:flex;gap:6px 18px;flex-wrap:wrap;list-style:none;margin:14px 0 0;padding:0;font-size:12.5px;color:var(--soft)}
.legend li::before{content:"";display:inline-block;width:18px;height:10px;border-radius:3px;margin-right:7px}
.legend .published::before{background:var(--busy-wash);outline:1px dashed var(--busy)}
.legend .active::before{background:var(--good)}
.legend .retiring::before{background:var(--warn-wash);outline:1px solid var(--warn)}
.run{display:flex;align-items:center;gap:8px;font-weight:600;--state:var(--busy)}
.run.succeeded{--state:var(--good)}.run.failed{--state:var(--bad)}.run.outcome_unknown{--state:var(--warn)}
.run.cancelled{--state:var(--idle)}
.run span{color:var(--state);white-space:nowrap}
.track{flex:none}.track line{stroke-width:2;stroke:var(--line)}.track circle{fill:var(--paper);stroke:var(--line);stroke-width:2}
.track .done{stroke:var(--state);fill:var(--state)}.track .at{fill:var(--state);stroke:var(--state)}
.running .at,.polling .at{animation:beat 1.2s infinite}
@keyframes beat{50%{opacity:.35}}
@media (prefers-reduced-motion:reduce){.at{animation:none!important}}
.bar .all{fill:var(--line)}.bar .part{fill:var(--accent)}.progress{margin:0 0 12px}
`;

const narrow = `
@media (max-width:860px){
body{display:block}
nav{position:static;height:auto;border-right:0;border-bottom:1px solid var(--line);gap:10px;padding:12px}
.links{flex-direction:row;overflow-x:auto;gap:2px;align-items:center}
.tenant{width:auto;margin:0 6px 0 0;flex:none}
.who{margin:0;display:flex;gap:2px 10px;flex-wrap:wrap;align-items:center}.who .button{margin:0 0 0 auto}
main{padding:18px 14px 56px}
.cards.wide{grid-template-columns:1fr}
table,tbody,tr,td{display:block}thead{display:none}
table{background:none;border:0}
tr{background:var(--paper);border:1px solid var(--line);border-radius:12px;margin-bottom:10px;padding:6px 0}
td{border:0;padding:5px 14px;display:grid;grid-template-columns:108px minmax(0,1fr);gap:0 10px}
td::before{content:attr(data-column);color:var(--soft);font-size:12.5px;grid-row:1/9}
td>*{grid-column:2;justify-self:start}
td:empty{display:none}td:last-child .row{flex-wrap:wrap}.whole{white-space:normal;overflow-wrap:anywhere}
.filters input,.filters select{flex:1 1 120px;width:auto}
.run{flex-wrap:wrap}.cards .number{padding:12px}
}
`;

/** Light and dark as the device is set; wide, and as cards where there is no room for columns. */
export const consoleStyles = [page, controls, data, narrow].join('').replaceAll('\n', '');
