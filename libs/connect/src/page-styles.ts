import type { Accent } from './branding.js';

const light = `--ink: #1b1f24; --soft: #545c67; --line: #dfe3e8; --edge: #7d8794; --paper: #fff; --ground: #f4f5f7; --bad: #b3261e;
  --accent: #2f5bea; --on-accent: #fff; color-scheme: light;`;
const dark = `--ink: #eceff3; --soft: #a9b2be; --line: #333a44; --edge: #7b8696; --paper: #1d2127; --ground: #14171b; --bad: #ffb4ab;
  --accent: #7c9bff; --on-accent: #0d1220; color-scheme: dark;`;

/** A tenant's colour stands in both themes: its own text colour goes with it. */
export function stylesOf(accent: Accent | undefined): string {
  if (!accent) return styles;
  return `${styles}:root:root { --accent: ${accent.background}; --on-accent: ${accent.text}; }`;
}

const styles = `
:root { ${light} }
@media (prefers-color-scheme: dark) { :root { ${dark} } }
:root[data-theme=light] { ${light} }
:root[data-theme=dark] { ${dark} }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 24px; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { width: 100%; max-width: 440px; background: var(--paper); border: 1px solid var(--line); border-radius: 16px; padding: 28px 32px; }
@media (max-width: 480px) { body { padding: 12px; place-items: start center; } main { padding: 24px 20px; } }
h1 { font-size: 1.3rem; line-height: 1.3; margin: 0 0 8px; text-wrap: balance; overflow-wrap: anywhere; }
h2 { font-size: 1rem; margin: 0 0 4px; overflow-wrap: anywhere; }
p { margin: 0 0 16px; color: var(--soft); overflow-wrap: anywhere; }
b { color: var(--ink); font-weight: 600; }
ul { list-style: none; margin: 0 0 20px; padding: 0; border-top: 1px solid var(--line); }
li { padding: 7px 0 7px 26px; border-bottom: 1px solid var(--line); position: relative; overflow-wrap: anywhere; }
li::before { content: ""; position: absolute; left: 4px; top: 14px; width: 11px; height: 6px; border: solid var(--edge);
  border-width: 0 0 2px 2px; transform: rotate(-45deg); }
.marks { display: flex; align-items: center; gap: 12px; margin: 0 0 16px; color: var(--soft); letter-spacing: 3px; }
.mark { width: 48px; height: 48px; border-radius: 12px; display: grid; place-items: center; font-weight: 600; font-size: 1.1rem;
  letter-spacing: 0; color: var(--ink); border: 1px solid var(--line); object-fit: contain; background: var(--paper); }
img.mark { background: #fff; }
img.tile { background: none; border: 0; }
.button { display: block; width: 100%; padding: 12px 16px; border-radius: 10px; border: 1px solid var(--edge); text-align: center;
  text-decoration: none; font: inherit; font-weight: 600; background: var(--accent); color: var(--on-accent); cursor: pointer;
  overflow-wrap: anywhere; }
.quiet { background: none; border-color: transparent; color: var(--soft); font-weight: 500; margin-top: 8px; }
.quiet:hover { color: var(--ink); }
.button:focus-visible, input:focus-visible, a:focus-visible { outline: 3px solid var(--ink); outline-offset: 2px; }
label { display: block; font-weight: 600; margin: 0 0 4px; overflow-wrap: anywhere; }
input { width: 100%; padding: 11px 12px; margin: 0 0 16px; border: 1px solid var(--edge); border-radius: 10px; font: inherit;
  background: var(--paper); color: var(--ink); }
input[aria-invalid] { border-color: var(--bad); border-width: 2px; }
.help { margin: -8px 0 16px; white-space: pre-line; font-size: .9rem; }
.bad { color: var(--bad); font-size: .9rem; margin: -10px 0 14px; }
.alert { color: var(--bad); border: 1px solid var(--bad); border-radius: 10px; padding: 10px 12px; }
small { display: block; color: var(--soft); margin-top: 12px; }
a { color: inherit; }
[hidden] { display: none; }
`;
