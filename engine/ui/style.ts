/** What all widgets share: controls, fields, rows. Widgets live in shadow roots, so nothing here reaches the page around them. */
export const CONTROLS = `
:host { display: block; font: 400 var(--cm-body)/1.45 var(--cm-font); color: var(--cm-ink); font-variant-numeric: tabular-nums; }
:host([hidden]) { display: none; }
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
h2, h3, p, ul, ol, dl, dd, figure { margin: 0; padding: 0; }
ul, ol { list-style: none; }
h2 { font-size: var(--cm-body); font-weight: 600; }
h3 { font-size: var(--cm-small); font-weight: 600; color: var(--cm-ink-2); }
small, .small-text { font-size: var(--cm-small); color: var(--cm-ink-2); }
.large { font-size: var(--cm-large); line-height: 1.25; font-weight: 600; overflow-wrap: anywhere; }
.unit { font-size: var(--cm-small); color: var(--cm-ink-2); font-weight: 400; }
.glyph { width: 1.4em; height: 1.4em; flex: none; display: block; }
button, input, select, textarea { font: inherit; color: inherit; font-variant-numeric: inherit; }
button { cursor: pointer; background: none; border: 0; padding: 0; }
button:disabled { cursor: default; opacity: 0.38; }
:focus { outline: none; }
:focus-visible { outline: 2px solid var(--cm-accent); outline-offset: 1px; border-radius: 4px; }
button.icon { display: inline-grid; place-items: center; width: calc(var(--cm-u) * 4); height: calc(var(--cm-u) * 4); border-radius: 4px; color: var(--cm-ink-2); flex: none; }
button.icon.small { width: calc(var(--cm-u) * 3); height: calc(var(--cm-u) * 3); }
button.icon.small .glyph { width: calc(var(--cm-u) * 2); height: calc(var(--cm-u) * 2); }
button.icon:hover:not(:disabled) { background: var(--cm-hover); color: var(--cm-ink); }
button.icon[aria-pressed="true"], button.icon[aria-checked="true"] { background: var(--cm-accent-soft); color: var(--cm-accent); }
button.text { display: inline-flex; align-items: center; justify-content: center; gap: var(--cm-u); min-height: calc(var(--cm-u) * 4); padding: 0 calc(var(--cm-u) * 1.5); border-radius: 4px; border: 1px solid var(--cm-edge); background: var(--cm-surface); white-space: nowrap; }
button.text:hover:not(:disabled) { background: var(--cm-hover); }
button.text.main { background: var(--cm-accent); border-color: var(--cm-accent); color: var(--cm-on-accent); }
button.text.main:hover:not(:disabled) { background: var(--cm-accent); filter: brightness(1.12); }
button.text.slim { min-height: calc(var(--cm-u) * 3.5); padding: 0 var(--cm-u); font-size: var(--cm-small); }
button.link { color: var(--cm-accent); text-decoration: underline; text-underline-offset: 2px; }
.segments { display: inline-flex; border: 1px solid var(--cm-edge); border-radius: 4px; overflow: clip; flex: none; }
.segments button { min-height: calc(var(--cm-u) * 3.5); padding: 0 var(--cm-u); font-size: var(--cm-small); color: var(--cm-ink-2); display: inline-grid; place-items: center; white-space: nowrap; }
.segments button + button { border-left: 1px solid var(--cm-line); }
.segments button:hover { background: var(--cm-hover); }
.segments button[aria-checked="true"] { background: var(--cm-accent-soft); color: var(--cm-accent); font-weight: 600; }
input[type="text"], input[type="search"], input[type="url"], input[type="number"], select { width: 100%; min-width: 0; height: calc(var(--cm-u) * 4); padding: 0 var(--cm-u); border: 1px solid var(--cm-edge); border-radius: 4px; background: var(--cm-surface); }
input::placeholder { color: var(--cm-ink-3); opacity: 1; }
input:focus-visible, select:focus-visible { outline-offset: -1px; }
input[aria-invalid="true"] { border-color: var(--cm-failed); }
select.slim, input.slim { height: calc(var(--cm-u) * 3.5); font-size: var(--cm-small); }
input[type="range"] { -webkit-appearance: none; appearance: none; width: 100%; min-width: 0; height: calc(var(--cm-u) * 3); margin: 0; background: none; cursor: pointer; }
input[type="range"]:disabled { cursor: default; opacity: 0.5; }
input[type="range"]::-webkit-slider-runnable-track { height: 4px; border-radius: 2px; background: linear-gradient(to right, var(--cm-accent) var(--fill, 0%), var(--cm-edge) var(--fill, 0%)); }
input[type="range"]::-moz-range-track { height: 4px; border-radius: 2px; background: var(--cm-edge); }
input[type="range"]::-moz-range-progress { height: 4px; border-radius: 2px; background: var(--cm-accent); }
input[type="range"]::-webkit-slider-thumb { -webkit-appearance: none; width: 14px; height: 14px; margin-top: -5px; border-radius: 50%; background: var(--cm-surface); border: 2px solid var(--cm-accent); }
input[type="range"]::-moz-range-thumb { width: 10px; height: 10px; border-radius: 50%; background: var(--cm-surface); border: 2px solid var(--cm-accent); }
.panel { background: var(--cm-surface); border-radius: var(--cm-radius); box-shadow: var(--cm-shadow); display: flex; flex-direction: column; min-height: 0; max-height: 100%; }
.panel > header { display: flex; align-items: center; gap: calc(var(--cm-u) / 2); min-height: calc(var(--cm-u) * 5); padding: 0 calc(var(--cm-u) / 2) 0 calc(var(--cm-u) * 2); border-bottom: 1px solid var(--cm-line); flex: none; }
.panel > header h2 { flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.scroll { overflow-y: auto; overflow-x: hidden; min-height: 0; scrollbar-width: thin; scrollbar-color: var(--cm-edge) transparent; }
.row { display: flex; align-items: center; gap: var(--cm-u); }
.grow { flex: 1; min-width: 0; }
.stack { display: flex; flex-direction: column; gap: var(--cm-u); }
.pad { padding: calc(var(--cm-u) * 1.5) calc(var(--cm-u) * 2); }
.quiet { color: var(--cm-ink-2); }
.empty { padding: calc(var(--cm-u) * 2); color: var(--cm-ink-2); font-size: var(--cm-small); }
.ellipsis { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.problem { color: var(--cm-failed); font-size: var(--cm-small); }
.state { width: 12px; height: 12px; flex: none; fill: none; stroke: var(--cm-ink-3); stroke-width: 1.6; overflow: visible; }
.state.live { fill: var(--cm-live); stroke: var(--cm-live); }
.state.stale { stroke: var(--cm-stale); }
.state.stale path + path { fill: var(--cm-stale); }
.state.failed { fill: var(--cm-failed); stroke: var(--cm-failed); stroke-linejoin: round; }
.state.loading { stroke: var(--cm-accent); stroke-linecap: round; animation: turn 1.1s linear infinite; }
@keyframes turn { to { rotate: 360deg; } }
.progress { height: 2px; background: var(--cm-line); overflow: hidden; }
.progress > i { display: block; height: 100%; width: 0; background: var(--cm-accent); transition: width 0.25s; }
.visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (prefers-reduced-motion: reduce) {
  *, *::before, *::after { animation: none !important; transition: none !important; }
}
`;

/** What single widgets add. */
export const WIDGETS = `
.events ol { display: grid; gap: 2px; }
.events button.event { display: grid; width: 100%; text-align: left; padding: calc(var(--cm-u) * 0.75) var(--cm-u); border-left: 3px solid var(--cm-edge); border-radius: 0 4px 4px 0; overflow-wrap: anywhere; }
.events button.event:hover { background: var(--cm-hover); }
.events button.event.bad { border-left-color: var(--cm-failed); }
.events button.event.warn { border-left-color: var(--cm-stale); }
.events .plot { height: 160px; }
.notices { display: flex; flex-direction: column; align-items: center; gap: var(--cm-u); }
.notice { display: flex; align-items: center; gap: var(--cm-u); max-width: min(72ch, 90vw); padding: calc(var(--cm-u) / 2) calc(var(--cm-u) / 2) calc(var(--cm-u) / 2) calc(var(--cm-u) * 1.5); background: var(--cm-surface); border-radius: var(--cm-radius); box-shadow: var(--cm-shadow); }
.notice.bad { background: var(--cm-failed-soft); color: var(--cm-ink); }
.notice.bad > .glyph { color: var(--cm-failed); }
.notice.good > .glyph { color: var(--cm-live); }
.layer { border-bottom: 1px solid var(--cm-line); }
.layer:last-child { border-bottom: 0; }
.layer.over { box-shadow: inset 0 2px 0 var(--cm-accent); }
.layer.off .name { color: var(--cm-ink-3); }
.layer > .head { display: grid; grid-template-columns: calc(var(--cm-u) * 2.5) 1fr auto auto; align-items: center; column-gap: calc(var(--cm-u) / 2); padding: calc(var(--cm-u) * 0.75) calc(var(--cm-u) / 2) calc(var(--cm-u) * 0.75) calc(var(--cm-u) * 1.5); }
.layer > .head .titles { min-width: 0; text-align: left; display: block; padding: 2px 0; }
.layer > .head .titles:hover .name { color: var(--cm-accent); }
.layer button.icon[aria-pressed="true"] { background: none; color: var(--cm-ink-2); }
.layer button.icon[aria-pressed="true"]:hover { background: var(--cm-hover); color: var(--cm-ink); }
.layer button.icon[aria-pressed="false"] { color: var(--cm-ink-3); }
.layer .name { display: block; font-weight: 500; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.layer .says { display: block; font-size: var(--cm-small); color: var(--cm-ink-2); overflow-wrap: anywhere; }
.layer .says.stale { color: var(--cm-stale); }
.layer .says.failed { color: var(--cm-failed); }
.layer > .body { padding: 0 calc(var(--cm-u) * 1.5) calc(var(--cm-u) * 1.5) calc(var(--cm-u) * 4.5); display: flex; flex-direction: column; gap: calc(var(--cm-u) * 1.25); }
.layer .bar { display: flex; align-items: center; gap: 0; margin-left: calc(var(--cm-u) * -1); }
.layer .grip { cursor: grab; }
.field { display: grid; grid-template-columns: calc(var(--cm-u) * 8) 1fr auto; gap: var(--cm-u); align-items: center; font-size: var(--cm-small); }
.field > label, .field > .label { color: var(--cm-ink-2); }
.field output { min-width: 5ch; text-align: right; }
.legend { display: grid; gap: 4px; font-size: var(--cm-small); }
.legend .title { color: var(--cm-ink-2); }
.legend ul { display: grid; gap: 3px; }
.legend li { display: grid; grid-template-columns: calc(var(--cm-u) * 2) 1fr; gap: var(--cm-u); align-items: center; }
.legend i { height: 10px; border-radius: 2px; box-shadow: inset 0 0 0 1px rgb(0 0 0 / 0.18); }
.alarms .count { font-size: var(--cm-small); color: var(--cm-ink-2); padding: 0 var(--cm-u); }
.alarms .who { display: grid; grid-template-columns: 1fr 2fr; gap: var(--cm-u); padding: var(--cm-u) calc(var(--cm-u) * 2); border-bottom: 1px solid var(--cm-line); }
.alarm { display: flex; align-items: center; gap: var(--cm-u); padding: var(--cm-u) calc(var(--cm-u) * 1.5); border-bottom: 1px solid var(--cm-line); border-left: 4px solid var(--cm-accent); }
.alarm.warning { border-left-color: #ef7622; }
.alarm.critical { border-left-color: var(--cm-failed); background: var(--cm-failed-soft); }
.alarm.seen { border-left-style: dotted; background: none; }
.alarm .titles { flex: 1; min-width: 0; text-align: left; }
.alarm .titles strong, .alarm .titles span { display: block; overflow-wrap: anywhere; }
.alarm .says { font-size: var(--cm-small); color: var(--cm-ink-2); }
.meta { display: grid; grid-template-columns: calc(var(--cm-u) * 8) 1fr; gap: 2px var(--cm-u); font-size: var(--cm-small); }
.meta dt { color: var(--cm-ink-2); }
.meta dd { overflow-wrap: anywhere; }
.feed summary { cursor: pointer; font-size: var(--cm-small); color: var(--cm-ink-2); }
.feed .stack { padding-top: calc(var(--cm-u) / 2); align-items: flex-start; }
.feed .meta { width: 100%; grid-template-columns: calc(var(--cm-u) * 15) 1fr; }
.refused { display: grid; gap: var(--cm-u); max-height: calc(var(--cm-u) * 24); overflow-y: auto; width: 100%; font-size: var(--cm-small); }
.refused li { display: grid; gap: 2px; padding-top: 4px; border-top: 1px solid var(--cm-line); }
.refused code { font-family: ui-monospace, monospace; color: var(--cm-ink-2); white-space: pre-wrap; overflow-wrap: anywhere; }
.condition { display: grid; grid-template-columns: 1fr auto 1fr auto; gap: 4px; align-items: center; }
.condition select.op { width: auto; }
.clock { display: grid; gap: calc(var(--cm-u) / 2); padding: calc(var(--cm-u) / 2) calc(var(--cm-u) * 1.5) calc(var(--cm-u) / 2); background: var(--cm-surface); border-radius: var(--cm-radius); box-shadow: var(--cm-shadow); container-type: inline-size; }
.clock .controls { display: flex; align-items: center; gap: var(--cm-u); min-height: calc(var(--cm-u) * 4); min-width: 0; }
.clock .row.tight { gap: 0; flex: none; }
.clock .when { display: flex; align-items: baseline; gap: var(--cm-u); flex: 1; min-width: 0; }
.clock .when strong { font-size: var(--cm-body); font-weight: 600; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.clock .badge { display: inline-flex; align-items: center; gap: 6px; padding: 0 var(--cm-u); height: calc(var(--cm-u) * 3); border-radius: 4px; font-size: var(--cm-small); font-weight: 600; white-space: nowrap; flex: none; }
.clock .badge.live { color: var(--cm-live); }
.clock .badge.past { background: var(--cm-stale); color: var(--cm-surface); }
.clock input[type="date"] { width: auto; padding: 0 var(--cm-u); border: 1px solid var(--cm-edge); border-radius: 4px; background: var(--cm-surface); flex: none; }
.clock .text.main { flex: none; gap: 4px; }
.clock .text.main:disabled { background: none; border-color: var(--cm-edge); color: var(--cm-ink-3); opacity: 1; }
.clock .track { position: relative; padding-bottom: 14px; }
.clock .slide { position: relative; height: calc(var(--cm-u) * 3); touch-action: none; cursor: pointer; border-radius: 3px; }
.clock .slide[aria-disabled="true"] { cursor: default; }
.clock canvas { position: absolute; inset: 0; width: 100%; height: 100%; border-radius: 3px; pointer-events: none; }
.clock .head { position: absolute; top: -3px; bottom: -3px; width: 3px; margin-left: -1.5px; border-radius: 2px; background: var(--cm-ink); box-shadow: 0 0 0 1px var(--cm-surface); pointer-events: none; }
.clock .head::before { content: ""; position: absolute; top: -4px; left: 50%; width: 11px; height: 11px; margin-left: -5.5px; border-radius: 50%; background: var(--cm-ink); box-shadow: 0 0 0 1.5px var(--cm-surface); }
.clock .head.off { opacity: 0.35; }
.clock .marks { position: absolute; inset: 0 0 auto; height: 0; }
.clock .mark { position: absolute; top: calc(var(--cm-u) * 0.5); width: calc(var(--cm-u) * 2); height: calc(var(--cm-u) * 2); margin-left: calc(var(--cm-u) * -1); display: grid; place-items: center; }
.clock .mark::before { content: ""; width: 9px; height: 9px; rotate: 45deg; background: var(--cm-failed); box-shadow: 0 0 0 1.5px var(--cm-surface); }
.clock .mark.alarm::before { rotate: 0deg; border-radius: 50%; background: var(--cm-stale); }
.clock .mark[aria-current="true"]::before { outline: 2px solid var(--cm-ink); outline-offset: 1px; }
.clock .ticks { position: absolute; left: 0; right: 0; bottom: 0; height: 12px; font-size: calc(var(--cm-small) - 1px); color: var(--cm-ink-3); line-height: 12px; overflow: clip; }
.clock .ticks span { position: absolute; translate: -50% 0; }
.clock .tip { position: absolute; bottom: 100%; margin-bottom: 6px; translate: -50% 0; padding: 1px 6px; border-radius: 4px; background: var(--cm-ink); color: var(--cm-surface); font-size: var(--cm-small); white-space: nowrap; pointer-events: none; }
@container (max-width: 640px) {
  .clock .when .small-text, .clock .tight > :first-child, .clock .tight > :last-child { display: none; }
  .clock .controls { gap: calc(var(--cm-u) / 2); }
  .clock .controls select { min-width: 0; flex: 0 1 auto; }
}
@container (max-width: 460px) {
  .clock .controls { overflow: hidden; }
  .clock .controls > select:first-of-type { display: none; }
}
@container (max-width: 360px) {
  .clock .when { display: none; }
  .clock .badge { flex: 1; }
}
.clock select { width: auto; }
.card dl { display: grid; grid-template-columns: minmax(7ch, auto) 1fr; gap: 0; }
.card dt, .card dd { padding: 5px 0; border-top: 1px solid var(--cm-line); }
.card dl > dt:first-of-type, .card dl > dt:first-of-type + dd { border-top: 0; }
.card dt { color: var(--cm-ink-2); padding-right: calc(var(--cm-u) * 2); }
.card dd { text-align: right; overflow-wrap: anywhere; }
.card .foot { display: flex; justify-content: space-between; gap: var(--cm-u); flex-wrap: wrap; font-size: var(--cm-small); color: var(--cm-ink-2); }
.card .foot .stale { color: var(--cm-stale); font-weight: 600; }
.card details { border-top: 1px solid var(--cm-line); }
.card summary { display: flex; justify-content: space-between; gap: var(--cm-u); padding: calc(var(--cm-u) * 0.75) 0; cursor: pointer; font-weight: 600; }
.card section > h3 { padding-top: var(--cm-u); }
.time-distance { width: 100%; height: auto; display: block; font-size: 9.5px; fill: var(--cm-ink-2); }
.time-distance .grid { stroke: var(--cm-line); stroke-width: 1; }
.time-distance .here { fill: var(--cm-ink); font-weight: 700; }
.time-distance .red { fill: #c8463c; }
.time-distance .green { fill: #1a9e54; stroke: var(--cm-surface); stroke-width: 0.4; }
.time-distance .band { fill: var(--cm-accent); opacity: 0.3; }
.time-distance .band.back { fill: var(--cm-stale); opacity: 0.26; }
@media print { .time-distance { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
.course { margin: 0; gap: calc(var(--cm-u) / 2); }
.course .plot { height: calc(var(--cm-u) * 20); min-width: 0; overflow: hidden; }
.course summary { cursor: pointer; }
.course .numbers { max-height: calc(var(--cm-u) * 24); }
.course table { width: 100%; border-collapse: collapse; font-size: var(--cm-small); }
.course th { text-align: left; font-weight: 400; color: var(--cm-ink-2); }
.course td { text-align: right; }
.course th, .course td { padding: 2px 0; border-top: 1px solid var(--cm-line); }
.compass { width: calc(var(--cm-u) * 5); height: calc(var(--cm-u) * 5); border-radius: 50%; background: var(--cm-surface); box-shadow: var(--cm-shadow); display: grid; place-items: center; color: var(--cm-ink); position: relative; }
.compass .needle { display: grid; justify-items: center; line-height: 1; font-size: var(--cm-small); font-weight: 600; gap: 1px; }
.compass .needle .glyph { width: 1.3em; height: 1.3em; color: var(--cm-failed); fill: currentColor; }
.place { display: flex; align-items: center; gap: calc(var(--cm-u) * 2); font-size: var(--cm-small); color: var(--cm-ink-2); white-space: pre; }
.place .scale { display: inline-grid; justify-items: center; line-height: 1.2; color: var(--cm-ink); }
.place .scale i { display: block; height: 5px; border: 1.5px solid currentColor; border-top: 0; }
`;
