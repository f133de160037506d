/** The style of the HTML report, light and dark. */
export const pageStyle = `
:root { color-scheme: light dark; --text: #1c1f23; --soft: #5c6570; --line: #d9dee4; --ground: #fff; --box: #f5f7f9;
  --c0: #1f6feb; --c1: #d9480f; --c2: #2b8a3e; --c3: #9c36b5; --c4: #0b7285; --c5: #a61e4d; --warn: #fff3bf; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e9ec; --soft: #9aa4af; --line: #30363d; --ground: #12161b; --box: #1a2027;
  --c0: #6cb0ff; --c1: #ff9b6a; --c2: #69db7c; --c3: #da8ff0; --c4: #4dd0e1; --c5: #ff8fab; --warn: #4a3c00; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1080px; padding: 24px; font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--ground); }
h1 { margin: 0 0 4px; font-size: 24px; } h2 { margin: 32px 0 8px; font-size: 18px; }
p { margin: 4px 0; } .soft, small { color: var(--soft); } code { font: 13px ui-monospace, monospace; overflow-wrap: anywhere; }
.box { padding: 10px 14px; border-radius: 6px; background: var(--box); } .warning { background: var(--warn); margin: 6px 0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; } th, td { padding: 4px 14px 4px 0; border-bottom: 1px solid var(--line); text-align: right; }
th:first-child, td:first-child { text-align: left; } thead th { color: var(--soft); font-weight: 600; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(480px, 100%), 1fr)); gap: 20px; }
figure { margin: 0; } figcaption { font-weight: 600; } figcaption small { font-weight: 400; } svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--soft); font: 15px system-ui, sans-serif; } .grid { stroke: var(--line); fill: none; }
.curve { fill: none; stroke-width: 2; stroke-linejoin: round; } .curve.old { stroke-dasharray: 5 4; opacity: 0.75; }
.key { display: inline-block; margin-left: 12px; font-weight: 400; font-size: 13px; } .key::before { content: ''; display: inline-block; width: 16px; margin-right: 5px;
  border-top: 3px solid; vertical-align: middle; } .key.old::before { border-top-style: dashed; }
.c0 { color: var(--c0); } .c1 { color: var(--c1); } .c2 { color: var(--c2); } .c3 { color: var(--c3); } .c4 { color: var(--c4); } .c5 { color: var(--c5); }
.curve { stroke: currentColor; } .bar { fill: currentColor; } .key { color: var(--text); }
.key.c0::before { color: var(--c0); } .key.c1::before { color: var(--c1); } .key.c2::before { color: var(--c2); }
.key.c3::before { color: var(--c3); } .key.c4::before { color: var(--c4); } .key.c5::before { color: var(--c5); }
`;
