/** The style sheet of the HTML report: light and dark, wide and narrow, and on paper. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1f2328; --dim: #57606a; --line: #d0d7de; --shade: #f6f8fa; --link: #0757ba;
  --good: #116329; --bad: #b42318; --wait: #7d4e00; --calm: #0757ba;
  --add: #e6ffec; --add-mark: #a6eeb6; --del: #ffebe9; --del-mark: #ffc1ba;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #0d1117; --ink: #e6edf3; --dim: #9198a1; --line: #3d444d; --shade: #151b23; --link: #79b8ff;
    --good: #56d364; --bad: #ff8a80; --wait: #e3b341; --calm: #79b8ff;
    --add: #12261e; --add-mark: #1d572d; --del: #2d1618; --del-mark: #792e2e;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 88rem; padding: 1.5rem clamp(1rem, 3vw, 3rem) 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; overflow-wrap: anywhere; }
a { color: var(--link); }
h1 { font-size: 1.1rem; margin: 0; color: var(--dim); font-weight: 600; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1.05rem; margin: 0; }
h4 { font-size: .8rem; margin: 0 0 .5rem; color: var(--dim); text-transform: uppercase; letter-spacing: .06em; font-weight: 600; }
code, pre, .diff { font-family: var(--mono); font-size: .85em; font-variant-ligatures: none; }
code { background: var(--shade); padding: .1em .3em; border-radius: .3em; }
pre { overflow-x: auto; background: var(--shade); border: 1px solid var(--line); border-radius: .4rem; padding: .75rem 1rem; line-height: 1.25; margin: .75rem 0; }
@media (min-width: 64rem) { .two pre { font-size: .75rem; padding: .75rem; } }
pre code { background: none; padding: 0; font-size: 1em; white-space: pre; overflow-wrap: normal; }
.outcome { font-size: 1.5rem; line-height: 1.3; margin: .25rem 0 0; font-weight: 600; }
.state { display: inline-block; min-width: 5.5em; font-weight: 600; font-size: .85rem; }
.good { color: var(--good); } .bad { color: var(--bad); } .wait { color: var(--wait); } .calm { color: var(--calm); }
.dim { color: var(--dim); }
ul.plain { list-style: none; padding: 0; margin: .5rem 0; }
ul.plain > li { padding: .25rem 0 .25rem 1.6rem; position: relative; }
ul.overview > li { padding-left: 0; }
ul.plain + section { margin-top: 1.5rem; }
ul.plain > li > .mark { position: absolute; left: 0; font-weight: 700; }
.evidence { margin: .1rem 0 0; font-size: .875rem; color: var(--dim); }
.evidence code { font-size: .95em; }
.tag { font-size: .75rem; color: var(--dim); margin-left: .4em; white-space: nowrap; }
.card { border: 1px solid var(--line); border-radius: .6rem; margin: 1.25rem 0; overflow: hidden; }
.card > header { padding: .9rem 1.1rem; background: var(--shade); border-bottom: 1px solid var(--line); }
.card > header p { margin: .3rem 0 0; }
.card > .body { padding: 1rem 1.1rem; }
.sides { display: grid; gap: 1.25rem; grid-template-columns: minmax(0, 1fr); margin-bottom: 1.25rem; }
.side { min-width: 0; }
@media (min-width: 64rem) { .sides.two { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); } }
.doc { min-width: 0; }
.doc > :first-child { margin-top: 0; } .doc > :last-child { margin-bottom: 0; }
.doc .h { font-weight: 600; margin: 1.4rem 0 .6rem; line-height: 1.3; }
.doc .h1 { font-size: 1.6rem; } .doc .h2 { font-size: 1.35rem; border-bottom: 1px solid var(--line); padding-bottom: .2rem; }
.doc .h3 { font-size: 1.15rem; } .doc .h4 { font-size: 1rem; } .doc .h5, .doc .h6 { font-size: .9rem; }
.doc table { border-collapse: collapse; font-size: .9rem; }
.doc th, .doc td { border: 1px solid var(--line); padding: .35rem .6rem; text-align: left; overflow-wrap: normal; }
.doc th { background: var(--shade); }
.doc blockquote { margin: .75rem 0; padding: 0 1rem; border-left: .25rem solid var(--line); color: var(--dim); }
.doc hr { border: 0; border-top: 1px solid var(--line); margin: 1.5rem 0; }
.doc .image { border: 1px dashed var(--line); border-radius: .3em; padding: 0 .4em; color: var(--dim); }
.doc li.task-list-item { list-style: none; } .doc .box { display: inline-block; margin-left: -1.4em; width: 1.4em; }
.scroll { overflow-x: auto; margin: .75rem 0; }
.diff { border-collapse: collapse; width: 100%; line-height: 1.35; font-size: .8rem; }
.diff-box { border: 1px solid var(--line); border-radius: .4rem; overflow-x: auto; }
.diff td { padding: 0 .5rem; white-space: pre; vertical-align: top; overflow-wrap: normal; }
.diff .n { text-align: right; color: var(--dim); user-select: none; width: 1%; }
.diff .add { background: var(--add); } .diff .del { background: var(--del); } .diff .gap td { background: var(--shade); color: var(--dim); }
.diff ins { background: var(--add-mark); text-decoration: none; } .diff del { background: var(--del-mark); text-decoration: none; }
details > summary { cursor: pointer; font-weight: 600; padding: .4rem 0; }
:is(a, summary, pre, .scroll, .diff-box):focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.sr-only { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media print { body { max-width: none; padding: 0; } .card { break-inside: avoid-page; } pre, .diff-box { overflow: visible; } }
`;
