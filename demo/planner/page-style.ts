/** Rules of the planner's own widgets, beside the common ones. */
export const PAGE_STYLE = `
.top { display: flex; align-items: center; gap: calc(var(--cm-u) * 1.25); height: calc(var(--cm-u) * 6); padding: 0 var(--cm-u); background: var(--cm-surface); box-shadow: 0 1px 0 var(--cm-line); }
.top .brand { display: flex; align-items: baseline; gap: calc(var(--cm-u) * 0.75); white-space: nowrap; }
.top .brand b { font-size: var(--cm-large); font-weight: 600; letter-spacing: 0.02em; }
.top .brand .latin { color: var(--cm-ink-2); font-size: var(--cm-small); }
.top .scene { max-width: 22ch; padding-left: calc(var(--cm-u) * 1.25); border-left: 1px solid var(--cm-edge); color: var(--cm-ink-2); }
.top select { width: auto; max-width: 22ch; }
.top .group { display: flex; align-items: center; flex: none; }
.top .group + .group { padding-left: var(--cm-u); border-left: 1px solid var(--cm-line); }
.top .search { width: calc(var(--cm-u) * 30); flex: 0 1 auto; }
.search { position: relative; display: flex; align-items: center; min-width: calc(var(--cm-u) * 12); }
.search > .glyph { position: absolute; left: var(--cm-u); color: var(--cm-ink-3); pointer-events: none; }
.search > input { padding-left: calc(var(--cm-u) * 4); }
.search > input::-webkit-search-cancel-button { -webkit-appearance: none; }
.suggestions { position: absolute; z-index: 5; top: calc(100% + 4px); left: 0; right: 0; min-width: calc(var(--cm-u) * 36); max-height: 60vh; overflow-y: auto; background: var(--cm-surface); border-radius: var(--cm-radius); box-shadow: var(--cm-shadow); padding: calc(var(--cm-u) / 2) 0; }
.suggestions [role="option"] { display: grid; padding: calc(var(--cm-u) * 0.75) calc(var(--cm-u) * 1.5); cursor: pointer; }
.suggestions mark { background: none; color: var(--cm-accent); font-weight: 600; }
.suggestions [role="option"]:hover, .suggestions [aria-selected="true"] { background: var(--cm-accent-soft); }
.suggestions .empty { padding: calc(var(--cm-u) * 0.75) calc(var(--cm-u) * 1.5); }
.panel > header > .glyph { color: var(--cm-ink-2); }
.panel .segments button { flex: 1; }
.panel .pad > .segments { display: flex; }
.tabs { display: flex; overflow-x: auto; border-bottom: 1px solid var(--cm-line); flex: none; scrollbar-width: none; }
.tabs button { padding: var(--cm-u) calc(var(--cm-u) * 1.5); font-size: var(--cm-small); color: var(--cm-ink-2); white-space: nowrap; border-bottom: 2px solid transparent; }
.tabs button[aria-selected="true"] { color: var(--cm-accent); border-color: var(--cm-accent); font-weight: 600; }
.affected { display: flex; flex-direction: column; min-height: 0; flex: 1; border-top: 1px solid var(--cm-line); }
.affected .row { padding-bottom: var(--cm-u); align-items: baseline; }
.affected .read { border-top: 1px solid var(--cm-line); padding-top: calc(var(--cm-u) * 0.75); padding-bottom: calc(var(--cm-u) * 0.75); }
.affected .scroll { min-height: calc(var(--cm-u) * 8); border-top: 1px solid var(--cm-line); }
.virtual { position: relative; }
.virtual li { position: absolute; left: 0; right: 0; }
.virtual button { width: 100%; display: grid; grid-template-columns: 1fr auto; column-gap: var(--cm-u); text-align: left; padding: calc(var(--cm-u) * 0.75) calc(var(--cm-u) * 2); border-bottom: 1px solid var(--cm-line); }
.virtual button:hover { background: var(--cm-hover); }
.virtual button:focus-visible { outline-offset: -2px; }
.virtual .distance { color: var(--cm-ink-2); font-size: var(--cm-small); align-self: center; }
.virtual small { grid-column: 1 / -1; min-height: 1.45em; }
.storeys button { width: 100%; display: grid; grid-template-columns: 1fr auto 5ch; gap: var(--cm-u); align-items: baseline; text-align: left; padding: calc(var(--cm-u) * 0.6) var(--cm-u); border-radius: 4px; }
.storeys button:hover { background: var(--cm-hover); }
.storeys button[aria-pressed="true"] { background: var(--cm-accent-soft); font-weight: 600; }
.storeys .off, .classes .off { color: var(--cm-ink-3); }
.storeys .count, .classes .count { text-align: right; font-variant-numeric: tabular-nums; }
.storeys .quiet { font-size: var(--cm-small); }
.classes { max-height: calc(var(--cm-u) * 28); overflow-y: auto; }
.classes li { display: grid; grid-template-columns: auto 1fr 5ch; gap: calc(var(--cm-u) / 2); align-items: center; font-size: var(--cm-small); }
.chip { position: absolute; top: var(--cm-u); left: 50%; translate: -50% 0; padding: calc(var(--cm-u) * 0.5) calc(var(--cm-u) * 1.5); background: var(--cm-surface); border-radius: 999px; box-shadow: var(--cm-shadow); font-size: var(--cm-small); color: var(--cm-ink-2); white-space: nowrap; }
.synthetic { padding: 2px var(--cm-u); background: var(--cm-surface); border-radius: 4px; box-shadow: var(--cm-shadow); font-size: var(--cm-small); color: var(--cm-stale); font-weight: 600; white-space: nowrap; }
.no-view { display: grid; gap: calc(var(--cm-u) * 1.5); max-width: 56ch; padding: calc(var(--cm-u) * 3); background: var(--cm-surface); border-radius: var(--cm-radius); box-shadow: var(--cm-shadow); }
.no-view ul { list-style: disc; padding-left: 1.4em; }
.field input[type="number"] { width: calc(var(--cm-u) * 9); }
@media (max-height: 800px) { .affected .read { display: none; } }
@media (max-width: 1180px) {
  .top { gap: calc(var(--cm-u) / 2); }
  .top .brand .latin, .bar .scene { display: none; }
  .top .group + .group { padding-left: calc(var(--cm-u) / 2); }
}
@media (max-width: 900px) {
  .top { overflow-x: auto; scrollbar-width: none; }
  .top .search { width: calc(var(--cm-u) * 16); }
}
`;
